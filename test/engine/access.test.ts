import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { oneAtATime } from '../../nodes/shared/oneAtATime';
import { PERMISSIONS } from '../../nodes/shared/permissions';
import type { Config } from '../../sandbox/config';
import type { Row } from '../../sandbox/store';
import { CREDENTIAL, Engine } from './engine';
import { engine, locator, useEngine } from './useEngine';

const soon = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();

useEngine({ config: { syncLimitSeconds: 0 } });
beforeEach(
	async () => await engine.control('config', { failurePath: '', latencyMs: 0, bookingsHoldGroups: false }),
);

const store = () => engine.sandbox.store;
let serial = 0;
const person = (fields: object = {}): number =>
	store().addPerson({ first_name: 'Lea', last_name: `Ver ${++serial}`, groups: [1, 2], ...fields }).id;
const record = (id: number): IDataObject => store().people.get(id) as unknown as IDataObject;
const book = (id: number, more: object): number => {
	const { bookings } = store();
	const fields = { person_id: id, start_time: soon(-1), end_time: soon(60), ...more };
	return ('group_ids' in fields ? bookings.bookGroups(fields) : bookings.bookDoors(fields)).id;
};
const groupBooking = (id: number, groups: number[], from = -1): number =>
	book(id, { group_ids: groups, start_time: soon(from) });
const endGroupBooking = (booking: number): void =>
	store().bookings.endGroupReservation(store().groupReservations.get(booking) as Row);
/** The requests that reach DoorFlow meanwhile. */
const during = async (parameters: INodeParameters, options: object = {}) => {
	const before = store().requests.length;
	const result = await engine.run(parameters, options);
	const requests = store()
		.requests.slice(before)
		.map(({ method, path }) => `${method} ${path.split('?')[0] ?? ''}`);
	return { ...result, requests };
};

describe('groups', () => {
	const change = (operation: 'addToGroups' | 'removeFromGroups', id: number, groupIds: unknown) => ({
		resource: 'person',
		operation,
		personId: locator(id),
		groupIds: groupIds as string,
	});

	test('are added, and all others stay', async () => {
		const id = person({ groups: [1] });
		const { items, error } = await engine.run(change('addToGroups', id, ['2', '1']));
		expect(error).toBeUndefined();
		expect(items[0]).toMatchObject({ id, groups: [1, 2], added: [2], removed: [], groupsForNow: [] });
		expect(record(id).groups).toEqual([1, 2]);
	});

	test('are taken away, and all others stay', async () => {
		const id = person({ groups: [1, 2, 3] });
		const { items } = await engine.run(change('removeFromGroups', id, '2, 4'));
		expect(items[0]).toMatchObject({ id, groups: [1, 3], added: [], removed: [2] });
		expect(record(id).groups).toEqual([1, 3]);
	});

	test('nothing is written where nothing differs', async () => {
		const id = person({ groups: [1, 2] });
		for (const [operation, groups] of [
			['addToGroups', '2'],
			['removeFromGroups', '3'],
		] as const) {
			const { requests, items } = await during(change(operation, id, groups));
			expect(requests.filter((one) => !one.startsWith('GET'))).toEqual([]);
			expect(items[0]).toMatchObject({ groups: [1, 2], added: [], removed: [] });
		}
	});

	test('none chosen is an error, never all', async () => {
		const id = person();
		for (const operation of ['addToGroups', 'removeFromGroups'] as const) {
			const { error, requests } = await during(change(operation, id, '={{ $json.none }}'));
			expect(error?.message).toContain('is missing');
			expect(requests).toEqual([]);
		}
	});

	test('what a group reservation gives for now stays for now: the running visit gets back what the write took', async () => {
		const id = person({ groups: [1] });
		const booking = groupBooking(id, [3]);
		const { items, requests } = await during(change('addToGroups', id, '2'));
		expect(requests.filter((one) => one.startsWith('PUT'))).toHaveLength(2);
		expect(items[0]).toMatchObject({ added: [2], removed: [], groupsForNow: [3] });
		expect((record(id).groups as number[]).sort()).toEqual([1, 2, 3]);
		endGroupBooking(booking);
		expect((record(id).groups as number[]).sort()).toEqual([1, 2]);
	});

	describe('a write that may have taken the groups of a running visit', () => {
		/** Adds group 2 to somebody in group 1 with a visit in group 3, and changes DoorFlow's mood as requests arrive. */
		const changed = async (mood: (request: string, config: Config) => void) => {
			const id = person({ groups: [1] });
			groupBooking(id, [3]);
			const { config, news } = store().shared;
			const listen = (request: string): void => mood(request, config);
			news.on('arrived', listen);
			const result = await engine.run(change('addToGroups', id, '2'));
			news.off('arrived', listen);
			await engine.control('config', { failurePath: '', dropAfterWrite: false });
			return { ...result, groups: (record(id).groups as number[]).sort() };
		};

		test('is followed by the giving back, even if its answer got lost', async () => {
			let writes = 0;
			const { error, groups } = await changed((request, config) => {
				// The first attempt and its repetition.
				if (request.startsWith('PUT')) config.dropAfterWrite = ++writes === 1;
			});
			expect([error, groups]).toEqual([undefined, [1, 2, 3]]);
		});

		test.each([
			['the person can’t be read', 'GET /api/3/people/'],
			['the bookings can’t be read', 'GET /api/3/group_reservations'],
		])('is followed by the giving back if %s afterwards, and the run fails', async (_, failurePath) => {
			let writes = 0;
			const { error, groups } = await changed((request, config) => {
				if (request.startsWith('PUT')) writes++;
				else if (writes > 0) Object.assign(config, { failurePath, failureStatus: 422 });
			});
			expect(error?.message).toMatch(/^DoorFlow /);
			expect(groups).toEqual([1, 2, 3]);
		});

		test('says so if the giving back is refused', async () => {
			let writes = 0;
			const { error } = await changed((request, config) => {
				if (request.startsWith('PUT')) writes++;
				else if (writes > 0) Object.assign(config, { failurePath: 'PUT /api/3/people/', failureStatus: 422 });
			});
			expect(error?.message).toMatch(/^A running visit may have lost its groups \(3\): /);
			expect(error?.description).toContain('add the groups of the visit again if they are missing');
		});
	});

	test('whose bookings may not be read are not written: what is there for now could become permanent', async () => {
		const narrow = await Engine.start({}, ['account.person']);
		const { id } = narrow.sandbox.store.addPerson({ first_name: 'Lea', last_name: 'Ver', groups: [1, 3] });
		for (const operation of ['addToGroups', 'removeFromGroups'] as const) {
			const { error } = await narrow.run(change(operation, id, operation === 'addToGroups' ? '2' : '3'));
			expect(error?.message).toContain('does not allow this connection to list group reservations');
			expect(error?.description).toContain('Read Group Bookings');
		}
		expect(narrow.sandbox.store.people.get(id)?.groups).toEqual([1, 3]);
		await narrow.stop();
	});

	test('a group that a reservation gives can be made permanent, and only on request', async () => {
		const id = person({ groups: [1] });
		const booking = groupBooking(id, [3]);
		await engine.run(change('addToGroups', id, '3'));
		store().groupReservations.delete(booking);
		expect((record(id).groups as number[]).sort()).toEqual([1, 3]);
	});

	test('one that a reservation gives can’t be taken away, where DoorFlow holds on to it: the error says what to end', async () => {
		await engine.control('config', { bookingsHoldGroups: true });
		const id = person({ groups: [1, 3] });
		groupBooking(id, [3]);
		const { error } = await engine.run(change('removeFromGroups', id, '3'));
		expect(error?.message).toBe('The person stays in group 3, because a group reservation includes it');
		expect(error?.description).toContain('Group Reservation → Get Many');
		expect(record(id).groups).toEqual([1, 3]);
	});

	test('two executions that add different groups at once lose neither', async () => {
		await engine.control('config', { latencyMs: 20 });
		const id = person({ groups: [] });
		const results = await Promise.all(
			['1', '2', '3'].map(async (group) => await engine.run(change('addToGroups', id, group))),
		);
		expect(results.map(({ error, items }) => error ?? items[0]?.added)).toEqual([[1], [2], [3]]);
		expect((record(id).groups as number[]).sort()).toEqual([1, 2, 3]);
	});

	test('somebody who changes the same person meanwhile is noticed', async () => {
		const id = person({ groups: [1] });
		const { news } = store().shared;
		let reads = 0;
		const overwrite = (request: string): void => {
			if (request.startsWith('GET') && reads++ === 2)
				store().people.set(id, { ...record(id), groups: [4] } as never);
		};
		news.on('arrived', overwrite);
		const { items } = await engine.run(change('addToGroups', id, '2'));
		news.off('arrived', overwrite);
		expect(items[0]?.groups).toEqual([4, 2]);
	});
});

describe('a record that does not say which groups somebody has', () => {
	const silent = (): number => {
		const id = person({ system_id: `silent-${serial + 1}` });
		delete (record(id) as { groups?: unknown }).groups;
		return id;
	};

	test.each<[string, (id: number) => INodeParameters]>([
		['addToGroups', (id) => ({ operation: 'addToGroups', personId: locator(id), groupIds: '2' })],
		['removeFromGroups', (id) => ({ operation: 'removeFromGroups', personId: locator(id), groupIds: '2' })],
		[
			'syncFromList',
			(id) => ({
				operation: 'syncFromList',
				systemId: record(id).system_id as string,
				additionalFields: { groupIds: ['2'] },
				ownedGroupIds: ['1', '2'],
				dryRun: false,
			}),
		],
	])('is not taken for somebody without: %s writes nothing and says why', async (_, parameters) => {
		const id = silent();
		const { error, items, requests } = await during({ resource: 'person', ...parameters(id) });
		expect(`${error?.message} ${items[0]?.reason}`).toContain('DoorFlow does not say which groups and roles');
		expect(requests.filter((one) => one.startsWith('PUT'))).toEqual([]);
	});

	test('nor for somebody whose groups were taken away', async () => {
		const id = silent();
		const hide = (request: string): void => {
			if (request.startsWith('GET')) delete (record(id) as { groups?: unknown }).groups;
		};
		store().shared.news.on('arrived', hide);
		const { error } = await engine.run({
			resource: 'person',
			operation: 'revokeAccess',
			findBy: 'person',
			personId: locator(id),
		});
		store().shared.news.off('arrived', hide);
		expect(error?.message).toContain('only partly revoked');
		expect(error?.description).toContain('NOT done: groups and roles are not taken away');
	});
});

describe('Revoke Access', () => {
	const revoke = (more: INodeParameters): INodeParameters => ({
		resource: 'person',
		operation: 'revokeAccess',
		findBy: 'person',
		...more,
	});
	/** Somebody with all that can give access. */
	const leaver = (fields: object = {}) => {
		const id = person({ roles: [1], ...fields });
		return {
			id,
			reservation: book(id, { channel_ids: [1340] }),
			active: groupBooking(id, [3]),
			pending: groupBooking(id, [4], 30),
			pin: store().addCredential(id, 31, store().freePin()).id,
		};
	};

	test('ends everything, in an order that closes doors first, and names it', async () => {
		const { id, reservation, active, pending, pin } = leaver();
		const somebody = groupBooking(1001, [1]);
		const { items, error, requests } = await during(revoke({ personId: locator(id) }));
		expect(error).toBeUndefined();
		expect(items).toEqual([
			{
				personId: id,
				name: `Lea Ver ${serial}`,
				disabled: true,
				ended: {
					reservations: [reservation],
					groupReservations: [active, pending],
					groups: [1, 2, 3],
					// With the one that the reservation made.
					roles: [1, reservation + 1],
					credentials: [],
				},
				synced: true,
				onDoors: null,
				doorsMissing: [],
				retryInSeconds: null,
				syncProblem: null,
			},
		]);
		expect(record(id)).toMatchObject({ enabled: false, groups: [], roles: [] });
		expect(store().credentials.has(pin)).toBe(true);
		expect(store().groupReservations.has(somebody)).toBe(true);
		expect(requests.filter((one) => !one.startsWith('GET'))).toEqual([
			`PUT /api/3/people/${id}`,
			`DELETE /api/3/group_reservations/${active}`,
			`DELETE /api/3/group_reservations/${pending}`,
			`DELETE /api/3/reservations/${reservation}`,
			`PUT /api/3/people/${id}`,
			'POST /api/3/sync',
		]);
	});

	test('again, there is nothing left to end', async () => {
		const { id } = leaver();
		await engine.run(revoke({ personId: locator(id) }));
		const { items, requests } = await during(revoke({ personId: locator(id) }));
		expect(items[0]).toMatchObject({
			disabled: true,
			ended: { reservations: [], groupReservations: [], groups: [], roles: [], credentials: [] },
		});
		// The doors may still lack what an earlier run changed.
		expect(requests.filter((one) => !one.startsWith('GET'))).toEqual(['POST /api/3/sync']);
	});

	test('somebody who was enabled while it waited for its turn is disabled all the same', async () => {
		const id = person({ enabled: false });
		const read = new Promise<void>((done) => {
			const listen = (request: string): void => {
				if (request !== `GET /api/3/people/${id}`) return;
				store().shared.news.off('arrived', listen);
				done();
			};
			store().shared.news.on('arrived', listen);
		});
		const enableMeanwhile = async (): Promise<void> => {
			await read;
			// By the time that others have their answers, this run has long had its own, and waits.
			for (let other = 0; other < 3; other++)
				await engine.run({ resource: 'group', operation: 'getAll', returnAll: true });
			store().changePerson(store().people.get(id) as Row, { enabled: true });
		};
		const turn = oneAtATime(`${CREDENTIAL.id} ${engine.sandbox.url} person ${id}`, enableMeanwhile);
		const { items } = await engine.run(revoke({ personId: locator(id), removeGroups: false }));
		await turn;
		expect([items[0]?.disabled, record(id).enabled]).toEqual([true, false]);
	});

	test('credentials on request; groups stay where that is chosen', async () => {
		const { id, pin } = leaver();
		const { items } = await engine.run(
			revoke({ personId: locator(id), deleteCredentials: true, removeGroups: false }),
		);
		expect(items[0]).toMatchObject({ disabled: true, ended: { groups: [], roles: [], credentials: [pin] } });
		expect(record(id)).toMatchObject({ enabled: false, groups: [1, 2], roles: [1] });
		expect(store().credentials.has(pin)).toBe(false);
	});

	test('finds people by e-mail address or system ID, and changes nobody where nobody is found', async () => {
		const byMail = person({ email: 'lea.leaver@example.com' });
		const byId = person({ system_id: 'HR-77' });
		await engine.run(revoke({ findBy: 'email', email: 'Lea.Leaver@example.com' }));
		await engine.run(revoke({ findBy: 'systemId', systemId: 'HR-77' }));
		expect([record(byMail).enabled, record(byId).enabled]).toEqual([false, false]);
		const { error, requests } = await during(revoke({ findBy: 'email', email: 'nobody@example.com' }));
		expect(error?.message).toBe('Nobody in DoorFlow has this e-mail address');
		expect(requests.filter((one) => !one.startsWith('GET'))).toEqual([]);
	});

	test('nothing opens afterwards, with the groups given back neither', async () => {
		const { id, pin } = leaver();
		const value = store().credentials.get(pin)?.value;
		const code = async () =>
			(await engine.control('present', { channelId: 1340, value })).event_code as number;
		expect(await code()).toBeLessThan(20);
		await engine.run(revoke({ personId: locator(id) }));
		expect(await code()).toBeGreaterThanOrEqual(20);
		store().people.set(id, { ...record(id), enabled: true } as never);
		expect(await code()).toBeGreaterThanOrEqual(20);
	});

	test.each([
		['PUT /api/3/people/\\d+', 'the person is not disabled', { reservations: 0, enabled: true }],
		['GET /api/3/group_reservations', 'which group reservations', { reservations: 0, enabled: false }],
		['DELETE /api/3/group_reservations', 'group reservations: ', { reservations: 0, enabled: false }],
		['GET /api/3/reservations', 'which reservations', { reservations: 1, enabled: false }],
		['DELETE /api/3/reservations', 'reservations: ', { reservations: 1, enabled: false }],
	])(
		'%s failing: the other steps are done all the same, and what is not is said',
		async (path, words, left) => {
			const { id } = leaver();
			await engine.control('config', { failurePath: path, failureStatus: 422 });
			const { error, requests } = await during(revoke({ personId: locator(id) }));
			expect(error?.message).toContain(`(person ${id}) is only partly revoked`);
			expect(error?.description).toContain('NOT done: ');
			expect(error?.description?.split('NOT done: ')[1]).toContain(words);
			const own = [...store().reservations.values()].filter((one) => one.person_id === id);
			expect({ reservations: own.length, enabled: record(id).enabled }).toEqual(left);
			// What was taken away must not live on at the doors.
			expect(requests.at(-1)).toBe('POST /api/3/sync');
		},
	);

	test('without a permission, the error names it, and the person is disabled all the same', async () => {
		const other = await Engine.start(
			{ config: { syncLimitSeconds: 0 } },
			PERMISSIONS.map(({ scope }) => scope).filter((scope) => !scope.startsWith('account.reservation')),
		);
		const { id } = other.sandbox.store.addPerson({ first_name: 'No', last_name: 'Right', groups: [1] });
		const { error } = await other.run(revoke({ personId: locator(id) }));
		expect(error?.message).toContain('Book Door Access');
		expect(error?.description).toContain('Done: the person is disabled');
		expect(other.sandbox.store.people.get(id)).toMatchObject({ enabled: false, groups: [] });
		await other.stop();
	});
});
