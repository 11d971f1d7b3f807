import { createHash, randomBytes } from 'node:crypto';
import {
	sleep,
	type IDataObject,
	type IExecuteFunctions,
	type IHookFunctions,
	type IHttpRequestOptions,
	type ILoadOptionsFunctions,
	type IPollFunctions,
	type IWebhookFunctions,
} from 'n8n-workflow';

import { checkCredential, isApiUrl, type DoorFlowHosts } from './baseUrl';
import { sortFailure, type Failure } from './failure';
import { textOf, type List } from './lists';
import { readPages, readPagingHeaders, type Page } from './paging';
import {
	CANCELLED,
	DoorFlowError,
	fateUnknownProblem,
	problemOfAnswer,
	reconnectProblem,
	refusedAgainProblem,
	unreachableProblem,
	type About,
	type Problem,
} from './problem';
import { Pacer } from './pacer';
import { processWide } from './processWide';
import { readBody } from './readBody';
import { redact } from './redact';
import { nextStep, retryAfterSeconds, type Outcome } from './retryPolicy';
import { TokenGate, waitBeforeRenewal } from './tokenGate';
import { waitAtMost } from './waitAtMost';

export const CREDENTIAL_TYPE = 'doorFlowOAuth2Api';

/** Every kind of n8n context from which DoorFlow is asked. */
export type DoorFlowContext =
	| IExecuteFunctions
	| IHookFunctions
	| ILoadOptionsFunctions
	| IPollFunctions
	| IWebhookFunctions;

export interface DoorFlowRequest {
	readonly method: 'DELETE' | 'GET' | 'POST' | 'PUT';
	/** Path from the API's host on, such as `/api/3/people`, or a full URL of that same host. */
	readonly path: string;
	/** Left out where undefined; a list is joined with commas. */
	readonly query?: Readonly<
		Record<string, boolean | number | string | readonly (number | string)[] | undefined>
	>;
	readonly body?: IDataObject;
	readonly about: About;
	/** Whether sending it twice does the same as once. Default: everything but POST. */
	readonly repeatable?: boolean;
	/** Milliseconds one attempt may take in all, however slowly the answer trickles in. Default 30,000. */
	readonly timeoutMs?: number;
	/** A moment, in milliseconds since 1970, after which nothing is sent and nothing is waited for. Default: none. */
	readonly until?: number;
	/** The largest answer that is read, in bytes. Default: 10 MB. */
	readonly maxBytes?: number;
	/** Whether DoorFlow limits it apart from all other requests, as it does syncs. */
	readonly ownLimit?: boolean;
	/** Milliseconds to wait in all when DoorFlow says that requests are limited. Default 120,000. */
	readonly maxLimitedMs?: number;
	/**
	 * What becomes of it when the execution is cancelled. `stop` (default): it is broken off at once. `finish`: it is not
	 * begun any more, but once sent, its answer is awaited, so that its fate is known. `send`: it is sent all the same,
	 * to take back what was done.
	 */
	readonly whenCancelled?: WhenCancelled;
}

export type WhenCancelled = 'finish' | 'send' | 'stop';

export interface DoorFlowAnswer<T> {
	readonly status: number;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	readonly body: T;
	/**
	 * A moment by DoorFlow's clock, in milliseconds, before which DoorFlow had not begun with the request; undefined where
	 * the answer tells no time.
	 */
	readonly notBefore?: number;
}

/** What is wanted of a list. */
export interface ListWish {
	/** How many entries at most; undefined for all. */
	readonly limit?: number | undefined;
	/** Narrows the list down at DoorFlow. */
	readonly query?: DoorFlowRequest['query'];
	/** Keeps these entries only, before the limit is applied: for what DoorFlow can't be asked for. */
	readonly where?: (entry: IDataObject) => boolean;
	/** What is kept of an entry, its ID among it, so that long lists take little memory. `where` sees the same. */
	readonly slim?: (entry: IDataObject) => IDataObject;
	/** How many pages are asked for at the same time; default 5. */
	readonly pagesAtOnce?: number;
	/** Told when the last of several pages is asked for, so that what follows can be asked for as well. */
	readonly atLast?: () => void;
	/** In addition to, or in place of, what the list says of itself. */
	readonly about?: Partial<About>;
	/** Sends the request for a page, for a caller that has timeouts of its own. Default: {@link DoorFlowApi.request}. */
	readonly send?: (request: DoorFlowRequest) => Promise<DoorFlowAnswer<unknown>>;
}

/** A request that failed. `mayBeDone` where an attempt of it may have been carried out at DoorFlow. */
export interface Refused {
	readonly problem: Problem;
	readonly mayBeDone: boolean;
	/** It was given up because the time was up, not because DoorFlow answered so. */
	readonly outOfTime?: true;
}

/** What is known of a credential between two requests. */
export interface CredentialFacts {
	readonly hosts: DoorFlowHosts;
	/** Tells tokens apart, without the token. */
	readonly fingerprint: string;
	/** Left out where n8n signs the request itself. */
	readonly accessToken?: string;
	/** When the token runs out by DoorFlow's clock, in seconds since 1970; undefined where DoorFlow did not say. */
	readonly runsOutAt?: number | undefined;
	/** What no error and no log may hold, whoever says it; see {@link secretsOf}. */
	readonly secrets: readonly string[];
}

/**
 * Where tokens come from. By default from n8n, which reads the credential for each request; inside of a webhook, that costs
 * more than all the rest, so the trigger keeps the token in memory for a while.
 */
export interface TokenSource {
	/**
	 * @param fresh not one that was read long ago
	 * @throws DoorFlowError when there is no usable credential
	 */
	current(fresh?: 'fresh'): Promise<CredentialFacts>;
	/** Reads the credential again, after its token was renewed. @throws DoorFlowError as {@link current} does */
	renewed(): Promise<CredentialFacts>;
}

export type TokenFacts = Pick<CredentialFacts, 'fingerprint' | 'runsOutAt'> & {
	readonly accessToken: string;
};

/**
 * Secrets in each form in which they are sent, so that they are found in what DoorFlow answers.
 *
 * @param given tokens and keys; what is no text is left out
 */
export const secretsOf = (...given: readonly unknown[]): string[] => [
	...new Set(
		given
			.filter((one): one is string => typeof one === 'string' && one !== '')
			.flatMap((one) => [one, new URLSearchParams([['', one]]).toString().slice(1)]),
	),
];

/** The secrets of a credential as n8n hands it out. */
function secretsIn({ clientId, clientSecret, webhookSecret, oauthTokenData }: IDataObject): string[] {
	const { access_token, refresh_token } = (oauthTokenData ?? {}) as Record<string, unknown>;
	const basic = Buffer.from(`${textOf(clientId)}:${textOf(clientSecret)}`).toString('base64');
	return secretsOf(clientSecret, webhookSecret, access_token, refresh_token, basic);
}

/** @returns what is known of the token that n8n keeps of DoorFlow's answer; undefined where there is none in it */
export function tokenOf(oauthTokenData: unknown): TokenFacts | undefined {
	const { access_token, created_at, expires_in } = (oauthTokenData ?? {}) as Record<string, unknown>;
	if (typeof access_token !== 'string' || access_token === '') return undefined;
	const runsOutAt = Number(created_at ?? NaN) + Number(expires_in ?? NaN);
	return {
		accessToken: access_token,
		// What tells tokens apart.
		fingerprint: createHash('sha256').update(access_token).digest('hex').slice(0, 16),
		runsOutAt: Number.isFinite(runsOutAt) ? runsOutAt : undefined,
	};
}

type Attempt =
	| {
			readonly kind: 'answer';
			readonly status: number;
			readonly headers: Record<string, string>;
			readonly body: unknown;
	  }
	| { readonly kind: 'failed'; readonly failure: Failure }
	| { readonly kind: 'tooLarge' };

const DEFAULT_TIMEOUT_MS = 30_000;
const MB = 1024 * 1024;
const DEFAULT_MAX_BYTES = 10 * MB;
const LIST_MAX_BYTES = 100 * MB;
const DEFAULT_MAX_LIMITED_MS = 120_000;
/** DoorFlow tells whole seconds, and the clocks of its servers need not agree to the last one. */
const CLOCKS_MS = 2_000;
/**
 * How often the stored credential is read again after a lost race, while the winner stores its token: for six seconds or
 * so, because its machine and n8n's database may be busy.
 */
const RACE_READS = 6;

const gate = processWide(new TokenGate());

/** What ends a connection for good. DoorFlow: `invalid_grant` and `invalid_client`. */
const FINAL: ReadonlySet<Failure['kind']> = new Set(['grantDead', 'clientRefused', 'notConnected']);

/** DoorFlow limits a connection, not an execution: all that use one credential keep to its limit together. */
const pacers = processWide(new Map<string, Pacer>());

function pacerOf(connection: string): Pacer {
	const pacer = pacers.get(connection) ?? new Pacer();
	pacers.set(connection, pacer);
	return pacer;
}

/** The second of DoorFlow's clock, from the header `Date`. */
function secondOf(date: string | undefined): number | undefined {
	const milliseconds = date === undefined ? NaN : Date.parse(date);
	return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

const outOfTime = (about: About, mayBeDone: boolean): Refused => ({
	problem: {
		kind: 'unavailable',
		message: `DoorFlow did not answer in time when asked to ${about.doing}`,
		description:
			'The trigger tries again when DoorFlow sends the event again. If this keeps happening, check whether DoorFlow has an outage.',
	},
	mayBeDone,
	outOfTime: true,
});

const tooLargeProblem = ({ doing }: About): Problem => ({
	kind: 'unexpected',
	message: `DoorFlow's answer is too large to be read when asked to ${doing}`,
	description: 'Ask for less at once, or check the API Base URL of the DoorFlow credential.',
});

/**
 * The one road by which every node asks DoorFlow. One object serves one execution (or one poll, picker, webhook):
 * it remembers what is asked for repeatedly.
 */
export class DoorFlowApi {
	private facts: Promise<CredentialFacts> | undefined;

	/**
	 * A moment by DoorFlow's clock, in milliseconds, before which everything was done that DoorFlow answered so far.
	 * Undefined while nothing was answered, and as soon as an answer tells no time.
	 */
	get answeredBy(): number | undefined {
		return this.lastSecond === undefined || Number.isNaN(this.lastSecond)
			? undefined
			: this.lastSecond * 1000 + CLOCKS_MS;
	}

	/** By DoorFlow's clock; NaN as soon as an answer did not tell. */
	private lastSecond: number | undefined;

	private line: Promise<void> = Promise.resolve();

	/** Of the credential as it was read last. */
	private secrets: readonly string[] = [];

	private readonly remembered = new Map<string, Promise<unknown>>();

	/** @param tokens where tokens come from, if not from n8n */
	constructor(
		private readonly context: DoorFlowContext,
		private readonly tokens?: TokenSource,
	) {}

	/**
	 * Where this credential's DoorFlow is.
	 *
	 * @throws DoorFlowError if the API Base URL is not allowed or the credential is not set
	 */
	async hosts(): Promise<DoorFlowHosts> {
		return (await this.credential()).hosts;
	}

	/**
	 * Does a lookup once per execution.
	 *
	 * @param key names the lookup
	 * @param look does it the first time; a failure is not remembered
	 */
	async once<T>(key: string, look: () => Promise<T>): Promise<T> {
		const existing = this.remembered.get(key) as Promise<T> | undefined;
		if (existing) return await existing;
		const fresh = look();
		this.remembered.set(key, fresh);
		fresh.catch(() => this.remembered.delete(key));
		return await fresh;
	}

	/** What a lookup of this execution gave, if it was done. It never throws. */
	async recall<T>(key: string): Promise<T | undefined> {
		return (await this.remembered.get(key)?.catch(() => undefined)) as T | undefined;
	}

	/**
	 * Sends a request, renews the token when DoorFlow refuses it, waits when DoorFlow asks for it, and repeats what may
	 * be repeated.
	 *
	 * @returns the answer, with a status below 400
	 * @throws DoorFlowError for everything else
	 */
	async request<T = unknown>(request: DoorFlowRequest): Promise<DoorFlowAnswer<T>> {
		const outcome = await this.ask<T>(request);
		if ('problem' in outcome) throw new DoorFlowError(outcome.problem);
		return outcome;
	}

	/**
	 * Like {@link request}, but gives a failure of DoorFlow back instead of throwing it.
	 *
	 * @throws DoorFlowError only when nothing could be asked, for want of a usable credential
	 */
	async ask<T = unknown>(request: DoorFlowRequest): Promise<DoorFlowAnswer<T> | Refused> {
		const { until, about } = request;
		const sending = this.send(request);
		const outcome =
			until === undefined
				? await sending
				: await waitAtMost(until - Date.now(), sending, outOfTime(about, true));
		return 'problem' in outcome ? outcome : { ...outcome, body: outcome.body as T };
	}

	/**
	 * Reads a list of DoorFlow, page by page where it has pages.
	 *
	 * @param list one of {@link LISTS}
	 * @param wish what is wanted of it
	 * @returns the entries in DoorFlow's order, none twice
	 * @throws DoorFlowError for every failure, and when the answer is no list: what can't be read is never an empty list
	 */
	async list(list: List, wish: ListWish = {}): Promise<IDataObject[]> {
		const { limit, where, slim, pagesAtOnce, atLast } = wish;
		const entries = await readPages<IDataObject>(
			async (page, count) => {
				const read = await this.page(list, page, wish, count);
				return slim ? { ...read, items: read.items.map(slim) } : read;
			},
			{
				// Which entries are kept is known only once they are here.
				...(where ? { keep: where } : limit === undefined ? {} : { limit }),
				...(pagesAtOnce === undefined ? {} : { parallel: pagesAtOnce }),
				...(atLast === undefined ? {} : { atLast }),
				perPage: list.perPage ?? Number.MAX_SAFE_INTEGER,
				key: (entry) => textOf(entry.id) || JSON.stringify(entry),
			},
		);
		return where ? entries.slice(0, limit) : entries;
	}

	/**
	 * Reads a list to its end and looks at each entry once, as it comes, without keeping any: what is remembered is up to
	 * the caller, and the ids.
	 *
	 * @param list one of {@link LISTS}
	 * @param look hears of each entry
	 * @param wish what is wanted of the list
	 * @throws DoorFlowError as {@link list} does
	 */
	async each(
		list: List,
		look: (entry: IDataObject) => void,
		wish: Omit<ListWish, 'limit' | 'where'> = {},
	): Promise<void> {
		const where = (entry: IDataObject): boolean => {
			look(entry);
			return false;
		};
		await this.list(list, { ...wish, where });
	}

	/**
	 * Reads one page of a list.
	 *
	 * @param list one of {@link LISTS}
	 * @param page counted from 1
	 * @param wish as for {@link list}; nothing is filtered here
	 * @param count how many entries to ask for
	 * @returns the entries, what the answer says about their number, and whether there seem to be more behind them
	 * @throws DoorFlowError as {@link list} does
	 */
	async page(
		{ path, what, permission, perPage, perPageName = 'per_page' }: List,
		page: number,
		{ query, about, send }: ListWish = {},
		count = perPage,
	): Promise<Page<IDataObject> & { readonly more: boolean }> {
		const request: DoorFlowRequest = {
			method: 'GET',
			path,
			query: { ...query, ...(perPage === undefined ? {} : { page, [perPageName]: count }) },
			about: { doing: `list ${what}`, ...(permission === undefined ? {} : { permission }), ...about },
			maxBytes: LIST_MAX_BYTES,
		};
		const answer = await (send ? send(request) : this.request(request));
		if (!Array.isArray(answer.body)) {
			throw new DoorFlowError({
				kind: 'unexpected',
				status: answer.status,
				message: `DoorFlow did not answer with a list when asked to ${request.about.doing}`,
				description:
					'Run it again in a few minutes, and check the API Base URL of the DoorFlow credential. If it keeps happening, report it with the operation.',
			});
		}
		const items = answer.body as IDataObject[];
		// A list without pages is complete, whatever is asked for on top.
		if (perPage === undefined)
			return { items, total: items.length, perPage: Math.max(1, items.length), more: false };
		const said = readPagingHeaders(answer.headers);
		const size = said.perPage ?? count ?? perPage;
		const more = said.total === undefined ? items.length >= size : page * size < said.total;
		return { items, ...said, more: more && items.length > 0 };
	}

	/**
	 * Revokes this credential's refresh token at DoorFlow. DoorFlow: revoking the refresh token ends all access tokens
	 * of the connection; the client identifies itself by HTTP Basic.
	 *
	 * @param timeout how long it may take, in milliseconds
	 * @throws DoorFlowError when there is nothing to revoke or DoorFlow could not be told
	 */
	async revoke(timeout = DEFAULT_TIMEOUT_MS): Promise<void> {
		const { hosts } = await this.credential();
		const read = await this.decrypted();
		if ('failure' in read) throw new DoorFlowError(this.problemOfFailure(read.failure));
		const { clientId, clientSecret, oauthTokenData } = read.data;
		const refreshToken = (oauthTokenData as { refresh_token?: unknown } | undefined)?.refresh_token;
		if (
			typeof refreshToken !== 'string' ||
			typeof clientId !== 'string' ||
			typeof clientSecret !== 'string'
		) {
			throw new DoorFlowError(this.problemOfFailure({ kind: 'notConnected', text: '' }));
		}
		const about = { doing: 'end the connection', secrets: secretsIn(read.data) };
		const options: IHttpRequestOptions = {
			method: 'POST',
			url: `${hosts.api}/oauth/revoke`,
			auth: { username: clientId, password: clientSecret, sendImmediately: true },
			headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
			body: new URLSearchParams({ token: refreshToken, token_type_hint: 'refresh_token' }).toString(),
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
			encoding: 'stream',
			timeout,
		};
		const result = await this.exchange(
			async (abortSignal) => await this.context.helpers.httpRequest({ ...options, abortSignal }),
			{ maxBytes: DEFAULT_MAX_BYTES, cancel: undefined, limitMs: timeout },
		);
		this.facts = undefined;
		if (result.kind === 'tooLarge') throw new DoorFlowError(tooLargeProblem(about));
		if (result.kind === 'failed') throw new DoorFlowError(unreachableProblem(about, hosts.api));
		if (result.status === 401 || result.status === 403) {
			throw new DoorFlowError(this.problemOfFailure({ kind: 'clientRefused', text: '' }));
		}
		if (result.status >= 300) throw new DoorFlowError(problemOfAnswer(result.status, result.body, about));
	}

	/** Names what all executions with this credential share. @throws DoorFlowError as {@link hosts} does */
	async connection(): Promise<string> {
		return `${this.credentialId()} ${(await this.credential()).hosts.api}`;
	}

	/** Tells when the execution is cancelled; undefined outside of executions. */
	get cancelSignal(): AbortSignal | undefined {
		return 'getExecutionCancelSignal' in this.context ? this.context.getExecutionCancelSignal() : undefined;
	}

	/** Waits, unless the execution is cancelled first. @throws DoorFlowError when it is */
	async pause(milliseconds: number): Promise<void> {
		if (await this.cancelledDuring(milliseconds, 'stop')) throw new DoorFlowError(CANCELLED);
	}

	private async cancelledDuring(milliseconds: number, whenCancelled: WhenCancelled): Promise<boolean> {
		// By a clock that nobody sets.
		const end = performance.now() + milliseconds;
		const cancelled = (): boolean => whenCancelled !== 'send' && this.cancelSignal?.aborted === true;
		for (let left = milliseconds; left > 0 && !cancelled(); left = end - performance.now())
			await sleep(Math.min(left, 100));
		return cancelled();
	}

	private async send(request: DoorFlowRequest): Promise<DoorFlowAnswer<unknown> | Refused> {
		const {
			about,
			whenCancelled = 'stop',
			maxLimitedMs = DEFAULT_MAX_LIMITED_MS,
			until = Infinity,
		} = request;
		const repeatable = request.repeatable ?? request.method !== 'POST';
		let renewals = 0;
		let limitedForMs = 0;
		let mayBeDone = false;

		for (let attempt = 1; ; attempt++) {
			const credentialId = this.credentialId();
			const pacer = pacerOf(await this.connection());
			do {
				const wait = pacer.turn(Date.now());
				if (Date.now() + wait >= until) return outOfTime(about, mayBeDone);
				// Too long for this one: DoorFlow itself says then that it has to wait.
				if (wait > maxLimitedMs - limitedForMs) break;
				if (await this.cancelledDuring(wait, whenCancelled)) return { problem: CANCELLED, mayBeDone };
			} while (pacer.isPaused(Date.now()));
			await this.ownTurn();
			const facts = await this.alive(credentialId);
			if (facts === undefined) return { problem: this.reconnect(), mayBeDone };
			this.secrets = facts.secrets;

			const sentAt = Date.now();
			if (sentAt >= until) return outOfTime(about, mayBeDone);
			const result = await this.attempt(
				request,
				this.options(request, facts.hosts),
				'ignoreStatus',
				facts.accessToken,
			);
			const tookMs = Date.now() - sentAt;
			if (result.kind === 'answer' && result.status === 401) {
				// n8n has not tried to refresh yet: it does so in renew(), one request at a time.
				const ranOut = (secondOf(result.headers.date) ?? -Infinity) >= (facts.runsOutAt ?? Infinity);
				const wait = waitBeforeRenewal(++renewals, ranOut);
				if (wait === undefined) return { problem: refusedAgainProblem(about), mayBeDone };
				if (Date.now() + wait >= until) return outOfTime(about, mayBeDone);
				if (await this.cancelledDuring(wait, whenCancelled)) return { problem: CANCELLED, mayBeDone };
				const problem = await this.renew(facts, whenCancelled);
				if (problem) return { problem, mayBeDone };
				attempt--;
				continue;
			}
			if (result.kind === 'tooLarge') {
				pacer.took(Date.now());
				return { problem: tooLargeProblem(about), mayBeDone: true };
			}
			if (result.kind === 'failed' && result.failure.kind !== 'notSent' && result.failure.kind !== 'lost') {
				return {
					problem: this.problemOfFailure(result.failure),
					mayBeDone: mayBeDone || result.failure.kind === 'cancelled' || result.failure.kind === 'other',
				};
			}
			const second = result.kind === 'answer' ? secondOf(result.headers.date) : undefined;
			if (result.kind === 'answer') this.lastSecond = Math.max(this.lastSecond ?? 0, second ?? NaN);
			if (result.kind === 'answer' && result.status !== 429) pacer.took(Date.now(), second);
			const doneBefore = mayBeDone;
			if (result.kind === 'failed' ? result.failure.kind === 'lost' : result.status >= 500) mayBeDone = true;

			const asked =
				result.kind === 'answer'
					? retryAfterSeconds(result.body, result.headers['retry-after'], Date.now())
					: undefined;
			const outcome: Outcome =
				result.kind === 'answer'
					? {
							kind: 'answer',
							status: result.status,
							...(asked === undefined ? {} : { retryAfterSeconds: asked }),
						}
					: { kind: 'lost', sent: result.failure.kind === 'notSent' ? 'no' : 'maybe' };
			const next = nextStep(outcome, {
				attempt,
				repeatable,
				limitedForMs,
				maxLimitedMs,
				random: Math.random(),
			});
			const status = result.kind === 'answer' ? result.status : undefined;

			if (next.step === 'wait') {
				if (Date.now() + next.milliseconds >= until) {
					// All that come after it are to know that DoorFlow asks to wait.
					if (status === 429 && !request.ownLimit) pacer.limited(Date.now(), next.milliseconds, second);
					return outOfTime(about, mayBeDone);
				}
				if (status === 429) {
					limitedForMs += next.milliseconds;
					attempt--;
				}
				if (status === 429 && !request.ownLimit) {
					pacer.limited(Date.now(), next.milliseconds, second);
				} else {
					if (await this.cancelledDuring(next.milliseconds, whenCancelled))
						return { problem: CANCELLED, mayBeDone };
				}
				continue;
			}
			if (next.step === 'giveUp' && next.because === 'fateUnknown')
				return { problem: fateUnknownProblem(about, status), mayBeDone };
			if (result.kind === 'failed') return { problem: unreachableProblem(about, facts.hosts.api), mayBeDone };
			if (result.status === 404 && request.method === 'DELETE' && doneBefore) {
				// The attempt whose answer got lost had done it.
				return { status: 200, headers: result.headers, body: {} };
			}
			if (result.status >= 300) {
				const secrets = [...(about.secrets ?? []), ...facts.secrets];
				const problem = problemOfAnswer(result.status, result.body, { ...about, secrets }, asked);
				return { problem, mayBeDone };
			}
			return {
				status: result.status,
				headers: result.headers,
				body: result.body,
				...(second === undefined ? {} : { notBefore: second * 1000 - tookMs }),
			};
		}
	}

	/**
	 * Lets n8n's loop turn between the starts of two requests. Without it, requests that wait for the same n8n are sent together,
	 * are answered together, and each round takes as long as preparing all of them one after the other.
	 */
	private async ownTurn(): Promise<void> {
		// The quickest way through the loop that n8n leaves to a node: timers are too coarse for this.
		const before = this.line;
		this.line = before.then(async () => await new Promise<void>((done) => randomBytes(1, () => done())));
		await before;
	}

	private options(request: DoorFlowRequest, hosts: DoorFlowHosts): IHttpRequestOptions {
		const full = request.path.startsWith('/') ? hosts.api + request.path : request.path;
		if (!request.path.startsWith('/') && !isApiUrl(full, hosts.api)) {
			throw new DoorFlowError({
				kind: 'badInput',
				message: "The address doesn't belong to this credential's DoorFlow",
				description: `The node calls only addresses that start with ${hosts.api}/api/3/, so that the connection's token goes nowhere else.`,
			});
		}
		const url = new URL(full);
		for (const [name, value] of Object.entries(request.query ?? {})) {
			if (value !== undefined)
				url.searchParams.set(name, Array.isArray(value) ? value.join(',') : String(value));
		}
		return {
			method: request.method,
			url: url.href,
			...(request.body === undefined ? {} : { body: request.body }),
			json: true,
			headers: { Accept: 'application/json' },
			returnFullResponse: true,
			// A redirect could carry the token to another host.
			disableFollowRedirect: true,
			// Read here and not by n8n, which would take in whatever comes, for as long as it comes.
			encoding: 'stream',
			timeout: Math.max(
				1,
				Math.min(request.timeoutMs ?? DEFAULT_TIMEOUT_MS, (request.until ?? Infinity) - Date.now()),
			),
		};
	}

	/**
	 * `ignoreStatus` gives every answer back as it is. `refreshOn401` lets n8n refresh the token and repeat the request.
	 *
	 * @param accessToken signs the request, in place of n8n
	 */
	private async attempt(
		{
			whenCancelled = 'stop',
			maxBytes = DEFAULT_MAX_BYTES,
		}: Pick<DoorFlowRequest, 'maxBytes' | 'whenCancelled'>,
		options: IHttpRequestOptions,
		mode: 'ignoreStatus' | 'refreshOn401',
		accessToken?: string,
	): Promise<Attempt> {
		const { helpers } = this.context;
		return await this.exchange(
			async (abortSignal) =>
				accessToken === undefined
					? await helpers.httpRequestWithAuthentication.call(
							// n8n breaks a request off by the signal of the context that sends it.
							Object.create(this.context, {
								getExecutionCancelSignal: { value: () => abortSignal },
							}) as IExecuteFunctions,
							CREDENTIAL_TYPE,
							{ ...options, ...(mode === 'ignoreStatus' ? { ignoreHttpStatusErrors: true } : {}) },
						)
					: await helpers.httpRequest({
							...options,
							headers: { ...options.headers, Authorization: `Bearer ${accessToken}` },
							ignoreHttpStatusErrors: true,
							abortSignal,
						}),
			{
				maxBytes,
				cancel: whenCancelled === 'stop' ? this.cancelSignal : undefined,
				// Where n8n may be refreshing, its own limit has to do: whoever breaks that off has lost the new token.
				limitMs: mode === 'ignoreStatus' ? options.timeout : undefined,
			},
		);
	}

	/**
	 * Sends a request and reads its answer within bounds. n8n's own time limit begins anew with each byte, and it reads
	 * whatever comes.
	 */
	private async exchange(
		send: (abortSignal: AbortSignal) => Promise<unknown>,
		bounds: {
			readonly maxBytes: number;
			readonly cancel: AbortSignal | undefined;
			readonly limitMs: number | undefined;
		},
	): Promise<Attempt> {
		const { maxBytes, cancel, limitMs } = bounds;
		const end = new AbortController();
		const stop = (): void => end.abort();
		cancel?.addEventListener('abort', stop, { once: true });
		if (cancel?.aborted) stop();
		const limit = limitMs === undefined ? undefined : AbortSignal.timeout(Math.ceil(limitMs));
		limit?.addEventListener('abort', stop, { once: true });
		try {
			const response = (await send(end.signal)) as {
				statusCode: number;
				headers?: Record<string, unknown>;
				body: unknown;
			};
			const read = await readBody(response.body, maxBytes);
			if (read.kind === 'tooLarge') return read;
			const headers: Record<string, string> = {};
			for (const [name, value] of Object.entries(response.headers ?? {}))
				headers[name.toLowerCase()] = String(value);
			return { kind: 'answer', status: response.statusCode, headers, body: read.body };
		} catch (error) {
			if (limit?.aborted && !cancel?.aborted) return { kind: 'failed', failure: { kind: 'lost', text: '' } };
			return { kind: 'failed', failure: sortFailure(error) };
		} finally {
			cancel?.removeEventListener('abort', stop);
			// An answer that nobody read would hold its connection open.
			stop();
		}
	}

	/**
	 * Gets a fresh token after a 401: lets n8n refresh with one request that changes nothing, then, should another
	 * process have been faster with the rotating refresh token, takes up what that one stored.
	 *
	 * @returns undefined when the request can be repeated, else what to tell the user
	 */
	private async renew(refused: CredentialFacts, whenCancelled: WhenCancelled): Promise<Problem | undefined> {
		for (;;) {
			const problem = await gate.once(
				this.credentialId(),
				async () => await this.renewAlone(refused, whenCancelled),
			);
			this.facts = undefined;
			// It may have been another execution that was cancelled while it renewed the token for all.
			if (problem !== CANCELLED || (await this.cancelledDuring(0, whenCancelled))) return problem;
		}
	}

	private async renewAlone(
		refused: CredentialFacts,
		whenCancelled: WhenCancelled,
	): Promise<Problem | undefined> {
		const stored = await (this.tokens?.current() ?? this.readCredential());
		if (stored.fingerprint !== refused.fingerprint) return undefined;
		// Somebody else's renewal of this very token has just failed for good.
		if (gate.isDead(this.credentialId(), refused.fingerprint, Date.now())) return this.reconnect();
		const asking = {
			method: 'GET',
			path: '/oauth/token/info',
			about: { doing: 'renew the connection' },
		} as const;
		const result = await this.attempt({ whenCancelled }, this.options(asking, refused.hosts), 'refreshOn401');
		if (result.kind !== 'failed') {
			await this.tokens?.renewed();
			return undefined;
		}
		const { failure } = result;
		if (failure.kind === 'cancelled') return CANCELLED;
		// All else may pass: a maintenance page, a proxy's 403, a 429.
		const temporary = !FINAL.has(failure.kind);
		for (let read = 1; read <= RACE_READS; read++) {
			const now = await (this.tokens?.renewed() ?? this.readCredential());
			if (now.fingerprint !== refused.fingerprint) return undefined;
			if (temporary) break;
			if (await this.cancelledDuring(50 * 2 ** read * (0.5 + Math.random()), whenCancelled)) return CANCELLED;
		}
		if (temporary) return unreachableProblem({ doing: 'renew the connection' }, refused.hosts.api);
		gate.markDead(this.credentialId(), refused.fingerprint, Date.now());
		return failure.kind === 'clientRefused' ? this.problemOfFailure(failure) : this.reconnect();
	}

	private async credential(): Promise<CredentialFacts> {
		const reading = (this.facts ??= this.tokens?.current() ?? this.readCredential());
		// What could not be read is read again by the next request.
		reading.catch(() => {
			if (this.facts === reading) this.facts = undefined;
		});
		return await reading;
	}

	/** @returns undefined where DoorFlow refused the newest token for good */
	private async alive(credentialId: string): Promise<CredentialFacts | undefined> {
		const isAlive = ({ fingerprint }: CredentialFacts): boolean =>
			!gate.isDead(credentialId, fingerprint, Date.now());
		const facts = await this.credential();
		if (isAlive(facts)) return facts;
		// It may have been stored meanwhile by another process, or by somebody who connected it again.
		this.facts = this.tokens?.current('fresh') ?? this.readCredential();
		const fresh = await this.credential();
		return isAlive(fresh) ? fresh : undefined;
	}

	private async readCredential(): Promise<CredentialFacts> {
		const read = await this.decrypted();
		if ('failure' in read) throw new DoorFlowError(this.problemOfFailure(read.failure));
		this.secrets = secretsIn(read.data);
		const check = checkCredential(read.data);
		if (!check.ok) {
			throw new DoorFlowError({
				kind: 'misconfigured',
				message: 'The DoorFlow credential has a setting that is not allowed',
				description: check.reason,
			});
		}
		const token = tokenOf(read.data.oauthTokenData);
		if (!token) throw new DoorFlowError(this.problemOfFailure({ kind: 'notConnected', text: '' }));
		const { fingerprint, runsOutAt } = token;
		return { hosts: check.hosts, fingerprint, runsOutAt, secrets: this.secrets };
	}

	private async decrypted(): Promise<{ data: IDataObject } | { failure: Failure }> {
		try {
			return { data: await this.context.getCredentials<IDataObject>(CREDENTIAL_TYPE) };
		} catch (error) {
			return { failure: sortFailure(error) };
		}
	}

	private problemOfFailure(failure: Failure): Problem {
		switch (failure.kind) {
			case 'grantDead':
				return this.reconnect();
			case 'notConnected':
				return {
					kind: 'reconnect',
					message: 'The DoorFlow credential is not connected yet',
					description:
						'Open the credential in n8n, press Connect and allow access at DoorFlow. Then run this again.',
				};
			case 'clientRefused':
				return {
					kind: 'reconnect',
					message: 'DoorFlow does not accept the client ID and secret of the credential',
					description:
						"Copy both again from the application in DoorFlow's developer portal into the credential, save it and press Connect (or Switch account).",
				};
			case 'cancelled':
				return CANCELLED;
			default:
				return {
					kind: 'misconfigured',
					...(failure.status === undefined ? {} : { status: failure.status }),
					message: 'The DoorFlow credential could not be used',
					description: `n8n says: ${redact(failure.text, this.secrets).slice(0, 300) || 'nothing more'}. Open the credential, check it and connect it again.`,
				};
		}
	}

	private reconnect(): Problem {
		return reconnectProblem(this.context.getNode().credentials?.[CREDENTIAL_TYPE]?.name);
	}

	private credentialId(): string {
		return this.context.getNode().credentials?.[CREDENTIAL_TYPE]?.id ?? 'unsaved';
	}
}
