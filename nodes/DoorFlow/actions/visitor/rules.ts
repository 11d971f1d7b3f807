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

const MINUTE_MS = 60_000;

/** Whether somebody is a visitor alone, without standing access. What can't be told is standing access. */
export function isVisitor(who: Standing): boolean {
	const { groups, roles, credentials, activeGroups, openReservations } = who;
	if (groups === undefined || roles === undefined) return false;
	if (groups.length === 0 && roles === 0 && credentials === 0) return true;
	if (!who.hasMark || activeGroups === undefined || openReservations === undefined) return false;
	return groups.every((group) => activeGroups.includes(group)) && roles <= openReservations;
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

/** The person's other bookings that share time with the window: what is ended first where a visit replaces them. */
export function overlapping<T extends Span>(booked: readonly T[], window: Span): T[] {
	return booked.filter((booking) => overlaps(booking, window));
}

/**
 * The end of validity to write, in milliseconds: 14:00 in the account's zone on the day after the visit ends, which
 * holds also where DoorFlow keeps a date alone. Undefined where validity already reaches that far; it is never shortened.
 *
 * @param current what the person has, null for no end at all
 */
export function widenedValidTo(current: number | null, visitEnd: number, zone: string): number | undefined {
	const bound = DateTime.fromMillis(visitEnd, { zone })
		.plus({ days: 1 })
		.set({ hour: 14, minute: 0, second: 0, millisecond: 0 })
		.toMillis();
	return current === null || current >= bound ? undefined : bound;
}
