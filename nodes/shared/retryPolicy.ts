/** What became of one attempt to send a request. */
export type Outcome =
	| { readonly kind: 'answer'; readonly status: number; readonly retryAfterSeconds?: number }
	/** No answer. `sent: 'no'` when the connection was never made, so DoorFlow can't have acted on it. */
	| { readonly kind: 'lost'; readonly sent: 'no' | 'maybe' };

export type Step =
	| { readonly step: 'done' }
	| { readonly step: 'wait'; readonly milliseconds: number }
	| { readonly step: 'giveUp'; readonly because: 'rateLimited' | 'unavailable' | 'fateUnknown' };

export interface Budget {
	/** Attempts made so far, this one included. */
	readonly attempt: number;
	/** Whether sending it twice does the same as sending it once. */
	readonly repeatable: boolean;
	/** Milliseconds this request has already waited because DoorFlow said 429. */
	readonly limitedForMs: number;
	/** Milliseconds it may wait for 429 in all. */
	readonly maxLimitedMs: number;
	/** A number from 0 to 1, for the jitter. */
	readonly random: number;
}

/** Attempts on 5xx answers and lost connections. DoorFlow: retry these with backoff. */
export const MAX_ATTEMPTS = 4;
const FIRST_BACKOFF_MS = 400;

/**
 * Decides what to do after an attempt.
 *
 * A 429 was not carried out, so every request may be repeated after it, as late as DoorFlow said. After a 5xx or a
 * lost connection nobody knows whether a POST was carried out: it is not repeated (no second person, no door opened
 * twice), unless the connection was never made.
 *
 * @param outcome what became of the attempt
 * @param budget what has been spent so far; times in milliseconds
 */
export function nextStep(outcome: Outcome, budget: Budget): Step {
	if (outcome.kind === 'answer' && outcome.status === 429) {
		const asked = outcome.retryAfterSeconds;
		const wait =
			asked === undefined ? backoff(budget) : Math.max(0, asked) * 1000 + Math.round(budget.random * 100);
		if (budget.limitedForMs + wait > budget.maxLimitedMs) return { step: 'giveUp', because: 'rateLimited' };
		return { step: 'wait', milliseconds: wait };
	}
	if (outcome.kind === 'answer' && outcome.status < 500) return { step: 'done' };
	const surelyNotDone = outcome.kind === 'lost' && outcome.sent === 'no';
	if (!budget.repeatable && !surelyNotDone) return { step: 'giveUp', because: 'fateUnknown' };
	if (budget.attempt >= MAX_ATTEMPTS) return { step: 'giveUp', because: 'unavailable' };
	return { step: 'wait', milliseconds: backoff(budget) };
}

function backoff({ attempt, random }: Budget): number {
	const base = FIRST_BACKOFF_MS * 2 ** Math.min(attempt - 1, 6);
	return Math.round(base / 2 + (base / 2) * random);
}

/**
 * How long DoorFlow asks to wait, in seconds: `retry_in` of the body, else the header `Retry-After` (seconds or a date).
 *
 * @param body the parsed answer
 * @param header the header's value
 * @param now milliseconds since 1970, for a header that holds a date
 */
export function retryAfterSeconds(body: unknown, header: unknown, now: number): number | undefined {
	if (typeof body === 'object' && body !== null && 'retry_in' in body) {
		const seconds = Number(body.retry_in);
		if (Number.isFinite(seconds) && seconds >= 0) return seconds;
	}
	if (typeof header !== 'string' || header.trim() === '') return undefined;
	const seconds = Number(header);
	if (Number.isFinite(seconds)) return Math.max(0, seconds);
	const date = Date.parse(header);
	return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}
