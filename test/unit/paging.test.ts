import fc from 'fast-check';

import { readPages } from '../../nodes/shared/paging';

test('everything once and in order, whatever the server says of itself', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.integer({ min: 0, max: 260 }),
			fc.integer({ min: 1, max: 50 }),
			fc.boolean(),
			fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
			async (count, perPage, tellsTotal, limit) => {
				const all = Array.from({ length: count }, (_, id) => ({ id }));
				const found = await readPages(
					async (page, size) => ({
						items: all.slice((page - 1) * size, page * size),
						...(tellsTotal ? { total: count } : {}),
					}),
					{ perPage, key: ({ id }) => String(id), ...(limit === undefined ? {} : { limit }) },
				);
				expect(found).toEqual(all.slice(0, limit));
			},
		),
	);
});
test('an item that slips to an earlier page while reading is not missed', async () => {
	const all = Array.from({ length: 30 }, (_, id) => ({ id }));
	let asked = 0;
	const found = await readPages(
		async (page, size) => {
			const items = all.slice((page - 1) * size, page * size);
			const total = all.length;
			if (++asked === 1) all.splice(3, 1);
			return { items, total };
		},
		{ perPage: 10, key: ({ id }) => String(id) },
	);
	expect(new Set(found.map(({ id }) => id)).size).toBe(30);
});

test('each item is judged once, in order, and what is not kept changes nothing of what is read', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.integer({ min: 0, max: 120 }),
			fc.integer({ min: 1, max: 20 }),
			fc.boolean(),
			fc.integer({ min: 1, max: 5 }),
			async (count, perPage, tellsTotal, every) => {
				const all = Array.from({ length: count }, (_, id) => ({ id }));
				const read = async (keep?: (item: { id: number }) => boolean) => {
					const pages: number[] = [];
					const found = await readPages(
						async (page, size) => {
							pages.push(page);
							const items = all.slice((page - 1) * size, page * size);
							return { items, ...(tellsTotal ? { total: count } : {}) };
						},
						{ perPage, key: ({ id }) => String(id), ...(keep ? { keep } : {}) },
					);
					return { pages, found };
				};
				const judged: number[] = [];
				const some = await read(({ id }) => {
					judged.push(id);
					return id % every === 0;
				});
				expect(judged).toEqual(all.map(({ id }) => id));
				expect(some.found).toEqual(all.filter(({ id }) => id % every === 0));
				expect(some.pages).toEqual((await read()).pages);
			},
		),
	);
});
