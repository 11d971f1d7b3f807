import { credentialId, personId } from '../../fields';
import type { Operation } from '../operation';
import { credentialValue, updateValueFields } from './credential';

export const update: Operation = {
	name: 'update',
	displayName: 'Update',
	action: 'Change the PIN or card number of a credential',
	description: 'Change the PIN or card number of a credential; the old one stops working',
	permission: 'account.person',
	fields: [personId, credentialId, ...updateValueFields],
	writes: true,
	secrets: 'made',
	prepare(call) {
		const person = call.need(personId);
		const id = call.need(credentialId);
		const { value, secrets } = credentialValue(call, updateValueFields);
		return {
			keys: [person],
			send: async () => {
				const answer = await call.request({
					method: 'PUT',
					path: `/api/3/people/${person}/credentials/${id}`,
					body: { person_credential: { value: value ?? '' } },
					about: {
						doing: 'update the credential',
						target: { thing: `credential of person ${person}`, id },
						secrets,
					},
				});
				return answer.body;
			},
		};
	},
};
