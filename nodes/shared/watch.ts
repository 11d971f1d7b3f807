import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { recordedBefore } from './remember';

/**
 * What the DoorFlow Trigger and the Polling Trigger of one workflow know of each other. Their own stored data is of no
 * use for that: n8n keeps the one of an active polling node in memory and writes over whatever else was stored. The
 * list that n8n's deduplication keeps for a whole workflow is in the database, for all processes.
 */

/** How long it is taken for known whether a workflow has a watching Polling Trigger. */
const KNOWN_FOR_MS = 60_000;
const IN_MEMORY = 5_000;

/** Stands in the workflow's list once a Polling Trigger watches. */
const WATCHED = 'doorflow:watched';

/** The name under which the arrival of an event is noted. */
export const receiptOf = (event: IDataObject): string =>
	`doorflow:received:${String(event.accountId)}:${String(event.resourceId)}`;

/** What this process saw arrive, also what no execution was started for. Saves the watcher a look into the database. */
const seen = new Map<string, Set<string>>();
const watched = new Map<string, { readonly is: boolean; readonly at: number }>();

/** Notes in memory that a webhook told of an event, wanted or not. */
export function sawArrive(workflowId: string, event: IDataObject): void {
	const events = seen.get(workflowId) ?? new Set<string>();
	seen.set(workflowId, events);
	events.add(receiptOf(event));
	if (events.size > IN_MEMORY) events.delete(events.values().next().value as string);
}

/** Whether a webhook that this process handled told of an event. */
export function sawItArrive(workflowId: string, event: IDataObject): boolean {
	return seen.get(workflowId)?.has(receiptOf(event)) ?? false;
}

/** From now on, the DoorFlow Triggers of this workflow note what they get; they notice within a minute. */
export async function startWatching(context: IExecuteFunctions): Promise<void> {
	await recordedBefore(context, 'workflow', [WATCHED]);
}

/**
 * Notes in the database that events arrived, where a Polling Trigger watches.
 *
 * @param events items as the DoorFlow Trigger emits them
 * @returns the receipts that were there before
 */
export async function alsoWatched(
	context: IExecuteFunctions,
	events: readonly IDataObject[],
): Promise<Set<string>> {
	const told = events.filter(
		({ resourceType, action }) =>
			action === 'CREATE' && (resourceType === 'Event' || resourceType === 'PerimeterEvent'),
	);
	if (told.length === 0) return new Set();
	const id = context.getWorkflow().id ?? '';
	const known = watched.get(id);
	if (!known || Date.now() - known.at > KNOWN_FOR_MS) {
		const count = await context.helpers.getProcessedDataCount('workflow', { mode: 'entries' });
		watched.set(id, { is: count > 0, at: Date.now() });
	}
	if (!watched.get(id)?.is) return new Set();
	return await recordedBefore(context, 'workflow', told.map(receiptOf));
}
