import type { Resource } from '../operation';
import { getAll } from './getAll.operation';

export const group: Resource = {
	name: 'group',
	displayName: 'Group',
	description: 'Groups decide who can open which doors',
	operations: [getAll],
};
