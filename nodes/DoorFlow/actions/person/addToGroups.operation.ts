import { LISTS } from '../../../shared/lists';
import { addedGroups, personId } from '../../fields';
import type { Operation } from '../operation';
import { changeGroups } from './groups';

export const addToGroups: Operation = {
	name: 'addToGroups',
	displayName: 'Add to Groups',
	action: 'Add a person to groups',
	description: 'Add a person to groups; their other groups stay',
	permission: 'account.person',
	alsoNeeds: [{ permission: LISTS.groupReservations.permission }],
	fields: [personId, addedGroups],
	writes: true,
	prepare(call) {
		const id = call.need(personId);
		const add = call.need(addedGroups);
		return { keys: [id], send: async () => await changeGroups(call, id, { add, remove: [] }) };
	},
};
