import { LISTS } from '../../../shared/lists';
import { listOperation } from '../listOperation';

export const getAll = listOperation({
	list: LISTS.notificationRules,
	action: 'Get many notification rules',
	description: 'List the rules of the account',
});
