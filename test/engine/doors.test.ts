import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { PERMISSIONS } from '../../nodes/shared/permissions';
import type { Row } from '../../sandbox/store';
import { Engine } from './engine';
import { checkIn, engine, locator, useEngine } from './useEngine';

useEngine({ config: { syncLimitSeconds: 0, requireSync: true } });
beforeEach(async () => {
	await engine.control('config', { failurePath: '', syncLimitSeconds: 0 });
	for (const id of store().doors.keys()) await engine.control('door', { channelId: id, state: 'online' });
});

const store = () => engine.sandbox.store;
const person = (): number => store().addPerson({ first_name: 'Lea', last_name: 'Ver', groups: [1] }).id;
const revoke = (options: INodeParameters = {}, more: INodeParameters = {}): INodeParameters => ({
	resource: 'person',
	operation: 'revokeAccess',
	findBy: 'person',
	personId: locator(person()),
	options: options as IDataObject as never,
	...more,
});
const syncs = (status?: number): number =>
	store().requests.filter(
		(one) => one.path === '/api/3/sync' && (status === undefined || one.status === status),
	).length;
const until = async (condition: () => boolean): Promise<void> => {
	while (!condition()) await new Promise((done) => setTimeout(done, 5));
};

describe('synced', () => {
	test('is true when a sync was started after the change; nobody asked about the doors', async () => {
		const { items, error, hints } = await engine.run(revoke());
		expect(error).toBeUndefined();
		expect(items[0]).toMatchObject({
			synced: true,
			onDoors: null,
			doorsMissing: [],
			retryInSeconds: null,
			syncProblem: null,
		});
		expect(hints).toEqual([]);
		const paths = store().requests.map(({ method, path }) => `${method} ${path}`);
		expect(paths.lastIndexOf('POST /api/3/sync')).toBe(paths.length - 1);
	});

	test('is false without a sync, which is no problem when it was not wanted', async () => {
		const before = syncs();
		const { items } = await engine.run(revoke({ syncAfter: false }));
		expect(items[0]).toMatchObject({ disabled: true, synced: false, onDoors: null, syncProblem: null });
		expect(syncs()).toBe(before);
	});

	test('a limited sync that is not waited for is a hint, and says when the next one is allowed', async () => {
		await engine.run(revoke());
		await engine.control('config', { syncLimitSeconds: 60 });
		const { items, error, hints } = await engine.run(revoke({ waitForSync: false }));
		expect(error).toBeUndefined();
		expect(items[0]).toMatchObject({ disabled: true, synced: false, onDoors: null });
		expect(items[0]?.retryInSeconds).toBeGreaterThan(50);
		expect(items[0]?.syncProblem).toContain('DoorFlow asks you to wait');
		expect(hints[0]).toContain('saved in DoorFlow but not yet on the doors');
	});

	test.each([
		['after the change was saved: that one serves', 60_000, true],
		['so shortly after it that it might have been before', 500, false],
		['before the change', -3_000, false],
	])('DoorFlow refuses because another process had one started %s', async (_when, after, synced) => {
		await engine.control('config', { syncLimitSeconds: 60 });
		let saved = 0;
		const { news } = store().shared;
		const otherProcess = (request: string): void => {
			if (request.startsWith('PUT ')) saved = Date.now();
			if (request === 'POST /api/3/sync') store().lastSync = saved + after;
		};
		news.on('arrived', otherProcess);
		const { items } = await engine.run(revoke({ waitForSync: false }));
		news.off('arrived', otherProcess);
		store().lastSync = 0;
		expect(saved).toBeGreaterThan(0);
		expect(items[0]).toMatchObject({ disabled: true, synced });
		expect(store().requests.at(-1)?.path).toBe('/api/3/account');
	});

	test('a sync that fails is no failure of what was done', async () => {
		await engine.control('config', { failurePath: 'POST /api/3/sync', failureStatus: 403 });
		const { items, error, hints } = await engine.run(revoke());
		expect(error).toBeUndefined();
		expect(items[0]).toMatchObject({ disabled: true, synced: false, retryInSeconds: null });
		expect(items[0]?.syncProblem).toContain('Send Changes to the Doors');
		expect(hints).toHaveLength(1);
	});

	test('an item that failed is left as it is; the others say what they reached', async () => {
		const { items } = await engine.run(
			{ ...revoke(), personId: { ...locator(1), value: '={{ $json.id }}' } },
			{ items: [{ json: { id: 999_999 } }, { json: { id: person() } }], continueOnFail: true },
		);
		expect(Object.keys(items[0] ?? {}).sort()).toEqual(['error', 'errorDetails']);
		expect(items[1]).toMatchObject({ disabled: true, synced: true });
	});

	test('other operations do not put it out', async () => {
		const { items } = await engine.run({
			resource: 'person',
			operation: 'update',
			personId: locator(person()),
			updateFields: { notes: 'x' },
			options: { syncAfter: true },
		});
		expect(items[0]).not.toHaveProperty('synced');
	});
});

test('30 executions at once are all synced, with at most two syncs', async () => {
	store().lastSync = 0;
	await engine.control('config', { syncLimitSeconds: 5 });
	const before = syncs(200);
	const results = await Promise.all(
		Array.from({ length: 30 }, async () => {
			const id = person();
			const { items } = await engine.run(revoke({}, { personId: locator(id) }));
			return { id, item: items[0] };
		}),
	);
	for (const { id, item } of results) {
		expect(item).toMatchObject({ personId: id, synced: true, syncProblem: null });
		expect(store().doorsKnow().people.get(id)?.enabled).toBe(false);
	}
	// One that was under way when the last change was saved, and one for all that had to wait. On a machine so busy that
	// saving takes longer than the limit, each further limit's time allows one more.
	const { requests } = store();
	const saved = requests.filter(({ method }) => method === 'PUT').slice(-30);
	const took = Date.parse(saved.at(-1)?.at ?? '') - Date.parse(saved[0]?.at ?? '');
	expect(saved).toHaveLength(30);
	expect(syncs(200) - before).toBeLessThanOrEqual(2 + Math.floor(took / 5000));
});

test('one of several that wait is cancelled: it ends at once, the others are synced', async () => {
	await engine.run(revoke());
	// DoorFlow goes on limiting syncs until the cancelled one has ended, however busy the machine is.
	await engine.control('config', {
		failurePath: 'POST /api/3/sync',
		failureStatus: 429,
		failureWaitSeconds: 1,
	});
	const refused = syncs(429);
	const started = syncs(200);
	const cancelled = engine.run(revoke(), { cancelWhen: until(() => syncs(429) > refused) });
	const others = [engine.run(revoke()), engine.run(revoke())];
	await cancelled;
	expect(syncs(200)).toBe(started);
	await engine.control('config', { failurePath: '' });
	for (const other of others) expect((await other).items[0]).toMatchObject({ synced: true });
	expect(syncs(200)).toBeGreaterThan(started);
});

describe('on the doors', () => {
	const waiting = { waitForDoors: true };

	test('is true when all doors completed a sync after it was started', async () => {
		const { items, hints, error } = await engine.run(revoke(waiting));
		expect(error).toBeUndefined();
		expect(items[0]).toMatchObject({ synced: true, onDoors: true, doorsMissing: [], syncProblem: null });
		expect(hints).toEqual([]);
	});

	test('is false where a door is offline: it is named, and not waited for', async () => {
		await engine.control('door', { channelId: 1341, state: 'offline' });
		const begun = Date.now();
		const { items, hints } = await engine.run(revoke(waiting));
		const name = String(store().doors.get(1341)?.name);
		expect(items[0]).toMatchObject({ synced: true, onDoors: false, doorsMissing: [name], syncProblem: null });
		expect(hints[0]).toContain(name);
		expect(Date.now() - begun).toBeLessThan(10_000);
	});

	test('a slow door is waited for, and what an earlier sync completed does not count', async () => {
		const door = store().doors.get(1340) as unknown as IDataObject;
		let sync = door.sync as IDataObject;
		let looks = 0;
		let syncing = true;
		Object.defineProperty(door, 'sync', {
			configurable: true,
			enumerable: true,
			get() {
				looks++;
				return syncing ? { ...sync, status: 'syncing' } : sync;
			},
			set: (value: IDataObject) => (sync = value),
		});
		const running = engine.run(revoke(waiting));
		let ended = false;
		void running.then(() => (ended = true));
		const before = looks;
		await until(() => ended || looks > before + 2);
		syncing = false;
		const { items } = await running;
		Object.defineProperty(door, 'sync', {
			configurable: true,
			enumerable: true,
			writable: true,
			value: sync,
		});
		expect(looks).toBeGreaterThan(before + 2);
		expect(items[0]).toMatchObject({ onDoors: true, doorsMissing: [] });
	});

	test('waits for a limited sync as well, and one look serves executions that wait together', async () => {
		await engine.run(revoke());
		await engine.control('config', { syncLimitSeconds: 1 });
		const looks = (): number =>
			store().requests.filter(({ path }) => path.startsWith('/api/3/channels')).length;
		const before = looks();
		const all = await Promise.all(
			Array.from({ length: 10 }, async () => await engine.run(revoke({ ...waiting, waitForSync: false }))),
		);
		for (const { items } of all) expect(items[0]).toMatchObject({ synced: true, onDoors: true });
		expect(looks() - before).toBeLessThan(10);
	});

	test('is false where DoorFlow does not list a door that matters: nothing missing counts as done', async () => {
		const door = store().doors.get(1341) as Row;
		const { news } = store().shared;
		const hide = (request: string): void => {
			if (request.startsWith('POST /api/3/sync')) store().doors.delete(1341);
		};
		news.on('arrived', hide);
		const { items, hints } = await engine.run(
			checkIn({ accessBy: 'doors', channelIds: ['1340', '1341'], options: waiting }),
		);
		news.off('arrived', hide);
		store().doors.set(1341, door as never);
		expect(items[0]).toMatchObject({ synced: true, onDoors: false, doorsMissing: ['1341'] });
		expect(hints[0]).toContain('1341');
	});

	test('without a sync, no door has it', async () => {
		await engine.control('config', { failurePath: 'POST /api/3/sync', failureStatus: 403 });
		const { items } = await engine.run(revoke(waiting));
		expect(items[0]).toMatchObject({ synced: false, onDoors: false });
		expect(items[0]?.doorsMissing).toEqual([...store().doors.values()].map(({ name }) => name));
	});

	test('without the permission to read doors, the account speaks for them', async () => {
		const other = await Engine.start(
			{ config: { syncLimitSeconds: 0, requireSync: true } },
			PERMISSIONS.map(({ scope }) => scope).filter((scope) => !scope.startsWith('account.channel')),
		);
		const { id } = other.sandbox.store.addPerson({ first_name: 'No', last_name: 'Doors', groups: [1] });
		const { items } = await other.run(revoke(waiting, { personId: locator(id) }));
		expect(items[0]).toMatchObject({ synced: true, onDoors: true, doorsMissing: [], syncProblem: null });
		await other.stop();
	});

	test('that nobody can tell is said, and is no failure', async () => {
		await engine.control('config', { failurePath: 'GET /api/3/channels', failureStatus: 422 });
		const { items, error, hints } = await engine.run(revoke(waiting));
		expect(error).toBeUndefined();
		expect(items[0]).toMatchObject({ synced: true, onDoors: false });
		expect(items[0]?.syncProblem).toContain('refused to list doors');
		expect(hints[0]).toContain('not known whether the doors have them');
	});

	test('needs a sync', async () => {
		const { error } = await engine.run(revoke({ ...waiting, syncAfter: false }));
		expect(error?.message).toBe('Wait for the Doors needs Sync After Changes');
	});
});
