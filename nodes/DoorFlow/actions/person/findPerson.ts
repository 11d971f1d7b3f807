import type { IDataObject } from 'n8n-workflow';

import type { Call } from '../../call';
import { LISTS } from '../../../shared/lists';
import { badInput } from '../../../shared/problem';
import { withoutUnseenEnds } from '../../../shared/text';
import { uniqueOf, type Unique } from './same';

/** Whether a person has exactly this value, as unique values are compared. DoorFlow finds addresses by a part of them. */
export function hasUnique(field: Unique, value: string): (person: IDataObject) => boolean {
	const wanted = uniqueOf(field, value);
	return (person) => uniqueOf(field, person[field]) === wanted;
}

/**
 * Looks for the one person with an e-mail address or system ID, as DoorFlow asks: one person, one record.
 *
 * @param value the address or system ID, with or without blanks and invisible characters at its ends
 * @returns the person, or undefined if there is none
 * @throws DoorFlowError when there is nothing to look for, or there are several, because none of them may be changed by
 *   guessing
 */
export async function findPerson(
	call: Call,
	by: 'email' | 'systemId',
	value: string,
): Promise<IDataObject | undefined> {
	const field = by === 'email' ? 'email' : 'system_id';
	const wanted = withoutUnseenEnds(value);
	if (wanted === '') {
		throw badInput(
			`There is no ${by === 'email' ? 'e-mail address' : 'System ID'} to look for the person by`,
			'Fill it in, or check the expression it comes from.',
		);
	}
	const found = await call.api.list(LISTS.people, {
		query: { [field]: wanted },
		where: hasUnique(field, wanted),
		about: { doing: 'look for the person' },
		send: call.send,
	});
	if (found.length > 1) {
		const ids = found.map((person) => person.id).join(', ');
		throw badInput(
			`${found.length} people have this ${by === 'email' ? 'e-mail address' : 'System ID'} (IDs ${ids})`,
			'For this operation, it must belong to exactly one person. Merge or correct the people in DoorFlow, or use Update with the ID of the right one.',
		);
	}
	return found[0];
}
