import { listFields, personId } from '../../fields';
import type { Operation } from '../operation';

export const getAll: Operation = {
	name: 'getAll',
	displayName: 'Get Many',
	action: 'Get many credentials',
	description: 'List the credentials of one person or of the whole account',
	permission: 'account.person.readonly',
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
		const ofAccount = call.raw('scope', 'person') === 'account';
		const person = ofAccount ? undefined : call.id('personId', 'Person');
		return await call.list({
			path: person === undefined ? '/api/3/credentials' : `/api/3/people/${person}/credentials`,
			perPage: 500,
			about: {
				doing: 'list credentials',
				...(person === undefined ? {} : { target: { thing: 'person', id: person } }),
			},
		});
	},
};
