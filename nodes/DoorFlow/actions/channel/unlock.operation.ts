import { badInput } from '../../../shared/problem';
import { toDoorFlowTime } from '../../../shared/time';
import { channelId } from '../../fields';
import type { Operation } from '../operation';
import { command, restrictedNotice } from './channel';

export const unlock: Operation = {
	name: 'unlock',
	displayName: 'Unlock',
	action: 'Unlock a door',
	description: 'Leave a door unlocked until a time, or until it is set back to normal',
	permission: 'account.channel.admit',
	fields: [
		restrictedNotice('Everybody can pass an unlocked door. Give a time at which it locks again.'),
		channelId,
		{
			displayName: 'Relock At',
			name: 'relockAt',
			type: 'dateTime',
			default: '',
			description: 'When the door locks again. Empty leaves it unlocked until Normal.',
		},
	],
	writes: true,
	dangerous: true,
	sequentialBy: 'channelId',
	async run(call) {
		const relockAt = call.raw('relockAt', '');
		if (relockAt === '' || relockAt === null || relockAt === undefined)
			return await command(call, 'unlock', 'unlock the door');
		const time = call.time(relockAt, 'Relock At');
		if (time.getTime() <= Date.now()) {
			throw badInput(
				'Relock At lies in the past',
				'Choose a time that is still to come. The door was left as it is.',
			);
		}
		return await command(call, 'unlock', 'unlock the door', { relock_at: toDoorFlowTime(time) });
	},
};
