import { within } from './fetch';

/**
 * How many runs may be waiting to begin. n8n takes webhooks faster than it runs workflows: in a burst of 1,000 events it
 * held 1,000 runs at once, some 10 MB each, and the first one began when the last webhook was answered.
 */
const WAITING_RUNS = 20;
/** A run that has not begun by then (it failed before, or was stopped) frees its place. */
const GIVEN_UP_MS = 30_000;
/** When no run begins in this process for so long, runs begin elsewhere: in queue mode, on the workers. */
const ELSEWHERE_MS = 1_500;

/** Since when each place is taken, by the name of the run. */
const taken = new Map<string, number>();
const queue: Array<() => void> = [];
let beginHere: boolean | undefined;

/**
 * Waits for a place for one more run, so that a sender is slowed down to what n8n can do.
 *
 * @param name tells this run from others
 * @param milliseconds how long to wait at most
 * @returns false when there is none; nothing may be started then
 */
export async function takePlace(name: string, milliseconds: number): Promise<boolean> {
	const end = Date.now() + milliseconds;
	const probe = Date.now() + ELSEWHERE_MS;
	while (beginHere !== false && taken.size >= WAITING_RUNS) {
		giveUpOld();
		if (taken.size < WAITING_RUNS) break;
		const now = Date.now();
		if (now >= end) return false;
		if (beginHere === undefined && now >= probe) {
			beginHere = false;
			break;
		}
		let wake: () => void = () => undefined;
		const free = new Promise<void>((done) => queue.push((wake = done)));
		await within(Math.min(end, beginHere === undefined ? probe : end) - now, free, undefined);
		const position = queue.indexOf(wake);
		if (position >= 0) queue.splice(position, 1);
	}
	taken.set(name, Date.now());
	return true;
}

/** A run has begun: its place is free for the next one. */
export function freePlace(name: string): void {
	beginHere = true;
	if (taken.delete(name)) queue.shift()?.();
}

function giveUpOld(): void {
	for (const [name, since] of taken) if (Date.now() - since > GIVEN_UP_MS) taken.delete(name);
}
