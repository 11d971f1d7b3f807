import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { DoorFlowRequest } from '../../shared/api';
import type { NamedList } from '../../shared/lists';
import type { Call } from '../call';
import { listFields } from '../fields';
import type { Operation } from './operation';

interface Listing {
	readonly list: NamedList;
	/** As it reads in the nodes panel. */
	readonly action: string;
	readonly description: string;
	/** Shown below Return All and Limit. */
	readonly fields?: readonly INodeProperties[];
	/** What to narrow the list down to at DoorFlow. @throws DoorFlowError */
	readonly query?: (call: Call) => DoorFlowRequest['query'];
	/** What is put out for an entry. Default: all that DoorFlow gives. */
	readonly output?: (call: Call, entry: IDataObject) => IDataObject;
}

/**
 * A Get Many that reads one list of DoorFlow.
 *
 * @param listing the list and the wording
 */
export function listOperation({ list, action, description, fields = [], query, output }: Listing): Operation {
	return {
		name: 'getAll',
		displayName: 'Get Many',
		action,
		description,
		...(list.permission === undefined ? {} : { permission: list.permission }),
		fields: [...listFields, ...fields],
		async run(call) {
			const entries = await call.list(list, { query: query?.(call) });
			return output ? entries.map((entry) => output(call, entry)) : entries;
		},
	};
}

/**
 * The collection of filters of a Get Many.
 *
 * @param options the filters that can be added
 */
export const filters = (options: INodeProperties[]): INodeProperties => ({
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add Filter',
	default: {},
	options,
});

/** Narrows down to what changed, by the filter Updated Since. @throws DoorFlowError when that is no time */
export function updatedSince(call: Call): { since_utc: string | undefined } {
	const { updatedSince: since } = call.collection('filters');
	return { since_utc: since ? call.doorFlowTime(since, 'Updated Since') : undefined };
}
