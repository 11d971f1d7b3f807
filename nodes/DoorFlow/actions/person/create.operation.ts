import type { Operation } from '../operation';
import { PERSON } from './output';
import { additionalFields, firstName, lastName, readPerson } from './personFields';
import { createPerson } from './write';

export const create: Operation = {
	name: 'create',
	displayName: 'Create',
	action: 'Create a person',
	description:
		"Register a person or visitor. They can't open any door yet: next, they need a credential, a group or reservation, and a controller sync.",
	permission: 'account.person',
	fields: [firstName, lastName, additionalFields],
	writes: true,
	answer: PERSON,
	async prepare(call) {
		const names = { firstName: call.need(firstName), lastName: call.need(lastName) };
		const person = await readPerson(call, additionalFields, names);
		return {
			effects: person.effectsIfNew,
			send: async () => await createPerson(call, await person.withPhoto()),
		};
	},
};
