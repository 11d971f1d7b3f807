import type { IExecuteFunctions } from 'n8n-workflow';

import type { DoorFlowApi, TokenSource } from '../shared/api';
import { inOrder } from '../shared/inOrder';
import { YOUNG_MS } from '../shared/lives';
import { nodeErrorOf } from '../shared/nodeError';
import type { Notification } from '../shared/notifications';
import { DoorFlowError, type Problem } from '../shared/problem';
import { ago } from '../shared/time';
import { accountOf, sayForeign } from './account';
import type { Entry } from './emit';
import { Look } from './look';
import type { Panel } from './panel';

const AT_ONCE = 5;

/** An event that could not be read. */
export interface Unread extends Entry {
	readonly problem: Problem;
}

export interface LookedAt {
	readonly entries: Entry[];
	readonly unwanted: Entry[];
	readonly unread: Unread[];
}

/**
 * Looks at DoorFlow for what the webhook had no time for: n8n was behind, or DoorFlow slow. A run has the time.
 *
 * @throws NodeOperationError when a permission is missing, which is named, or when nothing of the run can be read
 */
export async function lookInRun(
	context: IExecuteFunctions,
	api: DoorFlowApi,
	tokens: TokenSource,
	panel: Panel,
	held: readonly Entry[],
): Promise<LookedAt> {
	const result: LookedAt = { entries: [], unwanted: [], unread: [] };
	const fail = (problem: Problem): never => {
		throw nodeErrorOf(context, new DoorFlowError(problem));
	};
	const hasPending = held.some(({ item }) => item.pending === true);
	const account = hasPending ? await accountOf(api, tokens) : undefined;
	if (account && 'problem' in account) fail(account.problem);
	const isYoung = (_one: Notification, receivedAt: Date): boolean => ago(receivedAt.getTime()) < YOUNG_MS;
	const look = new Look(api, panel, isYoung);
	const seen = await inOrder(held, AT_ONCE, async ({ item, notification }) => {
		if (item.pending !== true) return undefined;
		if (account?.kind === 'known' && account.id !== notification.accountId) return 'foreign';
		return await look.at(notification, new Date(String(item.receivedAt)));
	});
	for (const [position, entry] of held.entries()) {
		const one = seen[position];
		if (one === undefined) result.entries.push(entry);
		else if (one === 'foreign') sayForeign(context, [entry.notification.accountId]);
		else if (one.kind === 'wanted') result.entries.push({ ...entry, item: one.item });
		else if (one.kind === 'unwanted') result.unwanted.push(entry);
		else if ('problem' in one) result.unread.push({ ...entry, problem: one.problem });
	}
	const missing = result.unread.find(({ problem }) => problem.kind === 'permission');
	if (missing) fail(missing.problem);
	if (result.unread[0] && result.entries.length === 0) fail(result.unread[0].problem);
	return result;
}
