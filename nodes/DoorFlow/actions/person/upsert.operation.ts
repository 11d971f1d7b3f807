import { choice } from '../../../shared/field';
import type { Operation } from '../operation';
import { findPerson } from './findPerson';
import {
	additionalFields,
	checkedKey,
	firstName,
	lastName,
	optionalFirstName,
	optionalLastName,
	readPerson,
} from './personFields';
import { PERSON } from './output';
import { createPerson, updatePerson } from './write';
import { BY_EMAIL, BY_SYSTEM_ID, emailShownBy, systemIdShownBy } from './identity';

const matchBy = choice(
	{
		displayName: 'Match By',
		name: 'matchBy',
		default: 'email',
		required: true,
		description: 'How to find out whether the person is already in DoorFlow',
	},
	[BY_EMAIL, BY_SYSTEM_ID],
);

const matchEmail = emailShownBy('matchBy');

const matchSystemId = systemIdShownBy('matchBy', 'HR-1042');

export const upsert: Operation = {
	name: 'upsert',
	displayName: 'Create or Update',
	action: 'Create or update a person',
	description: 'Look for the person first, then update the existing record or create a new one (upsert)',
	permission: 'account.person',
	fields: [matchBy, matchEmail, matchSystemId, optionalFirstName, optionalLastName, additionalFields],
	writes: true,
	answer: PERSON,
	async prepare(call) {
		const by = call.setting(matchBy);
		const value = call.need(by === 'email' ? matchEmail : matchSystemId);
		const to = checkedKey(call, by, value);
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
				const body = { ...(await person.withPhoto()), [to]: value };
				if (found) return await updatePerson(call, String(found.id), body);
				call.need(firstName);
				call.need(lastName);
				return await createPerson(call, body);
			},
		};
	},
};
