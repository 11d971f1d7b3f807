import { LISTS } from '../../../shared/lists';
import { listOperation } from '../listOperation';

export const getAll = listOperation({
	list: LISTS.sites,
	action: 'Get many sites',
	description: 'List the sites of the account with their IDs',
});
