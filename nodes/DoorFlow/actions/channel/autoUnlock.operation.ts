import { asId } from '../../call';
import { channelId } from '../../fields';
import type { Operation } from '../operation';
import { command, restrictedNotice } from './channel';

export const autoUnlock: Operation = {
	name: 'autoUnlock',
	displayName: 'Set Auto-Unlock',
	action: 'Set the auto-unlock shift of a door',
	description: 'Unlock a door by the timetable of a shift, or stop doing so',
	permission: 'account.channel.admit',
	fields: [
		restrictedNotice('Everybody can pass the door during the shift.'),
		channelId,
		{
			displayName: 'Shift ID',
			name: 'shiftId',
			type: 'number',
			default: '',
			placeholder: 'e.g. 10',
			description: 'The ID of the shift, from DoorFlow. Empty switches auto-unlock off.',
		},
	],
	writes: true,
	dangerous: true,
	sequentialBy: 'channelId',
	async run(call) {
		const shift = call.raw('shiftId', '');
		const off = shift === '' || shift === null || shift === undefined;
		return await command(call, 'auto_unlock', 'set the auto-unlock of the door', {
			shift_id: off ? null : Number(asId(shift, 'Shift', 'number')),
		});
	},
};
