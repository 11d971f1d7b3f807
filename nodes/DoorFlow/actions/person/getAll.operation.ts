import { flag, keyText } from '../../../shared/field';
import { LISTS } from '../../../shared/lists';
import { listFields, simplify, updatedSince } from '../../fields';
import { changedSince, filters } from '../listOperation';
import type { Operation } from '../operation';
import { hasUnique } from './findPerson';
import { PERSON } from './output';

const email = keyText(
	{
		displayName: 'Email',
		name: 'email',
		default: '',
		placeholder: 'e.g. nathan@example.com',
		description: 'People with this address, or people whose address contains it if Exact Email Only is off',
	},
	'email',
);

const exact = flag({
	displayName: 'Exact Email Only',
	name: 'exact',
	default: true,
	description:
		'Whether Email must match the whole address, in upper or lower case. If off, a part of the address is enough. Without this field, Email must match the whole address.',
});

const systemId = keyText(
	{
		displayName: 'System ID',
		name: 'systemId',
		default: '',
		placeholder: 'e.g. HR-1042',
		description: 'People with this ID from your own system',
	},
	'systemId',
);

const narrowing = filters([email, exact, systemId, updatedSince]);

export const getAll: Operation = {
	name: 'getAll',
	displayName: 'Get Many',
	action: 'Get many people',
	description: 'List people with their IDs, all or those whose email or System ID matches',
	permission: LISTS.people.permission,
	fields: [...listFields, simplify, narrowing],
	answer: PERSON,
	secrets: 'read',
	prepare(call) {
		const address = call.readIn(narrowing, email);
		const whole = call.parameters.settingIn(narrowing, exact);
		const query = {
			email: address,
			system_id: call.readIn(narrowing, systemId),
			...changedSince(call, narrowing),
		};
		return async () =>
			await call.list(LISTS.people, {
				query,
				...(address !== undefined && whole ? { where: hasUnique('email', address) } : {}),
			});
	},
};
