import type { Resource } from '../operation';
import { create } from './create.operation';
import { remove } from './delete.operation';
import { get } from './get.operation';
import { getAll } from './getAll.operation';
import { update } from './update.operation';

export const notificationRule: Resource = {
	name: 'notificationRule',
	displayName: 'Notification Rule',
	description: 'Addresses that DoorFlow calls when certain events happen',
	operations: [create, get, getAll, update, remove],
};
