import type { IDataObject } from 'n8n-workflow';

import type { DoorFlowApi } from '../shared/api';
import { DoorFlowError, type Problem } from '../shared/problem';
import { textOf } from '../shared/lists';
import { counted } from '../shared/text';
import { syncsOf, type LastSync, type SyncOutcome } from '../shared/sharedSync';
import { followDoors, onDoors, onNoDoor, syncOf } from './doors';

/** Longest wait, in milliseconds, for a sync that DoorFlow limits. DoorFlow: usually one in 30 s, longer on big accounts. */
const MAX_SYNC_WAIT_MS = 150_000;

/**
 * Has a controller sync started, together with all executions of this connection that wait for one. DoorFlow: nothing
 * reaches the doors until a sync.
 *
 * @param wait whether to wait when DoorFlow limits syncs
 * @param timeoutMs milliseconds one attempt may take, if not the usual ones
 * @returns what became of it
 * @throws DoorFlowError only when nothing could be asked, for want of a usable credential
 */
async function shareSync(
	api: DoorFlowApi,
	wait: boolean,
	timeoutMs?: number,
	savedBy?: number,
): Promise<SyncOutcome> {
	return await syncsOf(await api.connection()).next({
		savedBy,
		last: async () => await lastSync(api, timeoutMs),
		maxWaitMs: wait ? MAX_SYNC_WAIT_MS : 0,
		signal: api.cancelSignal,
		send: async () => {
			const outcome = await api.ask({
				method: 'POST',
				path: '/api/3/sync',
				// Two syncs do the same as one, so that this POST may be repeated.
				repeatable: true,
				ownLimit: true,
				// Others wait for it.
				whenCancelled: 'finish',
				...(timeoutMs === undefined ? {} : { timeoutMs }),
				maxLimitedMs: 0,
				about: { doing: 'start a controller sync', permission: 'account.sync' },
			});
			if ('problem' in outcome) return { problem: outcome.problem };
			const { body, notBefore } = outcome;
			return {
				answer: body,
				answeredAt: Date.now(),
				...(notBefore === undefined ? {} : { startedAt: notBefore }),
			};
		},
	});
}

/** The sync that DoorFlow started last, as it says of the account. It never throws. */
async function lastSync(api: DoorFlowApi, timeoutMs?: number): Promise<LastSync | undefined> {
	const outcome = await api
		.ask<IDataObject>({
			method: 'GET',
			path: '/api/3/account',
			// Others wait for it.
			whenCancelled: 'finish',
			maxLimitedMs: 0,
			...(timeoutMs === undefined ? {} : { timeoutMs }),
			about: { doing: 'see when the last sync was started' },
		})
		.catch((): undefined => undefined);
	if (!outcome || 'problem' in outcome) return undefined;
	const startedAt = Date.parse(textOf(syncOf(outcome.body).last_sync));
	if (Number.isNaN(startedAt)) return undefined;
	return { startedAt, answeredAt: Date.now(), answer: {} };
}

/**
 * Starts a controller sync.
 *
 * @param wait whether to wait when DoorFlow limits syncs
 * @param timeoutMs milliseconds one attempt may take, if not the usual ones
 * @returns DoorFlow's answer
 * @throws DoorFlowError when it can't be started
 */
export async function startSync(api: DoorFlowApi, wait: boolean, timeoutMs?: number): Promise<IDataObject> {
	const outcome = await shareSync(api, wait, timeoutMs);
	if ('problem' in outcome) throw new DoorFlowError(outcome.problem);
	const { answer } = outcome;
	return typeof answer === 'object' && answer !== null ? (answer as IDataObject) : {};
}

/** What the options of a node say for all its items. */
export interface Settings {
	readonly concurrency: number;
	readonly syncAfter: boolean;
	readonly waitForSync: boolean;
	readonly waitForDoors: boolean;
	/** How long one attempt of a request may take, in milliseconds; undefined for the usual time. */
	readonly timeoutMs?: number;
}

/** What is said of an item beside what its operation gives. */
export interface Reached {
	/** Whether a sync was started after the item's last change was saved. */
	readonly synced: boolean;
	/** Whether the doors have the change; null where nobody asked. */
	readonly onDoors: boolean | null;
	/** Names of the doors that lack it, as far as they are known. */
	readonly doorsMissing: string[];
	/** Seconds until DoorFlow allows the next sync, where that is what is missing. */
	readonly retryInSeconds: number | null;
	/** Why it is not synced, or why it is not known whether the doors have it. */
	readonly syncProblem: string | null;
}

/** How far the changes of a batch came. */
export interface Arrival {
	/**
	 * What to say of an item.
	 *
	 * @param doors the ids of the doors that matter to it; undefined for all
	 */
	readonly of: (doors?: readonly number[]) => Reached;
	/** For the user, when changes are saved but not on the doors. The batch is no failure then. */
	readonly hint: string | undefined;
}

const NOT_ASKED = { onDoors: null, doorsMissing: [] as string[] };

const NO_TIME: Problem = {
	kind: 'unexpected',
	message: 'DoorFlow did not say when the sync was started',
	description: 'Check the doors in DoorFlow.',
};

/** Where no sync was asked for. */
export const NOT_SYNCED: Arrival = {
	of: () => ({ synced: false, ...NOT_ASKED, retryInSeconds: null, syncProblem: null }),
	hint: undefined,
};

/**
 * One sync after a whole batch that changed something, if the option is on, and waiting for the doors, if that is.
 * DoorFlow: one sync after a batch, never one per change.
 *
 * @param doors the ids of the doors that matter, by item; undefined in it for all doors
 * @returns how far the changes came; it never throws, because the batch is no failure when only this fails
 */
export async function bringToDoors(
	api: DoorFlowApi,
	{ syncAfter, waitForSync, waitForDoors, timeoutMs }: Settings,
	doors: ReadonlyArray<readonly number[] | undefined>,
): Promise<Arrival> {
	if (!syncAfter) return NOT_SYNCED;
	// What was saved is an answer of before.
	const savedBy = api.answeredBy;
	const outcome = await orProblem(
		async () => await shareSync(api, waitForSync || waitForDoors, timeoutMs, savedBy),
	);
	if ('problem' in outcome)
		return notSynced(outcome.problem, waitForDoors ? await onNoDoor(api) : () => NOT_ASKED);
	const reached = { synced: true, retryInSeconds: null };
	if (!waitForDoors) return { of: () => ({ ...reached, ...NOT_ASKED, syncProblem: null }), hint: undefined };

	const { startedAt, answeredAt } = outcome;
	const ids = doors.length === 0 || doors.includes(undefined) ? undefined : new Set(doors.flat());
	const seen = await orProblem(async () => {
		if (startedAt === undefined) throw new DoorFlowError(NO_TIME);
		const change = { syncedAt: startedAt, answeredAt, ids: ids as ReadonlySet<number> | undefined };
		return { look: await followDoors(api, change), change };
	});
	if ('problem' in seen) {
		const { message } = seen.problem;
		return {
			of: () => ({ ...reached, onDoors: false, doorsMissing: [], syncProblem: message }),
			hint: notKnown(message),
		};
	}
	const { look, change } = seen;
	const all = onDoors(look, change);
	return {
		of: (own) => ({
			...reached,
			...onDoors(look, { ...change, ids: own && new Set(own) }),
			syncProblem: null,
		}),
		hint: all.onDoors ? undefined : stillMissing(all.doorsMissing),
	};
}

function notSynced(
	{ message, retryInSeconds }: Problem,
	where: (ids: ReadonlySet<number> | undefined) => Pick<Reached, 'doorsMissing' | 'onDoors'>,
): Arrival {
	const seconds = retryInSeconds === undefined ? null : Math.ceil(retryInSeconds);
	return {
		of: (ids) => ({
			synced: false,
			...where(ids && new Set(ids)),
			retryInSeconds: seconds,
			syncProblem: message,
		}),
		hint: notOnDoors(message, seconds),
	};
}

function notOnDoors(message: string, seconds: number | null): string {
	const when =
		seconds === null ? '' : ` DoorFlow allows the next sync in ${counted(seconds, 'second', 'seconds')}.`;
	return `The changes are saved in DoorFlow but not yet on the doors: ${message}.${when} Run Controller Sync → Start later; DoorFlow also sends them with its next sync.`;
}

function stillMissing(doors: readonly string[]): string {
	if (doors.length === 0)
		return 'The changes are saved and a sync was started, but it is not complete yet. Doors that are offline get the changes when they are back.';
	return `The changes are saved and a sync was started, but these doors don't have them yet: ${doors.join(', ')}. Doors that are offline get them when they are back.`;
}

function notKnown(message: string): string {
	return `The changes are saved and a sync was started, but it is not known whether the doors have them: ${message}.`;
}

async function orProblem<T extends object>(
	work: () => Promise<T>,
): Promise<T | { readonly problem: Problem }> {
	try {
		return await work();
	} catch (error) {
		if (error instanceof DoorFlowError) return { problem: error.problem };
		return {
			problem: {
				kind: 'unexpected',
				message: 'DoorFlow could not be asked',
				description: 'Check the doors in DoorFlow.',
			},
		};
	}
}
