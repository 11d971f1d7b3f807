import type { IDataObject } from 'n8n-workflow';

import type { Position } from '../../nodes/DoorFlowPollingTrigger/position';
import { startAfresh } from '../../nodes/shared/processWide';
import { until } from '../until';
import { Engine } from './engine';
import { StandIn } from './standIn';

let engine: Engine;
let doorflow: StandIn;
let stored: IDataObject;

beforeEach(async () => {
	startAfresh();
	engine = await Engine.start();
	doorflow = await StandIn.start();
	doorflow.serves(engine);
	stored = {};
});
afterEach(async () => {
	await doorflow.stop();
	await engine.stop();
});

const poll = async (parameters: object = {}): Promise<IDataObject[]> =>
	await engine.poll(parameters as never, stored);
const ids = (items: IDataObject[]): number[] => items.map(({ resourceId }) => Number(resourceId));
/** A minute passes, then n8n polls. */
const nextPoll = async (parameters: object = {}): Promise<number[]> => {
	doorflow.passes(1);
	return ids(await poll(parameters));
};
const polls = async (count: number): Promise<number[]> => {
	const all: number[] = [];
	for (let poll = 0; poll < count; poll++) all.push(...(await nextPoll()));
	return all;
};
const asksFor = (count: number): boolean =>
	doorflow.asked.filter((path) => /events$/.test(path)).length >= count;
/** The node's own part of what n8n keeps. */
const state = (): Record<string, unknown> => Object.values(stored)[0] as Record<string, unknown>;

describe('a poll that takes longer than the interval', () => {
	test('the next one finds nothing and changes nothing; each event comes once', async () => {
		await poll();
		const raised = doorflow.happens();
		const release = doorflow.hold(/events$/);
		const slow = poll();
		await until('the slow poll to ask', () => asksFor(2));
		const before = JSON.stringify(stored);
		const beside = poll();
		// The old code waits with its request as well: both are let go then.
		const first = await Promise.race([
			beside,
			until('the second request', () => asksFor(3)).then(() => undefined),
		]);
		expect(first).toEqual([]);
		expect(JSON.stringify(stored)).toBe(before);
		release();
		expect(ids(await slow)).toEqual([raised]);
		expect(await nextPoll()).toEqual([]);
	});

	test('each person of a group filter is read once, and several at the same time', async () => {
		await poll();
		for (let count = 0; count < 40; count++) {
			doorflow.groups.set(count % 8, [count % 2]);
			doorflow.happens(0, { person_id: count % 8 });
		}
		expect(await nextPoll({ filters: { groupIds: [1] } })).toHaveLength(20);
		expect(doorflow.asked.filter((path) => /people/.test(path))).toHaveLength(8);
		expect(doorflow.peopleAtOnce).toBeGreaterThan(1);
	});
});

test('an event dated in the future comes once and holds nothing up', async () => {
	await poll();
	const future = doorflow.happens(-60 * 24 * 365);
	expect(await nextPoll()).toEqual([future]);
	const present = doorflow.happens();
	expect(await nextPoll()).toEqual([present]);
	expect(await polls(40)).toEqual([]);
	expect(Date.parse((state().position as { reached: string }).reached)).toBeLessThanOrEqual(doorflow.now);
});

describe.each(['occurrence', 'arrival'] as const)('DoorFlow lists by %s', (order) => {
	test.each([false, true])(
		'what a door reports 3 hours late comes once, and says so (backwards: %s)',
		async (backwards) => {
			doorflow.order = order;
			doorflow.backwards = backwards;
			await poll();
			await polls(3);
			const late = doorflow.happens(180);
			const items: IDataObject[] = [];
			for (let minute = 0; minute < 300; minute += 5) {
				doorflow.passes(5);
				items.push(...(await poll()));
				if (minute % 50 === 0) stored = JSON.parse(JSON.stringify(stored)) as IDataObject;
			}
			expect(ids(items)).toEqual([late]);
			expect(items[0]).toMatchObject({
				late: true,
				occurredAt: new Date(doorflow.now - 483 * 60_000 + 3 * 60_000).toISOString(),
			});
		},
	);
});

test('how far is looked back is set in the options', async () => {
	await poll();
	doorflow.passes(1);
	doorflow.happens(60);
	const kept = JSON.stringify(stored);
	for (const [lookBackMinutes, found] of [
		[30, 0],
		[90, 1],
	] as const) {
		stored = JSON.parse(kept) as IDataObject;
		const all: number[] = [];
		for (let minute = 0; minute < 20; minute++)
			all.push(...ids(await poll({ options: { lookBackMinutes } })));
		doorflow.passes(16);
		all.push(...ids(await poll({ options: { lookBackMinutes } })));
		expect([lookBackMinutes, all.length]).toEqual([lookBackMinutes, found]);
	}
});

describe('another account', () => {
	test('starts anew: none of its old events, and new ones carry its ID', async () => {
		await poll();
		doorflow.happens();
		await nextPoll();
		doorflow.connectedTo('warehouse');
		for (let count = 0; count < 5; count++) doorflow.happens(count);
		expect(await nextPoll()).toEqual([]);
		const fresh = doorflow.happens();
		doorflow.passes(1);
		expect(await poll()).toMatchObject([{ resourceId: String(fresh), accountId: 'warehouse' }]);
	});

	test('connected while a poll reads: none of its old events comes, least of all under the other ID', async () => {
		await poll();
		doorflow.passes(1);
		const release = doorflow.hold(/events$/);
		const reading = poll();
		await until('the poll to read', () => asksFor(2));
		doorflow.connectedTo('warehouse');
		for (let count = 0; count < 5; count++) doorflow.happens(count);
		release();
		expect(await reading).toEqual([]);
		const fresh = doorflow.happens();
		doorflow.passes(1);
		expect(await poll()).toMatchObject([{ resourceId: String(fresh), accountId: 'warehouse' }]);
	});

	test("who was let in at the other one does not count for this one's day", async () => {
		const parameters = { options: { oncePerDay: true } };
		await poll(parameters);
		doorflow.happens();
		expect(await nextPoll(parameters)).toHaveLength(1);
		doorflow.connectedTo('warehouse');
		expect(await nextPoll(parameters)).toEqual([]);
		const first = doorflow.happens();
		expect(await nextPoll(parameters)).toEqual([first]);
	});
});

describe('what was kept is broken or old', () => {
	const broken: ReadonlyArray<readonly [string, Record<string, unknown>]> = [
		['a text', { cursor: 'x', position: 'x' }],
		['null', { cursor: null, position: null }],
		['times that are none', { cursor: { newest: 'soon', seen: [] }, position: { reached: 'soon' } }],
		['a list that is none', { cursor: { newest: '2026-11-24T09:00:00Z', seen: 7 }, position: { seen: 7 } }],
		['other broken parts', { watch: 7, lostSince: 7, firsts: 7 }],
	];
	test.each(broken)('%s: it begins anew, without old events, and goes on', async (_what, parts) => {
		await poll();
		doorflow.happens();
		await nextPoll();
		Object.assign(state(), parts);
		doorflow.happens(2);
		doorflow.passes(1);
		const items = await poll();
		expect(items.filter(({ event }) => event !== 'accessGranted')).toEqual([]);
		const fresh = doorflow.happens();
		const then = ids(await poll());
		expect([...ids(items), ...then].filter((id) => id === fresh)).toEqual([fresh]);
		expect(await polls(20)).toEqual([]);
	});

	const ODD = [null, 7, -1, 'x', '', true, [], {}, [[]], [null], { x: [1] }, { '5': 7 }, { '5': [null] }];
	const parameters = { options: { oncePerDay: true } };
	test.each([
		'position.accountId',
		'position.query',
		'position.reached',
		'position.since',
		'position.lookedBackAt',
		'position.floor',
		'position.seen',
		'position',
		'lostSince',
		'firsts',
		'firsts.2026-11-24',
		'accountId',
		'cursor',
		'cursor.newest',
		'cursor.seen',
	])(
		'%s of whatever kind: no poll stumbles over it, nothing old comes, and what is new comes once',
		async (path) => {
			const [part = '', field] = path.split('.');
			let person = 0;
			const happens = (minutesAgo = 0): number => doorflow.happens(minutesAgo, { person_id: ++person });
			for (const odd of ODD) {
				// Nothing tells it from what was kept.
				if (field === 'seen' && JSON.stringify(odd) === (part === 'cursor' ? '[]' : '{}')) continue;
				doorflow.passes(60 * 10);
				stored = {};
				await poll(parameters);
				for (const minutesAgo of [0, 5, 10]) happens(minutesAgo);
				expect(await nextPoll(parameters)).toHaveLength(3);
				const kept = state();
				if (part === 'cursor' || part === 'accountId') {
					const { accountId, reached, seen } = kept.position as Position;
					for (const name of Object.keys(kept)) delete kept[name];
					Object.assign(kept, { accountId, cursor: { newest: reached, seen: Object.values(seen).flat() } });
				}
				if (field === undefined) kept[part] = odd;
				else (kept[part] as IDataObject)[field] = odd;
				const told = [await poll(parameters)];
				const fresh = happens();
				for (let count = 0; count < 3; count++) {
					doorflow.passes(1);
					told.push(await poll(parameters));
				}
				expect([odd, told.flat().map(({ event, resourceId }) => [event, resourceId])]).toEqual([
					odd,
					[['accessGranted', String(fresh)]],
				]);
			}
		},
	);

	test('it is said, once', async () => {
		for (const [name, broken] of [
			['position', 'x'],
			['position', { accountId: 'harbour', seen: 7 }],
			['watch', 7],
			['cursor', 7],
		] as const) {
			await poll();
			const kept = state();
			if (name === 'cursor') delete kept.position;
			kept[name] = broken;
			engine.logs.length = 0;
			await nextPoll({ watchWebhooks: name === 'watch' });
			await nextPoll({ watchWebhooks: name === 'watch' });
			expect([name, engine.logs]).toEqual([
				name,
				[expect.stringContaining('the data stored by the last poll could not be read')],
			]);
		}
	});

	test('two months old: a week is caught up, and the execution says so', async () => {
		await poll();
		doorflow.passes(60 * 24 * 50);
		const tooOld = doorflow.happens();
		doorflow.passes(60 * 24 * 8);
		const recent = doorflow.happens();
		doorflow.passes(60 * 24 * 2);
		const items = await poll();
		expect(ids(items)).toEqual([recent]);
		expect(ids(items)).not.toContain(tooOld);
		const run = await engine.run(
			{},
			{ type: 'doorFlowPollingTrigger', mode: 'trigger', items: items.map((json) => ({ json })) },
		);
		expect(run.hints).toEqual(['The last poll was 60 days ago. Events older than 7 days are left out.']);
		expect(Object.keys(run.items[0] ?? {})).not.toContain('doorflowGapDays');
		expect(await polls(20)).toEqual([]);
	});

	test('from 0.1.0, of another account: none of what happened since then here', async () => {
		stored = {};
		await poll();
		const kept = state();
		for (const name of Object.keys(kept)) delete kept[name];
		Object.assign(kept, {
			accountId: 'elsewhere',
			cursor: { newest: new Date(doorflow.now - 3_600_000).toISOString(), seen: [] },
		});
		doorflow.happens(30);
		expect(await nextPoll()).toEqual([]);
		expect(await polls(20)).toEqual([]);
	});

	test('from 0.1.0: it goes on where that was, nothing comes again, a cursor in the future is put right', async () => {
		const known = Array.from({ length: 3 }, (_, index) => doorflow.happens(20 * index));
		for (const newest of [doorflow.now, doorflow.now + 365 * 86_400_000]) {
			stored = {};
			await poll();
			const kept = state();
			for (const name of Object.keys(kept)) delete kept[name];
			Object.assign(kept, {
				accountId: 'harbour',
				cursor: { newest: new Date(newest).toISOString(), seen: [known[0]] },
			});
			const fresh = doorflow.happens();
			expect(await nextPoll()).toEqual([fresh]);
			known.push(fresh);
			expect(await polls(20)).toEqual([]);
		}
	});
});

test('more than 1,000 events before the activation: none of them comes, nor later what DoorFlow listed then', async () => {
	for (const slip of [undefined, 2]) {
		for (let count = 1; count <= 2500; count++) doorflow.happens(count / 500);
		stored = {};
		// A page that comes empty makes them no news either.
		doorflow.slip = slip;
		expect(await poll()).toEqual([]);
		expect(await polls(20)).toEqual([]);
		const fresh = doorflow.happens();
		expect(await nextPoll()).toEqual([fresh]);
	}
});

test('a page in the middle that comes empty, for once, loses none of those behind it, however old they are by then', async () => {
	await poll();
	const raised = Array.from({ length: 2_500 }, () => doorflow.happens());
	doorflow.passes(60 * 10);
	doorflow.slip = 2;
	expect(ids(await poll())).toEqual(raised.slice(0, 1_000));
	expect([...(await nextPoll()), ...(await polls(20))]).toEqual(raised.slice(1_000));
});

test('other events and doors chosen: what happened before is not told then', async () => {
	await poll({ events: ['doorForced'] });
	doorflow.happens();
	await nextPoll({ events: ['doorForced'] });
	doorflow.passes(1);
	const fresh = doorflow.happens();
	expect(ids(await poll({ events: ['accessGranted'] }))).toEqual([fresh]);
});

test('an event without a time, or without an ID, comes once', async () => {
	await poll();
	doorflow.happens(0, { created_at: null });
	doorflow.happens(0, { id: null });
	doorflow.passes(1);
	const items = await poll();
	expect(items).toMatchObject([{ data: { id: null } }, { occurredAt: null, late: false }]);
	expect(await polls(20)).toEqual([]);
});

describe('watching the webhooks', () => {
	let watching: object = {};
	let workflows = 0;
	let workflowId = '';
	beforeEach(async () => {
		watching = { watchWebhooks: true };
		workflowId = `watched-by-the-clock-${++workflows}`;
		await pollAndRun();
		doorflow.passes(5);
		await pollAndRun();
	});
	/** A minute passes, n8n polls, and runs what that starts. @returns what came out in each of the modes */
	const pollAndRun = async (
		modes: ReadonlyArray<'retry' | 'trigger'> = ['trigger'],
	): Promise<IDataObject[][]> => {
		doorflow.passes(1);
		const found = await engine.poll(watching as never, stored, 'trigger', workflowId);
		const outcomes: IDataObject[][] = [];
		for (const mode of found.length > 0 ? modes : []) {
			const items = found.map((json) => ({ json }));
			const options = { type: 'doorFlowPollingTrigger', mode, workflowId, items } as const;
			outcomes.push((await engine.run(watching as never, options)).items);
		}
		return outcomes;
	};
	const watched = async (count: number): Promise<IDataObject[]> => {
		const all: IDataObject[][] = [];
		for (let poll = 0; poll < count; poll++) all.push(...(await pollAndRun()));
		return all.flat();
	};

	test('an event that does not say when it happened is missed, too', async () => {
		const missed = [doorflow.happens(0, { created_at: null }), doorflow.happens()];
		const items = await watched(30);
		expect(items.filter(({ event }) => event === 'webhooksSilent')).toHaveLength(1);
		expect(ids(items.filter(({ event }) => event !== 'webhooksSilent')).sort()).toEqual(missed);
	});

	test('at another account, nothing is missed before both nodes know of it', async () => {
		doorflow.connectedTo('warehouse');
		await pollAndRun();
		doorflow.happens();
		expect(await watched(6)).toEqual([]);
		doorflow.happens();
		expect((await watched(6)).map(({ event }) => event)).toEqual(['webhooksSilent', 'accessGranted']);
	});

	test('begun by a clock that was years ahead, it misses what is missed', async () => {
		const { watch } = state() as { watch: { from: string } };
		watch.from = '2036-01-01T00:00:00.000Z';
		await watched(3);
		const missed = doorflow.happens();
		const items = await watched(5);
		expect(items.map(({ event }) => event)).toEqual(['webhooksSilent', 'accessGranted']);
		expect(items[1]?.resourceId).toBe(String(missed));
	});

	/** The run of the DoorFlow Trigger that a webhook starts. */
	const webhook = async (eventId: number, parameters: object): Promise<IDataObject[]> => {
		const items = [
			{
				json: {
					event: 'accessGranted',
					action: 'CREATE',
					resourceType: 'Event',
					resourceId: String(eventId),
					accountId: 'harbour',
					occurredAt: new Date(doorflow.now).toISOString(),
					source: 'webhook',
					data: { id: eventId, event_code: 10, person_id: 1001 },
					notification: {
						resource: `${engine.credentials.data.baseUrl}/api/3/events/${eventId}`,
						ackToken: `a${eventId}`,
					},
				},
			},
		];
		const options = { type: 'doorFlowTrigger', mode: 'webhook', workflowId, items } as const;
		const { items: told, error } = await engine.run(parameters as never, options);
		expect(error).toBeUndefined();
		return told;
	};

	test('what is handed over can be confirmed by the workflow; its webhook, should it come, starts nothing then', async () => {
		const manual = { acknowledge: 'manual' };
		const [confirmed, forgotten] = [doorflow.happens(), doorflow.happens()];
		const [, first = {}] = await watched(5);
		const { items, error } = await engine.run(
			{ resource: 'event', operation: 'acknowledge' },
			{ workflowId, items: [{ json: first }] },
		);
		expect([error, items]).toEqual([undefined, [{ acknowledged: true }]]);
		expect(first.resourceId).toBe(String(confirmed));
		expect(await webhook(confirmed, manual)).toEqual([]);
		// What the workflow did not confirm comes again, as always.
		expect(ids(await webhook(forgotten, manual))).toEqual([forgotten]);
	});

	test('a silence with polls in which nothing happened ends with the next arrival, and the next one is told', async () => {
		doorflow.happens();
		expect((await watched(8)).map(({ event }) => event)).toEqual(['webhooksSilent', 'accessGranted']);
		expect(await webhook(doorflow.happens(), {})).toHaveLength(1);
		expect(await watched(8)).toEqual([]);
		doorflow.happens();
		expect((await watched(8)).map(({ event }) => event)).toEqual(['webhooksSilent', 'accessGranted']);
	});

	test('once per day counts for both triggers together', async () => {
		const parameters = { options: { oncePerDay: true } };
		watching = { ...watching, ...parameters };
		const missed = doorflow.happens();
		expect(ids((await watched(5)).slice(1))).toEqual([missed]);
		expect(await webhook(doorflow.happens(), parameters)).toEqual([]);
		doorflow.passes(60 * 24);
		await watched(2);
		doorflow.happens();
		const arrived = doorflow.happens();
		expect(ids(await webhook(arrived, parameters))).toEqual([arrived]);
		// The one before it was missed, and the day is told of all the same.
		expect((await watched(5)).map(({ event }) => event)).toEqual(['webhooksSilent']);
	});

	test('a run that n8n did not finish, started again by a person, tells all of it again', async () => {
		doorflow.happens();
		let outcomes: IDataObject[][] = [];
		while (outcomes.length === 0) outcomes = await pollAndRun(['trigger', 'retry']);
		const [first, again] = outcomes.map((items) => items.map(({ event, resourceId }) => [event, resourceId]));
		expect(first).toHaveLength(2);
		expect(again).toEqual(first);
	});
});

describe('what is left out', () => {
	test('what happened too long ago starts nothing, and counts as seen', async () => {
		const parameters = { options: { ignoreOlderThanMinutes: 10 } };
		await poll(parameters);
		doorflow.happens(12);
		const recent = doorflow.happens(8);
		expect(await nextPoll(parameters)).toEqual([recent]);
		expect(await nextPoll()).toEqual([]);
	});

	test('only the first admission of a person on a day of the account, also after a restart', async () => {
		const parameters = { options: { oncePerDay: true } };
		await poll(parameters);
		const first = doorflow.happens();
		doorflow.happens();
		const other = doorflow.happens(0, { person_id: 1002 });
		const unnamed = [doorflow.happens(0, { person_id: null }), doorflow.happens(0, { person_id: null })];
		const denied = [doorflow.happens(0, { event_code: 20 }), doorflow.happens(0, { event_code: 20 })];
		expect(await nextPoll(parameters)).toEqual([first, other, ...unnamed, ...denied]);
		stored = JSON.parse(JSON.stringify(stored)) as IDataObject;
		// 18 hours later it is 03:01 in London and 22:01 in New York, where the account is.
		doorflow.passes(60 * 18);
		doorflow.happens();
		expect(await nextPoll(parameters)).toEqual([]);
		doorflow.passes(60 * 2);
		const nextDay = doorflow.happens();
		doorflow.happens(60 * 4);
		expect(await nextPoll(parameters)).toEqual([nextDay]);
	});
});
