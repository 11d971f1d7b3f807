import { reservationId } from '../../fields';
import type { Operation } from '../operation';

export const remove: Operation = {
	name: 'delete',
	displayName: 'Delete',
	action: 'Delete a reservation',
	description: 'End the access it gave at once',
	permission: 'account.reservation',
	fields: [reservationId],
	writes: true,
	dangerous: true,
	sequentialBy: 'reservationId',
	async run(call) {
		const id = call.id('reservationId', 'Reservation');
		await call.request({
			method: 'DELETE',
			path: `/api/3/reservations/${id}`,
			about: { doing: 'delete the reservation', target: { thing: 'reservation', id } },
		});
		return { deleted: true, id: Number(id) };
	},
};
