import { listFields } from '../../fields';
import type { Operation } from '../operation';

export const getAll: Operation = {
	name: 'getAll',
	displayName: 'Get Many',
	action: 'Get many credential types',
	description: 'List the credential types of the account with their IDs, of which a new credential needs one',
	permission: 'account.credential_type.readonly',
	fields: listFields,
	async run(call) {
		return await call.list({
			path: '/api/3/credential_types',
			perPage: 500,
			about: { doing: 'list credential types' },
		});
	},
};
