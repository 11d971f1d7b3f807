import { LISTS } from '../../../shared/lists';
import { groupReservationId } from '../../fields';
import { deleteOperation } from '../deleteOperation';

export const remove = deleteOperation({
	list: LISTS.groupReservations,
	thing: 'group reservation',
	picker: groupReservationId,
	action: 'Delete a group reservation',
	description:
		'Delete a group reservation and end the access it gave at once. DoorFlow takes the person out of its groups, even those that another reservation gives: for visitors, use Check Out',
	permission: 'account.group_reservation',
});
