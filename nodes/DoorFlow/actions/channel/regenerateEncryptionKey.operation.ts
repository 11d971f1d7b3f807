import { channelId } from '../../fields';
import type { Operation } from '../operation';
import { command, DOOR, restrictedNotice } from './channel';

export const regenerateEncryptionKey: Operation = {
	name: 'regenerateEncryptionKey',
	displayName: 'Regenerate Encryption Key',
	action: 'Regenerate the encryption key of a door controller',
	description: 'Create a new key for the connection between DoorFlow and the door controller',
	permission: 'account.channel.admit',
	fields: [restrictedNotice("The door controller can't be reached until it uses the new key."), channelId],
	writes: true,
	answer: DOOR,
	prepare(call) {
		return command(call, 'regenerate_encryption_key', 'regenerate the encryption key of the door');
	},
};
