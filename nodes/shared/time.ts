/** A moment, or the reason in words why a value is none. */
export type TimeCheck =
	| { readonly ok: true; readonly date: Date }
	| { readonly ok: false; readonly reason: string };

const ISO =
	/^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?(?:\[[^\]]+\])?$/i;

/**
 * Reads a date value of n8n: an ISO text with or without zone, a Date, or a Luxon DateTime (from an expression).
 *
 * @param value the parameter's value
 * @param zone IANA name of the zone that a text without one is in, such as the workflow's
 */
export function readTime(value: unknown, zone: string): TimeCheck {
	const wrong = (reason: string): TimeCheck => ({ ok: false, reason });
	if (value instanceof Date) {
		return Number.isNaN(value.getTime()) ? wrong('it is not a date') : { ok: true, date: value };
	}
	if (typeof value === 'object' && value !== null && 'toISO' in value && typeof value.toISO === 'function') {
		return readTime((value.toISO as () => unknown)(), zone);
	}
	if (
		typeof value === 'object' &&
		value !== null &&
		'toJSDate' in value &&
		typeof value.toJSDate === 'function'
	) {
		return readTime((value.toJSDate as () => unknown)(), zone);
	}
	if (typeof value !== 'string' || value.trim() === '') return wrong('it is empty');
	const parts = ISO.exec(value.trim());
	if (!parts) return wrong('it is not written like 2026-11-24T09:00:00');
	const number = (index: number): number => Number(parts[index] ?? 0);
	const [year, month, day, hour, minute, second] = [
		number(1),
		number(2),
		number(3),
		number(4),
		number(5),
		number(6),
	];
	const wall = Date.UTC(
		year,
		month - 1,
		day,
		hour,
		minute,
		second,
		Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3)),
	);
	const check = new Date(wall);
	if (
		check.getUTCMonth() !== month - 1 ||
		check.getUTCDate() !== day ||
		hour > 23 ||
		minute > 59 ||
		second > 59
	) {
		return wrong('there is no such day or time in the calendar');
	}
	const offset = parts[8];
	if (offset !== undefined) {
		return { ok: true, date: new Date(/z/i.test(offset) ? wall : wall - offsetMinutes(offset) * 60_000) };
	}
	return { ok: true, date: wallTimeIn(wall, zone) };
}

function offsetMinutes(offset: string): number {
	const digits = offset.replace(/[^\d]/g, '');
	return (offset.startsWith('-') ? -1 : 1) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)));
}

/** In a gap of the clocks (spring) the later reading is taken, in a repeated hour (autumn) the first. */
function wallTimeIn(wall: number, zone: string): Date {
	const guess = wall - zoneOffset(new Date(wall), zone);
	const before = wall - zoneOffset(new Date(guess - 3_600_000), zone);
	const candidates = [before, guess].filter((time) => time + zoneOffset(new Date(time), zone) === wall);
	return new Date(candidates.length > 0 ? Math.min(...candidates) : before);
}

function zoneOffset(date: Date, zone: string): number {
	const wall = wallClock(date, zone);
	return (
		Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second) -
		Math.floor(date.getTime() / 1000) * 1000
	);
}

interface WallClock {
	year: number;
	month: number;
	day: number;
	hour: number;
	minute: number;
	second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function wallClock(date: Date, zone: string): WallClock {
	let format = formats.get(zone);
	if (!format) {
		format = new Intl.DateTimeFormat('en-US', {
			timeZone: zone,
			hourCycle: 'h23',
			year: 'numeric',
			month: 'numeric',
			day: 'numeric',
			hour: 'numeric',
			minute: 'numeric',
			second: 'numeric',
		});
		formats.set(zone, format);
	}
	const clock: Record<string, number> = {};
	for (const { type, value } of format.formatToParts(date)) clock[type] = Number(value);
	return {
		year: clock.year ?? 0,
		month: clock.month ?? 0,
		day: clock.day ?? 0,
		hour: clock.hour ?? 0,
		minute: clock.minute ?? 0,
		second: clock.second ?? 0,
	};
}

/**
 * The calendar day of a moment in a zone, as `2026-11-24`.
 *
 * @param date the moment
 * @param zone IANA name of the zone
 */
export function dayIn(date: Date, zone: string): string {
	const { year, month, day } = wallClock(date, zone);
	return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/**
 * Whether a zone's name is known here.
 *
 * @param zone IANA name of the zone
 */
export function isZone(zone: unknown): zone is string {
	return typeof zone === 'string' && zone !== '' && zoneKnown(zone);
}

function zoneKnown(zone: string): boolean {
	try {
		wallClock(new Date(0), zone);
		return true;
	} catch {
		return false;
	}
}

/**
 * Cuts a window into pieces that each lie on one day of a zone, because DoorFlow's reservations must start and end on
 * the same day in the account's time zone. A piece ends on the last whole second of its day.
 *
 * @param start first moment
 * @param end last moment, after `start`
 * @param zone IANA name of the account's zone
 */
export function splitByDay(start: Date, end: Date, zone: string): Array<{ start: Date; end: Date }> {
	const pieces: Array<{ start: Date; end: Date }> = [];
	let from = start;
	while (dayIn(from, zone) !== dayIn(end, zone)) {
		const clock = wallClock(from, zone);
		const midnight = wallTimeIn(Date.UTC(clock.year, clock.month - 1, clock.day + 1), zone);
		const last = new Date(midnight.getTime() - 1000);
		if (last > from) pieces.push({ start: from, end: last });
		from = midnight;
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
