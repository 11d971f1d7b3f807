import type { IDataObject, IExecuteFunctions, INodeExecutionData, IPollFunctions } from 'n8n-workflow';

import type { Item } from '../shared/item';
import { hasArrived } from '../shared/lives';
import type { Id } from './position';

/** What a watching node keeps between two polls. Plain data: n8n stores it with the workflow. */
export interface Watch {
	/** When the last two polls were, older first, ISO 8601, by DoorFlow's clock. */
	polls: string[];
	/** Events before this are not missed, ISO 8601, by DoorFlow's clock: the DoorFlow Trigger may not have noted them yet. */
	readonly from: string;
	/** Whether something was missed, so that the next arrival ends the silence. */
	silent?: boolean;
	/** Events that came late, are dated in the future or not at all, listed by the last poll for the first time. */
	held?: readonly Id[];
}

/** In the item that goes from a poll to execute(), which can look into n8n's database. */
export const TASK = 'doorflowWatch';

export interface Task extends IDataObject {
	/** Every event that could have come. */
	readonly events: Item[];
}

/** A webhook may take its time. */
const GRACE_MS = 120_000;

/**
 * The time up to which events should have arrived by now: two polls ago.
 *
 * @param now in milliseconds, by DoorFlow's clock, as is what it gives
 */
export function mature(state: { watch?: Watch }, now: number): number {
	return state.watch?.polls[0] === undefined ? now - GRACE_MS : Date.parse(state.watch.polls[0]);
}

/**
 * What execute() is to look into. An execution is started only when this process knows of an event that it did not see
 * arrive, or when a silence may have ended.
 *
 * @param events those that are older than two polls, as items
 * @param serverNow ISO 8601, by DoorFlow's clock
 */
export function watchItems(
	context: IExecuteFunctions | IPollFunctions,
	state: { watch?: Watch },
	events: readonly Item[],
	serverNow: string,
): INodeExecutionData[] {
	const { watch } = state;
	const now = Date.parse(serverNow);
	// A clock that was ahead when it began would have nothing be missed until then.
	if (!watch || Date.parse(watch.from) > now + GRACE_MS) {
		state.watch = {
			polls: [serverNow, serverNow],
			from: new Date(now + GRACE_MS).toISOString(),
		};
		return [];
	}
	watch.polls = [watch.polls[1] ?? serverNow, serverNow];
	const due = events.filter(
		({ occurredAt }) => typeof occurredAt !== 'string' || Date.parse(occurredAt) >= Date.parse(watch.from),
	);
	const id = context.getWorkflow().id ?? '';
	const unseen = due.some((event) => !hasArrived(id, event));
	const mayHaveEnded = watch.silent === true && due.length > 0;
	// Where nothing happened, the silence goes on.
	if (due.length > 0) watch.silent = unseen;
	return unseen || mayHaveEnded ? [{ json: { [TASK]: { events: due } satisfies Task } }] : [];
}
