import type { IDataObject } from 'n8n-workflow';

import type { Call } from '../../call';
import { badInput } from '../../../shared/problem';
import { readPages, readPagingHeaders } from '../../../shared/paging';

const PER_PAGE = 100;

/**
 * Looks for the one person with an e-mail address or system ID, as DoorFlow asks: one person, one record.
 * DoorFlow finds addresses by a part of them, so that what it gives is compared whole, without regard to case.
 *
 * @returns the person, or undefined if there is none
 * @throws DoorFlowError when there are several, because none of them may be changed by guessing
 */
export async function findPerson(
	call: Call,
	by: 'email' | 'systemId',
	value: string,
): Promise<IDataObject | undefined> {
	const filter = by === 'email' ? 'email' : 'system_id';
	const same = (one: unknown): boolean =>
		by === 'email'
			? String(one ?? '')
					.trim()
					.toLowerCase() === value.toLowerCase()
			: String(one ?? '') === value;
	const people = await readPages<IDataObject>(
		async (page, perPage) => {
			const answer = await call.request<IDataObject[]>({
				method: 'GET',
				path: '/api/3/people',
				query: { [filter]: value, page, per_page: perPage },
				about: { doing: 'look for the person' },
			});
			return { items: Array.isArray(answer.body) ? answer.body : [], ...readPagingHeaders(answer.headers) };
		},
		{ perPage: PER_PAGE, key: (person) => String(person.id) },
	);
	const found = people.filter((person) => same(person[filter]));
	if (found.length > 1) {
		const ids = found.map((person) => person.id).join(', ');
		throw badInput(
			`${found.length} people have this ${by === 'email' ? 'e-mail address' : 'system ID'} (IDs ${ids})`,
			'It must belong to one person for this operation. Merge or correct them in DoorFlow, or use Update with the ID of the right one.',
		);
	}
	return found[0];
}
