import { listFields, simplify } from '../../fields';
import type { Operation } from '../operation';
import { personOutput } from './person';

export const getAll: Operation = {
	name: 'getAll',
	displayName: 'Get Many',
	action: 'Get many people',
	description: 'List people with their IDs, all or those whose email or system ID matches',
	permission: 'account.person.readonly',
	fields: [
		...listFields,
		simplify,
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add Filter',
			default: {},
			options: [
				{
					displayName: 'Email',
					name: 'email',
					type: 'string',
					default: '',
					placeholder: 'e.g. nathan@example.com',
					description: 'People whose address contains this',
				},
				{
					displayName: 'System ID',
					name: 'systemId',
					type: 'string',
					default: '',
					placeholder: 'e.g. HR-1042',
					description: 'People with this ID of your own system',
				},
				{
					displayName: 'Updated Since',
					name: 'updatedSince',
					type: 'dateTime',
					default: '',
					description: 'People changed at this time or later',
				},
			],
		},
	],
	async run(call) {
		const { email, systemId, updatedSince } = call.collection('filters');
		const people = await call.list({
			path: '/api/3/people',
			// DoorFlow: at most 100 people a page.
			perPage: 100,
			query: {
				email: email ? String(email).trim() : undefined,
				system_id: systemId ? String(systemId).trim() : undefined,
				since_utc: updatedSince ? call.doorFlowTime(updatedSince, 'Updated Since') : undefined,
			},
			about: { doing: 'list people' },
		});
		return people.map((person) => personOutput(call, person));
	},
};
