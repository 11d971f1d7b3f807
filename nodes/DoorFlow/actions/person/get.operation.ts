import { personId, simplify } from '../../fields';
import type { Operation } from '../operation';
import { simplePerson } from './output';

export const get: Operation = {
	name: 'get',
	displayName: 'Get',
	action: 'Get a person',
	description: 'Read one person, by ID',
	permission: 'account.person.readonly',
	fields: [personId, simplify],
	prepare(call) {
		const id = call.need(personId);
		const simplified = call.setting(simplify);
		return async () => {
			const answer = await call.request({
				method: 'GET',
				path: `/api/3/people/${id}`,
				about: { doing: 'read the person', target: { thing: 'person', id } },
			});
			return simplified ? simplePerson(answer.body) : answer.body;
		};
	},
};
