import { DateTime } from 'luxon';

/** A span of time in milliseconds since 1970; the end itself is outside. */
export interface Span {
	readonly start: number;
	readonly end: number;
}

/** A booking of one group or one door. */
export interface Booking extends Span {
	readonly target: number;
}

/** A booking of several groups or doors for the same time. */
export interface JointBooking extends Span {
	readonly targets: readonly number[];
}

/** What decides whether somebody is a visitor. Undefined is what DoorFlow did not tell. */
export interface Standing {
	readonly hasMark: boolean;
	readonly groups: readonly number[] | undefined;
	readonly roles: number | undefined;
	readonly credentials: number | undefined;
	/** Groups of the person's group reservations that are active now. */
	readonly activeGroups: readonly number[] | undefined;
	/** Reservations of doors that have not ended. */
	readonly openReservations: number | undefined;
}

export const MINUTE_MS = 60_000;

/** Whether somebody is a visitor alone, without standing access. What can't be told is standing access. */
export function isVisitor(who: Standing): boolean {
	const { groups, roles, credentials, activeGroups, openReservations } = who;
	if (groups === undefined || roles === undefined) return false;
	if (groups.length === 0 && roles === 0 && credentials === 0) return true;
	if (!who.hasMark) return false;
	if (!groups.every((group) => activeGroups?.includes(group))) return false;
	return roles === 0 || (openReservations !== undefined && roles <= openReservations);
}

/** Whether two spans share any time; spans that only touch do not. */
export function overlaps(one: Span, other: Span): boolean {
	return one.start < other.end && other.start < one.end;
}

/** What must still be booked so that each target is open in the whole window; less than a minute is left out. */
export function missingBookings(
	targets: readonly number[],
	window: Span,
	booked: readonly Booking[],
): Booking[] {
	return [...new Set(targets)].flatMap((target) => {
		const own = booked
			.filter((booking) => booking.target === target && overlaps(booking, window))
			.sort((one, other) => one.start - other.start);
		const gaps: Booking[] = [];
		let from = window.start;
		for (const { start, end } of own) {
			gaps.push({ target, start: from, end: start });
			from = Math.max(from, end);
		}
		gaps.push({ target, start: from, end: window.end });
		return gaps.filter(({ start, end }) => end - start >= MINUTE_MS);
	});
}

/** The same bookings, those for the same time made one. */
export function together(bookings: readonly Booking[]): JointBooking[] {
	const joint = new Map<string, JointBooking & { targets: number[] }>();
	for (const { start, end, target } of bookings) {
		const key = `${start} ${end}`;
		const known = joint.get(key);
		if (known) known.targets.push(target);
		else joint.set(key, { start, end, targets: [target] });
	}
	return [...joint.values()].sort((one, other) => one.start - other.start);
}

/** The person's other bookings that share time with the window: what is ended first where a visit replaces them. */
export function overlapping<T extends Span>(booked: readonly T[], window: Span): T[] {
	return booked.filter((booking) => overlaps(booking, window));
}

/**
 * Whether a booking is part of the visit that is asked for: it opens nothing else, and not at any other time that is
 * still to come. A minute more or less counts for nothing, as in {@link missingBookings}.
 *
 * @param now in milliseconds: what is past needs no ending
 */
export function isPartOf(
	booking: JointBooking,
	targets: readonly number[],
	window: Span,
	now: number,
): boolean {
	const startsInTime = booking.start > window.start - MINUTE_MS || window.start <= now + MINUTE_MS;
	return (
		booking.targets.every((target) => targets.includes(target)) &&
		startsInTime &&
		booking.end < window.end + MINUTE_MS
	);
}

/**
 * The end of validity to write, in milliseconds: 14:00 in the account's zone on the day after the visit ends, which
 * holds also where DoorFlow keeps a date alone. Undefined where validity already reaches that far; it is never shortened.
 *
 * @param current what the person has, in milliseconds or as DoorFlow gives it; null for no end at all
 */
export function widenedValidTo(
	current: number | string | null,
	visitEnd: number,
	zone: string,
): number | undefined {
	const bound = validityBound(visitEnd, zone);
	if (current === null) return undefined;
	const has = typeof current === 'number' ? current : Date.parse(current);
	if (has >= bound) return undefined;
	return keepsDay(current, { bound, visitEnd, zone }) ? undefined : bound;
}

/**
 * The moment at which a bound of somebody's validity takes effect, in milliseconds: a date alone does from its first moment where
 * the account is.
 *
 * @returns NaN where there is no bound, or none that can be read
 */
export const momentOf = (bound: unknown, zone: string): number =>
	typeof bound === 'string' ? DateTime.fromISO(bound, { zone }).toMillis() : NaN;

/** How far the validity of a new visitor reaches, in milliseconds, see {@link widenedValidTo}. */
export function validityBound(visitEnd: number, zone: string): number {
	return DateTime.fromMillis(visitEnd, { zone })
		.plus({ days: 1 })
		.set({ hour: 14, minute: 0, second: 0, millisecond: 0 })
		.toMillis();
}

/** Whether DoorFlow kept the day of a bound alone: a text without a time, or midnight of that day after the visit. */
function keepsDay(
	current: number | string,
	{ bound, visitEnd, zone }: { readonly bound: number; readonly visitEnd: number; readonly zone: string },
): boolean {
	if (typeof current === 'number') return false;
	const day = DateTime.fromMillis(bound, { zone }).toISODate() ?? '';
	if (/^\d{4}-\d{2}-\d{2}$/.test(current)) return current >= day;
	return (
		(current.startsWith(`${day}T00:00:00`) && Date.parse(current) >= visitEnd) ||
		Date.parse(current) === DateTime.fromISO(day, { zone }).toMillis()
	);
}
