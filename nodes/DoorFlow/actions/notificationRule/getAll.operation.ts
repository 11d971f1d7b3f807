import { listFields } from '../../fields';
import type { Operation } from '../operation';

export const getAll: Operation = {
	name: 'getAll',
	displayName: 'Get Many',
	action: 'Get many notification rules',
	description: 'List the rules of the account',
	permission: 'account.notification_rule.readonly',
	fields: listFields,
	async run(call) {
		return await call.list({
			path: '/api/3/notification_rules',
			about: { doing: 'list notification rules' },
		});
	},
};
