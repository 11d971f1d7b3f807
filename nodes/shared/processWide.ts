const kept: Array<{ clear(): void }> = [];

/**
 * Notes what this package keeps for as long as n8n's process runs, whatever the execution, so that a test can begin like
 * a process that has just started.
 *
 * @returns what it was given
 */
export function processWide<T extends { clear(): void }>(one: T): T {
	kept.push(one);
	return one;
}

/** Forgets everything, as a restart of n8n does. What is under way goes on with what it holds. */
export function startAfresh(): void {
	for (const one of kept) one.clear();
}
