import { idField } from '../../../shared/field';
import { channelId } from '../../fields';
import type { Operation } from '../operation';
import { command, DOOR, restrictedNotice } from './channel';

const shiftId = idField(
	{
		displayName: 'Shift ID',
		name: 'shiftId',
		type: 'number',
		default: '',
		placeholder: 'e.g. 10',
		description:
			"The ID of the shift. DoorFlow shows it in the address of the shift's page. Leave it empty, or return the word none from an expression, to switch auto-unlock off.",
	},
	'shift',
	'number',
	{ words: ['none'] },
);

export const autoUnlock: Operation = {
	name: 'autoUnlock',
	displayName: 'Set Auto-Unlock',
	action: 'Set the auto-unlock shift of a door',
	description: "Unlock a door according to a shift's timetable, or stop doing so",
	permission: 'account.channel.admit',
	fields: [restrictedNotice('Anyone can pass the door during the shift.'), channelId, shiftId],
	writes: true,
	answer: DOOR,
	prepare(call) {
		const shift = call.read(shiftId);
		const off = shift === undefined || shift === 'none';
		return command(call, 'auto_unlock', 'set the auto-unlock of the door', {
			shift_id: off ? null : Number(shift),
		});
	},
};
