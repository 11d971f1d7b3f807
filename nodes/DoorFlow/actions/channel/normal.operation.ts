import { channelId } from '../../fields';
import type { Operation } from '../operation';
import { command, DOOR, restrictedNotice } from './channel';

export const normal: Operation = {
	name: 'normal',
	displayName: 'Set to Normal',
	action: 'Set a door back to normal',
	description: 'Stop leaving a door unlocked: from then on, it requires credentials again',
	permission: 'account.channel.admit',
	fields: [restrictedNotice('Changes how a real door works.'), channelId],
	writes: true,
	answer: DOOR,
	prepare(call) {
		return command(call, 'normal', 'set the door back to normal');
	},
};
