import { admissionOf } from '../../nodes/shared/admission';
import { isTooOld, itemOf, occurredAt } from '../../nodes/shared/item';

const NOW = new Date('2026-11-24T09:00:00Z');
const told = (data: Record<string, unknown> | null, changes: object = {}) => ({
	event: 'accessGranted',
	action: 'CREATE',
	resourceType: 'Event',
	resourceId: '1',
	accountId: 'a',
	source: 'poll' as const,
	data: data as never,
	...changes,
});

test.each([
	['an event, when it happened', { created_at: '2026-11-24T08:00:00Z' }, {}, '2026-11-24T08:00:00.000Z'],
	['with an offset', { created_at: '2026-11-24T08:00:00+01:00' }, {}, '2026-11-24T07:00:00.000Z'],
	['without a zone: hours may lie between', { created_at: '2026-11-24T08:00:00' }, {}, undefined],
	['no day of the calendar', { created_at: '2026-13-30T08:00:00Z' }, {}, undefined],
	['a number', { created_at: 1764000000 }, {}, undefined],
	['no time', {}, {}, undefined],
	['a resource that is gone', null, {}, undefined],
	[
		'a changed credential, when it was changed',
		{ created_at: '2020-01-01T00:00:00Z', updated_at: '2026-11-24T08:59:00Z' },
		{ action: 'UPDATE', resourceType: 'PersonCredential' },
		'2026-11-24T08:59:00.000Z',
	],
	[
		'an event that is told as an update',
		{ created_at: '2026-11-24T08:00:00Z', updated_at: '2026-11-24T08:59:00Z' },
		{ action: 'UPDATE', resourceType: 'PerimeterEvent' },
		'2026-11-24T08:00:00.000Z',
	],
])('%s', (_what, data, changes, expected) => {
	expect(occurredAt(told(data, changes))?.toISOString()).toBe(expected);
});

test.each([
	['2026-11-24T08:55:00Z', false],
	['2026-11-24T08:54:59Z', true],
	['2030-01-01T00:00:00Z', false],
	['never', false],
])('happened at %s: late %s', (created, late) => {
	expect(itemOf(told({ created_at: created }), NOW).late).toBe(late);
});

test("lateness is counted by the clock that the event's time is from", () => {
	const hourAhead = new Date(NOW.getTime() + 3_600_000);
	expect(itemOf(told({ created_at: '2026-11-24T09:00:00Z' }), hourAhead, NOW)).toMatchObject({
		late: false,
		receivedAt: hourAhead.toISOString(),
	});
});

test('nothing is too old without a limit, and nothing that does not say when it happened', () => {
	const old = told({ created_at: '2020-01-01T00:00:00Z' });
	expect(isTooOld(old, undefined, NOW.getTime())).toBe(false);
	expect(isTooOld(old, 10, NOW.getTime())).toBe(true);
	expect(isTooOld(told({}), 10, NOW.getTime())).toBe(false);
	expect(isTooOld(told({ created_at: '2026-11-24T08:50:00Z' }), 10, NOW.getTime())).toBe(false);
});

test("an admission is a person's, on the account's day; where no time is given, the day it was received", () => {
	const item = itemOf(told({ person_id: 7, created_at: '2026-11-24T03:00:00Z' }), NOW);
	expect(admissionOf(item, 'America/New_York')).toEqual({ person: 7, day: '2026-11-23' });
	expect(admissionOf(itemOf(told({ person_id: 7 }), NOW), 'Europe/London')).toEqual({
		person: 7,
		day: '2026-11-24',
	});
	expect(admissionOf(itemOf(told({ person_id: null }), NOW), 'Europe/London')).toBeUndefined();
	expect(admissionOf({ ...item, event: 'accessDenied' }, 'Europe/London')).toBeUndefined();
});
