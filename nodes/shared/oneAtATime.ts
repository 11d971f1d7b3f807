import { processWide } from './processWide';

const lastOf = processWide(new Map<string, Promise<unknown>>());

/**
 * Does one piece of work after another for the same thing, whatever the execution: what reads, computes and writes would
 * otherwise undo what another did in between. It holds within this process of n8n.
 *
 * @param key names the connection and the thing
 * @param work done when all that came before with this key are done, however they ended; it is told whether it had to
 *   wait, so that what was read before may be out of date
 * @throws what the work throws
 */
export async function oneAtATime<T>(key: string, work: (waited: boolean) => Promise<T>): Promise<T> {
	const before = lastOf.get(key);
	const mine = before ? before.then(async () => await work(true)) : work(false);
	// Those behind wait for the end alone.
	const end = mine.then(
		() => undefined,
		() => undefined,
	);
	lastOf.set(key, end);
	void end.then(() => {
		if (lastOf.get(key) === end) lastOf.delete(key);
	});
	return await mine;
}
