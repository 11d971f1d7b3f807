import { listFields, updatedSinceFilters } from '../../fields';
import type { Operation } from '../operation';

export const getAll: Operation = {
	name: 'getAll',
	displayName: 'Get Many',
	action: 'Get many reservations',
	description: 'List the present and future reservations',
	permission: 'account.reservation.readonly',
	fields: [...listFields, updatedSinceFilters],
	async run(call) {
		const { updatedSince } = call.collection('filters');
		return await call.list({
			path: '/api/3/reservations',
			perPage: 500,
			query: { since_utc: updatedSince ? call.doorFlowTime(updatedSince, 'Updated Since') : undefined },
			about: { doing: 'list reservations' },
		});
	},
};
