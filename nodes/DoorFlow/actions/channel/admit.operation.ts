import { channelId } from '../../fields';
import type { Operation } from '../operation';
import { ADMISSION, admit, restrictedNotice, waitForResult } from './channel';

export const admitOnce: Operation = {
	name: 'admit',
	displayName: 'Admit',
	action: 'Open a door once',
	description: 'Open a door once without naming a person, like a push button',
	permission: 'account.channel.admit',
	fields: [restrictedNotice('Opens a real door.'), channelId, waitForResult],
	writes: true,
	answer: ADMISSION,
	prepare(call) {
		return admit(call, 'admit');
	},
};
