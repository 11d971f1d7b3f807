import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { accountZone } from '../shared/accountZone';
import { admissionOf, isAdmission } from '../shared/admission';
import { DoorFlowApi } from '../shared/api';
import { nodeErrorOf } from '../shared/nodeError';
import { forgetRecorded, recordedBefore } from '../shared/remember';

/**
 * The time zone that the days of admissions are meant in; asked for before anything is recorded, so that nothing is lost
 * when it can't be read.
 *
 * @returns undefined when no item tells of an admission
 * @throws NodeOperationError when DoorFlow does not tell it
 */
export async function zoneOfAdmissions(
	context: IExecuteFunctions,
	items: readonly IDataObject[],
): Promise<string | undefined> {
	if (!items.some(isAdmission)) return undefined;
	try {
		return await accountZone(new DoorFlowApi(context));
	} catch (error) {
		throw nodeErrorOf(context, error);
	}
}

/**
 * Which items tell that a person was let in again on a day of which the workflow knows already. The first admission of a
 * day stays the first when DoorFlow sends it once more.
 *
 * @param zone IANA name of the account's time zone
 * @returns their positions
 */
export async function furtherAdmissions(
	context: IExecuteFunctions,
	items: ReadonlyArray<{ readonly json: IDataObject; readonly index: number }>,
	zone: string,
): Promise<Set<number>> {
	const admissions = items.flatMap(({ json, index }) => {
		const admission = admissionOf(json, zone);
		if (!admission) return [];
		const day = `doorflow:admitted:${String(json.accountId)}:${admission.person}:${admission.day}`;
		return [{ index, day, event: `${day}:${String(json.resourceId)}` }];
	});
	const known = await recordedBefore(
		context,
		'node',
		admissions.flatMap(({ day, event }) => [day, event]),
	);
	const further = new Set<number>();
	const forget: string[] = [];
	for (const { index, day, event } of admissions) {
		if (known.has(day) && !known.has(event)) {
			further.add(index);
			forget.push(event);
		}
		// Of two in one run, the one that comes first counts.
		known.add(day).add(event);
	}
	if (forget.length > 0) await forgetRecorded(context, 'node', forget);
	return further;
}
