import type { IDataObject, IExecuteFunctions, IHookFunctions, IWebhookFunctions } from 'n8n-workflow';

import { CREDENTIAL_TYPE } from '../shared/api';
import { checkBaseUrl } from '../shared/baseUrl';

/** What the trigger needs of its credential, kept in memory for a short while and nowhere else. */
export interface Connection {
	/** The API's origin: the only place the token goes. */
	readonly api: string;
	/** Keys that may have signed a webhook. */
	readonly keys: readonly string[];
	readonly accessToken: string;
	readonly readAt: number;
	/** Whose token it is; asked for with the first notification, by all that wait for it together. */
	account?: Promise<{ id: string } | { why: string }>;
}

export type ConnectionCheck =
	| { readonly ok: true; readonly connection: Connection }
	| { readonly ok: false; readonly reason: string };

/** Reading a credential inside `webhook()` costs some 25 ms (n8n sets up an isolate), far more than checking a signature. */
const KEEP_MS = 30_000;
/** A rotated secret works at once, but forged requests can't make n8n read the credential more often than this. */
const REREAD_MS = 5_000;

const kept = new Map<string, Promise<ConnectionCheck>>();
const readTimes = new Map<string, number>();

const idOf = (context: IExecuteFunctions | IHookFunctions | IWebhookFunctions): string =>
	context.getNode().credentials?.[CREDENTIAL_TYPE]?.id ?? '';

/**
 * The connection of this trigger's credential, from memory if it was read in the last 30 seconds.
 *
 * @param fresh read it again, unless that was done in the last 5 seconds
 */
export async function connectionOf(
	context: IExecuteFunctions | IWebhookFunctions,
	fresh = false,
): Promise<ConnectionCheck> {
	const id = idOf(context);
	const age = Date.now() - (readTimes.get(id) ?? 0);
	const known = kept.get(id);
	if (known && age < (fresh ? REREAD_MS : KEEP_MS)) return await known;
	readTimes.set(id, Date.now());
	const reading = readAgain(context, known);
	kept.set(id, reading);
	const result = await reading;
	if (!result.ok) kept.delete(id);
	return result;
}

/** The same token is the same account's: a slow DoorFlow is not asked for that every 30 seconds. */
async function readAgain(
	context: IExecuteFunctions | IWebhookFunctions,
	before: Promise<ConnectionCheck> | undefined,
): Promise<ConnectionCheck> {
	const [old, result] = await Promise.all([before, readConnection(context)]);
	if (
		old?.ok &&
		result.ok &&
		old.connection.account &&
		old.connection.accessToken === result.connection.accessToken
	) {
		result.connection.account = old.connection.account;
	}
	return result;
}

/** Forgets the token in memory, after DoorFlow refused it. */
export function forget(context: IExecuteFunctions | IWebhookFunctions): void {
	kept.delete(idOf(context));
}

/** Reads and checks the credential. Never throws: a reason is given instead. */
export async function readConnection(
	context: IExecuteFunctions | IHookFunctions | IWebhookFunctions,
): Promise<ConnectionCheck> {
	const data = await context.getCredentials<IDataObject>(CREDENTIAL_TYPE).catch((): undefined => undefined);
	if (!data)
		return { ok: false, reason: "The DoorFlow credential can't be read. Choose it in the node again." };
	const check = checkBaseUrl(data.baseUrl);
	if (!check.ok) return { ok: false, reason: check.reason };
	const keys = [data.webhookSecret, data.clientSecret].filter(
		(key): key is string => typeof key === 'string' && key !== '',
	);
	if (keys.length === 0) {
		return {
			ok: false,
			reason:
				'The DoorFlow credential has neither a client secret nor a webhook signing secret, so no webhook could be trusted. Enter one of them.',
		};
	}
	const accessToken = (data.oauthTokenData as { access_token?: unknown } | undefined)?.access_token;
	if (typeof accessToken !== 'string' || accessToken === '') {
		return { ok: false, reason: 'The DoorFlow credential is not connected yet. Open it and press Connect.' };
	}
	return { ok: true, connection: { api: check.hosts.api, keys, accessToken, readAt: Date.now() } };
}
