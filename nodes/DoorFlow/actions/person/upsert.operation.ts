import { choice, keyText } from '../../../shared/field';
import { badInput } from '../../../shared/problem';
import type { Operation } from '../operation';
import { findPerson } from './findPerson';
import {
	additionalFields,
	email,
	firstName,
	lastName,
	optionalFirstName,
	optionalLastName,
	readPerson,
	systemId,
} from './personFields';

const matchBy = choice(
	{
		displayName: 'Match By',
		name: 'matchBy',
		default: 'email',
		required: true,
		description: 'How to tell that the person is there already',
	},
	[
		{ name: 'Email', value: 'email', description: 'The person with this email address' },
		{ name: 'System ID', value: 'systemId', description: 'The person with this ID of your own system' },
	],
);

const matchEmail = keyText(
	{
		displayName: 'Email',
		name: 'email',
		default: '',
		required: true,
		placeholder: 'e.g. nathan@example.com',
		displayOptions: { show: { matchBy: ['email'] } },
	},
	'email',
);

const matchSystemId = keyText({
	displayName: 'System ID',
	name: 'systemId',
	default: '',
	required: true,
	placeholder: 'e.g. HR-1042',
	displayOptions: { show: { matchBy: ['systemId'] } },
});

export const upsert: Operation = {
	name: 'upsert',
	displayName: 'Create or Update',
	action: 'Create or update a person',
	description: 'Look for the person first, then update the record found or create a new one (upsert)',
	permission: 'account.person',
	fields: [matchBy, matchEmail, matchSystemId, optionalFirstName, optionalLastName, additionalFields],
	writes: true,
	async prepare(call) {
		const by = call.setting(matchBy);
		const value = call.need(by === 'email' ? matchEmail : matchSystemId);
		const record = by === 'email' ? email : systemId;
		const again = call.readIn(additionalFields, record.field);
		if (again !== undefined && again !== value) {
			throw badInput(
				`${record.field.panel.displayName} is given twice, with different values`,
				'The person is looked for by the first one. Take the field under Additional Fields away; to change it, use Update.',
			);
		}
		const names = { firstName: call.read(optionalFirstName), lastName: call.read(optionalLastName) };
		const person = await readPerson(call, additionalFields, names);
		return {
			effects: person.effects,
			// Two items about the same new person must not both find nobody: the second waits and updates.
			keys: [
				`${by}=${value}`,
				...(by === 'email' && person.fields.system_id ? [`systemId=${String(person.fields.system_id)}`] : []),
				...(by === 'systemId' && person.fields.email ? [`email=${String(person.fields.email)}`] : []),
			],
			send: async () => {
				const found = await findPerson(call, by, value);
				const body = { ...(await person.withPhoto()), [String(record.to)]: value };
				if (found) {
					const answer = await call.request({
						method: 'PUT',
						path: `/api/3/people/${String(found.id)}`,
						body,
						about: { doing: 'update the person', target: { thing: 'person', id: String(found.id) } },
					});
					return answer.body;
				}
				call.need(firstName);
				call.need(lastName);
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
	},
};
