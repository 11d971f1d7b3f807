import type { Resource } from '../operation';
import { acknowledge } from './acknowledge.operation';
import { get } from './get.operation';
import { getAll } from './getAll.operation';
import { whoIsIn } from './whoIsIn.operation';

export const event: Resource = {
	name: 'event',
	displayName: 'Event',
	description: 'What happened at the doors',
	operations: [getAll, whoIsIn, get, acknowledge],
};
