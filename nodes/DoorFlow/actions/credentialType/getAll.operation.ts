import { LISTS } from '../../../shared/lists';
import { listOperation } from '../listOperation';

export const getAll = listOperation({
	list: LISTS.credentialTypes,
	action: 'Get many credential types',
	description: 'List the credential types of the account with their IDs, of which a new credential needs one',
});
