import type { IDataObject } from 'n8n-workflow';

import { admissionOf } from '../shared/admission';

/** Who was let in, by day. Plain data: n8n stores it with the workflow. */
export type Firsts = Readonly<Record<string, readonly number[]>>;

/** Guards for the stored size. An event that comes later than this many days may start the workflow once more. */
const DAYS = 8;
const MAX_PEOPLE = 20_000;

/**
 * Leaves out who was let in before on the same day.
 *
 * @param items as the trigger emits them, oldest first
 * @param zone IANA name of the account's time zone
 * @returns the items that stay, and what is to be kept
 */
export function firstsOnly<T extends IDataObject>(
	items: readonly T[],
	before: Firsts,
	zone: string,
): { items: T[]; firsts: Firsts } {
	const days = new Map(Object.entries(before).map(([day, people]) => [day, new Set(people)]));
	const kept = items.filter((item) => {
		const admission = admissionOf(item, zone);
		if (!admission) return true;
		const people = days.get(admission.day) ?? new Set();
		days.set(admission.day, people);
		if (people.has(admission.person)) return false;
		people.add(admission.person);
		return true;
	});
	const firsts: Record<string, number[]> = {};
	let count = 0;
	for (const day of [...days.keys()].sort().reverse().slice(0, DAYS)) {
		const people = [...(days.get(day) ?? [])];
		if (count > 0 && count + people.length > MAX_PEOPLE) break;
		firsts[day] = people;
		count += people.length;
	}
	return { items: kept, firsts };
}

/** Reads what was kept; what can't be read is left out. */
export function firstsOf(value: unknown): Firsts {
	if (typeof value !== 'object' || value === null) return {};
	return Object.fromEntries(
		Object.entries(value).filter(
			(entry): entry is [string, number[]] =>
				/^\d{4}-\d{2}-\d{2}$/.test(entry[0]) &&
				Array.isArray(entry[1]) &&
				entry[1].every((person) => typeof person === 'number'),
		),
	);
}
