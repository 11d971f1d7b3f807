import type { INodeExecutionData } from 'n8n-workflow';

import { keepAtMost } from '../shared/keepAtMost';
import { processWide } from '../shared/processWide';
import { waitAtMost } from '../shared/waitAtMost';

/** When so many runs wait to begin, n8n is behind: what comes then waits to share one. */
const BEHIND = 5;
/** For how long it waits to share a run, in milliseconds. */
const PATIENCE_MS = 1_500;
/** When a run has been waiting for so long and not one has begun in this process, they begin in others. */
const ELSEWHERE_MS = 10_000;
/**
 * How many runs may be waiting to begin before others wait as long as they can. n8n takes webhooks faster than it runs
 * workflows: in a burst of 1,000 events it held 1,000 runs at once, some 10 MB each, and the first one began when the last
 * webhook was answered.
 */
const MOST_WAITING = 20;
/** A run that has not begun by then (it failed before, or was stopped) frees its place. */
const GIVEN_UP_MS = 30_000;
/** How many events one run may bring. */
const MOST_EVENTS = 100;
/** How many runs are kept in mind at all. */
const MOST_KEPT = 1_000;

/** What one webhook brings, and the run it asks for. */
export interface Arrival {
	/** The node that it came to: only what came to the same one may share a run. */
	readonly node: string;
	/** Tells its run from others. */
	readonly run: string;
	readonly items: readonly INodeExecutionData[];
	/** Whether it may share a run with others when n8n is behind. */
	readonly combine: boolean;
}

/** `joined`: another webhook's run brings the items. */
export type Outcome =
	| { readonly kind: 'joined' }
	| { readonly kind: 'own'; readonly items: INodeExecutionData[] };

/** Where runs begin: in this process, in others (queue mode), or nobody knows yet. */
export type Where = 'elsewhere' | 'here' | 'unknown';

interface Waiting {
	readonly arrival: Arrival;
	readonly go: (outcome: Outcome) => void;
}

/**
 * Slows senders down to what n8n can run. It never turns anything away: whoever has waited for as long as there was time
 * gets a run all the same, because an execution more costs less than an event less.
 */
export class RunLimiter {
	/** Since when runs have been waiting to begin, by their names; by a clock that nobody sets. */
	private readonly handed = new Map<string, number>();

	private queue: Waiting[] = [];

	private where: Where = 'unknown';

	/** Where runs begin, as far as is known. */
	get runsBegin(): Where {
		return this.where;
	}

	/** How many runs are kept in mind. */
	get size(): number {
		return this.handed.size;
	}

	/** Whether so many runs wait that what needs a look at DoorFlow had better be looked at in its run. */
	isOverloaded(): boolean {
		this.giveUpOld(performance.now());
		return this.where === 'here' && this.handed.size >= MOST_WAITING;
	}

	/**
	 * Waits for its turn to start a run. Whoever gets it takes along the events of others that wait for the same node: a
	 * run costs n8n as much as ten of its items.
	 *
	 * @param milliseconds how long there is time
	 */
	async enter(arrival: Arrival, milliseconds: number): Promise<Outcome> {
		const end = performance.now() + milliseconds;
		const patientUntil = Math.min(performance.now() + PATIENCE_MS, end);
		for (;;) {
			const now = performance.now();
			this.giveUpOld(now);
			const patient = now < patientUntil;
			if (this.where === 'elsewhere' || now >= end) break;
			if (this.handed.size < (patient ? BEHIND : MOST_WAITING)) break;
			const oldest = Math.min(...this.handed.values()) + GIVEN_UP_MS;
			const outcome = await this.wait(arrival, Math.min(patient ? patientUntil : end, oldest) - now);
			if (outcome) return outcome;
		}
		return this.start(arrival);
	}

	/**
	 * A run has begun.
	 *
	 * @param byHand a test in the editor runs in n8n's main process, wherever others run: it says nothing
	 */
	begun(run: string, byHand: boolean): void {
		if (!this.handed.delete(run) || byHand) return;
		this.where = 'here';
		const next = this.queue.shift();
		next?.go(this.start(next.arrival));
	}

	private async wait(arrival: Arrival, milliseconds: number): Promise<Outcome | undefined> {
		let go: (outcome: Outcome) => void = () => undefined;
		const given = new Promise<Outcome>((done) => (go = done));
		const waiting = { arrival, go };
		this.queue.push(waiting);
		await waitAtMost(milliseconds, given, undefined);
		const position = this.queue.indexOf(waiting);
		// Whoever is let through is taken out of the queue, also in the same moment that the time was up.
		if (position < 0) return await given;
		this.queue.splice(position, 1);
		return undefined;
	}

	/** Starts a run, and takes along those that wait for one. */
	private start({ node, run, items, combine }: Arrival): Outcome {
		keepAtMost(this.handed, run, performance.now(), MOST_KEPT);
		const all = [...items];
		const fits = ({ arrival }: Waiting): boolean =>
			combine && arrival.combine && arrival.node === node && all.length + arrival.items.length <= MOST_EVENTS;
		this.queue = this.queue.filter((waiting) => {
			if (!fits(waiting)) return true;
			all.push(...waiting.arrival.items);
			waiting.go({ kind: 'joined' });
			return false;
		});
		return { kind: 'own', items: all };
	}

	private giveUpOld(now: number): void {
		for (const [run, since] of this.handed) {
			// However slow the machine, the first of them has begun by then if they begin here at all.
			if (this.where === 'unknown' && now - since >= ELSEWHERE_MS) this.where = 'elsewhere';
			if (now - since < GIVEN_UP_MS) break;
			this.handed.delete(run);
		}
	}
}

const limiters = processWide(new Map<'n8n', RunLimiter>());

/** The one limiter of this process: n8n is behind with all workflows, or with none. */
export function runLimiter(): RunLimiter {
	const limiter = limiters.get('n8n') ?? new RunLimiter();
	limiters.set('n8n', limiter);
	return limiter;
}
