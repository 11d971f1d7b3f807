/** One page of a list as it came. */
export interface Page<T> {
	readonly items: readonly T[];
	/** How many there are in all, if the answer says so. */
	readonly total?: number;
	/** How many a page holds, if the answer says so. */
	readonly perPage?: number;
}

export interface PagingOptions<T> {
	/** How many to get at most, kept or not; undefined for all. */
	readonly limit?: number;
	/** How many to ask for on a page. */
	readonly perPage: number;
	/** How many pages are asked for at the same time once the total is known. Default 5, as many as items at a time. */
	readonly parallel?: number;
	/** Tells items apart, so that one that slipped to the next page while reading comes once. */
	readonly key: (item: T) => string;
	/** Whether an item is to be kept; asked as it comes, so that the others take no memory. Default: all are. */
	readonly keep?: (item: T) => boolean;
	/** Told when the last of several pages is asked for, as far as the total says. */
	readonly atLast?: () => void;
}

/** DoorFlow: `Total` and `Per-Page`; an older article has `X-Total-Results` and `X-Per-Page`. */
export function readPagingHeaders(headers: Readonly<Record<string, string>>): {
	total?: number;
	perPage?: number;
} {
	const number = (...names: string[]): number | undefined => {
		for (const name of names) {
			const value = headers[name];
			if (value !== undefined && /^\d+$/.test(value.trim())) return Number(value);
		}
		return undefined;
	};
	const total = number('total', 'x-total-results', 'x-total');
	const perPage = number('per-page', 'x-per-page');
	return { ...(total === undefined ? {} : { total }), ...(perPage === undefined ? {} : { perPage }) };
}

/**
 * Reads a paged list in order. The first page tells the total; the rest is then fetched in parallel. Without a total
 * it goes on page by page until one comes short or brings nothing new, as from a server that knows no pages. Where the
 * server gives fewer items a page than asked for, its own page size counts.
 *
 * @param fetchPage gets one page, counted from 1; what it throws goes through
 * @returns the items to keep in the server's order, none twice
 */
export async function readPages<T>(
	fetchPage: (page: number, perPage: number) => Promise<Page<T>>,
	options: PagingOptions<T>,
): Promise<T[]> {
	const { limit = Infinity, key, keep = () => true } = options;
	if (limit <= 0) return [];
	const asked = Math.max(1, Math.min(options.perPage, limit));
	const first = await fetchPage(1, asked);
	const result: T[] = [];
	const seen = new Set<string>();
	/** @returns whether there was anything new */
	const take = (items: readonly T[]): boolean => {
		const before = seen.size;
		for (const item of items) {
			const id = key(item);
			if (seen.size >= limit || seen.has(id)) continue;
			seen.add(id);
			if (keep(item)) result.push(item);
		}
		return seen.size > before;
	};
	take(first.items);
	// Lists that know no pages give everything at once, whatever was asked for.
	if (first.items.length === 0 || first.items.length > asked) return result;

	const short = first.total !== undefined && first.total > first.items.length && first.items.length < asked;
	const perPage = Math.min(first.perPage ?? (short ? first.items.length : asked), asked);
	let total = first.total;
	const notice = (page: Page<T>): readonly T[] => {
		if (page.total !== undefined) total = page.total;
		return page.items;
	};
	const pages = total === undefined ? 1 : Math.max(1, Math.ceil(Math.min(total, limit) / perPage));
	const parallel = options.parallel ?? 5;
	const waiting = new Map<number, Promise<Page<T>>>();
	for (let page = 2; page <= pages; page++) {
		for (let ahead = page; ahead <= Math.min(pages, page + parallel - 1); ahead++) {
			if (!waiting.has(ahead)) {
				const coming = fetchPage(ahead, asked);
				// Awaited in order below; a later one that fails first must not count as unhandled.
				coming.catch(() => undefined);
				waiting.set(ahead, coming);
				if (ahead === pages) options.atLast?.();
			}
		}
		const current = await (waiting.get(page) as Promise<Page<T>>);
		waiting.delete(page);
		take(notice(current));
	}
	// Without a total, a short page is the last. With one, pages that came short leave more behind it.
	let last = total === undefined ? first.items.length : perPage;
	for (let page = pages + 1; seen.size < Math.min(limit, total ?? Infinity) && last >= perPage; page++) {
		const current = notice(await fetchPage(page, asked));
		if (!take(current)) break;
		last = current.length;
	}
	const shrunk = total !== undefined && first.total !== undefined && total < first.total && seen.size < limit;
	if (shrunk || (total !== undefined && seen.size < Math.min(limit, total))) {
		// Something was deleted while reading, so that an item moved to a page already read. Once more, adding what is new.
		for (let page = 1; page <= pages; page++) take((await fetchPage(page, asked)).items);
	}
	return result;
}
