import { groupReservationId } from '../../fields';
import type { Operation } from '../operation';

export const remove: Operation = {
	name: 'delete',
	displayName: 'Delete',
	action: 'Delete a group reservation',
	description: 'Delete a group reservation: the access it gave ends at once',
	permission: 'account.group_reservation',
	fields: [groupReservationId],
	writes: true,
	dangerous: true,
	sequentialBy: 'groupReservationId',
	async run(call) {
		const id = call.id('groupReservationId', 'Group Reservation');
		await call.request({
			method: 'DELETE',
			path: `/api/3/group_reservations/${id}`,
			about: { doing: 'delete the group reservation', target: { thing: 'group reservation', id } },
		});
		return { deleted: true, id: Number(id) };
	},
};
