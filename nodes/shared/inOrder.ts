/**
 * Does work for each entry, some at the same time, and gives the results in the order of the entries.
 *
 * @param atOnce how many may be under way
 */
export async function inOrder<T, R>(
	entries: readonly T[],
	atOnce: number,
	work: (entry: T, index: number) => Promise<R>,
): Promise<R[]> {
	const results: R[] = new Array<R>(entries.length);
	let next = 0;
	const worker = async (): Promise<void> => {
		for (let index = next++; index < entries.length; index = next++)
			results[index] = await work(entries[index] as T, index);
	};
	await Promise.all(Array.from({ length: Math.min(atOnce, entries.length) }, worker));
	return results;
}
