import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { decide } from '../../sandbox/doors';
import type { Row } from '../../sandbox/store';
import { setClock } from './clock';
import { CREDENTIAL, Engine, type Result } from './engine';
import { until } from '../until';
import { checkIn, engine, locator, useEngine } from './useEngine';

useEngine({ config: { syncLimitSeconds: 0 } });
beforeEach(async () => {
	await engine.control('reset', {});
	await engine.control('config', { failurePath: '', dropAfterWrite: false, requireSync: true });
});

const ENTRANCE = 1340;
const RECEPTION = 1341;
const SERVER_ROOM = 1343;
const STAFF = 1;
const VISITORS = 2;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const inHours = (hours: number): string => new Date(Date.now() + hours * HOUR).toISOString();
/** London's winter time is UTC: what these tests say of days holds at any hour and season. */
const nextJanuary = (day: number, time: string): string =>
	`${new Date().getUTCFullYear() + 1}-01-${day}T${time}:00.000Z`;

const byDoors = (doors: number[], more: INodeParameters = {}): INodeParameters =>
	checkIn({ accessBy: 'doors', channelIds: doors.map(String), ...more });
const onDay = (day: number): INodeParameters => ({
	startTime: nextJanuary(day, '09:00'),
	endTime: nextJanuary(day, '17:00'),
});
const out = (more: INodeParameters = {}): INodeParameters => ({
	resource: 'visitor',
	operation: 'checkOut',
	findBy: 'systemId',
	systemId: 'V-1',
	...more,
});

const store = () => engine.sandbox.store;
const only = async (parameters: INodeParameters): Promise<IDataObject> => {
	const { items, error } = await engine.run(parameters);
	if (error) throw new Error(`${error.message} ${error.description ?? ''}`);
	return items[0] as IDataObject;
};
const refused = async (parameters: INodeParameters): Promise<string> => {
	const { error } = await engine.run(parameters);
	return `${error?.message} ${error?.description}`;
};
/** Whether a value opens a door at a time, by what the doors were told. */
const opens = (value: unknown, door: number, at: string = inHours(0)): boolean =>
	[10, 11].includes(decide(store(), store().doors.get(door) as never, String(value), Date.parse(at)).code);
const byId = (id: unknown): Row => store().people.get(id as number) as Row;
const idOf = (item: IDataObject): number => (item.person as { id: number }).id;
const staff = (more: object = {}): Row =>
	store().addPerson({
		first_name: 'Erik',
		last_name: 'Employee',
		system_id: 'V-1',
		groups: [STAFF],
		...more,
	});
/** Some hours later, as far as bookings go: those that end by then have ended. */
const later = (hours: number): void => store().bookings.settle(Date.now() + hours * HOUR);
/** All that was booked so far has ended an hour ago. */
const allOver = (): void => {
	const { reservations, groupReservations, bookings } = store();
	for (const row of [...reservations.values(), ...groupReservations.values()])
		Object.assign(row, { start_time: inHours(-2), end_time: inHours(-1) });
	bookings.settle(Infinity);
};
/** Everything that decides on access, but for what a sync changes. */
const holdings = (): string => {
	const { people, credentials, reservations, groupReservations } = store();
	return JSON.stringify(
		[people, credentials, reservations, groupReservations].map((map) => [...map.values()]),
	);
};
/** What was asked of DoorFlow, but for facts of the account and the sync. */
const FACTS = [
	'/api/3/account',
	'/api/3/groups',
	'/api/3/channels',
	'/api/3/credential_types',
	'/api/3/sync',
];
const asked = async (parameters: INodeParameters): Promise<string[]> => {
	const before = store().requests.length;
	await only(parameters);
	return store()
		.requests.slice(before)
		.map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`)
		.filter((request) => !FACTS.includes(request.replace(/^\w+ /, '')));
};

describe('a new visitor', () => {
	test('one item says who, what opens, from when to when, and whether the doors know', async () => {
		const item = await only(checkIn());
		expect(item).toMatchObject({
			known: 'new',
			isNew: true,
			person: { first_name: 'Vera', system_id: 'V-1', job_title: 'Visitor', enabled: true, valid_from: null },
			pin: expect.stringMatching(/^\d{4,7}$/),
			window: { timeZone: 'Europe/London' },
			groups: [{ id: VISITORS, name: 'Visitors' }],
			groupReservations: [{ group_ids: [VISITORS] }],
			synced: true,
			onDoors: null,
			doorsMissing: [],
			retryInSeconds: null,
			syncProblem: null,
		});
		expect(opens(item.pin, ENTRANCE)).toBe(true);
		expect(opens(item.pin, ENTRANCE, inHours(9))).toBe(false);
	});

	test.each([
		['groups', 'group_reservations'],
		['doors', 'reservations'],
	])('is four requests (%s)', async (accessBy, bookings) => {
		expect(await asked(checkIn({ accessBy, channelIds: [String(ENTRANCE)], ...onDay(10) }))).toEqual([
			'GET /api/3/people',
			'POST /api/3/people',
			`POST /api/3/${bookings}`,
			`POST /api/3/people/${[...store().people.keys()].at(-1)}/credentials`,
		]);
	});

	test('gets validity until 14:00 of the day after the visit, as an outer bound', async () => {
		const item = await only(byDoors([ENTRANCE], onDay(10)));
		expect(item.person).toMatchObject({
			valid_from: null,
			valid_to: nextJanuary(11, '14:00').replace('.000', ''),
		});
		expect(opens(item.pin, ENTRANCE, nextJanuary(10, '10:00'))).toBe(true);
		expect(opens(item.pin, ENTRANCE, nextJanuary(11, '10:00'))).toBe(false);
	});

	test('a window over midnight is one reservation a day', async () => {
		const item = await only(
			byDoors([ENTRANCE], { startTime: nextJanuary(10, '22:00'), endTime: nextJanuary(12, '23:00') }),
		);
		const reservations = item.reservations as Array<{ end_time: string }>;
		expect(reservations).toHaveLength(3);
		expect(reservations[0]?.end_time.slice(11)).toBe('23:59:59Z');
		expect(item.doors).toEqual([{ id: ENTRANCE, name: 'Main Entrance' }]);
	});

	test('the mark can be another field with another value', async () => {
		const item = await only(checkIn({ markField: 'custom2', markValue: 'Guest' }));
		expect(item.person).toMatchObject({ custom_2: 'Guest', job_title: null });
		const again = await only(checkIn({ markField: 'custom2', markValue: 'Guest' }));
		expect([again.known, again.pin]).toEqual(['visitor', item.pin]);
	});

	test('an invitation for the phone has no value and is made once', async () => {
		const mobile = checkIn({ issue: 'mobile', credentialTypeId: locator(34) });
		const item = await only(mobile);
		expect(item).toMatchObject({ pin: null, credential: { status: 'invited', url: expect.any(String) } });
		const again = await only(mobile);
		expect(again.credential).toMatchObject({ id: (item.credential as IDataObject).id });
		expect(again.credential).not.toHaveProperty('url');
	});
});

describe('a visitor who comes again', () => {
	test.each(['groups', 'doors'])('the same check-in again only reads (%s)', async (accessBy) => {
		const parameters = checkIn({ accessBy, channelIds: [String(ENTRANCE), String(RECEPTION)] });
		const first = await only(parameters);
		// It is later in the day: the visit has begun an hour ago.
		for (const booking of [...store().reservations.values(), ...store().groupReservations.values()])
			booking.start_time = inHours(-1);
		const before = holdings();
		const requests = await asked(parameters);
		expect(requests.filter((request) => !request.startsWith('GET'))).toEqual([]);
		expect(holdings()).toBe(before);
		expect((await only(parameters)).pin).toBe(first.pin);
	});

	test('another visit that has begun earlier does not say when this one begins', async () => {
		await only(byDoors([SERVER_ROOM]));
		for (const booking of store().reservations.values()) booking.start_time = inHours(-1);
		const before = Date.now();
		const { window } = await only(byDoors([RECEPTION]));
		expect(Date.parse((window as { start: string }).start)).toBeGreaterThan(before - 2000);
	});

	test('where DoorFlow keeps dates alone, the visit works to its end, it is told, and again it only reads', async () => {
		await engine.control('config', { validityAsDate: true });
		const first = await engine.run(checkIn(onDay(10)));
		expect(first.hints.join()).toContain('DoorFlow keeps valid_to differently from what was sent');
		expect(opens(first.items[0]?.pin, ENTRANCE, nextJanuary(10, '16:59'))).toBe(true);
		const again = await asked(checkIn(onDay(10)));
		expect(again.filter((request) => !request.startsWith('GET'))).toEqual([]);
	});

	test.each([
		[
			'ends before the visit',
			{ valid_to: inHours(1) },
			'opens no door after that, although the visit lasts longer',
		],
		['is disabled', { enabled: false }, 'opens no door until somebody enables'],
		['has another name', { first_name: 'VERA' }, 'instead of "Vera".'],
	])('where DoorFlow keeps a record that %s, it is told what follows', async (_what, kept, words) => {
		const add = store().addPerson.bind(store());
		const spy = jest
			.spyOn(store(), 'addPerson')
			.mockImplementationOnce((fields) => add({ ...fields, ...kept }));
		const { hints } = await engine.run(checkIn());
		spy.mockRestore();
		expect(hints).toHaveLength(1);
		expect(hints[0]).toContain(words);
		expect(hints[0]).not.toContain('limited by its');
	});

	test('"now + 8 h" three times is one booking', async () => {
		for (const hours of [8, 8.001, 8.002]) await only(checkIn({ endTime: inHours(hours) }));
		expect(store().groupReservations.size).toBe(1);
	});

	test('inside, then registered for another day as well: the PIN opens on both, and stays', async () => {
		const today = await only(checkIn());
		const later = await only(checkIn(onDay(10)));
		expect(later).toMatchObject({ known: 'visitor', isNew: false, pin: today.pin });
		expect(opens(today.pin, ENTRANCE)).toBe(true);
		expect(opens(today.pin, ENTRANCE, nextJanuary(10, '10:00'))).toBe(true);
		expect(opens(today.pin, ENTRANCE, nextJanuary(15, '10:00'))).toBe(false);
	});

	test('five days from one list all work', async () => {
		const days = [10, 11, 12, 13, 14];
		const { items, error } = await engine.run(
			checkIn({
				startTime: '={{ $json.start }}',
				endTime: '={{ $json.end }}',
			}),
			{
				items: days.map((day) => ({
					json: { start: nextJanuary(day, '09:00'), end: nextJanuary(day, '17:00') },
				})),
			},
		);
		expect(error).toBeUndefined();
		expect(new Set(items.map(({ pin }) => pin)).size).toBe(1);
		for (const day of days) expect(opens(items[0]?.pin, ENTRANCE, nextJanuary(day, '10:00'))).toBe(true);
		expect(opens(items[0]?.pin, ENTRANCE, nextJanuary(15, '10:00'))).toBe(false);
	});

	test('walk-in today, booked for another day before: both work', async () => {
		const booked = await only(checkIn(onDay(10)));
		const walkIn = await only(checkIn());
		expect(walkIn.pin).toBe(booked.pin);
		expect(opens(booked.pin, ENTRANCE)).toBe(true);
		expect(opens(booked.pin, ENTRANCE, nextJanuary(10, '10:00'))).toBe(true);
	});

	describe.each(['groups', 'doors'])('with no visit any more (%s)', (accessBy) => {
		const visit = (day: number): INodeParameters =>
			checkIn({ accessBy, channelIds: [String(ENTRANCE)], ...onDay(day) });

		test.each([
			['the validity of the record is over', true],
			['the validity of the record still lasts', false],
		])('%s: a new PIN, in at most six requests; the old one opens nothing', async (_case, isOver) => {
			const first = await only(visit(10));
			allOver();
			if (isOver) byId(idOf(first)).valid_to = inHours(-0.5);
			const requests = await asked(visit(12));
			expect(requests.length).toBeLessThanOrEqual(6);
			expect(requests.filter((request) => request.endsWith('reservations')).at(-1)).toMatch(/^POST /);
			const second = await only(visit(12));
			expect(second.pin).not.toBe(first.pin);
			const at = nextJanuary(12, '10:00');
			expect([opens(first.pin, ENTRANCE, at), opens(second.pin, ENTRANCE, at)]).toEqual([false, true]);
		});

		test('another day while a visit is still to come: the same PIN, in at most six requests', async () => {
			const first = await only(visit(10));
			expect((await asked(visit(12))).length).toBeLessThanOrEqual(6);
			const again = await only(visit(12));
			expect(again.pin).toBe(first.pin);
			for (const day of [10, 12]) expect(opens(again.pin, ENTRANCE, nextJanuary(day, '10:00'))).toBe(true);
		});
	});

	test.each([
		['the same doors at the same time: they are not booked twice', 10, 1],
		['for another day: both stay', 14, 2],
	])(
		'doors booked by another process just before the record is changed, %s; the PIN stays',
		async (_case, day, count) => {
			const first = await only(byDoors([ENTRANCE], onDay(10)));
			allOver();
			byId(idOf(first)).valid_to = inHours(-0.5);
			const other = onDay(day) as { startTime: string; endTime: string };
			const change = store().changePerson.bind(store());
			const spy = jest.spyOn(store(), 'changePerson').mockImplementationOnce((person, fields) => {
				store().bookings.bookDoors({
					person_id: person.id,
					channel_ids: [ENTRANCE],
					start_time: other.startTime,
					end_time: other.endTime,
				});
				change(person, fields);
			});
			const before = store().reservations.size;
			const item = await only(byDoors([ENTRANCE], onDay(10)));
			expect(spy).toHaveBeenCalled();
			spy.mockRestore();
			expect(item.pin).toBe(first.pin);
			expect(store().reservations.size).toBe(before + count);
		},
	);

	test('a date alone as a start counts where the account is: the visit is not locked out until then', async () => {
		await engine.control('config', { accountTimeZone: 'America/New_York' });
		const first = await only(checkIn(onDay(10)));
		byId(idOf(first)).valid_from = nextJanuary(12, '00:00').slice(0, 10);
		// It is still the day before in New York.
		await only(checkIn({ startTime: nextJanuary(12, '02:00'), endTime: nextJanuary(12, '04:00') }));
		await engine.control('config', { accountTimeZone: 'Europe/London' });
		expect(byId(idOf(first)).valid_from).toBeNull();
	});

	test('a start of validity after the visit is taken away, and no end stays no end', async () => {
		const first = await only(checkIn(onDay(10)));
		Object.assign(byId(idOf(first)), { valid_from: nextJanuary(15, '00:00'), valid_to: null });
		await only(checkIn());
		expect(byId(idOf(first))).toMatchObject({ valid_from: null, valid_to: null });
		expect(opens(first.pin, ENTRANCE)).toBe(true);
	});

	test('what is already booked is not booked again, only what is missing before and after', async () => {
		await only(checkIn({ startTime: nextJanuary(10, '10:00'), endTime: nextJanuary(10, '12:00') }));
		const item = await only(checkIn(onDay(10)));
		const times = (item.groupReservations as IDataObject[]).map(({ start_time: start, end_time: end }) => [
			String(start).slice(11, 16),
			String(end).slice(11, 16),
		]);
		expect(times).toEqual([
			['09:00', '10:00'],
			['10:00', '12:00'],
			['12:00', '17:00'],
		]);
	});

	test('a door by mistake stays with "add", and the output says so; "replace" ends it', async () => {
		const wrong = await only(byDoors([SERVER_ROOM], onDay(10)));
		const added = await only(byDoors([RECEPTION], onDay(10)));
		expect(added.doors).toEqual([
			{ id: SERVER_ROOM, name: 'Server Room' },
			{ id: RECEPTION, name: 'Reception' },
		]);
		const replaced = await only(byDoors([RECEPTION], { ...onDay(10), ifOverlapping: 'replace' }));
		expect(replaced.doors).toEqual([{ id: RECEPTION, name: 'Reception' }]);
		expect(replaced.pin).toBe(wrong.pin);
		const at = nextJanuary(10, '10:00');
		expect([opens(wrong.pin, SERVER_ROOM, at), opens(wrong.pin, RECEPTION, at)]).toEqual([false, true]);
	});

	test('a replacement that fails gives back what it ended', async () => {
		const wrong = await only(byDoors([SERVER_ROOM], onDay(10)));
		const message = await refused(byDoors([9999], { ...onDay(10), ifOverlapping: 'replace' }));
		expect(message).toContain('Undone: ended the reservation');
		expect(store().reservations.size).toBe(1);
		expect(opens(wrong.pin, SERVER_ROOM, nextJanuary(10, '10:00'))).toBe(true);
	});

	test('ending a running booking takes no group that another running one gives', async () => {
		const first = await only(checkIn({ groupIds: ['4'], endTime: inHours(2) }));
		const times = { start_time: inHours(-1), end_time: inHours(8) };
		store().bookings.bookGroups({ person_id: idOf(first), ...times, group_ids: [STAFF, 4] });
		expect(opens(first.pin, SERVER_ROOM)).toBe(false);
		await engine.run({ resource: 'sync', operation: 'start' });
		expect(opens(first.pin, SERVER_ROOM)).toBe(true);
		const item = await only(checkIn({ groupIds: ['4'], ifOverlapping: 'replace' }));
		expect(byId(idOf(first)).groups).toEqual([4]);
		expect(item.groups).toEqual([{ id: 4, name: 'Cleaning' }]);
		expect([opens(item.pin, SERVER_ROOM), opens(item.pin, ENTRANCE)]).toEqual([false, true]);
		expect(opens(item.pin, ENTRANCE, inHours(7))).toBe(true);
	});

	test('whose record does not say whether it is enabled is not enabled unasked', async () => {
		const first = await only(checkIn());
		byId(idOf(first)).enabled = null;
		expect(await refused(checkIn(onDay(10)))).toContain('is disabled in DoorFlow');
		expect(byId(idOf(first)).enabled).toBeNull();
	});

	test('disabled: refused, or enabled on demand', async () => {
		const first = await only(checkIn());
		store().changePerson(byId(idOf(first)), { enabled: false });
		const before = holdings();
		const message = await refused(checkIn(onDay(10)));
		expect(message).toContain('is disabled in DoorFlow');
		// Once is enough.
		expect(message.match(/Nothing/g)).toHaveLength(1);
		expect(holdings()).toBe(before);
		await only(checkIn({ ...onDay(10), ifDisabled: 'enable' }));
		expect(byId(idOf(first)).enabled).toBe(true);
	});

	test('the other key never decides and is refused where it belongs to somebody else', async () => {
		const employee = store().addPerson({
			first_name: 'Emma',
			last_name: 'Boss',
			email: 'emma@harbour.example',
		});
		const message = await refused(checkIn({ additionalFields: { email: 'emma@harbour.example' } }));
		expect(message).toContain('"emma@harbour.example" belongs to somebody else');
		expect(byId(employee.id)).toMatchObject({ first_name: 'Emma', system_id: null });
		expect([...store().people.values()].some((one) => one.system_id === 'V-1')).toBe(false);
	});

	test('two people with one System ID are one visitor in DoorFlow: the renaming is told', async () => {
		const { items, hints } = await engine.run(
			checkIn({ firstName: '={{ $json.first }}', lastName: '={{ $json.last }}' }),
			{
				items: [
					{ json: { first: 'Ann', last: 'Lee' } },
					{ json: { first: 'ann ', last: 'LEE' } },
					{ json: { first: 'Bob', last: 'Lee' } },
				],
			},
		);
		const id = idOf(items[0] as IDataObject);
		expect(items.map(idOf)).toEqual([id, id, id]);
		expect(hints).toEqual([
			`ann LEE (ID ${id}) is now called Bob Lee in DoorFlow, because both have the System ID "V-1". If these are two people, give each a System ID of their own: they share one record now.`,
		]);
	});

	test('two runs at once are one visit', async () => {
		await only(checkIn({ endTime: inHours(2) }));
		later(3);
		const runs = await Promise.all([engine.run(checkIn()), engine.run(checkIn())]);
		expect(runs.map(({ error }) => error)).toEqual([undefined, undefined]);
		const [one, other] = runs.map(({ items }) => items[0]?.pin);
		expect(one).toBe(other);
		expect(store().groupReservations.size).toBe(1);
		expect(opens(one, ENTRANCE)).toBe(true);
	});
});

describe('somebody with access of their own', () => {
	test.each([
		['an employee', {}],
		[
			'a contractor with 300 days left',
			{ groups: [3], valid_to: new Date(Date.now() + 300 * DAY).toISOString() },
		],
		['somebody with the mark and a group of their own', { job_title: 'Visitor' }],
		['somebody with a role', { job_title: 'Visitor', groups: [], roles: [1] }],
		['a disabled leaver, still in a group', { enabled: false }],
	])('%s is refused, and nothing is changed', async (_name, more) => {
		const person = staff(more);
		store().addCredential(person.id, 32, '70010001');
		const before = holdings();
		const message = await refused(checkIn({ ifDisabled: 'enable' }));
		expect(message).toMatch(/has access of their own|is disabled/);
		expect(message).toContain('Nothing was changed');
		if (JSON.stringify(more) === '{}') expect(message).toContain('The person is in Staff');
		expect(holdings()).toBe(before);
	});

	test('who has a card alone is not a visitor either', async () => {
		store().addCredential(staff({ groups: [] }).id, 32, '70010001');
		expect(await refused(checkIn())).toContain('has access of their own');
	});

	test('"book only" books, and neither touches the record nor tells a PIN', async () => {
		await engine.control('config', { personCredentialFields: true });
		const person = staff({ groups: [4], valid_to: inHours(100) });
		store().addCredential(person.id, 31, '41999');
		const record = JSON.stringify({ ...person, roles: null, updated_at: null });
		const item = await only(byDoors([SERVER_ROOM], { ifStanding: 'bookOnly' }));
		expect(item).toMatchObject({ known: 'standing', credential: null, pin: null });
		expect(JSON.stringify(item)).not.toContain('41999');
		expect(JSON.stringify({ ...person, roles: null, updated_at: null })).toBe(record);
		expect(opens('41999', SERVER_ROOM)).toBe(true);
	});

	test('"book only" books no group that the person is in anyhow', async () => {
		staff();
		const item = await only(checkIn({ ifStanding: 'bookOnly', groupIds: [String(STAFF), String(VISITORS)] }));
		expect(item.groups).toEqual([{ id: VISITORS, name: 'Visitors' }]);
	});

	test.each([
		['begins', 'after', { valid_from: inHours(3) }],
		['ends', 'before', { valid_to: inHours(3) }],
	])('"book only" says that their own access %s %s this visit does', async (edge, when, more) => {
		staff(more);
		const { hints } = await engine.run(checkIn({ ifStanding: 'bookOnly' }));
		expect(hints.join()).toContain(`${edge} in DoorFlow ${when} this visit does, and was not changed`);
	});

	test('check-out ends the bookings alone; disable and delete are refused', async () => {
		const person = staff();
		store().addCredential(person.id, 32, '70010001');
		await only(checkIn({ ifStanding: 'bookOnly', ...onDay(10) }));
		for (const mode of ['disable', 'delete']) expect(await refused(out({ mode }))).toContain('Revoke Access');
		expect(store().groupReservations.size).toBe(1);
		const item = await only(out());
		expect(item).toMatchObject({
			known: 'standing',
			ended: { groupReservations: [expect.any(Number)], credentials: [] },
		});
		expect(store().groupReservations.size).toBe(0);
		expect(person).toMatchObject({ enabled: true, valid_to: null, groups: [STAFF] });
		expect(opens('70010001', ENTRANCE)).toBe(true);
	});
});

describe('cards', () => {
	const card = (value: string, more: INodeParameters = {}): INodeParameters =>
		checkIn({ issue: 'card', credentialTypeId: locator(32), value, ...more });

	test('a visitor’s card takes the new number', async () => {
		await only(card('70010001'));
		await only(card('70010002'));
		expect([opens('70010001', ENTRANCE), opens('70010002', ENTRANCE)]).toEqual([false, true]);
	});

	test.each([
		['an employee has', { groups: [STAFF] }],
		['a visitor with an open visit has', 'visit'],
	])('a number that %s is never taken, and not repeated in the error', async (_name, holder) => {
		if (holder === 'visit') await only(card('70010001', { systemId: 'V-2' }));
		else
			store().addCredential(
				store().addPerson({ first_name: 'E', last_name: 'M', ...(holder as object) }).id,
				32,
				'70010001',
			);
		const before = holdings();
		for (const takeOver of [false, true]) {
			const message = await refused(card('70010001', { takeOverCard: takeOver }));
			expect(message).toContain('The card belongs to');
			expect(message).not.toContain('70010001');
			expect(holdings()).toBe(before);
		}
	});

	test('a card of a visitor whose visit is over is taken over on demand', async () => {
		const last = await only(card('70010001', { systemId: 'V-2' }));
		later(9);
		expect(await refused(card('70010001'))).toContain('Take Over Card');
		const item = await only(card('70010001', { takeOverCard: true }));
		expect(item.credential).toMatchObject({ value: '70010001', person_id: idOf(item) });
		expect(store().credentialsOf(idOf(last))).toEqual([]);
		expect(opens('70010001', ENTRANCE)).toBe(true);
	});

	test.each([
		['card', 'mobile', { value: '70010001' }],
		['pin', 'mobile', {}],
	])('a %s of a type that is %s is no success: DoorFlow made an invitation', async (what, _type, more) => {
		const before = holdings();
		const message = await refused(checkIn({ issue: what, credentialTypeId: locator(34), ...more }));
		expect(message).toContain("Credential Type doesn't fit");
		await until(
			'the invitation to be revoked',
			() => store().credentials.size === (JSON.parse(before) as unknown[][])[1]?.length,
		);
		expect(holdings()).toBe(before);
	});

	test('without a credential type it is refused: its number must not become a PIN', async () => {
		const before = holdings();
		expect(await refused(checkIn({ issue: 'card', value: '4711' }))).toContain(
			'No credential type is chosen',
		);
		expect(holdings()).toBe(before);
	});
});

describe('a visit that is over by the clock and active in DoorFlow, which has not got round to it', () => {
	afterEach(async () => await engine.control('config', { bookingsLateMs: 0 }));
	const overdue = async (): Promise<IDataObject> => {
		const first = await only(checkIn());
		await engine.control('config', { bookingsLateMs: HOUR });
		for (const booking of store().groupReservations.values()) booking.end_time = inHours(-0.01);
		return first;
	};

	test('makes nobody of the visitor who has standing access: the next check-in goes through', async () => {
		await overdue();
		const again = await only(checkIn());
		expect(again).toMatchObject({ known: 'visitor', groups: [{ id: VISITORS }] });
		expect(opens(again.pin, ENTRANCE)).toBe(true);
	});

	test('is ended by the check-out, with the credentials', async () => {
		await overdue();
		expect(await only(out())).toMatchObject({
			known: 'visitor',
			ended: { groupReservations: [expect.any(Number)], credentials: [expect.any(String)] },
		});
		expect(store().groupReservations.size).toBe(0);
	});
});

test('a visit that begins between two items of an execution makes no standing access of its groups', async () => {
	const visitor = (systemId: string): Promise<IDataObject> => only(checkIn({ systemId, ...onDay(10) }));
	const [one, other] = [await visitor('V-1'), await visitor('V-2')];
	const soon = Date.now() + 5_000;
	store().bookings.bookGroups({
		person_id: idOf(other),
		start_time: new Date(soon).toISOString(),
		end_time: new Date(soon + HOUR).toISOString(),
		group_ids: [VISITORS],
	});
	let looks = 0;
	const begin = (request: string): void => {
		if (request.startsWith('GET /api/3/people?') && ++looks === 2) setClock(soon + 1000);
	};
	store().shared.news.on('arrived', begin);
	engine.credentialId = 'begins';
	const { items, error } = await engine.run(
		checkIn({ systemId: '={{ $json.id }}', ...onDay(12), options: { concurrency: 1, syncAfter: false } }),
		{ items: [{ json: { id: 'V-1' } }, { json: { id: 'V-2' } }] },
	);
	engine.credentialId = CREDENTIAL.id;
	store().shared.news.off('arrived', begin);
	setClock(undefined);
	expect([error, items.map(idOf)]).toEqual([undefined, [idOf(one), idOf(other)]]);
});

describe('what may not be asked for', () => {
	test.each<[string, INodeParameters, string]>([
		[
			'the mark under Additional Fields',
			{ additionalFields: { jobTitle: 'Boss' } },
			'Job Title says who is a visitor',
		],
		['two System IDs', { additionalFields: { systemId: 'V-2' } }, 'System ID is given twice'],
		['less than a minute', { startTime: inHours(24), endTime: inHours(24.01) }, 'shorter than a minute'],
		['an end in the past', { endTime: inHours(-1) }, 'End Time must be in the future'],
	])('%s', async (_name, more, words) => {
		const before = holdings();
		expect(await refused(checkIn(more))).toContain(words);
		expect(holdings()).toBe(before);
	});
});

describe('a visit that is as good as over when its turn comes', () => {
	// Another connection: what is known of this one's pace would otherwise be from the future.
	beforeEach(() => (engine.credentialId = 'late'));
	afterEach(() => {
		engine.credentialId = CREDENTIAL.id;
		setClock(undefined);
	});

	test('is an error, and nobody gets a PIN that opens nothing', async () => {
		const before = holdings();
		store().shared.news.once('arrived', () => setClock(Date.now() + 45_000));
		const message = await refused(checkIn({ endTime: inHours(0.025) }));
		expect(message).toContain('Less than a minute of the visit is left');
		expect(holdings()).toBe(before);
	});
});

describe('what the doors know', () => {
	test('a second visitor within DoorFlow’s limit is not called synced before the doors know', async () => {
		await engine.control('config', { syncLimitSeconds: 30 });
		const first = await only(checkIn());
		const second = await only(checkIn({ systemId: 'V-2', options: { waitForSync: false } }));
		expect([first.synced, second.synced]).toEqual([true, false]);
		expect(second).toMatchObject({ syncProblem: expect.any(String), retryInSeconds: expect.any(Number) });
		expect([opens(first.pin, ENTRANCE), opens(second.pin, ENTRANCE)]).toEqual([true, false]);
	});

	test('nor a check-out', async () => {
		const item = await only(checkIn());
		await engine.control('config', { syncLimitSeconds: 30 });
		await engine.run({ resource: 'sync', operation: 'start' });
		const gone = await only(out({ options: { waitForSync: false } }));
		expect(gone).toMatchObject({ checkedOut: true, synced: false });
		expect(opens(item.pin, ENTRANCE)).toBe(true);
	});
});

describe('check-out', () => {
	test('ends bookings, credentials and validity; the record stays enabled for the next visit', async () => {
		const item = await only(byDoors([ENTRANCE], onDay(10)));
		const gone = await only(out({ findBy: 'person', personId: locator(idOf(item)) }));
		expect(gone).toMatchObject({
			checkedOut: true,
			known: 'visitor',
			disabled: false,
			deleted: false,
			ended: { reservations: [expect.any(Number)], groupReservations: [], credentials: [expect.any(String)] },
			synced: true,
		});
		expect(byId(idOf(item)).enabled).toBe(true);
		expect(opens(item.pin, ENTRANCE, nextJanuary(10, '10:00'))).toBe(false);
		const again = await only(out());
		expect(again).toMatchObject({ checkedOut: true, ended: { reservations: [], credentials: [] } });
		const next = await only(checkIn());
		expect([next.known, opens(next.pin, ENTRANCE)]).toEqual(['visitor', true]);
	});

	test('by the badge that comes back', async () => {
		const item = await only(checkIn({ issue: 'card', credentialTypeId: locator(32), value: '70010001' }));
		const gone = await only(out({ findBy: 'credentialValue', credentialValue: '70010001' }));
		expect(gone.id).toBe(idOf(item));
		const message = await refused(out({ findBy: 'credentialValue', credentialValue: '70010001' }));
		expect(message).toContain('Nobody in DoorFlow has this card or PIN');
		expect(message).not.toContain('70010001');
	});

	test('of the current visit alone leaves future visits, the PIN and the validity', async () => {
		const item = await only(checkIn());
		await only(checkIn(onDay(10)));
		const gone = await only(out({ which: 'current' }));
		expect(gone).toMatchObject({
			ended: { groupReservations: [expect.any(Number)], credentials: [] },
			staying: [expect.any(Object)],
		});
		expect(opens(item.pin, ENTRANCE)).toBe(false);
		expect(opens(item.pin, ENTRANCE, nextJanuary(10, '10:00'))).toBe(true);
	});

	test('ends a validity that is a date alone and not over yet where the account is', async () => {
		const item = await only(checkIn(onDay(10)));
		byId(idOf(item)).valid_to = nextJanuary(12, '00:00').slice(0, 10);
		await engine.control('config', { accountTimeZone: 'America/New_York' });
		const now = Date.parse(nextJanuary(12, '02:00'));
		engine.credentialId = 'far';
		setClock(now);
		await only(out());
		engine.credentialId = CREDENTIAL.id;
		setClock(undefined);
		await engine.control('config', { accountTimeZone: 'Europe/London' });
		expect(Math.abs(Date.parse(String(byId(idOf(item)).valid_to)) - now)).toBeLessThan(HOUR);
		expect(byId(idOf(item)).valid_to).toContain('T');
	});

	test('of somebody who is disabled says so', async () => {
		const item = await only(checkIn());
		store().changePerson(byId(idOf(item)), { enabled: false });
		expect(await only(out())).toMatchObject({ checkedOut: true, disabled: true });
	});

	test.each(['disable', 'delete'])('%s', async (mode) => {
		const item = await only(checkIn());
		const gone = await only(out({ mode }));
		expect(gone).toMatchObject({ disabled: true, deleted: mode === 'delete' });
		expect(store().people.get(idOf(item))?.enabled).toBe(mode === 'delete' ? undefined : false);
		expect(opens(item.pin, ENTRANCE)).toBe(false);
	});

	test('that fails half-way says what is ended and what is not, and does the rest', async () => {
		const item = await only(checkIn());
		await engine.control('config', { failurePath: 'DELETE /api/3/group_reservations', failureStatus: 422 });
		const message = await refused(out());
		expect(message).toMatch(
			/only partly checked out.*Done: .*opens no door.*credentials ended.*NOT done: the group reservation/,
		);
		await engine.run({ resource: 'sync', operation: 'start' });
		expect(opens(item.pin, ENTRANCE)).toBe(false);
	});

	test('needs no permission that the visit did not need', async () => {
		const scopes = [
			'account.person',
			'account.group_reservation',
			'account.sync',
			'account.group.readonly',
			'account.credential_type.readonly',
		];
		const narrow = await Engine.start({ config: { syncLimitSeconds: 0 } }, scopes);
		const run = async (parameters: INodeParameters): Promise<Result> => await narrow.run(parameters);
		expect((await run(checkIn())).error).toBeUndefined();
		expect((await run(checkIn(onDay(10)))).error).toBeUndefined();
		const { items, error } = await run(out());
		expect([error, items[0]?.checkedOut]).toEqual([undefined, true]);
		await narrow.stop();
	});
});

test('an answer that gets lost is looked for: the visit is complete, and nothing is there twice', async () => {
	await engine.control('config', { dropAfterWrite: true });
	const item = await only(checkIn({ options: { syncAfter: false } }));
	expect(item).toMatchObject({ pin: expect.stringMatching(/^\d{4,7}$/), synced: false });
	expect([store().groupReservations.size, store().credentialsOf(idOf(item)).length]).toEqual([1, 1]);
});

test('a visitor gets back what it was when a later step fails', async () => {
	const first = await only(checkIn({ ...onDay(10), additionalFields: { mobile: '+441' } }));
	const before = JSON.stringify(byId(idOf(first)), (name, value: unknown) =>
		name === 'updated_at' ? 0 : value,
	);
	await engine.control('config', { failurePath: 'POST /api/3/group_reservations', failureStatus: 422 });
	const message = await refused(checkIn({ ...onDay(20), additionalFields: { mobile: '+442' } }));
	expect(message).toContain(`Undone: changed the person ${idOf(first)}`);
	expect(
		JSON.stringify(byId(idOf(first)), (name, value: unknown) => (name === 'updated_at' ? 0 : value)),
	).toBe(before);
	expect(opens(first.pin, ENTRANCE, nextJanuary(10, '10:00'))).toBe(true);
});

test('what can not be taken back is named with its id', async () => {
	await engine.control('config', {
		failurePath: 'POST /api/3/group_reservations|DELETE /api/3/people',
		failureStatus: 422,
	});
	expect(await refused(checkIn())).toMatch(
		/LEFT BEHIND, because undoing it failed too: created the person \d+/,
	);
});

test('what somebody else has come to rely on is not taken back', async () => {
	await engine.control('config', { silentPath: 'POST /api/3/people/\\d+/credentials', silentWrite: 'never' });
	const reached = new Promise<string>((done) => void store().shared.news.once('silent', done));
	const run = engine.run(checkIn({ options: { timeout: 1 } }));
	await reached;
	const [person] = [...store().people.values()].slice(-1) as [Row];
	const { id } = store().bookings.bookGroups({
		person_id: person.id,
		start_time: inHours(0),
		end_time: inHours(3),
		group_ids: [VISITORS],
	});
	await engine.control('config', { silentPath: '' });
	const { error } = await run;
	expect(error?.description).toContain(
		`somebody else has changed it or relies on it: created the person ${person.id}`,
	);
	expect(store().people.has(person.id)).toBe(true);
	expect([...store().groupReservations.keys()]).toEqual([id]);
});
