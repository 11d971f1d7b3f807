import type { INodeParameters } from 'n8n-workflow';

import { ALLOW } from '../../nodes/DoorFlow/describe';
import { PERMISSIONS } from '../../nodes/shared/permissions';
import { Engine } from './engine';
import { engine, locator, useEngine } from './useEngine';

jest.mock('../../nodes/shared/retryPolicy', () => jest.requireActual<object>('./quickRetries'));

const WAREHOUSE = [1350, 1351];
const ALL = [1340, 1341, 1342, 1343, ...WAREHOUSE];

useEngine();
beforeEach(async () => {
	await engine.control('config', { failurePath: '', latencyMs: 0 });
	for (const door of store().doors.values()) Object.assign(door, { lockdown: null, status: 'online' });
});

const store = () => engine.sandbox.store;
const lockedDown = (): number[] =>
	[...store().doors.values()].filter(({ lockdown }) => lockdown !== null).map(({ id }) => id);
const door = (operation: 'lockdown' | 'unlockdown', more: INodeParameters): INodeParameters => ({
	resource: 'channel',
	operation,
	...more,
});
const site = (id: number | string) => ({ target: 'site', siteId: locator(id) });
/** With an expression as the choice, n8n asks for all that it may need. */
const BOTH = { channelId: locator(1342), siteId: locator(4) };
const commands = (): string[] =>
	store()
		.requests.filter(({ method }) => method === 'POST')
		.map(({ path }) => path);

describe.each([
	['one door', { channelId: locator(1342) }, [1342]],
	['one door, chosen as such', { target: 'door', channelId: locator(1342) }, [1342]],
	['a site', site(4), WAREHOUSE],
	['the account', { target: 'account' }, ALL],
	['the account, by the word in the panel', { ...BOTH, target: '={{ "all doors of the account" }}' }, ALL],
])('%s', (_, target, doors) => {
	test('is locked down, and nothing else; and the lockdown ends', async () => {
		const { items, error, hints } = await engine.run(door('lockdown', target));
		expect([error, hints]).toEqual([undefined, []]);
		expect(lockedDown()).toEqual(doors);
		if (doors.length > 1)
			expect(items).toEqual(
				doors.map((channelId) => ({
					channelId,
					name: store().doors.get(channelId)?.name,
					lockedDown: true,
					error: null,
				})),
			);
		expect(await engine.control('present', { channelId: doors[0], value: '41000' })).toMatchObject({
			event_code: 22,
		});
		const ended = await engine.run(door('unlockdown', target));
		expect(ended.error).toBeUndefined();
		expect(lockedDown()).toEqual([]);
		if (doors.length > 1)
			expect(ended.items.map(({ channelId, lockedDown: now, error: why }) => [channelId, now, why])).toEqual(
				doors.map((channelId) => [channelId, false, null]),
			);
	});
});

test('what is locked out is said once for all doors', async () => {
	await engine.run(door('lockdown', { ...site(4), cardLockdown: false, rexLockdown: true }));
	for (const id of WAREHOUSE)
		expect(store().doors.get(id)?.lockdown).toMatchObject({
			card_lockdown: { state: false },
			rex_lockdown: { state: true },
		});
});

describe('never all doors by an empty choice', () => {
	test.each([
		['the choice gives nothing', { ...BOTH, target: '={{ $json.missing }}' }, 'Which Doors is missing'],
		['the choice gives null', { ...BOTH, target: '={{ null }}' }, 'Which Doors is missing'],
		['the choice gives an empty text', { ...BOTH, target: '={{ "" }}' }, 'Which Doors is missing'],
		['the choice is no choice', { ...BOTH, target: 'everything' }, 'Which Doors can\'t be "everything"'],
		['no door is chosen', { target: 'door' }, 'Parameter "Door" is required'],
		['no site is chosen', { target: 'site' }, 'Parameter "Site" is required'],
		['the site is left empty', site(''), 'Parameter "Site" is required'],
		['the site gives nothing', site('={{ $json.missing }}'), 'Site is missing'],
		['the site gives an empty text', site('={{ "" }}'), 'Site is missing'],
		['nobody knows the site', site(99), 'No door belongs to the site with ID "99"'],
	])('%s', async (_, target, said) => {
		for (const operation of ['lockdown', 'unlockdown'] as const) {
			const before = commands().length;
			// What is left empty by hand, n8n refuses itself.
			const message = await engine.run(door(operation, target)).then(
				({ error }) => error?.message,
				(error: Error) => error.message,
			);
			expect(message).toContain(said);
			expect(commands()).toHaveLength(before);
		}
	});

	test('a DoorFlow that lists doors of other sites, too', async () => {
		const moved = store().doors.get(1350) as unknown as { site_id: unknown };
		let reads = 0;
		Object.defineProperty(moved, 'site_id', {
			configurable: true,
			enumerable: true,
			get: () => (++reads > 1 ? 3 : 4),
		});
		const { items } = await engine.run(door('lockdown', site(4)));
		Object.defineProperty(moved, 'site_id', {
			configurable: true,
			enumerable: true,
			writable: true,
			value: 4,
		});
		expect(items.map(({ channelId }) => channelId)).toEqual([1351]);
		expect(lockedDown()).toEqual([1351]);
	});
});

describe('a door that fails', () => {
	test('keeps none of the others open: its row says why, and so does a hint', async () => {
		await engine.control('door', { channelId: 1341, state: 'offline' });
		await engine.control('config', { failurePath: 'POST /api/3/channels/1343', failureStatus: 403 });
		const { items, error, hints } = await engine.run(door('lockdown', { target: 'account' }));
		expect(error).toBeUndefined();
		expect(lockedDown()).toEqual(ALL.filter((id) => id !== 1341 && id !== 1343));
		expect(items.map(({ lockedDown: now }) => now)).toEqual([true, false, true, false, true, true]);
		expect(items[1]?.error).toBe('The door is offline and does not accept the command');
		expect(items[3]?.error).toContain('the permission "Control Doors (Restricted)" may be missing');
		expect(hints).toEqual(['Not locked down: 2 of 6 doors (Reception, Server Room). The rows say why.']);
	});

	test('goes to the error output where there is one, and the others to the main output', async () => {
		await engine.control('config', { failurePath: 'POST /api/3/channels/1350', failureStatus: 403 });
		const { outputs, error } = await engine.run(door('lockdown', site(4)), { errorOutput: true });
		expect(error).toBeUndefined();
		expect(outputs[0]?.map(({ json }) => [json.channelId, json.lockedDown])).toEqual([[1351, true]]);
		const refused = 'Loading Bay (ID 1350): DoorFlow does not allow';
		expect(outputs[1]).toMatchObject([
			{
				json: { error: expect.stringContaining(refused) },
				error: { message: expect.stringContaining(refused) },
				pairedItem: { item: 0 },
			},
		]);
		const regular = await engine.run(door('lockdown', site(4)), { continueOnFail: true });
		expect(regular.items.map(({ channelId }) => channelId)).toEqual(WAREHOUSE);
	});

	test('is not known to be locked down where DoorFlow gave no clear answer', async () => {
		await engine.control('config', { failurePath: 'POST /api/3/channels/1350', failureStatus: 500 });
		const { items } = await engine.run(door('lockdown', site(4)));
		expect(items.map(({ lockedDown: now }) => now)).toEqual([null, true]);
		expect(items[0]?.error).toContain('DoorFlow has a problem');
	});

	test('stays as it was listed where the command to end it is refused', async () => {
		await engine.run(door('lockdown', site(4)));
		await engine.control('config', { failurePath: 'POST /api/3/channels/1350', failureStatus: 422 });
		const { items, hints } = await engine.run(door('unlockdown', site(4)));
		expect(items.map(({ lockedDown: now }) => now)).toEqual([true, false]);
		expect(hints[0]).toContain('Not out of lockdown: 1 of 2 doors (Loading Bay)');
	});

	test('where all fail, it is an error and no list that nobody reads', async () => {
		await engine.control('config', { failurePath: 'POST /api/3/channels/', failureStatus: 403 });
		const { error } = await engine.run(door('lockdown', site(4)));
		expect(error?.message).toContain('No door is locked down: DoorFlow does not allow this connection');
		expect(error?.description).toContain('Doors: Loading Bay, Warehouse Side Door.');
	});

	test('a door that DoorFlow still lists as open is told, whatever the status of the answer', async () => {
		const stubborn = store().doors.get(1351) as unknown as object;
		Object.defineProperty(stubborn, 'lockdown', {
			configurable: true,
			enumerable: true,
			get: () => null,
			set: () => undefined,
		});
		const { items } = await engine.run(door('lockdown', site(4)));
		Object.defineProperty(stubborn, 'lockdown', {
			configurable: true,
			enumerable: true,
			writable: true,
			value: null,
		});
		expect(items[1]).toMatchObject({
			lockedDown: false,
			error: 'DoorFlow accepted the command, but does not list the door as locked down',
		});
	});
});

test.each([
	['of one door', { channelId: locator(1350) }],
	['of a site', site(4)],
])(
	'the command %s is sent again where DoorFlow has trouble: twice does the same as once',
	async (_, target) => {
		await engine.control('config', { failurePath: 'POST /api/3/channels/1350', failureStatus: 503 });
		const before = commands().length;
		await engine.run(door('lockdown', target));
		const sent = commands()
			.slice(before)
			.filter((path) => path === '/api/3/channels/1350/lockdown');
		expect(sent.length).toBeGreaterThan(1);
	},
);

test('without the permission to read doors nothing is sent, and the message names it', async () => {
	const other = await Engine.start(
		{},
		PERMISSIONS.map(({ scope }) => scope).filter((scope) => scope !== 'account.channel.readonly'),
	);
	const { error } = await other.run(door('lockdown', { target: 'account' }));
	expect(error?.message).toContain('Read Doors');
	expect([...other.sandbox.store.doors.values()].filter(({ lockdown }) => lockdown !== null)).toEqual([]);
	await other.stop();
});

test.each(['tool', 'request'] as const)(
	'an agent (%s) locks down nothing, until a person allows it',
	async (path) => {
		const all = door('lockdown', { target: 'account' });
		expect((await engine.agent(all, {}, path)).answer).toContain('is not allowed for AI agents in this tool');
		expect(lockedDown()).toEqual([]);
		await engine.agent({ ...all, [ALLOW]: true }, {}, path);
		expect(lockedDown()).toEqual(ALL);
	},
);
