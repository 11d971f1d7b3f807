import type { Operation } from '../operation';
import { restrictedNotice } from './channel';
import { commandDoors, COMMANDED, MANY_DOORS, targetFields } from './manyDoors';

export const unlockdown: Operation = {
	name: 'unlockdown',
	displayName: 'End Lockdown',
	action: 'End the lockdown of a door, a site or all doors',
	description:
		'End the lockdown of one door, all doors of a site or all doors of the account, so that credentials open them again',
	permission: 'account.channel.admit',
	alsoNeeds: MANY_DOORS,
	fields: [restrictedNotice('Lets people pass a door that was locked down.'), ...targetFields],
	writes: true,
	answer: COMMANDED,
	prepare(call) {
		return commandDoors(call, {
			name: 'unlockdown',
			doing: 'end the lockdown of the door',
			done: 'out of lockdown',
		});
	},
};
