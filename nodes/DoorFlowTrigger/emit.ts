import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { DoorFlowApi } from '../shared/api';
import { CATEGORIES, categoryOf, type EventName } from '../shared/eventCatalogue';
import { admissionsOf, furtherAdmissions } from '../shared/firstOfDay';
import { hint } from '../shared/hint';
import { Lives, recordEmissions, type Verdict } from '../shared/lives';
import { nodeErrorOf } from '../shared/nodeError';
import { acknowledgeAddress, type Notification } from '../shared/notifications';
import { parametersOf } from '../shared/parameters';
import { DoorFlowError } from '../shared/problem';
import { takeOff } from '../shared/storedList';
import { acknowledgeAll } from './acknowledge';
import { keptTokens } from './connection';
import type { Held } from './delivery';
import { lookInRun, type Unread } from './lookInRun';
import { readPanel, rulesOf } from './panel';
import { runLimiter } from './runLimiter';

/** What takes longer to acknowledge is left to DoorFlow, which sends the event again. */
const BESIDE_MS = 20_000;

/** An event of the run, as it is to be emitted. */
export interface Entry {
	readonly index: number;
	readonly notification: Notification;
	readonly item: IDataObject;
}

/**
 * The second half of the trigger, when n8n has stored the run: look where the webhook had no time to, record, acknowledge,
 * drop what was emitted before, emit.
 *
 * A failed acknowledgement does not hold the event back: DoorFlow sends it again, and then it is acknowledged and dropped.
 *
 * @throws NodeOperationError when nothing can be read, or recorded; the next delivery counts then
 */
export async function emit(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const panel = readPanel(parametersOf(context));
	if ('problem' in panel) throw nodeErrorOf(context, new DoorFlowError(panel.problem));
	const byHand = context.getMode() === 'manual';
	// A run that a person starts, for the first time or again, is no redelivery.
	const isFirst = !byHand && context.getMode() !== 'retry';
	const held = heldIn(context);
	for (const { run } of held) if (run !== undefined) runLimiter().begun(run, byHand);

	const lives = new Lives(context.getWorkflow().id ?? '', context.getNode().id);
	const tokens = keptTokens(context);
	const api = new DoorFlowApi(context, tokens);
	let isRecorded = false;
	try {
		const { entries, unwanted, unread } = await lookInRun(context, api, tokens, panel, held);
		const admissions = isFirst && panel.leftOut.oncePerDay ? await admissionsOf(context, api, entries) : [];
		const { verdicts, emittedAt, known } = isFirst
			? await recordEmissions(
					context,
					entries.map(({ notification }) => notification),
					rulesOf(panel),
					admissions.flatMap(({ day, event }) => [day, event]),
				)
			: { verdicts: [], emittedAt: [], known: new Set<string>() };
		const { further, notFirst } = furtherAdmissions(admissions, known);
		isRecorded = true;
		// From here on, nothing may hold an event back.
		await takeOff(context, notFirst).catch(() => undefined);
		if (isFirst) {
			for (const [position, { notification }] of entries.entries())
				lives.come(notification, 'emitted', emittedAt[position]);
			for (const { notification } of unwanted) lives.come(notification, 'dropped');
			for (const { notification } of unread) lives.release(notification);
		}

		const emitted = entries.filter(
			({ index }, position) => isToEmit(verdicts[position]) && !further.has(index),
		);
		// What a workflow has to confirm is never confirmed here: an earlier run of it may have failed. What it does not
		// get, or has confirmed, is.
		const toAcknowledge = entries.filter(
			({ index }, position) => !panel.manual || further.has(index) || verdicts[position] === 'confirmed',
		);
		const told = [...toAcknowledge, ...unwanted].map(({ notification }) => notification);
		const failures = await acknowledgeAll(api, told, {
			lives: isFirst ? lives : undefined,
			until: Date.now() + BESIDE_MS,
			logger: context.logger,
		});
		sayWhatIsMissing(context, failures, unread);
		return outputsOf(emitted, panel);
	} finally {
		if (isFirst && !isRecorded) for (const { notification } of held) lives.release(notification);
	}
}

interface HeldItem extends Entry {
	readonly run: string | undefined;
}

function heldIn(context: IExecuteFunctions): HeldItem[] {
	return context.getInputData().flatMap(({ json }, index) => {
		const { notification: held, ...item } = json;
		if (typeof held !== 'object' || held === null) return [];
		const { run, ...notification } = held as unknown as Held;
		// Of 0.1.0, whose run is started again: there, the item told the rest.
		const told = item as unknown as Notification;
		return [{ index, run, item, notification: { ...pick(told), ...notification } }];
	});
}

const pick = ({ action, resourceType, resourceId, accountId }: Notification) => ({
	action,
	resourceType,
	resourceId,
	accountId,
});

const isToEmit = (verdict: Verdict | undefined): boolean => verdict !== 'repeated' && verdict !== 'confirmed';

function sayWhatIsMissing(context: IExecuteFunctions, failures: number, unread: readonly Unread[]): void {
	if (failures > 0) {
		hint(
			context,
			`${failures} event(s) could not be acknowledged at DoorFlow. They are here all the same; DoorFlow will send them again, and they will be dropped then.`,
		);
	}
	if (unread[0]) {
		hint(
			context,
			`${unread.length} event(s) could not be read from DoorFlow: ${unread[0].problem.message}. They are not here; DoorFlow will send them again.`,
		);
	}
}

function outputsOf(
	entries: readonly Entry[],
	{ perCategory, manual }: { readonly perCategory: boolean; readonly manual: boolean },
): INodeExecutionData[][] {
	const outputs: INodeExecutionData[][] = perCategory ? CATEGORIES.map(() => []) : [[]];
	for (const { item, notification, index } of entries) {
		const output = perCategory ? CATEGORIES.indexOf(categoryOf(item.event as EventName)) : 0;
		outputs[output]?.push({
			json: { ...item, ...(manual ? { acknowledgeUrl: acknowledgeAddress(notification) } : {}) },
			pairedItem: { item: index },
		});
	}
	return outputs;
}
