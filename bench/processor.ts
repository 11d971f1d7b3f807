import { existsSync, readFileSync } from 'node:fs';

/** Linux counts in these steps, whatever the machine. */
const TICK_MS = 10;

/** How long a process has had a processor, in milliseconds. What else runs on the machine does not count. */
export interface ProcessorTime {
	/** All its threads together. */
	readonly all: number;
	/** Its main thread, on which Node runs JavaScript. */
	readonly main: number;
}

/** @returns undefined where Linux does not tell */
export function processorTime(pid: number): ProcessorTime | undefined {
	const [whole, thread] = [`/proc/${pid}/stat`, `/proc/${pid}/task/${pid}/stat`];
	return existsSync(whole) ? { all: timeIn(whole), main: timeIn(thread) } : undefined;
}

function timeIn(file: string): number {
	const stat = readFileSync(file, 'latin1');
	// The name comes second, in parentheses, and may hold anything.
	const [user, system] = stat
		.slice(stat.lastIndexOf(')') + 2)
		.split(' ')
		.slice(11, 13);
	return (Number(user) + Number(system)) * TICK_MS;
}
