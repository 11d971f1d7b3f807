import { listFields } from '../../fields';
import type { Operation } from '../operation';

export const getAll: Operation = {
	name: 'getAll',
	displayName: 'Get Many',
	action: 'Get many sites',
	description: 'List the sites of the account with their IDs',
	permission: 'account.site.readonly',
	fields: listFields,
	async run(call) {
		return await call.list({ path: '/api/3/sites', perPage: 500, about: { doing: 'list sites' } });
	},
};
