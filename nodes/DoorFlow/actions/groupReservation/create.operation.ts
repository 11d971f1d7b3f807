import { toDoorFlowTime } from '../../../shared/time';
import { bookedGroups, personId } from '../../fields';
import type { Operation } from '../operation';
import { boundedWindow, window, windowFields } from '../reservation/window';

export const create: Operation = {
	name: 'create',
	displayName: 'Create',
	action: 'Create a group reservation',
	description:
		'Give an existing person the access of certain groups for a limited time. It may last several days. The person also needs a credential.',
	permission: 'account.group_reservation',
	fields: [personId, bookedGroups, ...windowFields],
	writes: true,
	prepare(call) {
		const person = call.need(personId);
		const groups = call.need(bookedGroups);
		const { start, end } = window(call);
		// Days are counted here to catch a mistake, so that the zone does not matter.
		boundedWindow(start, end, 'UTC', 'groups');
		return {
			keys: [person],
			send: async () => {
				const answer = await call.request({
					method: 'POST',
					path: '/api/3/group_reservations',
					body: {
						group_reservation: {
							person_id: Number(person),
							group_ids: groups,
							start_time: toDoorFlowTime(start),
							end_time: toDoorFlowTime(end),
						},
					},
					about: { doing: 'create the group reservation', target: { thing: 'person', id: person } },
				});
				return answer.body;
			},
		};
	},
};
