import { DateTime, IANAZone } from 'luxon';

/** A moment, or the reason in words why a value is none. */
export type TimeCheck =
	| { readonly ok: true; readonly date: Date }
	| { readonly ok: false; readonly reason: string };

export type ZoneCheck =
	| { readonly ok: true; readonly zone: string }
	| { readonly ok: false; readonly reason: string };

/** Stricter than luxon, which also takes weeks, ordinal days and a year alone: those are typing errors in a panel. */
const ISO =
	/^\d{4}-\d{2}-\d{2}(?<time>[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?\s*(?:(?<offset>Z|[+-](?:0\d|1[0-4]):?[0-5]\d)(?:\[[^\]]+\])?)?$/i;

const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** Spreadsheets count days from the end of 1899: these are of 1927 to 2173. */
const isDayNumber = (value: number): boolean => value >= 10_000 && value < 100_000;

const wrong = (reason: string): TimeCheck => ({ ok: false, reason });

const dayNumber = (value: number | string): TimeCheck =>
	wrong(
		`it is the number ${value}, as spreadsheets keep dates; turn it into a date first, with DateTime.fromISO("1899-12-30").plus({ days: … })`,
	);

/**
 * Reads a date value of n8n: an ISO text with or without zone, a Date, or a luxon DateTime (from an expression), also
 * one of another copy of luxon.
 *
 * @param value the parameter's value
 * @param zone IANA name of the zone that a text without one is in, such as the workflow's
 * @param edge what a day without a time stands for: its start where it begins something, its last second where it ends
 *   something
 */
export function readTime(value: unknown, zone: string, edge: 'begins' | 'ends' = 'begins'): TimeCheck {
	if (typeof value === 'number') {
		if (isDayNumber(value)) return dayNumber(value);
		return wrong(
			`it is the number ${value}; turn it into a date first, with DateTime.fromMillis(…) or, if it counts seconds, DateTime.fromSeconds(…)`,
		);
	}
	if (value instanceof Date) {
		return Number.isNaN(value.getTime()) ? wrong('it is an invalid date') : { ok: true, date: value };
	}
	if (typeof value === 'object' && value !== null && 'toISO' in value && typeof value.toISO === 'function') {
		const text = isoOf(value as { toISO: () => unknown });
		return typeof text === 'string' ? readTime(text, zone, edge) : wrong('it is an invalid date');
	}
	if (typeof value !== 'string') return wrong('it is neither a text nor a date');
	return readText(value.trim(), zone, edge);
}

/** Somebody else's object may throw. */
function isoOf(value: { toISO: () => unknown }): unknown {
	try {
		return value.toISO();
	} catch {
		return undefined;
	}
}

function readText(text: string, zone: string, edge: 'begins' | 'ends'): TimeCheck {
	if (!isZone(zone)) return wrong(`the time zone "${zone}" is not known`);
	const parts = ISO.exec(text)?.groups;
	if (!parts && isDayNumber(Number(text))) return dayNumber(text);
	if (!parts) return wrong(`"${text.slice(0, 40)}" isn't a date n8n can read; use 2026-11-24T09:00:00`);
	const { time, offset } = parts;
	const iso = (text.split('[')[0] ?? '').replace(' ', 'T').replace(/\s/g, '');
	const parsed = DateTime.fromISO(iso, { zone: 'utc', setZone: false });
	if (!parsed.isValid) return wrong(`there is no such day or time as "${text.slice(0, 40)}" in the calendar`);
	if (offset !== undefined && time !== undefined) return { ok: true, date: parsed.toJSDate() };
	if (time !== undefined) return { ok: true, date: new Date(atWallTime(parsed.toMillis(), zone)) };
	const day = parsed.startOf('day');
	if (edge === 'begins') return { ok: true, date: startOfDay(day, zone) };
	return { ok: true, date: new Date(startOfDay(day.plus({ days: 1 }), zone).getTime() - 1000) };
}

/**
 * The moment at which clocks of a zone show a time. Luxon leaves open which one it takes where that comes twice; here it
 * is the first, and the later reading where it never comes.
 *
 * @param wall the time that the clocks show, as if it were UTC, in milliseconds
 */
function atWallTime(wall: number, zone: string): number {
	const iana = IANAZone.create(zone);
	const before = wall - iana.offset(wall - DAY_MS) * MINUTE_MS;
	const after = wall - iana.offset(wall + DAY_MS) * MINUTE_MS;
	const shown = [before, after].filter((moment) => moment + iana.offset(moment) * MINUTE_MS === wall);
	return shown.length > 0 ? Math.min(...shown) : before;
}

/** @param day its midnight, as if it were UTC */
const startOfDay = (day: DateTime, zone: string): Date => new Date(atWallTime(day.toMillis(), zone));

/**
 * The calendar day of a moment in a zone, as `2026-11-24`.
 *
 * @param date the moment
 * @param zone IANA name of the zone
 */
export function dayIn(date: Date, zone: string): string {
	return DateTime.fromJSDate(date, { zone }).toFormat('yyyy-MM-dd');
}

/** The day of a moment in a zone, as its midnight in UTC, so that days can be counted. */
const calendarDay = (date: Date, zone: string): DateTime =>
	DateTime.fromISO(dayIn(date, zone), { zone: 'utc' });

/** Asking makes a formatter of several kilobytes, outside the heap: once for each of 10,000 items, that is felt. */
const known = new Set<string>();

/**
 * Whether a zone's name is known here.
 *
 * @param zone IANA name of the zone
 */
export function isZone(zone: unknown): zone is string {
	if (typeof zone !== 'string' || zone === '') return false;
	if (known.has(zone)) return true;
	const isKnown = IANAZone.isValidZone(zone);
	if (isKnown) known.add(zone);
	return isKnown;
}

/**
 * The zone of times that say none: the workflow's; where that is `DEFAULT` or unknown, the n8n instance's. Never UTC by
 * default: an hour of access more or less is no detail.
 *
 * @param workflow what the workflow's settings say
 * @param instance what the n8n instance is set to
 */
export function zoneOf(workflow: unknown, instance: unknown): ZoneCheck {
	if (isZone(workflow)) return { ok: true, zone: workflow };
	if (isZone(instance)) return { ok: true, zone: instance };
	return {
		ok: false,
		reason: `neither the workflow's time zone ("${String(workflow)}") nor that of n8n ("${String(instance)}") is one that n8n knows`,
	};
}

/**
 * Whether a window spans too many days.
 *
 * @param start first moment
 * @param end last moment
 * @param zone IANA name of the zone whose days are counted
 * @param maxDays how many days it may touch
 * @returns what is wrong, as a sentence, or undefined
 */
export function windowTooLong(start: Date, end: Date, zone: string, maxDays: number): string | undefined {
	// A window that ends at midnight does not touch the day that begins then.
	const days = calendarDay(new Date(end.getTime() - 1), zone).diff(calendarDay(start, zone), 'days').days + 1;
	if (days <= maxDays) return undefined;
	if (Number.isNaN(days)) return 'The time is out of range';
	return `The time from ${dayIn(start, zone)} to ${dayIn(end, zone)} spans ${days} days, more than the ${maxDays} that are allowed`;
}

/** No window that gets as far as being cut has more days. */
const MAX_PIECES = 400;

/**
 * Cuts a window into pieces that each lie on one day of a zone, because DoorFlow's reservations must start and end on
 * the same day in the account's time zone. A piece ends on the last whole second of its day.
 *
 * @param start first moment
 * @param end last moment, after `start`
 * @param zone IANA name of the account's zone
 * @throws RangeError for more than 400 days: ask {@link windowTooLong} first
 */
export function splitByDay(start: Date, end: Date, zone: string): Array<{ start: Date; end: Date }> {
	const tooLong = windowTooLong(start, end, zone, MAX_PIECES);
	if (tooLong !== undefined) throw new RangeError(tooLong);
	const pieces: Array<{ start: Date; end: Date }> = [];
	const lastDay = calendarDay(end, zone);
	let from = start;
	// Counted by the calendar: each round is a day later, whatever the clocks do.
	for (let day = calendarDay(start, zone); day < lastDay; day = day.plus({ days: 1 })) {
		const midnight = startOfDay(day.plus({ days: 1 }), zone);
		const last = new Date(midnight.getTime() - 1000);
		if (last >= from) pieces.push({ start: from, end: last });
		// A day that a zone left out, as Samoa did in 2011, has no length.
		if (midnight > from) from = midnight;
	}
	if (end > from || pieces.length === 0) pieces.push({ start: from, end });
	return pieces;
}

/**
 * A moment as DoorFlow takes it: ISO 8601 in UTC, to the second.
 *
 * @param date the moment
 */
export function toDoorFlowTime(date: Date): string {
	return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
