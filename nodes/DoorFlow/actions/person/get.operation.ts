import { personId, simplify } from '../../fields';
import type { Operation } from '../operation';
import { personOutput } from './person';

export const get: Operation = {
	name: 'get',
	displayName: 'Get',
	action: 'Get a person',
	description: 'Read one person, by ID',
	permission: 'account.person.readonly',
	fields: [personId, simplify],
	async run(call) {
		const id = call.id('personId', 'Person');
		const answer = await call.request({
			method: 'GET',
			path: `/api/3/people/${id}`,
			about: { doing: 'read the person', target: { thing: 'person', id } },
		});
		return personOutput(call, answer.body);
	},
};
