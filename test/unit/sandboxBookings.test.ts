import { DateTime } from 'luxon';

import { decide } from '../../sandbox/doors';
import type { Door } from '../../sandbox/store';
import { call, connect, present, sandbox, useSandbox, type Json } from './sandboxClient';

useSandbox();

let access: string;
beforeEach(async () => {
	({ access } = await connect());
});

const api = async (method: string, path: string, body?: object) =>
	await call(access, method, `/api/3/${path}`, body);
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Lets time pass for the sandbox, which runs in this process. */
function pass(ms: number): void {
	const at = Date.now() + ms;
	const real = performance.now();
	jest.spyOn(Date, 'now').mockImplementation(() => Math.floor(at + performance.now() - real));
}
afterEach(() => jest.restoreAllMocks());

/** Somebody with a PIN. */
async function somebody(fields: object = {}): Promise<{ id: number; pin: string }> {
	const { body } = await api('POST', 'people', { first_name: 'Some', last_name: 'Body', ...fields });
	const pin = sandbox.store.freePin();
	sandbox.store.addCredential(Number(body.id), 31, pin);
	return { id: Number(body.id), pin };
}
const person = async (id: number): Promise<Json> => (await api('GET', `people/${id}`)).body;
const groups = async (id: number): Promise<unknown> => (await person(id)).groups;
async function bookGroups(person_id: number, group_ids: number[], from: number, to: number): Promise<Json> {
	const { body } = await api('POST', 'group_reservations', {
		group_reservation: { person_id, group_ids, start_time: inMs(from), end_time: inMs(to) },
	});
	return body;
}
const endGroups = async (booking: Json): Promise<number> =>
	(await api('DELETE', `group_reservations/${String(booking.id)}`)).status;
const groupList = async (): Promise<Json[]> => (await api('GET', 'group_reservations')).body;

test('reservations: same day where the account is, known doors, in the future', async () => {
	const day = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
	const book = async (fields: object) =>
		await call(access, 'POST', '/api/3/reservations', {
			person_id: 1001,
			start_time: `${day}T10:00:00Z`,
			end_time: `${day}T11:00:00Z`,
			channel_ids: [1340],
			...fields,
		});
	const errors = async (fields: object): Promise<string[]> =>
		Object.keys(((await book(fields)).body.errors ?? {}) as object);
	expect((await book({})).status).toBe(201);
	expect((await book({ channel_ids: undefined, door_controller_ids: [1341] })).body.channel_ids).toEqual([
		1341,
	]);
	expect(await errors({ channel_ids: [] })).toEqual(['channel_ids']);
	expect(await errors({ channel_ids: [2340] })).toEqual(['channel_ids']);
	expect(await errors({ person_id: 9 })).toEqual(['person_id']);
	expect(await errors({ end_time: `${day}T10:00:00Z` })).toEqual(['end_time']);
	expect(await errors({ start_time: '2020-01-01T10:00:00Z', end_time: '2020-01-01T11:00:00Z' })).toEqual([
		'end_time',
	]);
	sandbox.control.config({ accountTimeZone: 'Asia/Tokyo' });
	// 23:30 to 00:30 in Tokyo.
	expect(await errors({ start_time: `${day}T14:30:00Z`, end_time: `${day}T15:30:00Z` })).toEqual([
		'end_time',
	]);
	sandbox.control.config({ accountTimeZone: 'Europe/London' });
	expect((await book({ start_time: `${day}T14:30:00Z`, end_time: `${day}T15:30:00Z` })).status).toBe(201);
});

describe('a group reservation', () => {
	test('waits, puts its groups on the person at its start, and takes them off when it has run out', async () => {
		const { id, pin } = await somebody({ group_ids: [4] });
		const booked = await bookGroups(id, [3], 10 * MINUTE, 20 * MINUTE);
		expect([booked.state, await groups(id), present(1350, pin)]).toEqual(['pending', [4], 27]);
		pass(10 * MINUTE);
		expect([await groups(id), present(1350, pin)]).toEqual([[4, 3], 11]);
		expect(await groupList()).toMatchObject([{ id: booked.id, state: 'active' }]);
		pass(10 * MINUTE);
		expect([await groups(id), await groupList(), present(1350, pin)]).toEqual([[4], [], 27]);
		expect(await endGroups(booked)).toBe(404);
	});

	test('ended while it is active, it takes off its groups, also those that the person had before or has of another', async () => {
		const { id, pin } = await somebody({ group_ids: [2, 4] });
		const booked = await bookGroups(id, [2, 3], -1000, HOUR);
		const other = await bookGroups(id, [3], -1000, HOUR);
		expect([booked.state, await groups(id)]).toEqual(['active', [2, 4, 3]]);
		expect(await endGroups(booked)).toBe(200);
		expect([await groups(id), present(1350, pin)]).toEqual([[4], 27]);
		expect(await groupList()).toMatchObject([{ id: other.id, state: 'active' }]);
		expect(await endGroups(booked)).toBe(404);
	});

	test('deleted while it is pending, it is gone, and the person stays as they are', async () => {
		const { id } = await somebody({ group_ids: [2] });
		sandbox.control.config({ listDeactivated: true });
		const booked = await bookGroups(id, [2], HOUR, 2 * HOUR);
		expect([await endGroups(booked), await groups(id), await groupList()]).toEqual([200, [2], []]);
	});

	test('one after the other: the second begins when the first ends, and the groups stay', async () => {
		const { id } = await somebody();
		const end = inMs(10 * MINUTE);
		for (const [start_time, end_time] of [
			[inMs(-1000), end],
			[end, inMs(HOUR)],
		])
			await api('POST', 'group_reservations', {
				group_reservation: { person_id: id, group_ids: [3], start_time, end_time },
			});
		pass(10 * MINUTE);
		expect(await groupList()).toHaveLength(1);
		expect([await groups(id), (await groupList())[0]?.state]).toEqual([[3], 'active']);
	});

	test('deactivated ones are listed on request', async () => {
		const { id } = await somebody();
		sandbox.control.config({ listDeactivated: true });
		await endGroups(await bookGroups(id, [3], -1000, HOUR));
		expect(await groupList()).toMatchObject([{ person_id: id, state: 'deactivated' }]);
	});

	test('where DoorFlow gets round to them later, they begin and end later', async () => {
		const { id } = await somebody();
		sandbox.control.config({ bookingsLateMs: 5 * MINUTE });
		await bookGroups(id, [3], -1000, 10 * MINUTE);
		expect([await groups(id), (await groupList())[0]?.state]).toEqual([[], 'pending']);
		pass(6 * MINUTE);
		expect([await groups(id), (await groupList())[0]?.state]).toEqual([[3], 'active']);
		pass(6 * MINUTE);
		expect([await groups(id), (await groupList())[0]?.state]).toEqual([[3], 'active']);
		pass(4 * MINUTE);
		expect([await groups(id), await groupList()]).toEqual([[], []]);
	});

	test('its groups can be taken off by hand, unless they are held', async () => {
		const { id } = await somebody();
		await bookGroups(id, [3], -1000, HOUR);
		await api('PUT', `people/${id}`, { group_ids: [1] });
		expect(await groups(id)).toEqual([1]);
		sandbox.control.config({ bookingsHoldGroups: true });
		await bookGroups(id, [4], -1000, HOUR);
		await api('PUT', `people/${id}`, { group_ids: [] });
		expect(await groups(id)).toEqual([3, 4]);
	});

	test('a door that was told of it knows when it begins and ends, without another sync', async () => {
		sandbox.control.config({ requireSync: true });
		const { id, pin } = await somebody();
		const running = await bookGroups(id, [3], -1000, HOUR);
		await bookGroups(id, [4], 10 * MINUTE, 20 * MINUTE);
		expect(present(1350, pin)).toBe(24);
		await api('POST', 'sync');
		expect([present(1350, pin), present(1341, pin)]).toEqual([11, 27]);
		pass(10 * MINUTE);
		expect(present(1341, pin)).toBe(11);
		pass(10 * MINUTE);
		expect(present(1341, pin)).toBe(27);
		expect((await api('GET', 'account')).body.sync).toMatchObject({ status: 'complete' });
		await endGroups(running);
		expect(present(1350, pin)).toBe(11);
		await api('POST', 'sync');
		expect(present(1350, pin)).toBe(27);
	});
});

describe('a reservation of doors', () => {
	// Not over midnight where the account is, whenever the tests run.
	beforeEach(() => {
		const zone = ['Europe/London', 'Asia/Tokyo', 'America/New_York'].find((one) => {
			const { hour } = DateTime.now().setZone(one);
			return hour >= 1 && hour < 22;
		});
		sandbox.control.config({ accountTimeZone: zone });
	});
	const roles = async (): Promise<Json[]> => (await api('GET', 'roles')).body;
	async function book(person_id: number, from: number, to: number): Promise<Json> {
		const { body } = await api('POST', 'reservations', {
			person_id,
			channel_ids: [1341],
			start_time: inMs(from),
			end_time: inMs(to),
		});
		return body;
	}

	test('makes a role with a shift, which nothing links to it; deleting it takes them away', async () => {
		const { id, pin } = await somebody({ role_ids: [3] });
		const before = await roles();
		const booked = await book(id, -1000, HOUR);
		const made = (await roles()).filter((role) => !before.some((one) => one.id === role.id));
		expect(made).toEqual([
			{
				id: expect.any(Number),
				name: expect.stringMatching(/^Reservation \w+$/),
				shift_id: expect.any(Number),
				notes: null,
				created_at: expect.any(String),
				updated_at: expect.any(String),
			},
		]);
		expect(Object.keys(booked).sort()).toEqual([
			'channel_ids',
			'created_at',
			'end_time',
			'id',
			'person_id',
			'start_time',
			'updated_at',
		]);
		expect((await person(id)).roles).toEqual([3, made[0]?.id]);
		expect([present(1341, pin), present(1340, pin)]).toEqual([11, 27]);
		expect((await api('DELETE', `reservations/${String(booked.id)}`)).status).toBe(200);
		expect([await roles(), (await person(id)).roles, present(1341, pin)]).toEqual([before, [3], 27]);
	});

	test('roles are listed by name', async () => {
		await book((await somebody()).id, -1000, HOUR);
		const names = (await roles()).map(({ name }) => String(name));
		expect([names.length, names]).toEqual([4, [...names].sort((one, other) => one.localeCompare(other))]);
	});

	test('it opens in its window only; its role is there from the start and gone afterwards', async () => {
		const { id, pin } = await somebody();
		await book(id, 10 * MINUTE, 20 * MINUTE);
		expect([present(1341, pin), (await person(id)).roles]).toEqual([27, [expect.any(Number)]]);
		pass(10 * MINUTE);
		expect(present(1341, pin)).toBe(11);
		pass(10 * MINUTE);
		expect(present(1341, pin)).toBe(27);
		expect([(await person(id)).roles, (await roles()).length]).toEqual([[], 3]);
		expect((await api('GET', 'reservations')).body).toEqual([]);
	});

	test('without its role it opens nothing', async () => {
		const { id, pin } = await somebody();
		await book(id, -1000, HOUR);
		await api('PUT', `people/${id}`, { role_ids: [] });
		expect(present(1341, pin)).toBe(27);
	});

	test('a door that was told of it lets in until it is told of its end, or the window is over', async () => {
		sandbox.control.config({ requireSync: true });
		const { id, pin } = await somebody();
		const booked = await book(id, -1000, HOUR);
		await api('POST', 'sync');
		await api('DELETE', `reservations/${String(booked.id)}`);
		expect(present(1341, pin)).toBe(11);
		await api('POST', 'sync');
		expect(present(1341, pin)).toBe(27);
		await book(id, -1000, 10 * MINUTE);
		await api('POST', 'sync');
		expect(present(1341, pin)).toBe(11);
		pass(10 * MINUTE);
		expect(present(1341, pin)).toBe(27);
	});
});

describe('valid to', () => {
	test('is a moment', async () => {
		const { id, pin } = await somebody({ group_ids: [2], valid_to: inMs(HOUR) });
		expect([present(1340, pin), (await person(id)).valid_to]).toEqual([11, expect.stringContaining('T')]);
	});

	test('kept as a date, it ends with the beginning of that day where the account is', async () => {
		sandbox.control.config({ validityAsDate: true, accountTimeZone: 'Asia/Tokyo' });
		const tokyo = DateTime.now().setZone('Asia/Tokyo');
		const morning = tokyo.plus({ days: 1 }).startOf('day');
		const tonight = await somebody({ group_ids: [2], valid_to: tokyo.endOf('day').toISO() });
		const tomorrow = await somebody({ group_ids: [2], valid_to: morning.plus({ hours: 1 }).toUTC().toISO() });
		expect([(await person(tonight.id)).valid_to, (await person(tomorrow.id)).valid_to]).toEqual([
			tokyo.toISODate(),
			morning.toISODate(),
		]);
		expect(present(1340, tonight.pin)).toBe(21);
		const door = sandbox.store.doors.get(1340) as Door;
		const code = (ms: number): number =>
			decide(sandbox.store, door, tomorrow.pin, morning.toMillis() + ms).code;
		expect([code(-1), code(0)]).toEqual([11, 21]);
		// The page may be looked at from elsewhere, so it is told the moment.
		expect((sandbox.control.state().people as Json[]).at(-1)).toMatchObject({
			validTo: morning.toUTC().toISO(),
		});
	});

	test('is compared with valid from as it was sent', async () => {
		sandbox.control.config({ validityAsDate: true });
		const { id } = await somebody({ valid_from: '2099-01-05T09:00:00Z', valid_to: '2099-01-05T17:00:00Z' });
		expect((await person(id)).valid_to).toBe('2099-01-05');
	});
});
