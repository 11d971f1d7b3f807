import { time } from '../../../shared/field';
import { badInput } from '../../../shared/problem';
import { windowTooLong } from '../../../shared/time';
import type { Call } from '../../call';

const DESCRIPTION =
	"A date and time such as 2027-03-01T09:00. Without a time zone, it is in the workflow's time zone.";

const startTime = time(
	{
		displayName: 'Start Time',
		name: 'startTime',
		default: '',
		required: true,
		description: `${DESCRIPTION} The word now means immediately.`,
	},
	'begins',
	['now'],
);

const endTime = time(
	{
		displayName: 'End Time',
		name: 'endTime',
		default: '',
		required: true,
		description: `${DESCRIPTION} A date without a time means the end of that day.`,
	},
	'ends',
);

export const windowFields = [startTime, endTime] as const;

/** DoorFlow wants a reservation a day; more days than this in one go are a mistake. */
export const MAX_DAYS = { doors: 31, groups: 366 } as const;

/**
 * The window of a reservation.
 *
 * @throws DoorFlowError when a time can't be read, or the end is not after the start or already past
 */
export function window(call: Call): { start: Date; end: Date } {
	const given = call.need(startTime);
	const start = given === 'now' ? new Date() : given;
	const end = call.need(endTime);
	if (end <= start) {
		throw badInput('End Time is not after Start Time', 'Swap the two times, or choose a later end.');
	}
	if (end.getTime() <= Date.now()) {
		throw badInput('End Time is in the past', 'A reservation must end in the future. Check the date.');
	}
	return { start, end };
}

/** Refuses a window that spans too many days. @throws DoorFlowError */
export function boundedWindow(start: Date, end: Date, zone: string, by: keyof typeof MAX_DAYS): void {
	const why = windowTooLong(start, end, zone, MAX_DAYS[by]);
	if (why !== undefined)
		throw badInput(
			why,
			'Check the dates. For a longer time, make several bookings, or add the person to the group itself.',
		);
}
