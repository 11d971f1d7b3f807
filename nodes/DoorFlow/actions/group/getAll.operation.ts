import { listFields } from '../../fields';
import type { Operation } from '../operation';

export const getAll: Operation = {
	name: 'getAll',
	displayName: 'Get Many',
	action: 'Get many groups',
	description: 'List the groups of the account with their IDs, which people and group reservations are given',
	permission: 'account.group.readonly',
	fields: listFields,
	async run(call) {
		return await call.list({ path: '/api/3/groups', about: { doing: 'list groups' } });
	},
};
