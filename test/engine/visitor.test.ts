import type { INodeParameters } from 'n8n-workflow';

import { Engine } from './engine';

let engine: Engine;
beforeAll(async () => {
	engine = await Engine.start({ config: { syncLimitSeconds: 0 } });
});
afterAll(async () => await engine.stop());
beforeEach(async () => await engine.control('config', { failurePath: '', dropAfterWrite: false }));

const locator = (value: number | string) => ({ __rl: true, mode: 'id', value: String(value) });
const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
/** London's winter time is UTC: what these tests say of days holds at any hour and season. */
const nextJanuary = (day: number, time: string): string =>
	`${new Date().getUTCFullYear() + 1}-01-${day}T${time}:00.000Z`;
let serial = 0;
const visitor = (more: INodeParameters = {}): INodeParameters => ({
	resource: 'visitor',
	operation: 'checkIn',
	firstName: 'Vera',
	lastName: 'Guest',
	accessBy: 'groups',
	groupIds: ['2'],
	endTime: inHours(8),
	issue: 'pin',
	additionalFields: { email: `vera${++serial}@visitor.example` },
	...more,
});
/** Everything a visit could leave behind. */
const holdings = () => {
	const { people, credentials, reservations, groupReservations } = engine.sandbox.store;
	return {
		people: people.size,
		credentials: credentials.size,
		reservations: reservations.size,
		groupReservations: groupReservations.size,
	};
};

test('one item with person, PIN and window; the PIN opens the door; one sync', async () => {
	const before = engine.sandbox.store.requests.length;
	const { items, error } = await engine.run(visitor());
	expect(error).toBeUndefined();
	expect(items[0]).toMatchObject({
		isNew: true,
		person: { first_name: 'Vera' },
		pin: expect.stringMatching(/^\d{4,7}$/),
		window: { timeZone: 'Europe/London' },
	});
	expect(await engine.control('present', { channelId: 1340, value: items[0]?.pin })).toMatchObject({
		event_code: 11,
	});
	expect(
		engine.sandbox.store.requests.slice(before).filter(({ path }) => path === '/api/3/sync'),
	).toHaveLength(1);
});

test.each(['groups', 'doors'])(
	'the same check-in twice changes nothing the second time (%s)',
	async (accessBy) => {
		const parameters = visitor({ accessBy, channelIds: [1340, 1341] });
		const first = await engine.run(parameters);
		const { reservations, groupReservations, requests } = engine.sandbox.store;
		// It is later in the day: the visit has begun an hour ago.
		for (const booking of [...reservations.values(), ...groupReservations.values()])
			if (Date.parse(String(booking.start_time)) <= Date.now()) booking.start_time = inHours(-1);
		const after = holdings();
		const before = requests.length;
		const second = await engine.run(parameters);
		expect(second.error).toBeUndefined();
		expect(holdings()).toEqual(after);
		expect(second.items[0]).toMatchObject({ isNew: false, pin: first.items[0]?.pin });
		expect(
			requests
				.slice(before)
				.filter(({ method }) => method !== 'GET')
				.map(({ path }) => path),
		).toEqual(['/api/3/sync']);
	},
);

test('what is taken back is not what a visit under way gives: its groups do not become permanent', async () => {
	const email = `twice${Date.now()}@visitor.example`;
	await engine.run(visitor({ additionalFields: { email } }));
	const person = [...engine.sandbox.store.people.values()].find((one) => one.email === email);
	await engine.control('config', { failurePath: 'POST /api/3/reservations', failureStatus: 422 });
	const { error } = await engine.run(
		visitor({ accessBy: 'doors', channelIds: '1340', additionalFields: { email, groupIds: '1' } }),
	);
	expect(error?.description).toContain('Taken back: changed the person');
	expect(person?.groups).toEqual([]);
});

test('the item names doors and groups, for a message', async () => {
	expect((await engine.run(visitor({ accessBy: 'doors', channelIds: '1340' }))).items[0]).toMatchObject({
		doors: [{ id: 1340, name: 'Main Entrance' }],
	});
	expect((await engine.run(visitor())).items[0]).toMatchObject({ groups: [{ id: 2, name: 'Visitors' }] });
});

test('a window over midnight is one reservation a day', async () => {
	const { items } = await engine.run(
		visitor({
			accessBy: 'doors',
			channelIds: '1340',
			startTime: nextJanuary(10, '22:00'),
			endTime: nextJanuary(12, '23:00'),
		}),
	);
	const reservations = items[0]?.reservations as Array<{ start_time: string; end_time: string }>;
	expect(reservations).toHaveLength(3);
	expect(reservations[0]?.end_time.slice(11)).toBe('23:59:59Z');
});

test('an answer that gets lost is looked for: the visit is complete, and nothing is there twice', async () => {
	const before = holdings();
	await engine.control('config', { dropAfterWrite: true });
	const { items, error } = await engine.run(visitor({ options: { syncAfter: false } }));
	expect(error).toBeUndefined();
	expect(items[0]).toMatchObject({ pin: expect.stringMatching(/^\d{4,7}$/) });
	expect(holdings()).toEqual({
		...before,
		people: before.people + 1,
		credentials: before.credentials + 1,
		groupReservations: before.groupReservations + 1,
	});
});

test('an existing person gets back what it was when a later step fails', async () => {
	const person = engine.sandbox.store.addPerson({
		first_name: 'Old',
		last_name: 'Name',
		email: 'old@visitor.example',
		enabled: false,
	});
	await engine.control('config', { failurePath: 'POST /api/3/group_reservations', failureStatus: 422 });
	const { error } = await engine.run(visitor({ additionalFields: { email: 'old@visitor.example' } }));
	expect(error?.description).toContain(`Taken back: changed the person ${person.id}`);
	expect(person).toMatchObject({ first_name: 'Old', enabled: false, valid_to: null });
});

test('what can not be taken back is named with its id', async () => {
	await engine.control('config', {
		failurePath: 'POST /api/3/group_reservations|DELETE /api/3/people',
		failureStatus: 422,
	});
	const { error } = await engine.run(visitor());
	expect(error?.description).toMatch(
		/LEFT BEHIND, because taking it back failed too: created the person \d+/,
	);
});

test('check out ends everything; a second time it is done already', async () => {
	const { items } = await engine.run(
		visitor({
			accessBy: 'doors',
			channelIds: '1340',
			startTime: nextJanuary(10, '09:00'),
			endTime: nextJanuary(10, '17:00'),
		}),
	);
	const { id } = items[0]?.person as { id: number };
	const out = { resource: 'visitor', operation: 'checkOut', personId: locator(id), mode: 'disable' };
	expect((await engine.run(out)).items[0]).toMatchObject({
		checkedOut: true,
		ended: { reservations: 1, credentials: 1 },
	});
	expect(await engine.control('present', { channelId: 1340, value: items[0]?.pin })).toMatchObject({
		event_code: 24,
	});
	expect((await engine.run(out)).items[0]).toMatchObject({
		checkedOut: true,
		ended: { reservations: 0, credentials: 0 },
	});
});

test('without e-mail and system ID there is no check-in', async () => {
	expect((await engine.run(visitor({ additionalFields: {} }))).error?.message).toBe(
		'Neither Email nor System ID is given',
	);
});

test('a card without a credential type is refused: its number must not become a PIN', async () => {
	const before = holdings();
	const { error } = await engine.run(
		visitor({
			issue: 'card',
			value: '4711',
			additionalFields: { email: `card${Date.now()}@visitor.example` },
		}),
	);
	expect(error?.message).toBe('No credential type is chosen');
	expect(holdings()).toEqual(before);
});
