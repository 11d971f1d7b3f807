import { LISTS } from '../../../shared/lists';
import { listOperation } from '../listOperation';

export const getAll = listOperation({
	list: LISTS.credentialTypes,
	action: 'Get many credential types',
	description: "List the account's credential types with their IDs, which you need to create a credential",
});
