import {
	sleep,
	type IDataObject,
	type IExecuteFunctions,
	type IHookFunctions,
	type IWebhookFunctions,
} from 'n8n-workflow';

import {
	CREDENTIAL_TYPE,
	secretsOf,
	tokenOf,
	type CredentialFacts,
	type TokenFacts,
	type TokenSource,
} from '../shared/api';
import { checkCredential, type DoorFlowHosts } from '../shared/baseUrl';
import { DoorFlowError } from '../shared/problem';
import { processWide } from '../shared/processWide';

/** What the trigger needs of its credential, kept in memory for a short while and nowhere else. */
export interface Connection {
	readonly hosts: DoorFlowHosts;
	/** Keys that may have signed a webhook. */
	readonly keys: readonly string[];
	readonly token: TokenFacts;
}

export type ConnectionCheck =
	| { readonly ok: true; readonly connection: Connection }
	/** `passing` when it could not be read, which says nothing about the credential itself. */
	| { readonly ok: false; readonly reason: string; readonly passing: boolean };

type Context = IExecuteFunctions | IHookFunctions | IWebhookFunctions;

/** Reading a credential inside `webhook()` costs some 25 ms (n8n sets up an isolate), far more than checking a signature. */
const KEEP_MS = 30_000;
/**
 * A rotated secret works at once, but forged requests can't make n8n read the credential more often than this; nor can any
 * request while it can't be used.
 */
const REREAD_MS = 5_000;
/** For how long a connection is used that could not be read again: n8n's database may be busy. */
const UNREADABLE_MS = 5 * 60_000;
const READS_AFTER_RENEWAL = 4;

/** One credential, as this process sees it. However many ask, it is read once at a time. */
class KeptConnection {
	private reading: Promise<ConnectionCheck> | undefined;

	private last: { readonly check: ConnectionCheck; readonly at: number } | undefined;

	private good: { readonly connection: Connection; readonly at: number } | undefined;

	/** @param keepMs how old it may be */
	async check(context: Context, keepMs: number): Promise<ConnectionCheck> {
		if (this.last && Date.now() - this.last.at < (this.last.check.ok ? keepMs : REREAD_MS))
			return this.last.check;
		return await this.read(context);
	}

	/** Reads it after its token was renewed. The one in memory is of no use any more. */
	async renewed(context: Context): Promise<ConnectionCheck> {
		// It may have begun before.
		await this.reading;
		this.good = undefined;
		for (let reads = 1; ; reads++) {
			const check = await this.read(context);
			if (check.ok || !check.passing || reads >= READS_AFTER_RENEWAL) return check;
			await sleep(50 * 2 ** reads);
		}
	}

	private async read(context: Context): Promise<ConnectionCheck> {
		this.reading ??= this.readNow(context).finally(() => (this.reading = undefined));
		return await this.reading;
	}

	private async readNow(context: Context): Promise<ConnectionCheck> {
		const check = await readConnection(context);
		const now = Date.now();
		if (check.ok) this.good = { connection: check.connection, at: now };
		else if (check.passing && this.good && now - this.good.at < UNREADABLE_MS) {
			// Asked for again soon.
			this.last = { check: { ok: true, connection: this.good.connection }, at: now - KEEP_MS + REREAD_MS };
			return this.last.check;
		} else {
			context.logger.error(`DoorFlow Trigger refuses webhooks: ${check.reason}`);
		}
		this.last = { check, at: now };
		return check;
	}
}

const kept = processWide(new Map<string, KeptConnection>());

function keptFor(context: Context): KeptConnection {
	const id = context.getNode().credentials?.[CREDENTIAL_TYPE]?.id ?? '';
	const known = kept.get(id) ?? new KeptConnection();
	kept.set(id, known);
	return known;
}

/**
 * The connection of this trigger's credential, from memory if it was read in the last 30 seconds.
 *
 * @param fresh read it again, unless that was done in the last 5 seconds
 */
export async function connectionOf(context: Context, fresh?: 'fresh'): Promise<ConnectionCheck> {
	return await keptFor(context).check(context, fresh ? REREAD_MS : KEEP_MS);
}

/** The tokens of the connection in memory: all webhooks and runs of the trigger share one reading and one renewal. */
export function keptTokens(context: IExecuteFunctions | IWebhookFunctions): TokenSource {
	const connection = keptFor(context);
	return {
		current: async (fresh) => factsOf(await connection.check(context, fresh ? REREAD_MS : KEEP_MS)),
		renewed: async () => factsOf(await connection.renewed(context)),
	};
}

function factsOf(check: ConnectionCheck): CredentialFacts {
	if (check.ok) {
		const { hosts, keys, token } = check.connection;
		return { hosts, ...token, secrets: secretsOf(token.accessToken, ...keys) };
	}
	throw new DoorFlowError({
		kind: check.passing ? 'unavailable' : 'misconfigured',
		message: "The DoorFlow credential can't be used",
		description: check.reason,
	});
}

/** Reads and checks the credential. Never throws: a reason is given instead. */
export async function readConnection(context: Context): Promise<ConnectionCheck> {
	const refuse = (reason: string, passing = false): ConnectionCheck => ({ ok: false, reason, passing });
	const data = await context.getCredentials<IDataObject>(CREDENTIAL_TYPE).catch((): undefined => undefined);
	if (!data) {
		return refuse(
			"n8n couldn't read the DoorFlow credential. If this keeps happening, select it in the node again.",
			true,
		);
	}
	const check = checkCredential(data);
	if (!check.ok) return { ok: false, reason: check.reason, passing: false };
	const keys = [data.webhookSecret, data.clientSecret].filter(
		(key): key is string => typeof key === 'string' && key !== '',
	);
	if (keys.length === 0) {
		return refuse(
			"The DoorFlow credential has neither a client secret nor a webhook signing secret, so the signature of a webhook can't be checked. Enter one of the two.",
		);
	}
	const token = tokenOf(data.oauthTokenData);
	if (!token) return refuse('The DoorFlow credential is not connected yet. Open it and press Connect.');
	return { ok: true, connection: { hosts: check.hosts, keys, token } };
}
