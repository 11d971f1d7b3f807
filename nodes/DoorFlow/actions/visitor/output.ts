import type { IDataObject } from 'n8n-workflow';

import { LISTS, noneIfForbidden, type NamedList } from '../../../shared/lists';
import type { Call } from '../../call';
import type { Answer } from '../operation';

/** What Check In says. */
export const CHECKED_IN: Answer = {
	all: [
		'pin',
		'person',
		'known',
		'isNew',
		'credential',
		'window',
		'groupReservations',
		'reservations',
		'doors',
		'groups',
		'synced',
		'onDoors',
		'doorsMissing',
		'retryInSeconds',
		'syncProblem',
	],
	simple: [
		'pin',
		'person',
		'isNew',
		'credential',
		'window',
		'doors',
		'groups',
		'synced',
		'onDoors',
		'syncProblem',
	],
};

/** What Check Out says. */
export const CHECKED_OUT: Answer = {
	all: [
		'checkedOut',
		'id',
		'name',
		'known',
		'disabled',
		'deleted',
		'ended',
		'staying',
		'synced',
		'onDoors',
		'doorsMissing',
		'retryInSeconds',
		'syncProblem',
	],
	simple: [
		'checkedOut',
		'id',
		'name',
		'disabled',
		'deleted',
		'ended',
		'staying',
		'synced',
		'onDoors',
		'syncProblem',
	],
};

/**
 * Doors or groups with their names, for a message. Names are read once an execution.
 *
 * @returns a name is null where the connection may not read it
 * @throws DoorFlowError when the names can't be read for another reason
 */
export async function named(
	call: Call,
	what: 'doors' | 'groups',
	ids: readonly number[],
): Promise<IDataObject[]> {
	if (ids.length === 0) return [];
	return withNames(ids, await namesOf(call, what));
}

/** Things by ID, each with its name; null where that is not known. */
export const withNames = (ids: readonly number[], names: ReadonlyMap<number, string>): IDataObject[] =>
	ids.map((id) => ({ id, name: names.get(id) ?? null }));

/** Names by ID, read once an execution; none where the connection may not read them. @throws DoorFlowError */
export async function namesOf(
	call: Call,
	what: 'doors' | 'groups' | 'roles',
): Promise<ReadonlyMap<number, string>> {
	const list: NamedList = LISTS[what];
	return await call.api.once(`names of ${what}`, async () => {
		const entries = await call.readList(list).catch(noneIfForbidden);
		return new Map(entries.map((entry) => [Number(entry.id), list.name(entry)]));
	});
}
