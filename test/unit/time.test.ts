import fc from 'fast-check';
import { DateTime, IANAZone } from 'luxon';

import {
	dayIn,
	isZone,
	readTime,
	splitByDay,
	toDoorFlowTime,
	windowTooLong,
	zoneOf,
} from '../../nodes/shared/time';
import { times } from '../times';

/** In the long run as far as the zones' rules are known; any day of 2024 to 2040 is tried at random each time. */
const FIRST_YEAR = times(2027, 2024);
const LAST_YEAR = times(2027, 2040);

const read = (value: unknown, zone = 'Europe/London', edge?: 'begins' | 'ends'): string => {
	const result = readTime(value, zone, edge);
	return result.ok ? result.date.toISOString() : result.reason;
};

describe('a time', () => {
	test.each<[unknown, string, string]>([
		['2026-11-24T09:00:00Z', 'Europe/London', '2026-11-24T09:00:00.000Z'],
		['2026-11-24T09:00:00+02:00', 'Europe/London', '2026-11-24T07:00:00.000Z'],
		['2026-11-24T09:00:00-0330', 'Europe/London', '2026-11-24T12:30:00.000Z'],
		['2026-11-24T09:00:00.123+00:00[Europe/London]', 'Asia/Tokyo', '2026-11-24T09:00:00.123Z'],
		['2026-07-01T09:00', 'Europe/London', '2026-07-01T08:00:00.000Z'],
		['2026-07-01 09:00', 'America/New_York', '2026-07-01T13:00:00.000Z'],
		[new Date('2026-11-24T09:00:00Z'), 'Asia/Tokyo', '2026-11-24T09:00:00.000Z'],
		[DateTime.fromISO('2026-11-24T09:00', { zone: 'Asia/Tokyo' }), 'UTC', '2026-11-24T00:00:00.000Z'],
		[{ toISO: () => '2026-11-24T09:00:00.000+01:00' }, 'UTC', '2026-11-24T08:00:00.000Z'],
		// Half past two is after the repeated hour.
		['2026-11-01T02:30', 'America/New_York', '2026-11-01T07:30:00.000Z'],
		// Half past one comes twice: the first.
		['2026-11-01T01:30', 'America/New_York', '2026-11-01T05:30:00.000Z'],
		// Half past two never comes: the later reading.
		['2026-03-08T02:30', 'America/New_York', '2026-03-08T07:30:00.000Z'],
		// Lord Howe moves its clocks by half an hour.
		['2026-04-05T01:45', 'Australia/Lord_Howe', '2026-04-04T14:45:00.000Z'],
		['2026-10-04T02:15', 'Australia/Lord_Howe', '2026-10-03T15:45:00.000Z'],
		// Samoa left out a day.
		['2011-12-30T12:00', 'Pacific/Apia', '2011-12-30T22:00:00.000Z'],
		['2027-04-04T00:00', 'America/Santiago', '2027-04-04T04:00:00.000Z'],
	])('%p in %s', (value, zone, expected) => expect(read(value, zone)).toBe(expected));

	test.each<[string, string, 'begins' | 'ends', string]>([
		['2026-11-24', 'Europe/London', 'begins', '2026-11-24T00:00:00.000Z'],
		['2026-11-24', 'Europe/London', 'ends', '2026-11-24T23:59:59.000Z'],
		['2026-07-01', 'America/New_York', 'ends', '2026-07-02T03:59:59.000Z'],
		// Chile's clocks go from midnight to one o'clock.
		['2026-09-06', 'America/Santiago', 'begins', '2026-09-06T04:00:00.000Z'],
		['2026-09-05', 'America/Santiago', 'ends', '2026-09-06T03:59:59.000Z'],
		['2027-04-03', 'America/Santiago', 'ends', '2027-04-04T03:59:59.000Z'],
		['9999-12-31', 'UTC', 'ends', '9999-12-31T23:59:59.000Z'],
	])('the day %s in %s, where it %s something', (value, zone, edge, expected) =>
		expect(read(value, zone, edge)).toBe(expected),
	);

	test.each<[unknown, RegExp]>([
		['25.11.2026 09:00', /^"25\.11\.2026 09:00" isn't a date n8n can read; use 2026-11-24T09:00:00$/],
		['2026', /isn't a date/],
		['2026-W12-3', /isn't a date/],
		['Invalid DateTime', /isn't a date/],
		['', /isn't a date/],
		['2026-02-30T09:00', /no such day/],
		['2026-02-30', /no such day/],
		['2026-13-01', /no such day/],
		['2026-01-01T25:00', /no such day/],
		[46_000, /it is the number 46000, .* DateTime\.fromISO\("1899-12-30"\)\.plus\(\{ days: … \}\)$/],
		['46000.5', /it is the number 46000\.5, as spreadsheets keep dates/],
		[1_772_000_000, /it is the number 1772000000; turn it into a date first, with DateTime\.fromMillis/],
		[null, /neither a text nor a date/],
		[undefined, /neither/],
		[new Date(NaN), /invalid date/],
		[DateTime.invalid('no'), /invalid date/],
		['2026-11-24T09:00:00[America/New_York]', /isn't a date/],
		['2026-11-24T09:00:00+99:99', /isn't a date/],
		[
			{
				toISO: () => {
					throw new Error('broken');
				},
			},
			/invalid date/,
		],
		[{ toISO: () => null }, /invalid date/],
	])('%p is none', (value, reason) => {
		const result = readTime(value, 'UTC');
		expect([result.ok, result.ok ? '' : result.reason]).toEqual([false, expect.stringMatching(reason)]);
	});

	test('is sent in UTC, to the second', () =>
		expect(toDoorFlowTime(new Date('2026-11-24T09:00:00.987Z'))).toBe('2026-11-24T09:00:00Z'));
});

describe('the zone', () => {
	test('is the workflow’s, else the instance’s, and never UTC by default', () => {
		expect(zoneOf('America/Nuuk', 'Asia/Tokyo')).toEqual({ ok: true, zone: 'America/Nuuk' });
		expect(zoneOf('DEFAULT', 'Asia/Tokyo')).toEqual({ ok: true, zone: 'Asia/Tokyo' });
		expect(zoneOf(undefined, 'Asia/Tokyo')).toEqual({ ok: true, zone: 'Asia/Tokyo' });
		expect(zoneOf('DEFAULT', 'Nowhere/Else').ok).toBe(false);
		expect(zoneOf('', undefined).ok).toBe(false);
	});

	test('is known or not', () => {
		expect(['Europe/London', 'UTC', 'DEFAULT', 'Mars/Base', '', 5].map(isZone)).toEqual([
			true,
			true,
			false,
			false,
			false,
			false,
		]);
	});
});

describe('a window', () => {
	const day = (text: string): Date => new Date(`${text}T12:00:00Z`);

	test('is bounded, and what is too long is refused at once', () => {
		expect(windowTooLong(day('2027-01-01'), day('2027-01-31'), 'UTC', 31)).toBeUndefined();
		expect(windowTooLong(day('2027-01-01'), day('2027-02-01'), 'UTC', 31)).toContain('spans 32 days');
		const midnights = [new Date('2027-01-01T00:00:00Z'), new Date('2027-02-01T00:00:00Z')] as const;
		expect(windowTooLong(...midnights, 'UTC', 31)).toBeUndefined();
		expect(windowTooLong(day('2027-01-01'), new Date('9999-12-31T00:00:00Z'), 'America/Nuuk', 366)).toContain(
			'more than the 366',
		);
		expect(() => splitByDay(day('2027-01-01'), new Date('9999-12-31T00:00:00Z'), 'America/Nuuk')).toThrow(
			RangeError,
		);
	});

	test.each([
		['America/Santiago', '2027-04-03T15:00:00Z', '2027-04-05T15:00:00Z', 3],
		['America/Nuuk', '2027-10-30T15:00:00Z', '2027-11-01T15:00:00Z', 3],
		['Pacific/Apia', '2011-12-29T20:00:00Z', '2011-12-31T20:00:00Z', 3],
		['Australia/Lord_Howe', '2027-04-03T01:00:00Z', '2027-04-05T01:00:00Z', 3],
	])('across the night of a change of clocks in %s', (zone, start, end, pieces) =>
		expect(splitByDay(new Date(start), new Date(end), zone)).toHaveLength(pieces),
	);

	// Luxon is what is tested; the days are told by Intl alone.
	const formats = new Map<string, Intl.DateTimeFormat>();
	const dayByIntl = (date: Date, zone: string): string => {
		const format =
			formats.get(zone) ??
			new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
		formats.set(zone, format);
		return format.format(date);
	};

	/** What is wrong with the pieces; one comparison at the end, because there are a hundred thousand of them. */
	const faultsOf = (start: Date, end: Date, zone: string): string[] => {
		const pieces = splitByDay(start, end, zone);
		const faults: string[] = [];
		const check = (holds: boolean, what: string): void => {
			if (!holds) faults.push(`${zone}, ${start.toISOString()} to ${end.toISOString()}: ${what}`);
		};
		check(pieces[0]?.start.getTime() === start.getTime(), 'another start');
		// What ends at midnight ends with the last second of the day before.
		const rest = end.getTime() - (pieces.at(-1)?.end.getTime() ?? 0);
		const endsAtMidnight = dayByIntl(new Date(end.getTime() - 1), zone) !== dayByIntl(end, zone);
		check(rest === 0 || (rest === 1000 && endsAtMidnight), 'another end');
		for (const [index, piece] of pieces.entries()) {
			check(dayByIntl(piece.start, zone) === dayByIntl(piece.end, zone), 'a piece over two days');
			check(piece.end >= piece.start, 'a piece that ends before it starts');
			const next = pieces[index + 1];
			if (next) check(next.start.getTime() - piece.end.getTime() === 1000, 'a gap');
		}
		return faults;
	};

	test(`goes on through every change of clocks of every zone, ${FIRST_YEAR} to ${LAST_YEAR}`, () => {
		const faults: string[] = [];
		let changes = 0;
		const fortnight = 14 * 86_400_000;
		for (const zone of Intl.supportedValuesOf('timeZone')) {
			const iana = IANAZone.create(zone);
			const last = Date.UTC(LAST_YEAR + 1, 0, 1);
			for (let at = Date.UTC(FIRST_YEAR, 0, 1); at < last; at += fortnight) {
				if (iana.offset(at) === iana.offset(at + fortnight)) continue;
				changes++;
				faults.push(...faultsOf(new Date(at), new Date(at + fortnight), zone));
			}
		}
		expect(faults).toEqual([]);
		// Some 130 zones change their clocks twice a year.
		expect(changes).toBeGreaterThan(200 * (LAST_YEAR - FIRST_YEAR + 1));
	});

	test('is cut without a gap, each piece on one day, in every zone', () => {
		const zones = Intl.supportedValuesOf('timeZone');
		const seconds = fc.integer({ min: Date.UTC(2024, 0, 1) / 1000, max: Date.UTC(2040, 11, 1) / 1000 });
		fc.assert(
			fc.property(
				fc.constantFrom(...zones),
				seconds,
				fc.integer({ min: 1, max: 30 * 86_400 }),
				(zone, start, length) =>
					expect(faultsOf(new Date(start * 1000), new Date((start + length) * 1000), zone)).toEqual([]),
			),
			{ numRuns: times(150, 5_000) },
		);
	});

	test('a wall time is the one that Intl shows, wherever the clocks show it at all', () => {
		const zones = Intl.supportedValuesOf('timeZone');
		const seconds = fc.integer({ min: Date.UTC(2024, 0, 1) / 1000, max: Date.UTC(2040, 11, 1) / 1000 });
		fc.assert(
			fc.property(fc.constantFrom(...zones), seconds, (zone, second) => {
				const shown = new Intl.DateTimeFormat('sv-SE', {
					timeZone: zone,
					dateStyle: 'short',
					timeStyle: 'medium',
				});
				const wall = shown.format(new Date(second * 1000));
				const result = readTime(wall.replace(' ', 'T'), zone);
				expect(result.ok && shown.format(result.date)).toBe(wall);
				expect(dayIn(new Date(second * 1000), zone)).toBe(wall.slice(0, 10));
			}),
			{ numRuns: times(150, 5_000) },
		);
	});
});
