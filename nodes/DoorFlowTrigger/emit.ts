import { createHash } from 'node:crypto';
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { asFlag } from '../DoorFlow/call';
import { DoorFlowApi } from '../shared/api';
import { CATEGORIES, categoryOf, type EventName } from '../shared/eventCatalogue';
import { acknowledgeAddress } from '../shared/notifications';
import { acknowledge } from './acknowledge';
import { inOrder } from './inOrder';

/** How many notifications are remembered, so that a redelivery starts nothing twice. */
const REMEMBERED = 2_000;
const AT_ONCE = 5;

interface Held {
	resource: string;
	ackToken: string;
}

/**
 * The second half of the trigger, when n8n has stored the run: acknowledge, drop what was emitted before, emit.
 *
 * A failed acknowledgement does not hold the event back: DoorFlow sends it again, and then it is acknowledged and dropped.
 */
export async function emit(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const manual = context.getNodeParameter('acknowledge', 0, 'automatic') === 'manual';
	const options = context.getNodeParameter('options', 0, {}) as IDataObject;
	const perCategory = context.getNodeParameter('outputMode', 0, 'single') === 'perCategory';
	const items = context.getInputData().flatMap(({ json }, index) => {
		const held = json.notification as Held | undefined;
		return held ? [{ json, held, index }] : [];
	});

	const repeated = asFlag(options.deduplicate ?? true, 'Deduplicate') ? await alreadyEmitted(context, items) : new Set<number>();
	const toAcknowledge = items.filter(({ index }) => !manual || repeated.has(index));
	const failures = await acknowledgeAll(context, toAcknowledge.map(({ held }) => held));
	if (failures > 0) {
		context.addExecutionHints({
			message: `${failures} event(s) could not be acknowledged at DoorFlow. They are here all the same; DoorFlow will send them again, and they will be dropped then.`,
			location: 'outputPane',
		});
	}

	const outputs: INodeExecutionData[][] = perCategory ? CATEGORIES.map(() => []) : [[]];
	for (const { json, held, index } of items) {
		if (repeated.has(index)) continue;
		const event: IDataObject = { ...json };
		delete event.notification;
		const output = perCategory ? CATEGORIES.indexOf(categoryOf(event.event as EventName)) : 0;
		outputs[output]?.push({
			json: { ...event, ...(manual ? { acknowledgeUrl: acknowledgeAddress(held) } : {}) },
			pairedItem: { item: index },
		});
	}
	return outputs;
}

async function acknowledgeAll(context: IExecuteFunctions, held: Held[]): Promise<number> {
	if (held.length === 0) return 0;
	const hosts = await new DoorFlowApi(context).hosts().catch((): undefined => undefined);
	const results = await inOrder(held, AT_ONCE, async (one) =>
		hosts ? await acknowledge(context, hosts.api, one) : 'the credential can not be used',
	);
	return results.filter((failed) => failed !== undefined).length;
}

/**
 * n8n keeps what was emitted in its database, so that this holds across restarts and worker processes. A run that a
 * person starts again by hand is not a redelivery.
 */
async function alreadyEmitted(
	context: IExecuteFunctions,
	items: ReadonlyArray<{ json: IDataObject; held: Held; index: number }>,
): Promise<Set<number>> {
	const mode = context.getMode();
	if (mode === 'manual' || mode === 'retry' || items.length === 0) return new Set();
	const keys = items.map(({ json, held }) =>
		createHash('sha256').update(JSON.stringify([json.resourceType, json.resourceId, json.action, held.ackToken])).digest('base64url').slice(0, 22),
	);
	const { processed } = await context.helpers.checkProcessedAndRecord([...new Set(keys)], 'node', { mode: 'entries', maxEntries: REMEMBERED });
	const known = new Set(processed.map(String));
	const repeated = new Set<number>();
	for (const [position, { index }] of items.entries()) {
		const key = keys[position] ?? '';
		if (known.has(key)) repeated.add(index);
		// The same notification twice in one request.
		known.add(key);
	}
	return repeated;
}
