import { personId } from '../../fields';
import type { Operation } from '../operation';

export const remove: Operation = {
	name: 'delete',
	displayName: 'Delete',
	action: 'Delete a person',
	description: 'Remove a person and with it all its credentials. DoorFlow keeps the record of past events.',
	permission: 'account.person',
	fields: [personId],
	writes: true,
	dangerous: true,
	sequentialBy: 'personId',
	async run(call) {
		const id = call.id('personId', 'Person');
		await call.request({
			method: 'DELETE',
			path: `/api/3/people/${id}`,
			about: { doing: 'delete the person', target: { thing: 'person', id } },
		});
		return { deleted: true, id: Number(id) };
	},
};
