import type { Resource } from '../operation';
import { getAll } from './getAll.operation';

export const site: Resource = {
	name: 'site',
	displayName: 'Site',
	description: 'Places that doors belong to',
	operations: [getAll],
};
