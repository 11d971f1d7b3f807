import * as fc from 'fast-check';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { flagsOf, type Access } from '../../nodes/DoorFlow/actions/person/accessRules';
import type { Row } from '../../sandbox/store';
import { times } from '../times';
import { soon } from './rows';
import { engine, locator, useEngine } from './useEngine';

const DAY = 86_400_000;
const daysAgo = (days: number): string => new Date(Date.now() - days * DAY).toISOString();

useEngine();
beforeEach(async () => await engine.control('reset', {}));

const store = () => engine.sandbox.store;
const GROUP = 3;

async function review(more: INodeParameters = {}, count = 1) {
	const before = store().requests.length;
	const { items, error, hints } = await engine.run(
		{ resource: 'person', operation: 'getAccess', scope: 'all', returnAll: true, ...more },
		{ items: Array.from({ length: count }, (_, index) => ({ json: { index } })) },
	);
	const requests = store()
		.requests.slice(before)
		.map(({ method, path }) => `${method} ${path}`);
	const of = (id: number): IDataObject => items.find(({ personId }) => personId === id) ?? {};
	return { items, error, hints, requests, of };
}

const person = (more: object = {}, card?: string): number => {
	const { id } = store().addPerson({
		first_name: 'Rev',
		last_name: 'Iewed',
		created_at: daysAgo(200),
		...more,
	});
	if (card !== undefined) store().addCredential(id, 32, card);
	return id;
};

function seen(id: number, code: number, days: number): void {
	const event = store().addEvent(code, 'At the door', [...store().doors.values()][0], store().people.get(id));
	event.created_at = daysAgo(days);
	store().events.sort((one, other) => String(one.created_at).localeCompare(String(other.created_at)));
}

test('each flag marks whom it should, and nobody else', async () => {
	const end = { valid_to: soon(60_000) };
	const used = person(end, '70010001');
	const dormant = person(end, '70010002');
	const refused = person(end, '70010003');
	const fresh = person({ ...end, created_at: daysAgo(5) }, '70010004');
	const noEnd = person({}, '70010005');
	const expired = person({ valid_to: soon(-60) }, '70010006');
	const off = person({ ...end, enabled: false }, '70010007');
	const bare = person(end);
	const visitor = person({ ...end, job_title: 'Visitor', groups: [GROUP] }, '70010008');
	const guest = person({ ...end, job_title: 'Visitor' }, '70010009');
	store().bookings.bookGroups({
		person_id: guest,
		start_time: soon(-5),
		end_time: soon(60),
		group_ids: [GROUP],
	});
	const old = person({ ...end, created_at: daysAgo(2000) }, '70010010');
	seen(used, 10, 100);
	seen(used, 10, 2);
	seen(dormant, 10, 91);
	seen(refused, 20, 1);
	for (const id of [noEnd, expired, visitor, guest]) seen(id, 10, 1);
	const { of } = await review();
	const flags = (id: number) => of(id).flags;
	expect(flags(used)).toEqual([]);
	expect(flags(dormant)).toEqual(['dormant']);
	expect(flags(refused)).toEqual(['dormant', 'neverUsed']);
	expect(flags(fresh)).toEqual(['neverUsed']);
	expect(flags(noEnd)).toEqual(['noEnd']);
	expect(flags(expired)).toEqual(['expired']);
	expect(flags(off)).toEqual(['disabledWithCredentials']);
	expect(flags(bare)).toEqual(['noCredential']);
	expect(flags(visitor)).toEqual(['visitorInGroup']);
	expect([flags(guest), of(guest).standing, of(visitor).standing]).toEqual([[], false, true]);
	expect(flags(old)).toEqual(['dormant']);
	expect(of(refused).lastEvent).toMatchObject({ event: 'At the door' });
	expect(of(used)).toMatchObject({
		credentials: [{ type: expect.any(String), ending: '01', status: null }],
		groups: [],
		bookings: [],
	});
	expect(of(guest)).toMatchObject({
		groups: [{ id: GROUP, name: expect.any(String) }],
		bookings: [{ kind: 'groupReservation', ids: [GROUP] }],
	});
});

test('nothing of a PIN is put out, and nothing of a card but its end', async () => {
	const id = person({}, '1234567890');
	store().addCredential(id, 31, '481516');
	const { items, of } = await review();
	expect(of(id).credentials).toEqual([
		{ type: expect.any(String), ending: '7890', status: null },
		{ type: expect.any(String), ending: null, status: null },
	]);
	const text = JSON.stringify(items);
	for (const { value } of store().credentials.values()) expect(text).not.toContain(`"${value}"`);
	expect(text).not.toMatch(/481516|"516"|"16"/);
});

test('everything is read once for all, by pages, also for an item a person', async () => {
	for (let index = 0; index < 250; index++) person();
	const all = await review();
	const pathOf = (one: string): string => one.replace(/\?.*/, '');
	const counts = new Map<string, number>();
	for (const one of all.requests) counts.set(pathOf(one), (counts.get(pathOf(one)) ?? 0) + 1);
	expect(Object.fromEntries(counts)).toEqual({
		'GET /api/3/people': Math.ceil(store().people.size / 100),
		'GET /api/3/credentials': 1,
		'GET /api/3/credential_types': 1,
		'GET /api/3/events': 1,
		'GET /api/3/groups': 1,
		'GET /api/3/roles': 1,
		'GET /api/3/group_reservations': 1,
		'GET /api/3/reservations': 1,
	});
	const ids = [...store().people.keys()].slice(-20);
	const each = await review(
		{ scope: 'person', personId: locator(`={{ [${ids.join(', ')}][$json.index] }}`) },
		ids.length,
	);
	expect(each.items.map(({ personId }) => personId)).toEqual(ids);
	expect(each.requests.filter((one) => !/people\/\d+$/.test(one))).toHaveLength(7);
});

test('events are read until everybody has been seen, and no further', async () => {
	const people = [person({}, '70010001'), person({}, '70010002')];
	for (let index = 0; index < 1500; index++) seen(people[0] as number, 10, 20);
	seen(people[1] as number, 10, 10);
	for (const one of store().everybody()) seen(one.id, 10, 1);
	const pages = async (): Promise<number> =>
		(await review()).requests.filter((one) => one.startsWith('GET /api/3/events')).length;
	expect(await pages()).toBe(1);
	person({}, '70010003');
	expect(await pages()).toBe(2);
});

test.each([{ first_name: 'New' }, { last_name: 'New' }])(
	'somebody who was renamed (%j) is found by the name that stayed',
	async (renamed) => {
		const id = person({ created_at: daysAgo(300) }, '70010001');
		seen(id, 10, 2);
		store().changePerson(store().people.get(id) as Row, renamed);
		const { items } = await review({ scope: 'person', personId: locator(id) });
		expect(items[0]).toMatchObject({ lastEvent: { event: 'At the door' }, flags: ['noEnd'] });
	},
);

test('a group, a limit, and nobody at all', async () => {
	for (const one of store().everybody()) store().changePerson(one, { groups: [] });
	const nobody = await review({ scope: 'group', groupId: locator(GROUP) });
	expect(nobody.items).toEqual([]);
	expect(nobody.hints).toEqual(['Nobody is in the group with ID 3. Check that the group still exists.']);
	const ids = [1, 2, 3].map(() => person({ groups: [GROUP] }));
	const { items } = await review({
		scope: 'group',
		groupId: locator(GROUP),
		returnAll: false,
		limit: 2,
	});
	expect(items.map(({ personId }) => personId)).toEqual(ids.slice(0, 2));
});

test('without the permission to read names they are null; without events it is an error', async () => {
	const scopes = [
		'account.person.readonly',
		'account.event.access.readonly',
		'account.reservation.readonly',
		'account.group_reservation.readonly',
	];
	await engine.connect(scopes);
	const { of, error } = await review();
	expect(error).toBeUndefined();
	const [first] = of(1001).groups as IDataObject[];
	expect(first).toEqual({ id: expect.any(Number), name: null });
	await engine.connect(['account.person.readonly']);
	expect((await review()).error?.message).toContain('permission "Read Door Events"');
	await engine.connect();
});

test('a failure in the middle of a list is an error of the item, never a review of some', async () => {
	for (let index = 0; index < 250; index++) person({}, String(70_020_000 + index));
	for (const failurePath of [
		'/api/3/people.*page=3',
		'/api/3/credentials',
		'/api/3/events',
		'/api/3/reservations',
	]) {
		await engine.control('config', { failurePath: `GET ${failurePath}`, failureStatus: 422 });
		const stopped = await review();
		expect([failurePath, stopped.items]).toEqual([failurePath, []]);
		expect(stopped.error?.message).toContain('DoorFlow refused to list');
		const { outputs } = await engine.run(
			{ resource: 'person', operation: 'getAccess', scope: 'all', returnAll: true },
			{ errorOutput: true },
		);
		expect(outputs[0]).toEqual([]);
		expect(outputs[1]).toMatchObject([
			{ json: { error: expect.stringContaining('DoorFlow refused to list') } },
		]);
	}
	await engine.control('config', { failurePath: '' });
});

test('of several people, one that fails goes to the error output, and the others do not', async () => {
	const [one, two] = [person(), person()];
	const { outputs } = await engine.run(
		{ resource: 'person', operation: 'getAccess', personId: locator('={{ $json.id }}') },
		{ items: [one, 999_999, two].map((id) => ({ json: { id } })), errorOutput: true },
	);
	expect(outputs[0]?.map(({ json, pairedItem }) => [json.personId, pairedItem])).toEqual([
		[one, { item: 0 }],
		[two, { item: 2 }],
	]);
	expect(outputs[1]).toMatchObject([{ json: { error: expect.any(String) }, pairedItem: { item: 1 } }]);
});

test('flags never say both, and say nothing of a disabled person but what is left', () => {
	const time = fc.option(fc.integer({ min: -500, max: 500 }).map((days) => days * DAY));
	const access = fc.record<Access>({
		enabled: fc.boolean(),
		validTo: time,
		createdAt: time,
		hasMark: fc.boolean(),
		groups: fc.subarray([1, 2, 3]),
		roles: fc.nat(3),
		credentials: fc.nat(2),
		activeGroups: fc.subarray([1, 2, 3]),
		openReservations: fc.nat(2),
		lastAdmitted: fc.option(fc.integer({ min: -360, max: 0 }).map((days) => days * DAY)),
	});
	fc.assert(
		fc.property(access, fc.integer({ min: 1, max: 400 }), (who, dormantDays) => {
			const flags = flagsOf(who, { now: 0, since: -400 * DAY, dormantDays });
			expect(flags.includes('noEnd') && flags.includes('expired')).toBe(false);
			if (!who.enabled)
				expect(flags.filter((one) => !['disabledWithCredentials', 'visitorInGroup'].includes(one))).toEqual(
					[],
				);
			if (flags.includes('dormant') || flags.includes('neverUsed'))
				expect([who.enabled, who.credentials > 0]).toEqual([true, true]);
			if (flags.includes('neverUsed')) expect(who.lastAdmitted).toBeNull();
			if (who.lastAdmitted !== null)
				expect(flags.includes('dormant')).toBe(
					who.enabled && who.credentials > 0 && who.lastAdmitted <= -dormantDays * DAY,
				);
		}),
		{ numRuns: times(1000, 100_000) },
	);
});
