import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';

import { Engine } from './engine';

let engine: Engine;
let stored: IDataObject;
beforeEach(async () => {
	engine = await Engine.start();
	stored = {};
	expect(await engine.poll({}, stored)).toEqual([]);
});
afterEach(async () => await engine.stop());

/** What n8n's database does to it between two processes. */
const restart = (): void => void (stored = JSON.parse(JSON.stringify(stored)) as IDataObject);
const ids = (items: IDataObject[]): number[] => items.map(({ resourceId }) => Number(resourceId));
const present = async (channelId = 1340, value = '41000') =>
	(await engine.control<{ id: number }>('present', { channelId, value })).id;
const at = (secondsAgo: number): string => new Date(Date.now() - secondsAgo * 1000).toISOString();

test('starts from now; then each event once, oldest first, as the documented item', async () => {
	const raised = [await present(), await present(1341, '9999'), await present()];
	const items = await engine.poll({}, stored);
	expect(ids(items)).toEqual(raised);
	expect(items[1]).toMatchObject({
		event: 'accessDenied',
		source: 'poll',
		accountId: 'hrbrHs7',
		resourceType: 'Event',
		occurredAt: new Date(String((items[1]?.data as IDataObject).created_at)).toISOString(),
		late: false,
		data: { event_code: 24 },
	});
	restart();
	expect(await engine.poll({}, stored)).toEqual([]);
});

test('2,300 events with equal timestamps over several pages and restarts: none missed, none twice', async () => {
	const { store } = engine.sandbox;
	const emitted: number[] = [];
	const raised: number[] = [];
	for (const burst of [1000, 1, 999, 300]) {
		for (let count = 0; count < burst; count++)
			raised.push(store.addEvent(10, 'Admitted: card', store.doors.get(1340)).id);
		emitted.push(...ids(await engine.poll({}, stored)));
		restart();
	}
	expect(emitted).toEqual(raised);
});

test('a long gap comes in portions', async () => {
	const { store } = engine.sandbox;
	const raised = Array.from(
		{ length: 7500 },
		() => store.addEvent(10, 'Admitted: card', store.doors.get(1340)).id,
	);
	const portions: number[][] = [];
	for (let poll = 0; poll < 3; poll++) portions.push(ids(await engine.poll({}, stored)));
	// Whole pages are taken, so that a portion may be a page larger than the limit of 5,000.
	expect(portions[0]?.length).toBeGreaterThanOrEqual(5000);
	expect(portions[0]?.length).toBeLessThan(6000);
	expect(portions[2]).toEqual([]);
	expect(portions.flat()).toEqual(raised);
});

test('an event that a door reports late is not missed', async () => {
	const first = await present();
	expect(ids(await engine.poll({}, stored))).toEqual([first]);
	const { store } = engine.sandbox;
	const late = store.addEvent(10, 'Admitted: card', store.doors.get(1350));
	late.created_at = at(300);
	store.events.sort((one, other) => String(one.created_at).localeCompare(String(other.created_at)));
	expect(ids(await engine.poll({}, stored))).toEqual([late.id]);
	expect(await engine.poll({}, stored)).toEqual([]);
});

test('events, doors, people and groups are filtered; what is filtered out does not come later', async () => {
	await present(1340, '41000');
	const denied = await present(1341, '9999');
	const door = (await engine.control<{ id: number }>('door', { channelId: 1342, state: 'forced' })).id;
	const only = async (parameters: object) =>
		ids(await engine.poll(parameters as never, JSON.parse(JSON.stringify(stored)) as IDataObject));
	expect(await only({ events: ['accessDenied'] })).toEqual([denied]);
	expect(await only({ events: ['doorForced'] })).toEqual([door]);
	expect(await only({ filters: { channelIds: ['1342'] } })).toEqual([door]);
	expect(await only({ filters: { personIds: [1001] } })).toHaveLength(1);
	expect(await only({ filters: { groupIds: '4' } })).toEqual([]);
	await engine.poll({ filters: { personIds: [1002] } }, stored);
	expect(await engine.poll({}, stored)).toEqual([]);
});

test('a revoked connection is told once, and once more when it works again; the events in between come then', async () => {
	await engine.control('revoke-application', {});
	const lost = await engine.poll({}, stored);
	expect(lost).toMatchObject([
		{
			event: 'connectionLost',
			source: 'poll',
			data: { reason: expect.stringContaining('needs to be reconnected') },
		},
	]);
	restart();
	expect(await engine.poll({}, stored)).toEqual([]);
	const missed = await present();
	await engine.connect();
	const back = await engine.poll({}, stored);
	expect(back.map(({ event }) => event)).toEqual(['connectionRestored', 'accessGranted']);
	expect(back[1]?.resourceId).toBe(String(missed));
	expect(await engine.poll({}, stored)).toEqual([]);
}, 30_000);

test('network trouble is an error, not a revocation, and loses nothing', async () => {
	const raised = await present();
	await engine.control('config', { failurePath: '/api/3/events', failureStatus: 503 });
	await expect(engine.poll({}, stored)).rejects.toThrow('DoorFlow has a problem at the moment');
	await engine.control('config', { failurePath: '' });
	expect(ids(await engine.poll({}, stored))).toEqual([raised]);
});

test('a missing permission is an error that lists all that the settings need', async () => {
	await engine.connect(['account.shift.readonly']);
	const message = 'list events: the permission "Read Door Events" may be missing';
	await expect(engine.poll({ filters: { groupIds: [1] } }, stored)).rejects.toMatchObject({
		message: expect.stringContaining(message),
		description: expect.stringContaining(
			'needs the permissions "Read Door Events" and "Read People and Credentials"',
		),
	});
	await expect(engine.poll({}, stored)).rejects.toMatchObject({
		message: expect.stringContaining(message),
		description: expect.stringContaining('add the permission "Read Door Events", save'),
	});
});

test('Fetch Test Event shows the newest ones and moves nothing', async () => {
	const raised = await present();
	const shown = await engine.poll({}, stored, 'manual');
	expect(shown[0]?.resourceId).toBe(String(raised));
	expect(ids(await engine.poll({}, stored))).toEqual([raised]);
});

test('random streams with ties, late reports, long bursts and restarts: what is emitted is what was raised, each once', async () => {
	const step = fc.record({
		burst: fc.oneof(
			{ weight: 8, arbitrary: fc.integer({ min: 0, max: 6 }) },
			{ weight: 1, arbitrary: fc.constantFrom(999, 1000, 1001, 2100) },
		),
		/** Seconds before now at which each event happened: equal ones, and such that a door reports late. */
		ages: fc.array(fc.constantFrom(0, 0, 1, 1, 60, 600), { minLength: 1, maxLength: 5 }),
		restarts: fc.boolean(),
	});
	await fc.assert(
		fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
			const { store } = engine.sandbox;
			store.events.length = 0;
			stored = {};
			await engine.poll({}, stored);
			const raised: number[] = [];
			const emitted: number[] = [];
			for (const { burst, ages, restarts } of steps) {
				for (let count = 0; count < burst; count++) {
					const event = store.addEvent(10, 'Admitted: card', store.doors.get(1340));
					event.created_at = at(ages[count % ages.length] ?? 0);
					raised.push(event.id);
				}
				emitted.push(...ids(await engine.poll({}, stored)));
				if (restarts) restart();
			}
			expect([...emitted].sort((one, other) => one - other)).toEqual(raised);
		}),
		{ numRuns: 40 },
	);
}, 120_000);

describe('watching the webhooks of a DoorFlow Trigger in the same workflow', () => {
	const watching = { watchWebhooks: true };
	let workflowId = '';
	let count = 0;
	beforeEach(async () => {
		workflowId = `watched-${++count}`;
		stored = {};
	});
	/** A poll, and the execution that it starts. */
	const pollAndRun = async (
		parameters: object = watching,
	): Promise<{ started: boolean; items: IDataObject[] }> => {
		const found = await engine.poll(parameters as never, stored, 'trigger', workflowId);
		if (found.length === 0) return { started: false, items: [] };
		const { items, error } = await engine.run(parameters as never, {
			type: 'doorFlowPollingTrigger',
			mode: 'trigger',
			workflowId,
			items: found.map((json) => ({ json })),
		});
		expect(error).toBeUndefined();
		return { started: true, items };
	};
	/** Pretends that the watch began ten minutes ago and that two polls passed since. */
	const timePasses = (): void => {
		const [name] = Object.keys(stored);
		const state = stored[name as string] as { watch: { from: string; polls: string[] } };
		state.watch.from = at(600);
		state.watch.polls = [at(-1), at(-1)];
	};
	const webhook = async (eventId: number) =>
		await engine.run(
			{},
			{
				type: 'doorFlowTrigger',
				mode: 'webhook',
				workflowId,
				items: [
					{
						json: {
							event: 'accessGranted',
							action: 'CREATE',
							resourceType: 'Event',
							resourceId: String(eventId),
							accountId: 'hrbrHs7',
							source: 'webhook',
							data: { id: eventId },
							notification: {
								resource: `${engine.sandbox.url}/api/3/events/${eventId}`,
								ackToken: `w${eventId}`,
							},
						},
					},
				],
			},
		);

	test('nothing while all arrive; one report and the missed events when not; again only after webhooks came back', async () => {
		expect(await pollAndRun()).toEqual({ started: false, items: [] });
		timePasses();

		const arrived = await present();
		expect((await webhook(arrived)).items).toHaveLength(1);
		expect((await pollAndRun()).items).toEqual([]);

		const missed = [await present(), await present()];
		timePasses();
		const { items } = await pollAndRun();
		expect(items.map(({ event }) => event)).toEqual(['webhooksSilent', 'accessGranted', 'accessGranted']);
		expect(items[0]).toMatchObject({ source: 'poll', data: { missed: 2, since: expect.any(String) } });
		expect(ids(items.slice(1))).toEqual(missed);

		// A webhook that comes after all starts nothing a second time.
		expect((await webhook(missed[0] as number)).items).toEqual([]);

		restart();
		const still = await present();
		timePasses();
		expect((await pollAndRun()).items).toMatchObject([{ event: 'accessGranted', resourceId: String(still) }]);

		await webhook(await present());
		timePasses();
		expect((await pollAndRun()).items).toEqual([]);
		await present();
		timePasses();
		expect((await pollAndRun({ ...watching, handOverMissed: false })).items).toMatchObject([
			{ event: 'webhooksSilent', data: { missed: 1 } },
		]);
	});

	test('an event is not missed before two polls have passed', async () => {
		await pollAndRun();
		await present();
		const [name] = Object.keys(stored);
		(stored[name as string] as { watch: { from: string } }).watch.from = at(600);
		(stored[name as string] as { watch: { polls: string[] } }).watch.polls = [at(10), at(5)];
		expect(await pollAndRun()).toEqual({ started: false, items: [] });
		timePasses();
		expect((await pollAndRun()).items.map(({ event }) => event)).toEqual(['webhooksSilent', 'accessGranted']);
	});
});
