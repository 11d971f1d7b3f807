import { LISTS } from '../../../shared/lists';
import { personId, removedGroups } from '../../fields';
import type { Operation } from '../operation';
import { changeGroups } from './groups';

export const removeFromGroups: Operation = {
	name: 'removeFromGroups',
	displayName: 'Remove From Groups',
	action: 'Remove a person from groups',
	description: 'Remove a person from groups; their other groups stay',
	permission: 'account.person',
	alsoNeeds: [{ permission: LISTS.groupReservations.permission }],
	fields: [personId, removedGroups],
	writes: true,
	prepare(call) {
		const id = call.need(personId);
		const remove = call.need(removedGroups);
		return { keys: [id], send: async () => await changeGroups(call, id, { add: [], remove }) };
	},
};
