import { personId, simplify } from '../../fields';
import type { Operation } from '../operation';
import { PERSON } from './output';

export const get: Operation = {
	name: 'get',
	displayName: 'Get',
	action: 'Get a person',
	description: 'Read one person, by ID',
	permission: 'account.person.readonly',
	fields: [personId, simplify],
	answer: PERSON,
	secrets: 'read',
	prepare(call) {
		const id = call.need(personId);
		return async () => {
			const answer = await call.request({
				method: 'GET',
				path: `/api/3/people/${id}`,
				about: { doing: 'read the person', target: { thing: 'person', id } },
			});
			return answer.body;
		};
	},
};
