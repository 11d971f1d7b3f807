import { IANAZone } from 'luxon';

/** What a door answers to a request to open it from afar. */
export type AdmitOutcome = 'admitted' | 'denied' | 'offline' | 'timeout';

/** The knobs of the sandbox; every one can be turned while it runs. */
export interface Config {
	/** Where signed notifications go; empty for nowhere. */
	webhookUrl: string;
	/** Added to every answer of the API and of OAuth. */
	latencyMs: number;
	/** Share of API requests that are answered with 503, from 0 to 1; with `failurePath`, of those that match it. */
	failureRate: number;
	/** API requests in one second of the clock before 429; 0 for no limit. */
	rateLimitPerSecond: number;
	accessTokenSeconds: number;
	/** What becomes of a refresh token that was used; see oauth.ts. */
	rotation: 'lenient' | 'reuse-detection' | 'strict';
	/** Whether DoorFlow approved this application for the restricted permission; if not, asking for it fails. */
	restrictedApproved: boolean;
	/** DoorFlow's usual limit is one sync in 30 s. */
	syncLimitSeconds: number;
	/** Doors decide on what they knew at the last sync, as real ones do. Off: they know everything at once. */
	requireSync: boolean;
	/** How long a sync takes to reach the doors. */
	syncTakesMs: number;
	/** `valid_to` is kept as a date, as one of DoorFlow's articles has it: the person is inactive from that date on. */
	validityAsDate: boolean;
	/** A person keeps the groups of active group reservations whatever is written. Off: they are groups like others. */
	bookingsHoldGroups: boolean;
	/** Group reservations that were ended before their time are listed, as `deactivated`, until it is over. */
	listDeactivated: boolean;
	/** How long after its time a group reservation begins and ends in the records: until then, its state is the old one. */
	bookingsLateMs: number;
	/** The key that signs webhooks; empty for the client secret. */
	webhookSecret: string;
	/** Time from one delivery of a notification that was not acknowledged to the next. */
	redeliverAfterMs: number;
	/** How many notifications may travel in one request. */
	webhookBatch: number;
	/** How long a notification waits for others to travel with, when batches are allowed. */
	webhookBatchMs: number;
	/** Host of the resource addresses in notifications, such as `http://localhost:4010`; empty for the sandbox's own. */
	publicBaseUrl: string;
	/** Added to the timestamp of signed webhooks. */
	clockSkewSeconds: number;
	admitDelayMs: number;
	/** What doors answer to an admission; one for all, or by channel id. */
	admitOutcome: AdmitOutcome | Record<string, AdmitOutcome>;
	/** How long an invited mobile credential takes to become active, and a revoked one to disappear. */
	inviteMs: number;
	/** Digits of a PIN; 0 for 4 to 7, as DoorFlow takes them where the account demands no length. */
	pinLength: number;
	/** Persons carry their credentials' values under the slugs of the types. */
	personCredentialFields: boolean;
	pagingHeaders: 'legacy' | 'none' | 'openapi';
	/** Time from handing out a token to the answer that carries it. */
	tokenAnswerDelayMs: number;
	/** Requests whose `METHOD path` matches this expression get `failureStatus`; with `failureRate`, that share of them. */
	failurePath: string;
	failureStatus: number;
	/** How many seconds a 429 of `failureStatus` asks to wait. */
	failureWaitSeconds: number;
	/** Write requests are carried out, but the connection closes without an answer. */
	dropAfterWrite: boolean;
	/** Requests whose `METHOD path` matches this expression get no answer: they wait until the client gives up. */
	silentPath: string;
	/** Whether a silent request is carried out: never, before the silence, or when the client gave up. */
	silentWrite: 'after' | 'before' | 'never';
	/** Time zone (IANA) of the first account. */
	accountTimeZone: string;
	/** At least so many people, made up where there are fewer. */
	seedPeople: number;
	/** At least so many events, made up where there are fewer. */
	seedEvents: number;
}

export const DEFAULTS: Readonly<Config> = {
	webhookUrl: '',
	latencyMs: 0,
	failureRate: 0,
	rateLimitPerSecond: 0,
	accessTokenSeconds: 3600,
	rotation: 'strict',
	restrictedApproved: true,
	syncLimitSeconds: 30,
	requireSync: true,
	syncTakesMs: 0,
	validityAsDate: false,
	bookingsHoldGroups: false,
	listDeactivated: false,
	bookingsLateMs: 0,
	webhookSecret: '',
	redeliverAfterMs: 2000,
	webhookBatch: 1,
	webhookBatchMs: 100,
	publicBaseUrl: '',
	clockSkewSeconds: 0,
	admitDelayMs: 300,
	admitOutcome: 'admitted',
	inviteMs: 500,
	pinLength: 0,
	personCredentialFields: false,
	pagingHeaders: 'openapi',
	tokenAnswerDelayMs: 0,
	failurePath: '',
	failureStatus: 500,
	failureWaitSeconds: 600,
	dropAfterWrite: false,
	silentPath: '',
	silentWrite: 'never',
	accountTimeZone: 'Europe/London',
	seedPeople: 0,
	seedEvents: 0,
};

const OUTCOMES: readonly unknown[] = ['admitted', 'denied', 'offline', 'timeout'];

const oneOf =
	(...values: string[]) =>
	(value: unknown): string | undefined =>
		values.includes(value as string) ? undefined : `must be one of ${values.join(', ')}`;

const number =
	(from: number, to: number) =>
	(value: unknown): string | undefined =>
		typeof value === 'number' && value >= from && value <= to
			? undefined
			: `must be a number from ${from} to ${to}`;

function address(value: unknown): string | undefined {
	const allowed =
		value === '' || (typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value));
	return allowed ? undefined : 'must be empty or an address that starts with http:// or https://';
}

function expression(value: unknown): string | undefined {
	try {
		new RegExp(String(value));
		return typeof value === 'string' ? undefined : 'must be a text';
	} catch (error) {
		return `is no regular expression (${(error as Error).message})`;
	}
}

/** What is wrong with a value, beyond its type. */
const CHECKS: Partial<Record<keyof Config, (value: unknown) => string | undefined>> = {
	webhookUrl: address,
	publicBaseUrl: address,
	failureRate: number(0, 1),
	failureStatus: number(400, 599),
	failureWaitSeconds: number(0, 600),
	failurePath: expression,
	silentPath: expression,
	silentWrite: oneOf('after', 'before', 'never'),
	pinLength: (value) => (value === 0 ? undefined : number(4, 7)(value)),
	webhookBatch: number(1, 1000),
	clockSkewSeconds: number(-1e6, 1e6),
	rotation: oneOf('lenient', 'reuse-detection', 'strict'),
	pagingHeaders: oneOf('legacy', 'none', 'openapi'),
	accountTimeZone: (value) =>
		IANAZone.isValidZone(String(value)) ? undefined : 'must be a time zone such as Europe/London',
	admitOutcome: (value) => {
		const outcomes = typeof value === 'object' && value !== null ? Object.values(value) : [value];
		return outcomes.every((one) => OUTCOMES.includes(one))
			? undefined
			: `must be one of ${OUTCOMES.join(', ')}, or an object of these by channel id`;
	},
};

/**
 * Says what is wrong with settings that somebody wishes, for a person to read.
 *
 * @param wish names and values, not all of them
 * @returns one text each; none when all is well
 */
export function faultsOf(wish: Readonly<Record<string, unknown>>): string[] {
	return Object.entries(wish).flatMap(([name, value]) => {
		if (!(name in DEFAULTS)) return [`Unknown setting: ${name}. Known: ${Object.keys(DEFAULTS).join(', ')}.`];
		const key = name as keyof Config;
		const standard = DEFAULTS[key];
		if (key !== 'admitOutcome' && typeof value !== typeof standard)
			return [`${name} must be a ${typeof standard}.`];
		const fault =
			CHECKS[key]?.(value) ??
			(typeof standard === 'number' && !CHECKS[key] ? number(0, 1e9)(value) : undefined);
		return fault ? [`${name} ${fault}.`] : [];
	});
}
