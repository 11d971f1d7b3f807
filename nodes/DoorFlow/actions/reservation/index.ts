import type { Resource } from '../operation';
import { create } from './create.operation';
import { remove } from './delete.operation';
import { getAll } from './getAll.operation';

export const reservation: Resource = {
	name: 'reservation',
	displayName: 'Reservation',
	description: 'Access to doors for a limited time',
	operations: [create, remove, getAll],
};
