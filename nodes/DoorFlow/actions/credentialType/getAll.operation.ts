import { listFields } from '../../fields';
import type { Operation } from '../operation';

export const getAll: Operation = {
	name: 'getAll',
	displayName: 'Get Many',
	action: 'Get many credential types',
	description: 'List the credential types of the account',
	permission: 'account.credential_type.readonly',
	fields: listFields,
	async run(call) {
		return await call.list({ path: '/api/3/credential_types', perPage: 500, about: { doing: 'list credential types' } });
	},
};
