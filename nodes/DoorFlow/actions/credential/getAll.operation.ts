import { choice, shownAs } from '../../../shared/field';
import { credentialsOf, LISTS } from '../../../shared/lists';
import { listFields, personId } from '../../fields';
import type { Operation } from '../operation';

const scope = choice(
	{
		displayName: 'Whose Credentials',
		name: 'scope',
		default: 'person',
		description: 'Whose credentials to list',
	},
	[
		{ name: 'One Person', value: 'person', description: 'The credentials of one person' },
		{ name: 'Whole Account', value: 'account', description: 'The credentials of everybody' },
	],
);

const owner = shownAs(personId, { displayOptions: { show: { scope: ['person'] } } });

export const getAll: Operation = {
	name: 'getAll',
	displayName: 'Get Many',
	action: 'Get many credentials',
	description: 'List the credentials of one person or of the whole account',
	permission: LISTS.credentials.permission,
	fields: [scope, owner, ...listFields],
	secrets: 'read',
	prepare(call) {
		if (call.setting(scope) === 'account') return async () => await call.list(LISTS.credentials);
		const id = call.need(owner);
		return async () => await call.list(credentialsOf(id), { about: { target: { thing: 'person', id } } });
	},
};
