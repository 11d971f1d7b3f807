import * as fc from 'fast-check';

import { planBookings } from '../../nodes/DoorFlow/actions/visitor/book';
import type { Visit } from '../../nodes/DoorFlow/actions/visitor/visit';
import {
	isPartOf,
	isVisitor,
	momentOf,
	missingBookings,
	overlapping,
	together,
	widenedValidTo,
	type Booking,
} from '../../nodes/DoorFlow/actions/visitor/rules';

const MINUTE = 60_000;
const marked = {
	hasMark: true,
	groups: [1],
	roles: 0,
	credentials: 1,
	activeGroups: [1],
	openReservations: 0,
};
const span = fc
	.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 30 }))
	.map(([start, length]) => ({ start: start * MINUTE, end: (start + length) * MINUTE }));
const booking = fc
	.tuple(span, fc.integer({ min: 1, max: 3 }))
	.map(([times, target]): Booking => ({ ...times, target }));

test('each asked minute is booked exactly once or was booked before, and nothing else', () => {
	fc.assert(
		fc.property(span, fc.array(booking), (window, booked) => {
			const missing = missingBookings([1, 2, 2], window, booked);
			const covers = (list: Booking[], target: number, at: number) =>
				list.filter((one) => one.target === target && one.start <= at && at < one.end).length;
			const wrong: string[] = [];
			for (const target of [1, 2, 3]) {
				for (let at = MINUTE / 2; at < 100 * MINUTE; at += MINUTE) {
					const asked = target !== 3 && window.start <= at && at < window.end;
					const expected = asked && covers(booked, target, at) === 0 ? 1 : 0;
					if (covers(missing, target, at) !== expected) wrong.push(`${target} at ${at}`);
				}
			}
			expect(wrong).toEqual([]);
		}),
	);
});

test('less than a minute is not booked', () => {
	const window = { start: 0, end: 10 * MINUTE };
	const short = { target: 1, start: MINUTE - 1, end: 10 * MINUTE };
	expect(missingBookings([1], window, [short])).toEqual([]);
	expect(missingBookings([1], window, [{ ...short, start: MINUTE }])).toHaveLength(1);
});

test('a visitor has the mark and only booked access, or an empty record', () => {
	expect(isVisitor(marked)).toBe(true);
	expect(isVisitor({ ...marked, hasMark: false })).toBe(false);
	expect(isVisitor({ ...marked, groups: [1, 2] })).toBe(false);
	expect(isVisitor({ ...marked, roles: 1 })).toBe(false);
	expect(isVisitor({ ...marked, roles: 1, openReservations: 1 })).toBe(true);
	const empty = { ...marked, hasMark: false, groups: [], credentials: 0 };
	expect(isVisitor(empty)).toBe(true);
	expect(isVisitor({ ...empty, credentials: undefined })).toBe(false);
});

test.each(['marked', 'not marked'])(
	'%s: whatever of a record is neither empty nor booked is standing access',
	(mark) => {
		const hasMark = mark === 'marked';
		for (const groups of [[], [1], [1, 2]])
			for (const activeGroups of [[], [1], undefined])
				for (const roles of [0, 1, 2])
					for (const openReservations of [0, 1, undefined])
						for (const credentials of [0, 1, undefined]) {
							const isEmpty = groups.length + roles === 0 && credentials === 0;
							const isBooked =
								groups.length <= (activeGroups ?? []).length && roles <= (openReservations ?? 0);
							const who = { hasMark, groups, activeGroups, roles, openReservations, credentials };
							expect([who, isVisitor(who)]).toEqual([who, isEmpty || (hasMark && isBooked)]);
						}
	},
);

test.each(['groups', 'roles', 'activeGroups', 'openReservations'] as const)(
	'%s that DoorFlow did not tell are standing access',
	(what) => {
		const everything = { ...marked, roles: 1, openReservations: 1 };
		expect(isVisitor(everything)).toBe(true);
		expect(isVisitor({ ...everything, [what]: undefined })).toBe(false);
	},
);

test('what the record shows to be empty need not be told again', () => {
	const groups = { ...marked, openReservations: undefined };
	expect(isVisitor(groups)).toBe(true);
	const doors = { ...marked, groups: [], roles: 1, openReservations: 1, activeGroups: undefined };
	expect(isVisitor(doors)).toBe(true);
});

test('validity reaches 14:00 of the day after the visit, across a change of the clocks, and never shrinks', () => {
	const end = Date.parse('2026-10-24T18:00:00+01:00');
	const bound = Date.parse('2026-10-25T14:00:00Z');
	expect(widenedValidTo(0, end, 'Europe/London')).toBe(bound);
	expect(widenedValidTo(bound, end, 'Europe/London')).toBeUndefined();
	expect(widenedValidTo(null, end, 'Europe/London')).toBeUndefined();
});

test('bookings that only touch the window do not overlap it', () => {
	const touching = [
		{ start: 0, end: 5 },
		{ start: 9, end: 12 },
	];
	const inside = { start: 4, end: 6 };
	expect(overlapping([...touching, inside], { start: 5, end: 9 })).toEqual([inside]);
});

test.each(['2026-10-25', '2026-10-25T00:00:00Z', '2026-10-25T00:00:00+01:00'])(
	'where DoorFlow kept the day alone (%s), it is not written again',
	(kept) => {
		const end = Date.parse('2026-10-24T18:00:00+01:00');
		expect(widenedValidTo(kept, end, 'Europe/London')).toBeUndefined();
		expect(widenedValidTo(kept.replace('-25', '-24'), end, 'Europe/London')).toBe(
			Date.parse('2026-10-25T14:00:00Z'),
		);
	},
);

describe.each([
	['America/New_York', '2026-06-02', '2026-06-02T14:00:00-04:00', '2026-06-02T04:00:00Z'],
	['Asia/Tokyo', '2026-06-02', '2026-06-02T14:00:00+09:00', '2026-06-01T15:00:00Z'],
	// There, the bound is on the next day elsewhere.
	['Pacific/Honolulu', '2026-06-02', '2026-06-02T14:00:00-10:00', '2026-06-02T10:00:00Z'],
])('in %s', (zone, day, bound, midnight) => {
	const end = Date.parse(bound) - 18 * 60 * MINUTE;
	test('validity reaches 14:00 there', () => {
		expect(widenedValidTo(0, end, zone)).toBe(Date.parse(bound));
		expect(widenedValidTo(Date.parse(bound) - 1, end, zone)).toBe(Date.parse(bound));
	});
	test('the day alone, and its midnight there, are that day', () => {
		expect(widenedValidTo(day, end, zone)).toBeUndefined();
		expect(widenedValidTo(midnight, end, zone)).toBeUndefined();
		expect(widenedValidTo(Date.parse(midnight), end, zone)).toBe(Date.parse(bound));
	});
	test('any other time before the bound is too early, and what can not be read is written', () => {
		const earlier = new Date(Date.parse(bound) - 60 * MINUTE).toISOString();
		for (const current of [earlier, '2026-06-01', `the ${day}`, 'never'])
			expect([current, widenedValidTo(current, end, zone)]).toEqual([current, Date.parse(bound)]);
		for (const current of ['2026-06-03T00:00:01Z', '2027-01-01', new Date(bound).toISOString()])
			expect([current, widenedValidTo(current, end, zone)]).toEqual([current, undefined]);
	});
});

test('midnight by UTC is no day where it comes before the visit ends', () => {
	const end = Date.parse('2026-06-01T23:00:00-04:00');
	const bound = Date.parse('2026-06-02T14:00:00-04:00');
	expect(widenedValidTo('2026-06-02T00:00:00Z', end, 'America/New_York')).toBe(bound);
	const midnight = Date.parse('2026-06-02T00:00:00Z');
	expect(widenedValidTo('2026-06-02T00:00:00Z', midnight, 'America/New_York')).toBeUndefined();
});

test.each([
	['America/New_York', '2026-06-02T04:00:00Z'],
	['Asia/Tokyo', '2026-06-01T15:00:00Z'],
])('a date alone counts from its first moment in %s, and a time by its own zone', (zone, moment) => {
	expect(momentOf('2026-06-02', zone)).toBe(Date.parse(moment));
	expect(momentOf('2026-06-02T10:00:00+01:00', zone)).toBe(Date.parse('2026-06-02T09:00:00Z'));
	for (const none of [null, undefined, 2026, '']) expect([none, momentOf(none, zone)]).toEqual([none, NaN]);
});

test('bookings for the same time are made one', () => {
	expect(
		together([
			{ target: 1, start: 5, end: 9 },
			{ target: 2, start: 0, end: 9 },
			{ target: 3, start: 5, end: 9 },
		]),
	).toEqual([
		{ targets: [2], start: 0, end: 9 },
		{ targets: [1, 3], start: 5, end: 9 },
	]);
});

describe('a booking is part of a visit', () => {
	const window = { start: 10 * MINUTE, end: 20 * MINUTE };
	const same = { targets: [1], ...window };
	const cases: Array<[string, Parameters<typeof isPartOf>[0], number, boolean]> = [
		['that asks for the same', same, 0, true],
		['that asks for more', { ...same, end: 15 * MINUTE }, 0, true],
		['but for another door', { ...same, targets: [1, 3] }, 0, false],
		['but for longer', { ...same, end: 22 * MINUTE }, 0, false],
		['but for a whole minute', { ...same, end: 21 * MINUTE }, 0, false],
		['but for a minute before', { ...same, start: 9 * MINUTE }, 0, false],
		['but for less than a minute before', { ...same, start: 9 * MINUTE + 1 }, 0, true],
		['of which a minute has to come', { ...same, start: 5 * MINUTE }, 9 * MINUTE, true],
		['of which more than a minute has to come', { ...same, start: 5 * MINUTE }, 9 * MINUTE - 1, false],
		['but for half a minute', { ...same, end: 20.5 * MINUTE }, 0, true],
		['but for an earlier start still to come', { ...same, start: 5 * MINUTE }, 0, false],
		['that began before now', { ...same, start: 5 * MINUTE }, 10 * MINUTE, true],
	];
	test.each(cases)('%s', (_name, booking, now, expected) => {
		expect(isPartOf(booking, [1, 2], window, now)).toBe(expected);
	});
});

test('of a visit by doors, less than a minute on each side of midnight is too short', () => {
	const year = new Date().getUTCFullYear() + 1;
	const plan = (from: string, to: string) =>
		planBookings(
			{
				wanted: { byDoors: true, ids: [1340] },
				start: new Date(`${year}-01-10T23:59:${from}Z`),
				end: new Date(`${year}-01-11T00:${to}Z`),
				zone: 'Europe/London',
			} as unknown as Visit,
			[],
			[],
		);
	expect(() => plan('15', '00:45')).toThrow('Less than a minute of the visit is left');
	expect(plan('15', '01:00').missing).toHaveLength(1);
});
