import type { INodeExecutionData } from 'n8n-workflow';

import { within } from './fetch';

/** When so many runs wait to begin, n8n is behind: what comes then waits to share one. */
const BEHIND = 5;
/** For how long it waits for that, in milliseconds. When no run begins here meanwhile, they begin elsewhere: in queue mode, on the workers. */
const PATIENCE_MS = 1_500;
/**
 * How many runs may be waiting to begin at all. n8n takes webhooks faster than it runs workflows: in a burst of 1,000
 * events it held 1,000 runs at once, some 10 MB each, and the first one began when the last webhook was answered.
 */
const MOST_WAITING = 20;
/** A run that has not begun by then (it failed before, or was stopped) frees its place. */
const GIVEN_UP_MS = 30_000;
/** How many events one run may bring. */
const MOST_EVENTS = 100;

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

/** `joined`: another webhook's run brings the items. `full`: there is no room; nothing may be started. */
export type Place =
	| { readonly kind: 'full' | 'joined' }
	| { readonly kind: 'own'; readonly items: INodeExecutionData[] };

interface Waiting {
	readonly arrival: Arrival;
	readonly go: (place: Place) => void;
}

/** Since when each place is taken, by the name of the run. */
const taken = new Map<string, number>();
const queue: Waiting[] = [];
let beginHere: boolean | undefined;

/**
 * Waits for a place for one more run, so that a sender is slowed down to what n8n can do. Whoever gets a place that
 * others wait for as well takes their events along: a run costs n8n as much as ten of its items.
 *
 * @param milliseconds how long to wait at most
 */
export async function takePlace(arrival: Arrival, milliseconds: number): Promise<Place> {
	const end = Date.now() + milliseconds;
	const patientUntil = Math.min(Date.now() + PATIENCE_MS, end);
	while (beginHere !== false && taken.size >= BEHIND) {
		const now = Date.now();
		giveUpOld(now);
		const patient = now < patientUntil;
		if (taken.size < (patient ? BEHIND : MOST_WAITING)) break;
		if (now >= end) return { kind: 'full' };
		if (beginHere === undefined && !patient) {
			beginHere = false;
			break;
		}
		let go: (place: Place) => void = () => undefined;
		const given = new Promise<Place>((done) => (go = done));
		const waiting = { arrival, go };
		queue.push(waiting);
		await within(
			Math.min(patient ? patientUntil : end, Math.min(...taken.values()) + GIVEN_UP_MS) - now,
			given,
			undefined,
		);
		const position = queue.indexOf(waiting);
		// Whoever is given a place is taken out of the queue, also in the same moment that the time was up.
		if (position < 0) return await given;
		queue.splice(position, 1);
	}
	return lead(arrival);
}

/** A run has begun: its place is free for the next one. */
export function freePlace(run: string): void {
	beginHere = true;
	if (!taken.delete(run)) return;
	const next = queue.shift();
	next?.go(lead(next.arrival));
}

/** Takes a place, and those along that wait for one. */
function lead({ node, run, items, combine }: Arrival): Place {
	taken.set(run, Date.now());
	const all = [...items];
	if (combine && beginHere) {
		for (const waiting of [...queue]) {
			const { arrival } = waiting;
			if (arrival.node !== node || !arrival.combine || all.length + arrival.items.length > MOST_EVENTS)
				continue;
			queue.splice(queue.indexOf(waiting), 1);
			all.push(...arrival.items);
			waiting.go({ kind: 'joined' });
		}
	}
	return { kind: 'own', items: all };
}

function giveUpOld(now: number): void {
	for (const [run, since] of taken) if (now - since >= GIVEN_UP_MS) taken.delete(run);
}
