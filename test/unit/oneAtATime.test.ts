import { oneAtATime } from '../../nodes/shared/oneAtATime';

/** A piece of work that ends when the test says so, and tells what it was told. */
function piece(
	done: string[],
	name: string,
): { work: (waited: boolean) => Promise<string>; end: () => void } {
	let end: () => void = () => undefined;
	const over = new Promise<void>((resolve) => (end = resolve));
	return {
		work: async (waited) => {
			done.push(`${name} begins${waited ? ', having waited' : ''}`);
			await over;
			done.push(`${name} ends`);
			return name;
		},
		end: () => end(),
	};
}

test('work for one thing is done one after the other, in the order in which it came', async () => {
	const done: string[] = [];
	const pieces = ['first', 'second', 'third'].map((name) => piece(done, name));
	const results = pieces.map(async ({ work }) => await oneAtATime('a visitor', work));
	// The last may end at once: it must not have begun.
	for (const { end } of [...pieces].reverse()) end();
	expect(await Promise.all(results)).toEqual(['first', 'second', 'third']);
	expect(done).toEqual([
		'first begins',
		'first ends',
		'second begins, having waited',
		'second ends',
		'third begins, having waited',
		'third ends',
	]);
});

test('work for another thing does not wait', async () => {
	const done: string[] = [];
	const slow = piece(done, 'slow');
	const result = oneAtATime('one visitor', slow.work);
	expect(await oneAtATime('another visitor', async (waited) => await Promise.resolve(waited))).toBe(false);
	slow.end();
	await result;
});

test('what fails keeps nobody waiting, and only its own caller hears of it', async () => {
	const failed = oneAtATime('a door', async () => await Promise.reject(new Error('offline')));
	const next = oneAtATime('a door', async (waited) => await Promise.resolve(waited));
	await expect(failed).rejects.toThrow('offline');
	expect(await next).toBe(true);
	expect(await oneAtATime('a door', async (waited) => await Promise.resolve(waited))).toBe(false);
});
