import type { Config } from './config';

/** How one of DoorFlow's lists is cut into pages. */
export interface PageSize {
	/** The query parameter: `per_page` everywhere but for events. */
	readonly name: 'n' | 'per_page';
	readonly standard: number;
	readonly max: number;
}

export const STANDARD_PAGE: PageSize = { name: 'per_page', standard: 500, max: 1000 };
export const PEOPLE_PAGE: PageSize = { name: 'per_page', standard: 50, max: 100 };
export const EVENTS_PAGE: PageSize = { name: 'n', standard: 50, max: 1000 };

export interface Page<T> {
	readonly items: readonly T[];
	readonly headers: Readonly<Record<string, number>>;
}

const positive = (text: string | undefined): number | undefined =>
	text !== undefined && /^\d+$/.test(text) && Number(text) > 0 ? Number(text) : undefined;

/**
 * Cuts a page out of a list, as DoorFlow does: a size beyond the limit is the limit, a page beyond the end is empty.
 *
 * @param all the whole list, in order
 * @param query `page`, `per_page` or `n`, `skip_pagination`
 * @param style which headers tell of the whole: openapi's, those of an older article, or none
 */
export function pageOf<T>(
	all: readonly T[],
	query: Readonly<Record<string, string | undefined>>,
	size: PageSize,
	style: Config['pagingHeaders'],
): Page<T> {
	// Events know no skip_pagination.
	if (size.name === 'per_page' && query.skip_pagination === 'true') return { items: all, headers: {} };
	const perPage = Math.min(size.max, positive(query[size.name]) ?? size.standard);
	const page = positive(query.page) ?? 1;
	const styles = {
		openapi: { Total: all.length, 'Per-Page': perPage },
		legacy: { 'X-Total-Results': all.length, 'X-Page': page, 'X-Per-Page': perPage },
		none: {},
	};
	return { items: all.slice((page - 1) * perPage, page * perPage), headers: styles[style] };
}
