import type { Resource } from '../operation';
import { getAll } from './getAll.operation';

export const role: Resource = {
	name: 'role',
	displayName: 'Role',
	description: 'Roles hold the access rights of people and groups',
	operations: [getAll],
};
