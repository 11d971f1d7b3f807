import { badInput } from '../../../shared/problem';
import { channelId } from '../../fields';
import type { Operation } from '../operation';
import { command, restrictedNotice } from './channel';

export const lockdown: Operation = {
	name: 'lockdown',
	displayName: 'Lock Down',
	action: 'Lock down a door',
	description: 'Make a door refuse cards, the exit button or other inputs',
	permission: 'account.channel.admit',
	fields: [
		restrictedNotice(
			'People may be unable to get in or out. Know how to end the lockdown before you start it.',
		),
		channelId,
		{
			displayName: 'Lock Out Cards and PINs',
			name: 'cardLockdown',
			type: 'boolean',
			default: true,
			description: 'Whether cards, PINs and mobile credentials are refused',
		},
		{
			displayName: 'Lock Out the Exit Button',
			name: 'rexLockdown',
			type: 'boolean',
			default: false,
			description: 'Whether the request-to-exit button is refused. People inside then need another way out.',
		},
		{
			displayName: 'Lock Out Other Inputs',
			name: 'auxLockdown',
			type: 'boolean',
			default: false,
			description: 'Whether auxiliary inputs, such as an intercom, are refused',
		},
	],
	writes: true,
	dangerous: true,
	sequentialBy: 'channelId',
	async run(call) {
		const switches = {
			card_lockdown: call.flag('cardLockdown', 'Lock Out Cards and PINs'),
			rex_lockdown: call.flag('rexLockdown', 'Lock Out the Exit Button'),
			aux_lockdown: call.flag('auxLockdown', 'Lock Out Other Inputs'),
		};
		if (!Object.values(switches).includes(true)) {
			throw badInput(
				'Nothing is chosen to be locked out',
				'Switch on at least one of the three, or use End Lockdown.',
			);
		}
		return await command(call, 'lockdown', 'lock the door down', switches);
	},
};
