import { badInput } from '../../../shared/problem';
import { personId } from '../../fields';
import type { Operation } from '../operation';
import { personBody, updateFields } from './person';

export const update: Operation = {
	name: 'update',
	displayName: 'Update',
	action: 'Update a person',
	description: 'Change fields of a person; those not added stay as they are',
	permission: 'account.person',
	fields: [personId, updateFields],
	writes: true,
	sequentialBy: 'personId',
	async run(call) {
		const id = call.id('personId', 'Person');
		const body = await personBody(call, call.collection('updateFields'));
		if (Object.keys(body).length === 0) {
			throw badInput('Nothing to update is given', 'Add at least one field under Update Fields.');
		}
		const answer = await call.request({
			method: 'PUT',
			path: `/api/3/people/${id}`,
			body,
			about: { doing: 'update the person', target: { thing: 'person', id } },
		});
		return answer.body;
	},
};
