const lanes = new Map<string, Promise<unknown>>();

/**
 * Does one piece of work after another for the same thing, whatever the execution: what reads, computes and writes would
 * otherwise undo what another did in between. It holds within this process of n8n.
 *
 * @param key names the connection and the thing
 * @param work done when all that came before with this key are done, however they ended
 * @throws what the work throws
 */
export async function oneAtATime<T>(key: string, work: () => Promise<T>): Promise<T> {
	const before = lanes.get(key);
	const mine = before ? before.then(work) : work();
	// Those behind wait for the end alone.
	const end = mine.then(
		() => undefined,
		() => undefined,
	);
	lanes.set(key, end);
	void end.then(() => {
		if (lanes.get(key) === end) lanes.delete(key);
	});
	return await mine;
}
