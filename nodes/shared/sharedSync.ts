import { sleep } from 'n8n-workflow';

import { CANCELLED, type Problem } from './problem';
import { processWide } from './processWide';

/** A sync that DoorFlow started. */
export interface SyncStarted {
	/** A moment by DoorFlow's clock, in milliseconds, that is not after the start; undefined when DoorFlow told no time. */
	readonly startedAt?: number;
	/** Milliseconds since 1970 by n8n's clock, when the answer was here: what is read from now on is from after the start. */
	readonly answeredAt: number;
	/** DoorFlow's answer. */
	readonly answer: unknown;
}

/** A sync that is known to have been started, by whom is not. */
export type LastSync = SyncStarted & { readonly startedAt: number };

export type SyncOutcome = SyncStarted | { readonly problem: Problem };

/** What somebody who needs a sync brings along. */
export interface SyncWish {
	/**
	 * Asks DoorFlow once to start one, without waiting for its limit. It must not be broken off when its execution is
	 * cancelled: others wait for its answer.
	 */
	readonly send: () => Promise<SyncOutcome>;
	/**
	 * Asks DoorFlow, after it refused, which sync it started last: be it by another process, it serves all changes that
	 * were saved before. It never throws.
	 */
	readonly last?: () => Promise<LastSync | undefined>;
	/**
	 * A moment by DoorFlow's clock, in milliseconds, by which all changes were saved. Where it is not known, only a sync of
	 * this process serves.
	 */
	readonly savedBy?: number | undefined;
	/** Milliseconds to wait, at most, while DoorFlow limits syncs. 0: not at all. */
	readonly maxWaitMs: number;
	/** Of the execution. */
	readonly signal?: AbortSignal | undefined;
}

interface Waiter {
	readonly wish: SyncWish;
	/** Milliseconds since 1970. */
	readonly waitsUntil: number;
	settled: boolean;
	readonly settle: (outcome: SyncOutcome) => void;
}

/**
 * `idle`: nobody waits. `sending`: DoorFlow is asked for a sync, on behalf of the riders. `limited`: DoorFlow allows the
 * next one only at `until` (milliseconds since 1970).
 */
type State =
	| { readonly kind: 'idle' }
	| { readonly kind: 'limited'; readonly until: number; readonly problem: Problem }
	| { readonly kind: 'sending' };

/** Where DoorFlow says that it limits, but not for how long. DoorFlow: usually one sync in 30 s. */
const UNSAID_LIMIT_S = 30;
/** A little later than DoorFlow says, so that rounding does not cost another refusal. */
const MARGIN_MS = 50;
/** How often somebody looks whether anybody still waits for the limit. */
const LOOK_MS = 250;

/**
 * The syncs of one connection, shared by all executions of this process, and with other processes as far as DoorFlow
 * tells which sync it started last. Whoever comes while DoorFlow is asked for one
 * waits for the next: a sync counts for a change only if it was started after the change was saved. All who wait while
 * DoorFlow limits syncs share the next one.
 */
export class SharedSync {
	private state: State = { kind: 'idle' };

	/** Those that the next sync is for, in the order in which they came. */
	private waiting: Waiter[] = [];

	/**
	 * Waits for a sync that starts after this call.
	 *
	 * @returns what became of it, be it a failure or that the execution was cancelled. It never throws.
	 */
	async next(wish: SyncWish): Promise<SyncOutcome> {
		const { signal } = wish;
		if (signal?.aborted) return { problem: CANCELLED };
		return await new Promise((resolve) => {
			const leave = (): void => waiter.settle({ problem: CANCELLED });
			const waiter: Waiter = {
				wish,
				waitsUntil: Date.now() + wish.maxWaitMs,
				settled: false,
				settle(outcome) {
					waiter.settled = true;
					signal?.removeEventListener('abort', leave);
					resolve(outcome);
				},
			};
			signal?.addEventListener('abort', leave, { once: true });
			this.waiting.push(waiter);
			if (this.state.kind === 'idle') this.start();
			else if (this.state.kind === 'limited') this.sendAway(this.state);
		});
	}

	/** Asks for a sync, for all who wait at this moment. */
	private start(): void {
		const riders = this.waiting.filter(({ settled }) => !settled);
		this.waiting = [];
		const [driver] = riders;
		this.state = { kind: driver ? 'sending' : 'idle' };
		if (driver) void this.send(driver, riders);
	}

	private async send(driver: Waiter, riders: readonly Waiter[]): Promise<void> {
		const outcome = await driver.wish.send().catch((): SyncOutcome => ({ problem: UNEXPECTED }));
		const problem = 'problem' in outcome ? outcome.problem : undefined;
		if (problem?.kind === 'cancelled' || problem?.kind === 'rateLimited') {
			// Nothing was started, as far as is known. The others still need one.
			if (problem.kind === 'cancelled') driver.settle(outcome);
			this.waiting = [...riders, ...this.waiting].filter(({ settled }) => !settled);
			if (problem.kind === 'rateLimited') {
				const until = Date.now() + (problem.retryInSeconds ?? UNSAID_LIMIT_S) * 1000;
				await this.serve(driver.wish);
				return await this.waitForLimit({ kind: 'limited', until, problem });
			}
		} else {
			for (const rider of riders) if (!rider.settled) rider.settle(outcome);
		}
		this.start();
	}

	/** A limit means that a sync was started a short time ago. Those whose changes it brings need no other. */
	private async serve({ last }: SyncWish): Promise<void> {
		const sync = await last?.();
		if (!sync) return;
		for (const waiter of this.waiting) {
			if (!waiter.settled && (waiter.wish.savedBy ?? Infinity) <= sync.startedAt) waiter.settle(sync);
		}
	}

	private async waitForLimit(limited: Extract<State, { kind: 'limited' }>): Promise<void> {
		const { until } = limited;
		this.state = limited;
		this.sendAway(limited);
		while (Date.now() < until + MARGIN_MS && this.waiting.some(({ settled }) => !settled))
			await sleep(Math.min(LOOK_MS, until + MARGIN_MS - Date.now()));
		this.start();
	}

	/** Tells those who can't wait so long. */
	private sendAway({ until, problem }: Extract<State, { kind: 'limited' }>): void {
		for (const waiter of this.waiting) {
			if (!waiter.settled && waiter.waitsUntil < until)
				waiter.settle({
					problem: { ...problem, retryInSeconds: Math.max(0, (until - Date.now()) / 1000) },
				});
		}
		this.waiting = this.waiting.filter(({ settled }) => !settled);
	}
}

const UNEXPECTED: Problem = {
	kind: 'unexpected',
	message: 'the sync could not be started',
	description: 'Run Controller Sync → Start later.',
};

const syncs = processWide(new Map<string, SharedSync>());

/**
 * The syncs of a connection. n8n's process is the widest place that executions can share: in queue mode, each worker asks
 * for its own, and learns from DoorFlow of those of the others.
 *
 * @param connection names it, see DoorFlowApi.connection
 */
export function syncsOf(connection: string): SharedSync {
	const known = syncs.get(connection) ?? new SharedSync();
	syncs.set(connection, known);
	return known;
}
