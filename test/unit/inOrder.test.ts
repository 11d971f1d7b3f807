import fc from 'fast-check';

import { inOrder } from '../../nodes/shared/inOrder';

test('results come in the order of the entries, however long each takes, and never more are under way than allowed', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 30 }),
			fc.integer({ min: 1, max: 8 }),
			async (turns, atOnce) => {
				let underWay = 0;
				let most = 0;
				const results = await inOrder(turns, atOnce, async (count) => {
					most = Math.max(most, ++underWay);
					for (let turn = 0; turn < count; turn++) await Promise.resolve();
					underWay--;
					return `took ${count}`;
				});
				expect(results).toEqual(turns.map((count) => `took ${count}`));
				expect(most).toBe(Math.min(atOnce, turns.length));
			},
		),
	);
});

test('a failure is heard of', async () => {
	const work = async (entry: number): Promise<number> =>
		entry === 2 ? await Promise.reject(new Error('the second')) : entry;
	await expect(inOrder([1, 2, 3], 2, work)).rejects.toThrow('the second');
});
