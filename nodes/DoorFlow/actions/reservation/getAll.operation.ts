import { LISTS } from '../../../shared/lists';
import { updatedSinceFilters } from '../../fields';
import { changedSince, listOperation } from '../listOperation';

export const getAll = listOperation({
	list: LISTS.reservations,
	action: 'Get many reservations',
	description: 'List the current and future reservations',
	fields: [updatedSinceFilters],
	query: changedSince,
});
