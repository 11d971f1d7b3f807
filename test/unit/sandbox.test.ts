import { createHmac } from 'node:crypto';
import fc from 'fast-check';

import { HARBOUR_HOUSE } from '../../sandbox/accounts';
import { faultsOf } from '../../sandbox/config';
import { mayControl } from '../../sandbox/controlRoutes';
import { decide, settleMode } from '../../sandbox/doors';
import { firstSince } from '../../sandbox/events';
import { EVENTS_PAGE, pageOf, PEOPLE_PAGE, STANDARD_PAGE } from '../../sandbox/paging';
import { withoutTokens } from '../../sandbox/record';
import { sign } from '../../sandbox/signing';
import { Shared, Store, type Door, type Row } from '../../sandbox/store';

const PIN = 31;
const CARD = 32;
const HID = 33;
const PASSFLOW = 34;
/** A Tuesday, noon in London. */
const NOON = Date.parse('2026-11-24T12:00:00Z');
const HOUR = 3_600_000;
const iso = (at: number): string => new Date(at).toISOString();

describe('what a door decides', () => {
	let shared: Shared;
	let store: Store;
	beforeEach(() => {
		shared = new Shared({ requireSync: false });
		store = new Store(HARBOUR_HOUSE, shared);
	});

	const door = (id = 1340): Door => store.doors.get(id) as Door;
	const somebody = (fields: object = {}): { person: Row; pin: string } => {
		const person = store.addPerson({ first_name: 'Some', last_name: 'Body', groups: [2], ...fields });
		const pin = store.freePin();
		store.addCredential(person.id, PIN, pin);
		return { person, pin };
	};
	const code = (value: string, id = 1340, at = NOON): number => decide(store, door(id), value, at).code;

	test('PIN, card, phone and pass, each with its own code', () => {
		const { person, pin } = somebody();
		store.addCredential(person.id, CARD, 'A1B2');
		const phone = store.addCredential(person.id, HID);
		const pass = store.addCredential(person.id, PASSFLOW);
		expect([code(pin), code('A1B2')]).toEqual([11, 10]);
		expect([code(phone.id), code(pass.id)]).toEqual([20, 20]);
		phone.status = 'active';
		pass.status = 'active';
		expect([code(phone.id), code(pass.id)]).toEqual([10, 17]);
	});

	test('what nobody has: an unknown PIN, an unknown card', () => {
		expect([code('9999'), code('99999999'), code('not a number')]).toEqual([24, 20, 20]);
	});

	test.each([
		['enabled', {}, 11],
		['disabled', { enabled: false }, 21],
		['not valid yet', { valid_from: iso(NOON + HOUR) }, 21],
		['no longer valid', { valid_to: iso(NOON - HOUR) }, 21],
		['within its validity', { valid_from: iso(NOON - HOUR), valid_to: iso(NOON + HOUR) }, 11],
		['in no group', { groups: [] }, 27],
		['in a group that opens other doors', { groups: [3] }, 27],
	])('a person who is %s', (_name, fields, expected) => {
		expect(code(somebody(fields).pin, 1341)).toBe(expected);
	});

	test('a role opens its doors, in its shift only', () => {
		const { pin } = somebody({ groups: [], roles: [2] });
		expect([code(pin, 1340), code(pin, 1350)]).toEqual([11, 27]);
		// 08:00 to 18:00 in London, on weekdays.
		expect([
			code(pin, 1340, Date.parse('2026-11-24T07:59:00Z')),
			code(pin, 1340, Date.parse('2026-11-24T18:00:00Z')),
		]).toEqual([21, 21]);
		expect(code(pin, 1340, Date.parse('2026-11-22T12:00:00Z'))).toBe(21);
	});

	test('reservations of doors and of groups let in during their time only', () => {
		const { person, pin } = somebody({ groups: [] });
		const window = { id: 1, person_id: person.id, start_time: iso(NOON - HOUR), end_time: iso(NOON + HOUR) };
		const booked = store.bookings.bookDoors({ ...window, channel_ids: [1341] });
		expect([
			code(pin, 1341),
			code(pin, 1340),
			code(pin, 1341, NOON + 2 * HOUR),
			code(pin, 1341, NOON - 2 * HOUR),
		]).toEqual([11, 27, 27, 27]);
		store.bookings.removeReservation(booked);
		store.groupReservations.set(1, { ...window, group_ids: [3], state: 'pending' });
		expect([code(pin, 1350), code(pin, 1341), code(pin, 1350, NOON + 2 * HOUR)]).toEqual([11, 27, 27]);
	});

	test('lockdown goes before everything, an unlocked door before the question whose it is', () => {
		const { pin } = somebody();
		door().mode = { description: 'unlock', relock_at: null, change_stamp: null };
		expect([code(pin), code('9999')]).toEqual([16, 16]);
		door().lockdown = { card_lockdown: { state: true } };
		expect(code(pin)).toBe(22);
		door().lockdown = { card_lockdown: { state: false }, rex_lockdown: { state: true } };
		expect(code(pin)).toBe(16);
	});

	test('an unlocked door locks again at its time, an automatic one opens in its shift', () => {
		door().mode = { description: 'unlock', relock_at: iso(NOON), change_stamp: null };
		expect(code('9999', 1340, NOON - 1)).toBe(16);
		expect(code('9999', 1340, NOON)).toBe(24);
		expect(door().mode).toMatchObject({ description: 'normal', relock_at: null });
		settleMode(door(), NOON);
		door().auto_unlock = { id: 10, name: 'Office Hours' };
		expect([code('9999'), code('9999', 1340, Date.parse('2026-11-24T19:00:00Z'))]).toEqual([16, 24]);
	});

	test('with requireSync, doors know what they were told last', () => {
		const { person, pin } = somebody();
		shared.config.requireSync = true;
		store.sync.tellAll();
		const late = somebody();
		store.changePerson(person, { enabled: false });
		expect([code(pin), code(late.pin)]).toEqual([11, 24]);
		store.sync.start();
		expect([code(pin), code(late.pin)]).toEqual([21, 11]);
	});

	test('what is taken away opens nothing any more, and its value is free again', () => {
		const { person, pin } = somebody({ email: 'Some@Body.example', system_id: 's1' });
		const [credential] = store.credentialsOf(person.id);
		if (credential) store.changeValue(credential, '7654');
		expect([code(pin), code('7654')]).toEqual([24, 11]);
		store.removePerson(person);
		expect(code('7654')).toBe(24);
		expect([
			store.emails.has('some@body.example'),
			store.systemIds.has('s1'),
			store.byValue.has('7654'),
			store.credentialsOf(person.id),
		]).toEqual([false, false, false, []]);
	});

	test('a PIN that is drawn has the demanded length and is nobody’s', () => {
		for (let count = 0; count < 200; count++) expect(store.freePin()).toMatch(/^\d{5,7}$/);
		shared.config.pinLength = 4;
		const drawn = Array.from({ length: 300 }, () => {
			const pin = store.freePin();
			store.addCredential(1001, PIN, pin);
			return pin;
		});
		expect(drawn.every((pin) => /^\d{4}$/.test(pin))).toBe(true);
		expect(new Set(drawn).size).toBe(300);
	});

	test('a reset brings everything back as it was', () => {
		const seeded = [...store.people.values()].map(({ id, first_name: name }) => [id, name]);
		somebody();
		store.doors.get(1340)!.sensor = 'forced';
		store.reset();
		expect([...store.people.values()].map(({ id, first_name: name }) => [id, name])).toEqual(seeded);
		expect(store.everybody()).toHaveLength(seeded.length);
		expect([door().sensor, code('41000'), store.unsynced]).toEqual(['normal', 11, false]);
	});
});

describe('paging', () => {
	const all = Array.from({ length: 1234 }, (_, index) => index);

	test.each([
		['the standard of lists', STANDARD_PAGE, {}, 500, { Total: 1234, 'Per-Page': 500 }],
		['the standard of people', PEOPLE_PAGE, {}, 50, { Total: 1234, 'Per-Page': 50 }],
		['the most people', PEOPLE_PAGE, { per_page: '1000' }, 100, { Total: 1234, 'Per-Page': 100 }],
		['events by n', EVENTS_PAGE, { n: '7' }, 7, { Total: 1234, 'Per-Page': 7 }],
		['events do not know per_page', EVENTS_PAGE, { per_page: '7' }, 50, { Total: 1234, 'Per-Page': 50 }],
		['a page beyond the end', STANDARD_PAGE, { page: '9' }, 0, { Total: 1234, 'Per-Page': 500 }],
		['nonsense', STANDARD_PAGE, { page: '-1', per_page: 'x' }, 500, { Total: 1234, 'Per-Page': 500 }],
		['no paging', STANDARD_PAGE, { skip_pagination: 'true' }, 1234, {}],
		[
			'no paging, which events do not know',
			EVENTS_PAGE,
			{ skip_pagination: 'true' },
			50,
			{ Total: 1234, 'Per-Page': 50 },
		],
	])('%s', (_name, size, query, length, headers) => {
		const page = pageOf(all, query, size, 'openapi');
		expect([page.items.length, page.headers]).toEqual([length, headers]);
	});

	test('the older headers, and none', () => {
		expect(pageOf(all, { page: '2' }, STANDARD_PAGE, 'legacy').headers).toEqual({
			'X-Total-Results': 1234,
			'X-Page': 2,
			'X-Per-Page': 500,
		});
		expect(pageOf(all, {}, STANDARD_PAGE, 'none').headers).toEqual({});
	});

	test('all pages together are the list', () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 1, max: 120 }), (length, perPage) => {
				const list = all.slice(0, length);
				const pages = Array.from(
					{ length: Math.ceil(length / perPage) + 1 },
					(_, index) =>
						pageOf(list, { page: String(index + 1), per_page: String(perPage) }, STANDARD_PAGE, 'none').items,
				);
				expect(pages.flat()).toEqual(list);
			}),
		);
	});

	test('the first event since a moment', () => {
		fc.assert(
			fc.property(
				fc.array(fc.integer({ min: 0, max: 50 })),
				fc.integer({ min: 0, max: 51 }),
				(seconds, since) => {
					const events = seconds
						.sort((one, other) => one - other)
						.map((second, id) => ({ id, created_at: iso(second * 1000) }));
					const expected = events.findIndex(({ created_at: at }) => Date.parse(at) >= since * 1000);
					expect(firstSince(events, since * 1000)).toBe(expected === -1 ? events.length : expected);
				},
			),
		);
	});
});

test('the signature is the one that DoorFlow documents', () => {
	// Made with: printf '1700000000.[{"a":"é"}]' | openssl dgst -sha256 -hmac secret
	expect(sign('secret', '1700000000', '[{"a":"é"}]')).toBe(
		'362d0055e6ef74ec78b92fa73ace8bac31126e103d001bc24d237c36b428f440',
	);
	fc.assert(
		fc.property(fc.string({ minLength: 1 }), fc.nat(), fc.string(), (key, timestamp, body) => {
			const bytes = Buffer.concat([Buffer.from(`${timestamp}.`), Buffer.from(body)]);
			expect(sign(key, String(timestamp), body)).toBe(createHmac('sha256', key).update(bytes).digest('hex'));
		}),
	);
});

test('addresses are listed without tokens', () => {
	expect(withoutTokens('/api/3/events/5?ack_token=abc&n=2')).toBe('/api/3/events/5?ack_token=…&n=2');
	expect(withoutTokens('/oauth/authorize?client_id=x&state=s&code_challenge=c&code=d')).toBe(
		'/oauth/authorize?client_id=x&state=…&code_challenge=…&code=…',
	);
	expect(withoutTokens('/api/3/events?event_codes=10,11')).toBe('/api/3/events?event_codes=10,11');
});

test.each([
	['127.0.0.1:4010', undefined, true],
	['localhost:4010', 'http://localhost:4010', true],
	['[::1]:4010', undefined, true],
	['localhost:4010', 'http://localhost:5678', false],
	['localhost:4010', 'https://localhost:4010', false],
	['localhost:4010', 'http://evil.example', false],
	['localhost:4010', 'null', false],
	['evil.example:4010', 'http://evil.example:4010', false],
	['localhost.evil.example', undefined, false],
	[undefined, undefined, false],
])('host %s with origin %s may control: %s', (host, origin, may) => {
	expect(mayControl({ host, origin })).toBe(may);
});

test.each([
	[{ latencyMs: 5, rotation: 'lenient', failurePath: '^GET', admitOutcome: { 1340: 'offline' } }, 0],
	[{ latencyMs: '5' }, 1],
	[{ latencyMs: -1 }, 1],
	[{ failureRate: 1.5 }, 1],
	[{ failurePath: '(' }, 1],
	[{ rotation: 'sometimes' }, 1],
	[{ webhookUrl: 'localhost:5678' }, 1],
	[{ accountTimeZone: 'Mars/Olympus' }, 1],
	[{ admitOutcome: 'maybe' }, 1],
	[{ pinLength: 3 }, 1],
	[{ latency: 5, typo: 1 }, 2],
])('settings %j have %i faults', (wish, faults) => {
	expect(faultsOf(wish)).toHaveLength(faults);
});
