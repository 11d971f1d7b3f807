import type { IDataObject } from 'n8n-workflow';

import { toDoorFlowTime } from '../../../shared/time';
import { findPerson } from '../person/findPerson';
import { groupsForNow, sameIds } from './book';
import { change, make, type Visit } from './visit';

/**
 * Finds the visitor and brings the record up to date, or creates it. What is right already is not written again.
 *
 * @param wanted DoorFlow's fields of the person
 * @throws DoorFlowError
 */
export async function register(
	visit: Visit,
	by: 'email' | 'systemId',
	key: string,
	wanted: IDataObject,
): Promise<{ person: IDataObject; isNew: boolean }> {
	const { call } = visit;
	const body: IDataObject = {
		...wanted,
		enabled: true,
		valid_from: visit.start ? toDoorFlowTime(visit.start) : null,
		valid_to: toDoorFlowTime(visit.end),
	};
	const found = await findPerson(call, by, key);
	if (!found) {
		const person = await make(visit, {
			path: '/api/3/people',
			body,
			about: { doing: 'create the person' },
			thing: 'person',
			look: async (last) => await findPerson(last, by, key),
		});
		return { person, isNew: true };
	}
	const id = String(found.id);
	const { differing, before } = await compare(visit, found, body);
	if (Object.keys(differing).length === 0) return { person: found, isNew: false };
	const photo = Object.keys(differing).some((name) => name.startsWith('image_'));
	const person = await change(visit, {
		path: `/api/3/people/${id}`,
		body: differing,
		before,
		about: { doing: 'update the person', target: { thing: 'person', id } },
		what: `changed the person ${id}${photo ? ' (the photo stays)' : ''}`,
	});
	return { person, isNew: false };
}

async function compare(
	visit: Visit,
	found: IDataObject,
	body: IDataObject,
): Promise<{ differing: IDataObject; before: IDataObject }> {
	const differing: IDataObject = {};
	const before: IDataObject = {};
	// To set again what a visit gives would make it permanent.
	const passing = 'group_ids' in body ? await groupsForNow(visit, found) : [];
	for (const [name, wanted] of Object.entries(body)) {
		const source = name === 'group_ids' ? 'groups' : name === 'role_ids' ? 'roles' : name;
		let has = found[source];
		if (name === 'group_ids' && Array.isArray(has) && Array.isArray(wanted)) {
			const own = has.map(Number).filter((id) => !passing.includes(id));
			has = sameIds([...new Set([...own, ...passing])], [...new Set([...wanted.map(Number), ...passing])])
				? wanted
				: own;
		}
		if (source in found && same(name, has, wanted)) continue;
		differing[name] = wanted;
		if (source in found && !name.startsWith('image_')) before[name] = has;
	}
	return { differing, before };
}

function same(name: string, has: unknown, wanted: unknown): boolean {
	if (Array.isArray(wanted)) return sameIds(has, wanted);
	if (has === null || has === undefined || wanted === null) return (has ?? null) === wanted;
	if (name === 'valid_from' || name === 'valid_to')
		return Date.parse(String(has)) === Date.parse(String(wanted));
	// DoorFlow: an address is the same whatever the case.
	return name === 'email' ? String(has).toLowerCase() === String(wanted).toLowerCase() : has === wanted;
}
