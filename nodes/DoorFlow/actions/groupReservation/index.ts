import type { Resource } from '../operation';
import { create } from './create.operation';
import { remove } from './delete.operation';
import { getAll } from './getAll.operation';

export const groupReservation: Resource = {
	name: 'groupReservation',
	displayName: 'Group Reservation',
	description: 'Membership in groups for a limited time',
	operations: [create, remove, getAll],
};
