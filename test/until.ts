/** A bound for what never comes, in milliseconds: no machine is so busy that it takes as long. */
const PATIENCE_MS = 60_000;

/**
 * Waits for a condition, so that a test takes as long as its machine needs and no longer.
 *
 * @param what it waits for, in words
 * @throws when it does not come within a minute
 */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
	const end = Date.now() + PATIENCE_MS;
	while (!(await condition())) {
		if (Date.now() > end) throw new Error(`Waited in vain for ${what}`);
		await new Promise((next) => setTimeout(next, 5));
	}
}
