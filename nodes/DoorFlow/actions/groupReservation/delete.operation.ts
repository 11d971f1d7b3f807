import { LISTS } from '../../../shared/lists';
import { groupReservationId } from '../../fields';
import { deleteOperation } from '../deleteOperation';

export const remove = deleteOperation({
	list: LISTS.groupReservations,
	thing: 'group reservation',
	picker: groupReservationId,
	action: 'Delete a group reservation',
	description: 'Delete a group reservation and end the access it gave at once',
	permission: 'account.group_reservation',
});
