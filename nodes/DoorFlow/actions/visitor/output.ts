import type { IDataObject } from 'n8n-workflow';

import { LISTS, noneIfForbidden, type NamedList } from '../../../shared/lists';
import type { Call } from '../../call';
import type { Answer } from '../operation';
import { readAll } from './visit';

/** What Check In says. */
export const CHECKED_IN: Answer = {
	all: [
		'person',
		'known',
		'isNew',
		'credential',
		'pin',
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
		'person',
		'isNew',
		'credential',
		'pin',
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
	const names = await call.api.once(`names of ${what}`, async () => await readNames(call, LISTS[what]));
	return ids.map((id) => ({ id, name: names.get(id) ?? null }));
}

async function readNames(call: Call, list: NamedList): Promise<Map<number, string>> {
	const entries = await readAll(call, list).catch(noneIfForbidden);
	return new Map(entries.map((entry) => [Number(entry.id), list.name(entry)]));
}
