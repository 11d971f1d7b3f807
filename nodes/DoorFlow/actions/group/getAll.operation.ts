import { LISTS } from '../../../shared/lists';
import { listOperation } from '../listOperation';

export const getAll = listOperation({
	list: LISTS.groups,
	action: 'Get many groups',
	description: 'List the groups of the account with their IDs, which people and group reservations are given',
});
