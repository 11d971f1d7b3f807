import { asId, hasId } from '../../call';
import { listFields, simplify, siteFilter } from '../../fields';
import type { Operation } from '../operation';
import { doorOutput } from './channel';

export const getAll: Operation = {
	name: 'getAll',
	displayName: 'Get Many',
	action: 'Get many doors',
	description: 'List the doors of the account or of one site, with their IDs and how they stand',
	permission: 'account.channel.readonly',
	fields: [
		...listFields,
		simplify,
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add Filter',
			default: {},
			options: [siteFilter],
		},
	],
	async run(call) {
		const { siteId } = call.collection('filters');
		const doors = await call.list({
			path: '/api/3/channels',
			// DoorFlow: at most 1,000 doors a page.
			perPage: 1000,
			query: { site_id: hasId(siteId) ? asId(siteId, 'Site', 'number') : undefined },
			about: { doing: 'list doors' },
		});
		return doors.map((door) => doorOutput(call, door));
	},
};
