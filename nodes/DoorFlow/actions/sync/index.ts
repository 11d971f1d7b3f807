import type { Resource } from '../operation';
import { start } from './start.operation';

export const sync: Resource = {
	name: 'sync',
	displayName: 'Controller Sync',
	description: 'Sends changes to the doors',
	operations: [start],
};
