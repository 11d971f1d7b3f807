import { credentialsOf, LISTS } from '../../../shared/lists';
import { listFields, personId } from '../../fields';
import type { Operation } from '../operation';

export const getAll: Operation = {
	name: 'getAll',
	displayName: 'Get Many',
	action: 'Get many credentials',
	description: 'List the credentials of one person or of the whole account',
	permission: LISTS.credentials.permission,
	fields: [
		{
			displayName: 'Of',
			name: 'scope',
			type: 'options',
			options: [
				{ name: 'One Person', value: 'person', description: 'The credentials of one person' },
				{ name: 'Whole Account', value: 'account', description: 'The credentials of everybody' },
			],
			default: 'person',
			description: 'Whose credentials to list',
		},
		{ ...personId, displayOptions: { show: { scope: ['person'] } } },
		...listFields,
	],
	async run(call) {
		if (call.raw('scope', 'person') === 'account') return await call.list(LISTS.credentials);
		const id = call.id('personId', 'Person');
		return await call.list(credentialsOf(id), { about: { target: { thing: 'person', id } } });
	},
};
