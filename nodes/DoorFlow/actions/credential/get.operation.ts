import { credentialId, personId } from '../../fields';
import type { Operation } from '../operation';

export const get: Operation = {
	name: 'get',
	displayName: 'Get',
	action: 'Get a credential',
	description: 'Read one credential of a person, by the IDs of both',
	permission: 'account.person.readonly',
	fields: [personId, credentialId],
	secrets: 'read',
	prepare(call) {
		const person = call.need(personId);
		const id = call.need(credentialId);
		return async () => {
			const answer = await call.request({
				method: 'GET',
				path: `/api/3/people/${person}/credentials/${id}`,
				about: { doing: 'read the credential', target: { thing: `credential of person ${person}`, id } },
			});
			return answer.body;
		};
	},
};
