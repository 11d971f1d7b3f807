import type { IDataObject } from 'n8n-workflow';

import type { DoorFlowApi } from '../shared/api';
import { DoorFlowError, type Problem } from '../shared/problem';

/** Longest wait, in milliseconds, for a sync that DoorFlow limits. DoorFlow: usually one in 30 s, longer on big accounts. */
const MAX_SYNC_WAIT_MS = 150_000;

/**
 * Starts a controller sync. DoorFlow: nothing reaches the doors until a sync.
 *
 * @param wait whether to wait when DoorFlow limits syncs
 * @param timeoutMs milliseconds one attempt may take, if not the usual ones
 * @throws DoorFlowError when it can't be started
 */
export async function startSync(api: DoorFlowApi, wait: boolean, timeoutMs?: number): Promise<IDataObject> {
	const answer = await api.request<IDataObject>({
		method: 'POST',
		path: '/api/3/sync',
		// Two syncs do the same as one, so that this POST may be repeated.
		repeatable: true,
		ownLimit: true,
		...(timeoutMs === undefined ? {} : { timeoutMs }),
		maxLimitedMs: wait ? MAX_SYNC_WAIT_MS : 0,
		about: { doing: 'start a controller sync', permission: 'account.sync' },
	});
	return typeof answer.body === 'object' && answer.body !== null ? answer.body : {};
}

/** What the options of a node say for all its items. */
export interface Settings {
	readonly concurrency: number;
	readonly syncAfter: boolean;
	readonly waitForSync: boolean;
	/** How long one attempt of a request may take, in milliseconds; undefined for the usual time. */
	readonly timeoutMs?: number;
}

/**
 * One sync after a whole batch that changed something, if the option is on. DoorFlow: one sync after a batch, never one
 * per change.
 *
 * @returns a hint for the user when the changes are saved but not yet on the doors; the batch is no failure then
 */
export async function syncAfterBatch(
	api: DoorFlowApi,
	{ syncAfter, waitForSync, timeoutMs }: Settings,
): Promise<string | undefined> {
	if (!syncAfter) return undefined;
	const problem = await trySync(api, waitForSync, timeoutMs);
	if (!problem) return undefined;
	const when =
		problem.retryInSeconds === undefined
			? ''
			: ` DoorFlow allows the next sync in ${Math.ceil(problem.retryInSeconds)} seconds.`;
	return `The changes are saved in DoorFlow but not yet on the doors: ${problem.message}.${when} Run Controller Sync → Start later; DoorFlow also sends them with its next sync.`;
}

async function trySync(
	api: DoorFlowApi,
	wait: boolean,
	timeoutMs: number | undefined,
): Promise<Problem | undefined> {
	try {
		await startSync(api, wait, timeoutMs);
		return undefined;
	} catch (error) {
		if (error instanceof DoorFlowError) return error.problem;
		return { kind: 'unexpected', message: 'the sync could not be started', description: '' };
	}
}
