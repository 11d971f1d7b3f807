import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';

import { hint } from '../shared/hint';
import { CATEGORIES, categoryOf, type EventName } from '../shared/eventCatalogue';
import { inOrder } from '../shared/inOrder';
import { acknowledgeAddress } from '../shared/notifications';
import { parametersOf } from '../shared/parameters';
import { recordedBefore } from '../shared/remember';
import { alsoWatched, receiptOf } from '../shared/watch';
import { acknowledge } from './acknowledge';
import { connectionOf } from './connection';
import { furtherAdmissions, zoneOfAdmissions } from './firstOfDay';
import { identityOf, keyOf, named, remember } from './lately';
import { readPanel } from './panel';
import { freePlace } from './room';

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
	const panel = readPanel(parametersOf(context));
	if ('problem' in panel) {
		const { message, description } = panel.problem;
		throw new NodeOperationError(context.getNode(), message, { description });
	}
	const { manual, perCategory, deduplicate, confirmWithinMs, leftOut } = panel;
	const items = context.getInputData().flatMap(({ json }, index) => {
		const held = json.notification as Held | undefined;
		return held ? [{ json, held, index }] : [];
	});

	if (items[0]) freePlace(named(context, identityOf(items[0].json, items[0].held.ackToken)));
	const zone =
		leftOut.oncePerDay && isRedeliveryPossible(context)
			? await zoneOfAdmissions(
					context,
					items.map(({ json }) => json),
				)
			: undefined;
	const repeated = isRedeliveryPossible(context)
		? await alreadyEmitted(context, items, manual ? confirmWithinMs : undefined, deduplicate)
		: new Set<number>();
	if (isRedeliveryPossible(context))
		for (const { json, held } of items) remember(context, identityOf(json, held.ackToken), true);
	const further =
		zone === undefined
			? new Set<number>()
			: await furtherAdmissions(
					context,
					items.filter(({ index }) => !repeated.has(index)),
					zone,
				);
	// What a workflow has to confirm is never confirmed here: an earlier run of it may have failed. What it does not get,
	// it can't confirm.
	const toAcknowledge = manual ? items.filter(({ index }) => further.has(index)) : items;
	const failures = await acknowledgeAll(
		context,
		toAcknowledge.map(({ held }) => held),
	);
	if (failures > 0) {
		hint(
			context,
			`${failures} event(s) could not be acknowledged at DoorFlow. They are here all the same; DoorFlow will send them again, and they will be dropped then.`,
		);
	}

	const outputs: INodeExecutionData[][] = perCategory ? CATEGORIES.map(() => []) : [[]];
	for (const { json, held, index } of items) {
		if (repeated.has(index) || further.has(index)) continue;
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
	const check = await connectionOf(context);
	const results = await inOrder(held, AT_ONCE, async (one) =>
		check.ok ? await acknowledge(context, check.connection.api, one) : check.reason,
	);
	return results.filter((failed) => failed !== undefined).length;
}

/** A run that a person starts by hand, for the first time or again, is no redelivery. */
function isRedeliveryPossible(context: IExecuteFunctions): boolean {
	return !['manual', 'retry'].includes(context.getMode());
}

/** n8n keeps what was emitted in its database, so that this holds across restarts and worker processes. */
async function alreadyEmitted(
	context: IExecuteFunctions,
	items: ReadonlyArray<{ json: IDataObject; held: Held; index: number }>,
	confirmMs: number | undefined,
	deduplicate: boolean,
): Promise<Set<number>> {
	const beside = await alsoWatched(
		context,
		items.map(({ json }) => json),
	);
	if (!deduplicate) return new Set();
	const keys = items.map(({ json, held }) =>
		keyOf(identityOf(json, held.ackToken), ...(confirmMs === undefined ? [] : [turn(json, confirmMs)])),
	);
	const known = await recordedBefore(context, 'node', keys);
	const repeated = new Set<number>();
	for (const [position, { json, index }] of items.entries()) {
		const key = keys[position] ?? '';
		// What the polling trigger handed over already does not come again, unless the workflow has to confirm it.
		if (known.has(key) || (confirmMs === undefined && beside.has(receiptOf(json)))) repeated.add(index);
		// The same notification twice in one request.
		known.add(key);
	}
	return repeated;
}

/** How often the time to confirm has passed since the event happened: each time, it may start the workflow once more. */
function turn(json: IDataObject, confirmMs: number): number {
	const happened = Date.parse(String((json.data as IDataObject | null)?.created_at ?? ''));
	return Math.floor((Date.now() - (Number.isNaN(happened) ? 0 : happened)) / confirmMs);
}
