import { time } from '../../../shared/field';
import { badInput } from '../../../shared/problem';
import { toDoorFlowTime } from '../../../shared/time';
import { channelId } from '../../fields';
import type { Operation } from '../operation';
import { command, DOOR, restrictedNotice } from './channel';

const relockAt = time(
	{
		displayName: 'Relock At',
		name: 'relockAt',
		default: '',
		description:
			'When the door locks again; a date without a time means the end of that day. Leave it empty, or return the word none from an expression, to leave the door unlocked until you set it to normal.',
	},
	'ends',
	['none'],
);

export const unlock: Operation = {
	name: 'unlock',
	displayName: 'Unlock',
	action: 'Unlock a door',
	description: 'Leave a door unlocked until a certain time, or until you set it back to normal',
	permission: 'account.channel.admit',
	fields: [
		restrictedNotice('Anyone can pass an unlocked door. Set a time at which it locks again.'),
		channelId,
		relockAt,
	],
	writes: true,
	answer: DOOR,
	prepare(call) {
		const until = call.read(relockAt);
		if (until === undefined || until === 'none') return command(call, 'unlock', 'unlock the door');
		if (until.getTime() <= Date.now()) {
			throw badInput('Relock At is in the past', 'Choose a time in the future. The door was not changed.');
		}
		return command(call, 'unlock', 'unlock the door', { relock_at: toDoorFlowTime(until) });
	},
};
