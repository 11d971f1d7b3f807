import { credentialTypeId, personId } from '../../fields';
import type { Operation } from '../operation';
import { createValueFields, credentialValue } from './credential';

export const create: Operation = {
	name: 'create',
	displayName: 'Create',
	action: 'Create PINs, cards, badges or keys',
	description:
		"Give an existing person a PIN, a card or a mobile credential. After a controller sync, it opens what the person's groups and reservations allow.",
	permission: 'account.person',
	fields: [personId, credentialTypeId, ...createValueFields],
	writes: true,
	secrets: 'made',
	prepare(call) {
		const person = call.need(personId);
		const type = call.need(credentialTypeId);
		const { value, secrets } = credentialValue(call, createValueFields);
		return {
			keys: [person],
			send: async () => {
				const answer = await call.request({
					method: 'POST',
					path: `/api/3/people/${person}/credentials`,
					body: {
						person_credential: {
							credential_type_id: Number(type),
							...(value === undefined ? {} : { value }),
						},
					},
					about: { doing: 'create the credential', target: { thing: 'person', id: person }, secrets },
				});
				return answer.body;
			},
		};
	},
};
