import type { DoorFlowRequest } from '../../shared/api';
import { collection, type Collection, type Field, type PanelField } from '../../shared/field';
import type { NamedList } from '../../shared/lists';
import { toDoorFlowTime } from '../../shared/time';
import type { Call } from '../call';
import { listFields, simplify, updatedSince, updatedSinceFilters } from '../fields';
import type { Answer, Operation } from './operation';

interface Listing {
	readonly list: NamedList;
	/** As it reads in the nodes panel. */
	readonly action: string;
	readonly description: string;
	/** Shown below Return All and Limit. */
	readonly fields?: readonly PanelField[];
	/** What to narrow the list down to at DoorFlow. @throws DoorFlowError */
	readonly query?: (call: Call) => DoorFlowRequest['query'];
	/** What is in an entry, where that is long; there is no Simplify without it. */
	readonly answer?: Answer;
}

/**
 * A Get Many that reads one list of DoorFlow.
 *
 * @param listing the list and the wording
 */
export function listOperation({ list, action, description, fields = [], query, answer }: Listing): Operation {
	return {
		name: 'getAll',
		displayName: 'Get Many',
		action,
		description,
		...(list.permission === undefined ? {} : { permission: list.permission }),
		fields: [...listFields, ...(answer ? [simplify] : []), ...fields],
		...(answer ? { answer } : {}),
		prepare(call) {
			const wish = { query: query?.(call) };
			return async () => await call.list(list, wish);
		},
	};
}

/**
 * The collection of filters of a Get Many.
 *
 * @param inner the filters that can be added
 */
export const filters = (inner: readonly Field[]): Collection =>
	collection({ displayName: 'Filters', name: 'filters', placeholder: 'Add Filter' }, inner);

/** Narrows down to what changed, by the filter Updated Since. @throws DoorFlowError when that is no time */
export function changedSince(
	call: Call,
	from: Collection = updatedSinceFilters,
): { since_utc: string | undefined } {
	const since = call.readIn(from, updatedSince);
	return { since_utc: since && toDoorFlowTime(since) };
}
