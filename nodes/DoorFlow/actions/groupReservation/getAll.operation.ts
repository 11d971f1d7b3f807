import { LISTS } from '../../../shared/lists';
import { updatedSinceFilters } from '../../fields';
import { changedSince, listOperation } from '../listOperation';

export const getAll = listOperation({
	list: LISTS.groupReservations,
	action: 'Get many group reservations',
	description: 'List the current and future group reservations',
	fields: [updatedSinceFilters],
	query: changedSince,
});
