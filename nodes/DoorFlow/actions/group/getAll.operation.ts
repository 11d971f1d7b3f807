import { LISTS } from '../../../shared/lists';
import { listOperation } from '../listOperation';

export const getAll = listOperation({
	list: LISTS.groups,
	action: 'Get many groups',
	description: "List the account's groups with their IDs, which you need for people and group reservations",
});
