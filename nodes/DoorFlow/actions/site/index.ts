import type { Resource } from '../operation';
import { getAll } from './getAll.operation';

export const site: Resource = {
	name: 'site',
	displayName: 'Site',
	description: 'The places that doors belong to',
	operations: [getAll],
};
