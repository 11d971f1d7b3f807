import { DateTime } from 'luxon';

/**
 * The present moment as DoorFlow writes it: UTC, whole seconds.
 *
 * @param offsetMs added to it
 */
export const now = (offsetMs = 0): string =>
	new Date(Date.now() + offsetMs).toISOString().replace(/\.\d{3}Z$/, 'Z');

/**
 * Reads a time of the API. One without a zone is the account's ("local time", as DoorFlow calls it).
 *
 * @param value ISO 8601
 * @param zone the account's time zone
 * @returns undefined for anything that is no time, such as a 30 February
 */
export function readTime(value: unknown, zone: string): DateTime<true> | undefined {
	if (typeof value !== 'string') return undefined;
	const time = DateTime.fromISO(value, { zone });
	return time.isValid ? time : undefined;
}
