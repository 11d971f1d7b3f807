import type { Operation } from '../operation';
import { PERSON } from './output';
import { additionalFields, firstName, lastName, readPerson } from './personFields';
import { createPerson } from './write';

export const create: Operation = {
	name: 'create',
	displayName: 'Create',
	action: 'Create a person',
	description:
		'Register a person or visitor. They open no door yet: next come a credential, then a group or reservation, then a controller sync.',
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
