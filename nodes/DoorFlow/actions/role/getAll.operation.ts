import { LISTS } from '../../../shared/lists';
import { listOperation } from '../listOperation';

export const getAll = listOperation({
	list: LISTS.roles,
	action: 'Get many roles',
	description: 'List the roles of the account with their IDs',
});
