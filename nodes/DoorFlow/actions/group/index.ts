import type { Resource } from '../operation';
import { getAll } from './getAll.operation';

export const group: Resource = {
	name: 'group',
	displayName: 'Group',
	description: 'Groups decide which doors open for whom',
	operations: [getAll],
};
