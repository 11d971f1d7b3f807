import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const LOOK_MS = 200;

/** Megabytes that are in use now, garbage not counted. */
export function live(): number {
	gc();
	return process.memoryUsage().heapUsed / 2 ** 20;
}

/**
 * Megabytes in use at most while something is at work, beyond what was before; what of it is in use at the end, with what
 * it gave; and what it gave.
 *
 * @param everyMs milliseconds between two looks
 */
export async function peakWhile<T>(
	work: () => Promise<T>,
	everyMs = LOOK_MS,
): Promise<{ peak: number; kept: number; result: T }> {
	// What the last work left behind goes first: freed meanwhile, it would count as less than nothing.
	await new Promise((next) => setTimeout(next, LOOK_MS));
	const before = live();
	let peak = 0;
	const look = (): void => void (peak = Math.max(peak, live() - before));
	const watch = setInterval(look, everyMs);
	const result = await work().finally(() => clearInterval(watch));
	const kept = live() - before;
	return { peak: Math.max(peak, kept), kept, result };
}
