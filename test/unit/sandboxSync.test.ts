import { DEFAULTS } from '../../sandbox/config';
import { until } from '../until';
import { call, connect, present, sandbox, useSandbox, type Json } from './sandboxClient';

const MAIN = 1340;
const RECEPTION = 1341;
/** Milliseconds that no test waits for. */
const A_LONG_TIME = 3_600_000;

useSandbox({ requireSync: true });

let access: string;
beforeEach(async () => {
	({ access } = await connect());
});

const post = async (path: string, body: object = {}) => await call(access, 'POST', `/api/3/${path}`, body);
const get = async (path: string): Promise<Json> => (await call(access, 'GET', `/api/3/${path}`)).body;
const sync = async (): Promise<number> => (await post('sync')).status;
/** Somebody whom no door knows. */
async function newcomer(fields: object = {}): Promise<{ id: unknown; pin: string; credential: unknown }> {
	const { body: person } = await post('people', {
		first_name: 'New',
		last_name: 'Comer',
		group_ids: [2],
		...fields,
	});
	const { body: pin } = await post(`people/${String(person.id)}/credentials`, {
		person_credential: { credential_type_id: 31, value: '******' },
	});
	return { id: person.id, pin: String(pin.value), credential: pin.id };
}
const status = async (door: number): Promise<unknown> =>
	((await get(`channels/${door}`)).sync as Json).status;
const accountStatus = async (): Promise<unknown> => ((await get('account')).sync as Json).status;
const lacks = (door: number): unknown =>
	(sandbox.control.state().doors as Json[]).find(({ id }) => id === door)?.lacks;

test('what a door needs is the default: a sync, and half a minute between two', () => {
	expect(DEFAULTS).toMatchObject({ requireSync: true, syncLimitSeconds: 30, validityAsDate: false });
});

describe('a door decides on what was synced to it', () => {
	test('somebody new, a changed PIN, other groups, a booking', async () => {
		const { id, pin, credential } = await newcomer({ group_ids: [] });
		expect(present(MAIN, pin)).toBe(24);
		await sync();
		expect(present(MAIN, pin)).toBe(27);
		await call(access, 'PUT', `/api/3/people/${String(id)}`, { group_ids: [2] });
		expect(present(MAIN, pin)).toBe(27);
		await sync();
		expect(present(MAIN, pin)).toBe(11);
		const path = `/api/3/people/${String(id)}/credentials/${String(credential)}`;
		await call(access, 'PUT', path, { person_credential: { value: '8080' } });
		expect([present(MAIN, pin), present(MAIN, '8080')]).toEqual([11, 24]);
		await call(access, 'PUT', `/api/3/people/${String(id)}`, { group_ids: [], role_ids: [] });
		await sync();
		expect([present(MAIN, pin), present(MAIN, '8080')]).toEqual([24, 27]);
		await call(access, 'PUT', `/api/3/people/${String(id)}`, { role_ids: [1] });
		expect(present(MAIN, '8080')).toBe(27);
		await sync();
		expect(present(MAIN, '8080')).toBe(11);
	});

	test('what was deleted opens until a sync', async () => {
		const first = await newcomer();
		const second = await newcomer();
		await sync();
		await call(access, 'DELETE', `/api/3/people/${String(first.id)}`);
		await call(
			access,
			'DELETE',
			`/api/3/people/${String(second.id)}/credentials/${String(second.credential)}`,
		);
		await call(access, 'PUT', '/api/3/people/1001', { enabled: false });
		expect([first.pin, second.pin, '41000'].map((pin) => present(MAIN, pin))).toEqual([11, 11, 11]);
		await sync();
		expect([first.pin, second.pin, '41000'].map((pin) => present(MAIN, pin))).toEqual([24, 24, 21]);
	});

	test('phones: active ones that were synced, also after they were revoked', async () => {
		sandbox.control.config({ inviteMs: A_LONG_TIME });
		const { body: phone } = await post('people/1001/credentials', {
			person_credential: { credential_type_id: 33 },
		});
		await sync();
		const record = sandbox.store.credentials.get(String(phone.id))!;
		sandbox.store.changeStatus(record, 'active');
		expect([present(MAIN, phone.id), await accountStatus()]).toEqual([20, 'pending']);
		await sync();
		expect([present(MAIN, phone.id), await accountStatus()]).toEqual([10, 'complete']);
		sandbox.control.config({ inviteMs: 0 });
		await call(access, 'DELETE', `/api/3/people/1001/credentials/${String(phone.id)}`);
		await until('the revocation', () => record.status === 'revoked');
		expect([present(MAIN, phone.id), await accountStatus()]).toEqual([10, 'pending']);
		await sync();
		expect(present(MAIN, phone.id)).toBe(20);
	});

	test('a door that was offline catches up alone when it is back, on what was synced and no more', async () => {
		sandbox.control.door({ channelId: RECEPTION, state: 'offline' });
		const { pin } = await newcomer();
		await sync();
		const later = await newcomer();
		expect([present(MAIN, pin), present(RECEPTION, pin), lacks(RECEPTION), lacks(MAIN)]).toEqual([
			11, 24, 4, 2,
		]);
		sandbox.control.door({ channelId: RECEPTION, state: 'online' });
		expect([present(RECEPTION, pin), present(RECEPTION, later.pin), lacks(RECEPTION)]).toEqual([11, 24, 2]);
	});

	test('when that is switched on, the doors keep what they knew at the switch', async () => {
		sandbox.control.config({ requireSync: false });
		const before = await newcomer();
		expect([present(MAIN, before.pin), lacks(MAIN)]).toEqual([11, 0]);
		sandbox.control.config({ requireSync: true });
		const after = await newcomer();
		// Said once more, it is no switch.
		sandbox.control.config({ requireSync: true });
		expect([present(MAIN, before.pin), present(MAIN, after.pin)]).toEqual([11, 24]);
		sandbox.control.config({ requireSync: false });
		expect(present(MAIN, after.pin)).toBe(11);
	});

	test('a lockdown and an unlocked door need no sync', async () => {
		await call(access, 'POST', `/api/3/channels/${MAIN}/unlock`, {});
		expect(present(MAIN, '9999')).toBe(16);
	});

	test('people who were made up for measuring are known', () => {
		sandbox.control.config({ seedPeople: 20 });
		expect([present(MAIN, '1000012'), lacks(MAIN)]).toEqual([11, 0]);
	});
});

describe('how the sync stands', () => {
	test('pending, complete; the time of a door is that of its last success', async () => {
		expect([await status(MAIN), await accountStatus()]).toEqual(['ok', 'complete']);
		const { last_sync_completed_at: before } = (await get(`channels/${MAIN}`)).sync as Json;
		await newcomer();
		expect([await status(MAIN), await accountStatus()]).toEqual(['pending', 'pending']);
		expect((await get(`channels/${MAIN}`)).sync).toMatchObject({ last_sync_completed_at: before });
		const started = Date.now();
		await sync();
		const { sync: account } = await get('account');
		expect(account).toMatchObject({ status: 'complete', description: null });
		expect(Date.parse(String((account as Json).last_sync))).toBeGreaterThanOrEqual(started);
		const door = (await get(`channels/${MAIN}`)).sync as Json;
		expect(door.status).toBe('ok');
		expect(Date.parse(String(door.last_sync_completed_at))).toBeGreaterThanOrEqual(started - 1000);
	});

	test('syncing for as long as it takes; what changes meanwhile waits for the next one', async () => {
		sandbox.control.config({ syncTakesMs: A_LONG_TIME });
		const { pin } = await newcomer();
		expect(await sync()).toBe(200);
		const meanwhile = await newcomer();
		expect([await status(MAIN), await accountStatus(), present(MAIN, pin)]).toEqual([
			'syncing',
			'syncing',
			24,
		]);
		sandbox.store.sync.finish();
		expect([await status(MAIN), await accountStatus()]).toEqual(['pending', 'pending']);
		expect([pin, meanwhile.pin].map((one) => present(MAIN, one))).toEqual([11, 24]);
	});

	test('an offline door fails, and the account with it, until it caught up', async () => {
		sandbox.control.door({ channelId: RECEPTION, state: 'offline' });
		await newcomer();
		expect([await status(RECEPTION), await accountStatus()]).toEqual(['pending', 'pending']);
		await sync();
		expect([await status(MAIN), await status(RECEPTION)]).toEqual(['ok', 'fail']);
		expect((await get('account')).sync).toMatchObject({ status: 'failing', description: '1 of 6 failed' });
		sandbox.control.config({ syncTakesMs: A_LONG_TIME });
		sandbox.control.door({ channelId: RECEPTION, state: 'online' });
		expect([await status(RECEPTION), await accountStatus()]).toEqual(['syncing', 'syncing']);
		sandbox.store.sync.finish();
		expect(lacks(RECEPTION)).toBe(0);
		expect([await status(RECEPTION), await accountStatus()]).toEqual(['ok', 'complete']);
	});

	test('a door that goes offline while a sync is under way has not got it', async () => {
		sandbox.control.config({ syncTakesMs: A_LONG_TIME });
		const { pin } = await newcomer();
		await sync();
		sandbox.control.door({ channelId: RECEPTION, state: 'offline' });
		sandbox.store.sync.finish();
		expect([await status(RECEPTION), present(MAIN, pin), present(RECEPTION, pin)]).toEqual(['fail', 11, 24]);
	});

	test('a reset while a sync is under way leaves nothing of it', async () => {
		sandbox.control.config({ syncTakesMs: A_LONG_TIME });
		const { pin } = await newcomer();
		await sync();
		sandbox.control.reset();
		expect([await status(MAIN), await accountStatus()]).toEqual(['ok', 'complete']);
		await newcomer();
		sandbox.store.sync.finish();
		expect([present(MAIN, pin), await status(MAIN)]).toEqual([24, 'pending']);
	});

	test('a sync arrives by itself when its time is over', async () => {
		sandbox.control.config({ syncTakesMs: 5 });
		const { pin } = await newcomer();
		await sync();
		await until('the sync', () => present(MAIN, pin) === 11);
	});
});

describe('the limit', () => {
	test('one sync in a while; the next one is told when', async () => {
		sandbox.control.config({ syncLimitSeconds: 30 });
		await newcomer();
		expect(await sync()).toBe(200);
		await newcomer();
		const limited = await post('sync');
		expect([limited.status, limited.body.error, limited.headers.get('retry-after')]).toEqual([
			429,
			'rate_limited',
			String(limited.body.retry_in),
		]);
		expect(await accountStatus()).toBe('pending');
	});

	test('without a change there is nothing to start: neither limited nor counted', async () => {
		sandbox.control.config({ syncLimitSeconds: 30 });
		expect([await sync(), sandbox.store.lastSync]).toEqual([200, 0]);
		const { pin } = await newcomer();
		expect([await sync(), await sync(), present(MAIN, pin)]).toEqual([200, 200, 11]);
	});
});

test('a door lacks as many changes as records were changed since', async () => {
	const { id, credential } = await newcomer();
	await call(access, 'PUT', `/api/3/people/${String(id)}`, { notes: 'a' });
	expect(lacks(MAIN)).toBe(2);
	await sync();
	expect(lacks(MAIN)).toBe(0);
	await call(access, 'DELETE', `/api/3/people/${String(id)}/credentials/${String(credential)}`);
	await post('reservations', {
		person_id: id,
		channel_ids: [MAIN],
		start_time: '2099-01-05T10:00:00Z',
		end_time: '2099-01-05T11:00:00Z',
	});
	expect(lacks(MAIN)).toBe(2);
});
