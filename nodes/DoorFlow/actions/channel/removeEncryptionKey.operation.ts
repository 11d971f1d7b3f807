import { channelId } from '../../fields';
import type { Operation } from '../operation';
import { command, DOOR, restrictedNotice } from './channel';

export const removeEncryptionKey: Operation = {
	name: 'removeEncryptionKey',
	displayName: 'Remove Encryption Key',
	action: 'Remove the encryption key of a door controller',
	description: 'Let DoorFlow and the door controller communicate without encryption',
	permission: 'account.channel.admit',
	fields: [
		restrictedNotice('From then on, the connection to this door controller is not encrypted.'),
		channelId,
	],
	writes: true,
	answer: DOOR,
	prepare(call) {
		return command(call, 'remove_encryption_key', 'remove the encryption key of the door');
	},
};
