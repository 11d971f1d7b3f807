import { badInput } from '../../../shared/problem';
import { personId } from '../../fields';
import type { Operation } from '../operation';
import { PERSON } from './output';
import { readPerson, updateFields } from './personFields';
import { updatePerson } from './write';

export const update: Operation = {
	name: 'update',
	displayName: 'Update',
	action: 'Update a person',
	description: "Change fields of a person; fields you don't add stay as they are",
	permission: 'account.person',
	fields: [personId, updateFields],
	writes: true,
	answer: PERSON,
	async prepare(call) {
		const id = call.need(personId);
		const person = await readPerson(call, updateFields);
		if (person.isEmpty) {
			throw badInput(
				'There is nothing to update',
				'Add at least one field under Update Fields, and check that this item has the fields that its expressions name.',
			);
		}
		return {
			keys: [id],
			effects: person.effects,
			send: async () => await updatePerson(call, id, await person.withPhoto()),
		};
	},
};
