import type { IDataObject, IExecuteFunctions, IHookFunctions, IWebhookFunctions } from 'n8n-workflow';

import type { DoorFlowApi, TokenSource } from '../shared/api';
import { keepAtMost } from '../shared/keepAtMost';
import type { Problem } from '../shared/problem';
import { processWide } from '../shared/processWide';
import { redact } from '../shared/redact';
import { judge, type Fetched } from './fetch';

export type Account =
	| { readonly kind: 'known'; readonly id: string }
	| Extract<Fetched, { problem: Problem }>;

/** Whose token it is, by credential: asked for with the first notification, by all that wait for it together. */
const accounts = processWide(new Map<string, { fingerprint: string; asking: Promise<Account> }>());

/**
 * The account that a token belongs to. It is asked for once as long as the token is the same.
 *
 * @param until milliseconds since 1970 after which nothing is waited for
 * @throws DoorFlowError for want of a usable credential
 */
export async function accountOf(api: DoorFlowApi, tokens: TokenSource, until?: number): Promise<Account> {
	const [connection, { fingerprint }] = [await api.connection(), await tokens.current()];
	const known = accounts.get(connection);
	const asking = known?.fingerprint === fingerprint ? known.asking : ask(api, until);
	accounts.set(connection, { fingerprint, asking });
	const account = await asking;
	if (account.kind !== 'known' && accounts.get(connection)?.asking === asking) accounts.delete(connection);
	return account;
}

async function ask(api: DoorFlowApi, until: number | undefined): Promise<Account> {
	const answer = judge(
		await api.ask<IDataObject>({
			method: 'GET',
			path: '/oauth/token/info',
			about: { doing: 'read which account is connected' },
			...(until === undefined ? {} : { until }),
		}),
	);
	if (answer.kind === 'data' && typeof answer.data.account_id === 'string')
		return { kind: 'known', id: answer.data.account_id };
	if ('problem' in answer) return answer;
	return {
		kind: 'later',
		problem: {
			kind: 'unexpected',
			message: 'DoorFlow does not say to which account this connection belongs',
			description: 'If this keeps happening, please report it.',
		},
	};
}

/** When an account that is not connected was last spoken of in the log. */
const spokenOf = processWide(new Map<string, number>());
const SPEAK_AGAIN_MS = 60 * 60_000;
const MOST_KEPT = 1_000;

/**
 * Says, once an hour, that events of another account came. DoorFlow has one webhook URL for all accounts of an application;
 * what belongs to another one can't be read with this connection.
 */
export function sayForeign(
	context: IExecuteFunctions | IHookFunctions | IWebhookFunctions,
	accountIds: readonly string[],
): void {
	for (const accountId of new Set(accountIds)) {
		const key = `${context.getWorkflow().id ?? ''} ${accountId}`;
		if (Date.now() - (spokenOf.get(key) ?? 0) < SPEAK_AGAIN_MS) continue;
		keepAtMost(spokenOf, key, Date.now(), MOST_KEPT);
		context.logger.warn(
			`DoorFlow Trigger: events of the account "${redact(accountId).slice(0, 40)}" are left out: the credential is connected to another one. DoorFlow sends the events of all accounts of an application to its one webhook URL.`,
		);
	}
}
