import { channelId } from '../../fields';
import type { Operation } from '../operation';
import { command, DOOR, restrictedNotice } from './channel';

export const unlockdown: Operation = {
	name: 'unlockdown',
	displayName: 'End Lockdown',
	action: 'End the lockdown of a door',
	description: 'Lift the lockdown of a door, so that credentials open it again',
	permission: 'account.channel.admit',
	fields: [restrictedNotice('Lets people pass a door that was locked down.'), channelId],
	writes: true,
	answer: DOOR,
	dangerous: true,
	prepare(call) {
		return command(call, 'unlockdown', 'end the lockdown of the door');
	},
};
