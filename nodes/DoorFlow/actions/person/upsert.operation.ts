import { badInput } from '../../../shared/problem';
import type { Operation } from '../operation';
import { findPerson } from './findPerson';
import { additionalFields, firstName, lastName, personBody } from './person';

export const upsert: Operation = {
	name: 'upsert',
	displayName: 'Create or Update',
	action: 'Create or update a person',
	description: 'Look for the person first, then update the record found or create a new one (upsert)',
	permission: 'account.person',
	fields: [
		{
			displayName: 'Match By',
			name: 'matchBy',
			type: 'options',
			options: [
				{ name: 'Email', value: 'email', description: 'The person with the address given below' },
				{
					name: 'System ID',
					value: 'systemId',
					description: 'The person with the ID of your own system given below',
				},
			],
			default: 'email',
			required: true,
			description:
				'How to tell that the person is there already. Add the field of this name under Additional Fields.',
		},
		{ ...firstName, required: false, description: 'Needed for a new person' },
		{ ...lastName, required: false, description: 'Needed for a new person' },
		additionalFields,
	],
	writes: true,
	// Two items about the same new person must not both find nobody: the second waits and updates.
	sequentialBy: ['additionalFields.email', 'additionalFields.systemId'],
	async run(call) {
		const by = call.raw('matchBy') === 'systemId' ? 'systemId' : 'email';
		const shownAs = by === 'email' ? 'Email' : 'System ID';
		const extra = call.collection('additionalFields');
		const value =
			typeof extra[by] === 'string' || typeof extra[by] === 'number' ? String(extra[by]).trim() : '';
		if (value === '') {
			throw badInput(
				`${shownAs} is empty, so the person can't be looked for`,
				`Add ${shownAs} under Additional Fields and fill it in, or match by something else.`,
			);
		}
		const names: Record<string, string> = {};
		for (const name of ['firstName', 'lastName']) {
			const given = call.raw(name, '');
			if (typeof given === 'string' && given.trim() !== '') names[name] = given;
		}
		const body = await personBody(call, { ...extra, ...names });
		const found = await findPerson(call, by, value);
		if (found) {
			const answer = await call.request({
				method: 'PUT',
				path: `/api/3/people/${String(found.id)}`,
				body,
				about: { doing: 'update the person', target: { thing: 'person', id: String(found.id) } },
			});
			return answer.body;
		}
		call.text('firstName', 'First Name');
		call.text('lastName', 'Last Name');
		return (
			await call.request({
				method: 'POST',
				path: '/api/3/people',
				body,
				about: { doing: 'create the person' },
			})
		).body;
	},
};
