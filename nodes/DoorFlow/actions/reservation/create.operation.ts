import { badInput } from '../../../shared/problem';
import { dayIn, toDoorFlowTime } from '../../../shared/time';
import { channelIds, personId } from '../../fields';
import { accountTimeZone } from '../account/timeZone';
import type { Operation } from '../operation';
import { window, windowFields } from './window';

/** In milliseconds: 25 hours, on the day on which clocks are set back. */
const LONGEST_DAY_MS = 25 * 3_600_000;

export const create: Operation = {
	name: 'create',
	displayName: 'Create',
	action: 'Create a reservation',
	description:
		'Give an existing person access to certain doors for a time within one day. The person also needs a credential.',
	permission: 'account.reservation',
	fields: [personId, channelIds, ...windowFields],
	writes: true,
	prepare(call) {
		const person = call.need(personId);
		const doors = call.need(channelIds);
		const { start, end } = window(call);
		if (end.getTime() - start.getTime() > LONGEST_DAY_MS)
			throw badInput(
				'The reservation is longer than a day',
				'Choose an end on the same day as the start. For a longer time, make one reservation for each day, or use Visitor → Check In, which does that for you.',
			);
		return {
			keys: [person],
			confirm: async () => {
				const zone = await accountTimeZone(call);
				if (dayIn(start, zone) === dayIn(end, zone)) return;
				throw badInput(
					`The reservation starts on ${dayIn(start, zone)} and ends on ${dayIn(end, zone)} in the time zone of the DoorFlow account (${zone})`,
					'In DoorFlow, a reservation must start and end on the same day. Make one for each day, or use Visitor → Check In, which does that for you.',
				);
			},
			send: async () => {
				const answer = await call.request({
					method: 'POST',
					path: '/api/3/reservations',
					body: {
						person_id: Number(person),
						channel_ids: doors,
						start_time: toDoorFlowTime(start),
						end_time: toDoorFlowTime(end),
					},
					about: { doing: 'create the reservation', target: { thing: 'person', id: person } },
				});
				return answer.body;
			},
		};
	},
};
