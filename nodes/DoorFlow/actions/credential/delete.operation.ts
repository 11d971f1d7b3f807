import { credentialId, personId } from '../../fields';
import type { Operation } from '../operation';

export const remove: Operation = {
	name: 'delete',
	displayName: 'Delete',
	action: 'Delete a credential',
	description: 'Remove a PIN, card or mobile credential from a person. This cannot be undone.',
	permission: 'account.person',
	fields: [personId, credentialId],
	writes: true,
	prepare(call) {
		const person = call.need(personId);
		const id = call.need(credentialId);
		return {
			keys: [person],
			send: async () => {
				const answer = await call.request<unknown>({
					method: 'DELETE',
					path: `/api/3/people/${person}/credentials/${id}`,
					about: { doing: 'delete the credential', target: { thing: `credential of person ${person}`, id } },
				});
				// DoorFlow: 202 for mobile credentials, which are taken off the phone a little later.
				return answer.status === 202 ? { deleted: true, id, pending: true } : { deleted: true, id };
			},
		};
	},
};
