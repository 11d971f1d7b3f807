import type { Resource } from '../operation';
import { create } from './create.operation';
import { remove } from './delete.operation';
import { get } from './get.operation';
import { getAll } from './getAll.operation';
import { update } from './update.operation';

export const credential: Resource = {
	name: 'credential',
	displayName: 'Credential',
	description: 'PINs, cards and mobile credentials of people',
	operations: [create, get, getAll, update, remove],
};
