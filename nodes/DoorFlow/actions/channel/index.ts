import type { Resource } from '../operation';
import { admitOnce } from './admit.operation';
import { admitPerson } from './admitPerson.operation';
import { autoUnlock } from './autoUnlock.operation';
import { get } from './get.operation';
import { getAll } from './getAll.operation';
import { lockdown } from './lockdown.operation';
import { normal } from './normal.operation';
import { regenerateEncryptionKey } from './regenerateEncryptionKey.operation';
import { removeEncryptionKey } from './removeEncryptionKey.operation';
import { unlock } from './unlock.operation';
import { unlockdown } from './unlockdown.operation';

export const channel: Resource = {
	name: 'channel',
	displayName: 'Door',
	description: 'Doors and their status: let people in, unlock, lock down',
	operations: [
		get,
		getAll,
		admitOnce,
		admitPerson,
		unlock,
		normal,
		lockdown,
		unlockdown,
		autoUnlock,
		regenerateEncryptionKey,
		removeEncryptionKey,
	],
};
