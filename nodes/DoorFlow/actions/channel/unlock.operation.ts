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
			'When the door locks again; a day alone means at its end. Empty, or the word none from an expression, leaves it unlocked until Normal.',
	},
	'ends',
	['none'],
);

export const unlock: Operation = {
	name: 'unlock',
	displayName: 'Unlock',
	action: 'Unlock a door',
	description: 'Leave a door unlocked until a time, or until it is set back to normal',
	permission: 'account.channel.admit',
	fields: [
		restrictedNotice('Everybody can pass an unlocked door. Give a time at which it locks again.'),
		channelId,
		relockAt,
	],
	writes: true,
	answer: DOOR,
	prepare(call) {
		const until = call.read(relockAt);
		if (until === undefined || until === 'none') return command(call, 'unlock', 'unlock the door');
		if (until.getTime() <= Date.now()) {
			throw badInput(
				'Relock At lies in the past',
				'Choose a time that is still to come. The door was left as it is.',
			);
		}
		return command(call, 'unlock', 'unlock the door', { relock_at: toDoorFlowTime(until) });
	},
};
