import type { INodeProperties } from 'n8n-workflow';

import { badInput } from '../../../shared/problem';
import type { Call } from '../../call';

export const windowFields: readonly INodeProperties[] = [
	{
		displayName: 'Start Time',
		name: 'startTime',
		type: 'dateTime',
		default: '',
		required: true,
		description:
			'A date and time such as 2027-03-01T09:00. Without a time zone, it is in the time zone of the workflow.',
	},
	{
		displayName: 'End Time',
		name: 'endTime',
		type: 'dateTime',
		default: '',
		required: true,
		description:
			'A date and time such as 2027-03-01T09:00. Without a time zone, it is in the time zone of the workflow.',
	},
];

/**
 * The window of a reservation.
 *
 * @throws DoorFlowError when a time can't be read, or the end is not after the start or already past
 */
export function window(call: Call): { start: Date; end: Date } {
	const start = call.time(call.raw('startTime', ''), 'Start Time');
	const end = call.time(call.raw('endTime', ''), 'End Time');
	if (end <= start) {
		throw badInput('End Time is not after Start Time', 'Swap the two times, or choose a later end.');
	}
	if (end.getTime() <= Date.now()) {
		throw badInput('End Time lies in the past', 'A reservation must end in the future. Check the date.');
	}
	return { start, end };
}
