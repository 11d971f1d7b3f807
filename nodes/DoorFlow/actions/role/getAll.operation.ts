import { listFields } from '../../fields';
import type { Operation } from '../operation';

export const getAll: Operation = {
	name: 'getAll',
	displayName: 'Get Many',
	action: 'Get many roles',
	description: 'List the roles of the account with their IDs',
	permission: 'account.role.readonly',
	fields: listFields,
	async run(call) {
		return await call.list({ path: '/api/3/roles', about: { doing: 'list roles' } });
	},
};
