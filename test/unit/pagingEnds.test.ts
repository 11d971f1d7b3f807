import * as fc from 'fast-check';

import { readPages, type Page } from '../../nodes/shared/paging';

interface Entry {
	readonly id: number;
}

/** More than any of these lists can need, which is twice the pages of a total of 120 that come one entry a page. */
const FOR_EVER = 250;

const entries = (count: number): Entry[] => Array.from({ length: count }, (_, id) => ({ id }));

async function read(
	answer: (page: number, size: number) => Page<Entry>,
	{ perPage = 10, limit }: { perPage?: number; limit?: number } = {},
): Promise<{ ids: number[]; requests: number }> {
	let requests = 0;
	const found = await readPages(
		async (page, size) => {
			if (++requests > FOR_EVER) throw new Error('It reads for ever.');
			return answer(page, size);
		},
		{ perPage, key: ({ id }) => String(id), ...(limit === undefined ? {} : { limit }) },
	);
	return { ids: found.map(({ id }) => id), requests };
}

describe('reading a list comes to an end', () => {
	test.each([
		['always gives the first page', (_: number, size: number) => entries(size)],
		[
			'gives the last page again and again',
			(page: number, size: number) =>
				entries(30)
					.slice(Math.min(page - 1, 2) * size)
					.slice(0, size),
		],
		[
			'goes round in a circle',
			(page: number, size: number) =>
				entries(30)
					.slice(((page - 1) % 3) * size)
					.slice(0, size),
		],
		['gives entries of one id only', (_: number, size: number) => entries(size).map(() => ({ id: 1 }))],
	])('where the server says nothing of itself and %s', async (_, pageOf) => {
		const { ids, requests } = await read((page, size) => ({ items: pageOf(page, size) }));
		expect(ids).toEqual([...new Set(ids)]);
		expect(requests).toBeLessThanOrEqual(4);
	});

	test('where the server ignores the page, but tells a total that it never gives', async () => {
		const { ids, requests } = await read((_, size) => ({ items: entries(size), total: 95, perPage: size }));
		expect(ids).toEqual(entries(10).map(({ id }) => id));
		// What the total promised is looked for twice at most.
		expect(requests).toBeLessThanOrEqual(21);
	});

	test('whatever pages come, nothing that came is lost or given twice', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 10 }), {
					minLength: 1,
					maxLength: 12,
				}),
				fc.option(fc.integer({ min: 0, max: 120 }), { nil: undefined }),
				fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
				async (pages, total, limit) => {
					const came = new Set<number>();
					const { ids } = await read(
						(page) => {
							// The pages repeat, as from a server that takes the page for something else.
							const items = (pages[(page - 1) % pages.length] ?? []).map((id) => ({ id }));
							items.forEach(({ id }) => came.add(id));
							return { items, ...(total === undefined ? {} : { total }) };
						},
						{ ...(limit === undefined ? {} : { limit }) },
					);
					expect(new Set(ids).size).toBe(ids.length);
					if (limit === undefined) expect(new Set(ids)).toEqual(came);
					else expect(ids.length).toBe(Math.min(limit, came.size));
				},
			),
		);
	});

	test('a list without headers is still read to its end', async () => {
		const { ids } = await read((page, size) => ({
			items: entries(57).slice((page - 1) * size, page * size),
		}));
		expect(ids).toEqual(entries(57).map(({ id }) => id));
	});
});
