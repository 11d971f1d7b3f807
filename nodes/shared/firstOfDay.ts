import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { accountZone } from './accountZone';
import { admissionOf, isAdmission } from './admission';
import type { DoorFlowApi } from './api';
import { nodeErrorOf } from './nodeError';

/** The admission that an item tells of, and the names under which it is recorded. */
export interface Admission {
	readonly index: number;
	/** That the person was let in on that day. */
	readonly day: string;
	/** That it was this event that came first. */
	readonly event: string;
}

/**
 * The admissions among items; the account's time zone is asked for before anything is recorded, so that nothing is lost
 * when it can't be read.
 *
 * @throws NodeOperationError when DoorFlow does not tell it
 */
export async function admissionsOf(
	context: IExecuteFunctions,
	api: DoorFlowApi,
	items: ReadonlyArray<{ readonly item: IDataObject; readonly index: number }>,
): Promise<Admission[]> {
	if (!items.some(({ item }) => isAdmission(item))) return [];
	let zone: string;
	try {
		zone = await accountZone(api);
	} catch (error) {
		throw nodeErrorOf(context, error);
	}
	return items.flatMap(({ item, index }) => {
		const admission = admissionOf(item, zone);
		if (!admission) return [];
		const day = `doorflow:admitted:${String(item.accountId)}:${admission.person}:${admission.day}`;
		return [{ index, day, event: `${day}:${String(item.resourceId)}` }];
	});
}

/**
 * Which items tell that a person was let in again on a day of which the workflow knows already. The first admission of a
 * day stays the first when DoorFlow sends it once more.
 *
 * @param recorded the names of the admissions that were recorded before
 * @returns their positions, and the names to take off the list again: they were not the first
 */
export function furtherAdmissions(
	admissions: readonly Admission[],
	recorded: ReadonlySet<string>,
): { further: Set<number>; notFirst: string[] } {
	const known = new Set(recorded);
	const further = new Set<number>();
	const notFirst: string[] = [];
	for (const { index, day, event } of admissions) {
		if (known.has(day) && !known.has(event)) {
			further.add(index);
			notFirst.push(event);
		}
		// Of two in one run, the one that comes first counts.
		known.add(day).add(event);
	}
	return { further, notFirst };
}
