import type { IDataObject } from 'n8n-workflow';

import { dayIn } from './time';

/** That a person was let in on a day. */
export interface Admission {
	readonly person: number;
	/** The day in the account's time zone, such as 2026-11-24. */
	readonly day: string;
}

/** Whether an item tells that a person was let in. */
export function isAdmission({ event, data }: IDataObject): boolean {
	const person = (data as IDataObject | null | undefined)?.person_id;
	return event === 'accessGranted' && typeof person === 'number' && person > 0;
}

/**
 * Who was let in on which day.
 *
 * @param item as the triggers emit it
 * @param zone IANA name of the account's time zone
 * @returns undefined for everything that is no admission of a person
 */
export function admissionOf(item: IDataObject, zone: string): Admission | undefined {
	if (!isAdmission(item)) return undefined;
	const { person_id: person } = item.data as { person_id: number };
	// Where the event does not say when it happened, it is taken to have happened when it was received.
	const moment = new Date(String(item.occurredAt ?? item.receivedAt));
	return { person, day: dayIn(moment, zone) };
}
