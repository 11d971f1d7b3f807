import { idField } from '../../../shared/field';
import type { Operation } from '../operation';
import { EVENT } from './output';

const eventId = idField(
	{
		displayName: 'Event ID',
		name: 'eventId',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 98321',
		description: 'The ID of the event, such as resourceId from the DoorFlow Trigger',
	},
	'event',
);

export const get: Operation = {
	name: 'get',
	displayName: 'Get',
	action: 'Get an event',
	description: 'Read one event, by its ID',
	permission: 'account.event.access.readonly',
	fields: [eventId],
	answer: EVENT,
	secrets: 'read',
	prepare(call) {
		const id = call.need(eventId);
		return async () => {
			const answer = await call.request({
				method: 'GET',
				path: `/api/3/events/${id}`,
				about: { doing: 'read the event', target: { thing: 'event', id } },
			});
			return answer.body;
		};
	},
};
