import { LISTS } from '../../../shared/lists';
import { reservationId } from '../../fields';
import { deleteOperation } from '../deleteOperation';

export const remove = deleteOperation({
	list: LISTS.reservations,
	thing: 'reservation',
	picker: reservationId,
	action: 'Delete a reservation',
	description: 'Delete a reservation and end the access it gave at once',
	permission: 'account.reservation',
});
