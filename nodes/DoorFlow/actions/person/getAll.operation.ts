import { LISTS } from '../../../shared/lists';
import { badInput } from '../../../shared/problem';
import { cleanEmail } from '../../../shared/text';
import { asFlag } from '../../call';
import { listFields, simplify } from '../../fields';
import { filters, updatedSince } from '../listOperation';
import type { Operation } from '../operation';
import { hasEmail } from './findPerson';
import { personOutput } from './person';

export const getAll: Operation = {
	name: 'getAll',
	displayName: 'Get Many',
	action: 'Get many people',
	description: 'List people with their IDs, all or those whose email or system ID matches',
	permission: LISTS.people.permission,
	fields: [
		...listFields,
		simplify,
		filters([
			{
				displayName: 'Email',
				name: 'email',
				type: 'string',
				default: '',
				placeholder: 'e.g. nathan@example.com',
				description: 'People with this address, or whose address contains it if Exact Email Only is off',
			},
			{
				displayName: 'Exact Email Only',
				name: 'exact',
				type: 'boolean',
				default: true,
				description:
					'Whether Email must be the whole address, in upper or lower case, so that at most the people who have it are returned. If off, a part of the address is enough. Without this field, it must be the whole address.',
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
		]),
	],
	async run(call) {
		const { email, exact, systemId } = call.collection('filters');
		const address = email ? cleanEmail(String(email)) : undefined;
		if (address === '') {
			throw badInput(
				'Email holds only blanks or invisible characters',
				'Give the address to look for, or remove the filter to list everybody.',
			);
		}
		const whole = exact === undefined || asFlag(exact, 'Exact Email Only');
		const people = await call.list(LISTS.people, {
			query: {
				email: address,
				system_id: systemId ? String(systemId).trim() : undefined,
				...updatedSince(call),
			},
			...(address !== undefined && whole ? { where: hasEmail(address) } : {}),
		});
		return people.map((person) => personOutput(call, person));
	},
};
