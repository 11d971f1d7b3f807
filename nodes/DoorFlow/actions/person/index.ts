import type { Resource } from '../operation';
import { addToGroups } from './addToGroups.operation';
import { create } from './create.operation';
import { remove } from './delete.operation';
import { get } from './get.operation';
import { getAccess } from './getAccess.operation';
import { getAll } from './getAll.operation';
import { removeFromGroups } from './removeFromGroups.operation';
import { revokeAccess } from './revokeAccess.operation';
import { syncFromList } from './syncFromList.operation';
import { update } from './update.operation';
import { upsert } from './upsert.operation';

export const person: Resource = {
	name: 'person',
	displayName: 'Person',
	description: 'Staff, visitors and contractors',
	operations: [
		create,
		upsert,
		get,
		getAll,
		update,
		addToGroups,
		removeFromGroups,
		revokeAccess,
		getAccess,
		syncFromList,
		remove,
	],
};
