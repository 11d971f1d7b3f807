import { toDoorFlowTime } from '../../../shared/time';
import { groupIds, personId } from '../../fields';
import type { Operation } from '../operation';
import { window, windowFields } from '../reservation/window';

export const create: Operation = {
	name: 'create',
	displayName: 'Create',
	action: 'Create a group reservation',
	description:
		'Give an existing person the access of groups for a time. It may last over several days; the person also needs a credential.',
	permission: 'account.group_reservation',
	fields: [personId, { ...groupIds, required: true }, ...windowFields],
	writes: true,
	sequentialBy: 'personId',
	async run(call) {
		const person = call.id('personId', 'Person');
		const groups = call.ids('groupIds', 'Group');
		const { start, end } = window(call);
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
