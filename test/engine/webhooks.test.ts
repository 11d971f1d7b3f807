import { createHash, createHmac } from 'node:crypto';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { hasArrived } from '../../nodes/shared/lives';
import { startAfresh } from '../../nodes/shared/processWide';
import { RunLimiter } from '../../nodes/DoorFlowTrigger/runLimiter';
import { until } from '../until';
import { Engine, processedOf } from './engine';

/** What happened to the DoorFlow Trigger of 0.1.0 in trials, and must not happen again. */

let engine: Engine;
beforeAll(async () => {
	engine = await Engine.start();
});
afterAll(async () => await engine.stop());
beforeEach(async () => {
	startAfresh();
	await engine.control('config', {
		failurePath: '',
		failureRate: 0,
		latencyMs: 0,
		silentPath: '',
		rateLimitPerSecond: 0,
		tokenAnswerDelayMs: 0,
	});
});
afterEach(() => jest.restoreAllMocks());

let serial = 0;
const of = (id: number, changes: object = {}) => ({
	action: 'CREATE',
	resource: `${engine.sandbox.url}/api/3/events/${id}?ack_token=w${++serial}`,
	resource_type: 'Event',
	resource_id: String(id),
	account_id: 'hrbrHs7',
	ack_token: `w${serial}`,
	...changes,
});
function signed(payload: unknown, key = 'sandbox-secret'): { body: Buffer; headers: Record<string, string> } {
	const body = Buffer.from(JSON.stringify(payload));
	const timestamp = String(Math.floor(Date.now() / 1000));
	const signature = createHmac('sha256', key).update(`${timestamp}.`).update(body).digest('hex');
	return { body, headers: { signature, timestamp } };
}
const raise = async (count = 1): Promise<number[]> => {
	const ids: number[] = [];
	for (let made = 0; made < count; made++)
		ids.push((await engine.control<{ id: number }>('door', { channelId: 1340, state: 'forced' })).id);
	return ids;
};
const webhook = async (payload: unknown, parameters: object = {}) =>
	await engine.webhook(signed(payload), parameters as never);
const run = async (items: INodeExecutionData[], parameters: object = {}) =>
	await engine.run(parameters as never, { type: 'doorFlowTrigger', mode: 'webhook', items });
const idsOf = (items: readonly (IDataObject | INodeExecutionData)[]): number[] =>
	items.map((item) => Number(('json' in item ? (item.json as IDataObject) : item).resourceId));
/** Requests that arrived since, without queries; those that acknowledge say so. */
function requestsSince(): () => string[] {
	const { requests } = engine.sandbox.store;
	const before = requests.length;
	return () => requests.slice(before).map(({ path }) => path);
}
const acks = (paths: readonly string[]): number => paths.filter((path) => path.includes('ack_token')).length;

describe('when acknowledging does not go through', () => {
	test('and DoorFlow hangs, events come out within its one short time, all of them', async () => {
		const items = (await webhook((await raise(6)).map((id) => of(id)))).items;
		expect(items).toHaveLength(6);
		await engine.control('config', { silentPath: '^GET /api/3/events' });
		const began = Date.now();
		const { items: emitted, hints } = await run(items);
		expect(Date.now() - began).toBeLessThan(20_000);
		expect(emitted).toHaveLength(6);
		expect(hints[0]).toContain('6 event(s) could not be acknowledged');
	});

	test('and DoorFlow asks to wait for 55 s, nobody waits for that; the redelivery confirms them', async () => {
		const notifications = (await raise(6)).map((id) => of(id));
		const { items } = await webhook(notifications);
		await engine.control('config', {
			failurePath: '^GET /api/',
			failureStatus: 429,
			failureRate: 1,
			failureWaitSeconds: 55,
		});
		const began = Date.now();
		expect((await run(items)).items).toHaveLength(6);
		expect(Date.now() - began).toBeLessThan(20_000);
		startAfresh();
		await engine.control('config', { failurePath: '', failureRate: 0 });
		const again = await webhook(notifications);
		const asked = requestsSince();
		expect((await run(again.items)).items).toEqual([]);
		expect(acks(asked())).toBe(6);
	});
});

describe('when DoorFlow hangs while it is told of what nobody wants', () => {
	const wanted = { events: ['doorForced'] };
	const unwanted = async (count: number): Promise<Array<ReturnType<typeof of>>> => {
		const all: Array<ReturnType<typeof of>> = [];
		for (let made = 0; made < count; made++) {
			const present = { channelId: 1340, value: '41000' };
			all.push(of((await engine.control<{ id: number }>('present', present)).id));
		}
		return all;
	};

	test('what nobody wants is acknowledged beside what is wanted', async () => {
		const [forced = 0] = await raise();
		const asked = requestsSince();
		const others = await unwanted(3);
		const { items } = await webhook([...others, of(forced)], wanted);
		expect(idsOf(items)).toEqual([forced]);
		const acknowledged = ({ resource_id: id }: ReturnType<typeof of>): boolean =>
			asked().some((path) => path.startsWith(`/api/3/events/${id}?ack_token`));
		await until('all to be acknowledged', () => others.every(acknowledged));
		expect(acknowledged(of(forced))).toBe(false);
	});

	test('nor does its answer wait for long; when they come again, only that is tried again', async () => {
		const notifications = await unwanted(12);
		await engine.control('config', { silentPath: '^GET /api/3/events/.*ack_token' });
		const began = Date.now();
		expect(await webhook(notifications, wanted)).toMatchObject({ status: 200, items: [] });
		expect(Date.now() - began).toBeLessThan(9_000);
		await engine.control('config', { silentPath: '' });
		const asked = requestsSince();
		expect(await webhook(notifications, wanted)).toMatchObject({ status: 200, items: [] });
		await until('all to be acknowledged', () => acks(asked()) >= 12);
		expect(asked().filter((path) => !path.includes('ack_token'))).toEqual([]);
	});
});

describe('when n8n is behind', () => {
	test('nothing is refused: what needs a look at DoorFlow is looked at in the run', async () => {
		jest.spyOn(RunLimiter.prototype, 'isOverloaded').mockReturnValue(true);
		const [wanted = 0] = await raise();
		const { id: other } = await engine.control<{ id: number }>('present', {
			channelId: 1340,
			value: '41000',
		});
		const events = { events: ['doorForced'] };
		const asked = requestsSince();
		const { status, items } = await webhook([of(wanted), of(other)], events);
		expect(status).toBe(200);
		expect(asked().filter((path) => path.includes('/events/'))).toEqual([]);
		const { items: emitted } = await run(items, events);
		expect(emitted).toMatchObject([
			{ event: 'doorForced', resourceId: String(wanted), data: { id: wanted } },
		]);
		expect(emitted[0]).not.toHaveProperty('pending');
		expect(acks(asked())).toBe(2);
	});

	test('what belongs to another account is left out in the run, too', async () => {
		const overloaded = jest.spyOn(RunLimiter.prototype, 'isOverloaded').mockReturnValue(true);
		const [own = 0, other = 0] = await raise(2);
		const { items } = await webhook([of(own), of(other)]);
		// Somebody connected another account before the run began: it was not told of this one.
		for (const { json } of items.slice(1))
			(json.notification as IDataObject).accountId = 'exchanged-meanwhile';
		const asked = requestsSince();
		expect(idsOf((await run(items)).items)).toEqual([own]);
		expect(asked().filter((path) => path.includes(`/events/${other}`))).toEqual([]);
		overloaded.mockRestore();
	});

	test('and DoorFlow can not be read in the run either, the run fails, and the next delivery counts', async () => {
		const overloaded = jest.spyOn(RunLimiter.prototype, 'isOverloaded').mockReturnValue(true);
		const notification = of((await raise())[0] ?? 0);
		const { items } = await webhook([notification]);
		await engine.control('config', { failurePath: '^GET /api/3/events', failureStatus: 500, failureRate: 1 });
		const { error, items: none } = await run(items);
		expect(error?.message).toContain('DoorFlow has a problem');
		expect(none).toEqual([]);
		await engine.control('config', { failurePath: '', failureRate: 0 });
		overloaded.mockReturnValue(false);
		const again = await webhook([notification]);
		expect((await run(again.items)).items).toHaveLength(1);
	});
});

test('20 webhooks in the moment of expiry: one refresh, few reads of the credential, none refused', async () => {
	const ids = await raise(21);
	await webhook([of(ids.pop() ?? 0)]);
	await engine.control('expire-tokens', {});
	const { refreshed } = await engine.control<{ refreshed: number }>('tokens');
	// As slow as on a busy machine.
	const read = engine.credentials.getDecrypted.bind(engine.credentials);
	const reading = jest.spyOn(engine.credentials, 'getDecrypted').mockImplementation(async () => {
		await new Promise((next) => setTimeout(next, 100));
		return await read();
	});
	const results = await Promise.all(ids.map(async (id) => await webhook([of(id)])));
	expect(new Set(results.map(({ status }) => status))).toEqual(new Set([200]));
	expect(idsOf(results.flatMap(({ items }) => items)).sort((one, other) => one - other)).toEqual(ids);
	expect(await engine.control('tokens')).toMatchObject({ refreshed: refreshed + 1, refused: 0 });
	// One by n8n, which refreshes, and one by us afterwards.
	expect(reading.mock.calls.length).toBeLessThanOrEqual(3);
});

test('the token endpoint takes long: a webhook has its answer in its time, and the run looks at the event', async () => {
	const [id = 0] = await raise();
	await engine.control('expire-tokens', {});
	const { stored } = engine.credentials;
	await engine.control('config', { tokenAnswerDelayMs: 20_000 });
	const { status, items } = await webhook([of(id)]);
	expect(status).toBe(200);
	// The new token is not there yet.
	expect(engine.credentials.stored).toBe(stored);
	await engine.control('config', { tokenAnswerDelayMs: 0 });
	expect(idsOf((await run(items)).items)).toEqual([id]);
});

test('a wait that DoorFlow asks a webhook for is kept by all that use the connection', async () => {
	const [id = 0] = await raise();
	await engine.control('config', {
		failurePath: '^GET /api/3/events',
		failureStatus: 429,
		failureRate: 1,
		failureWaitSeconds: 8,
	});
	const began = Date.now();
	// It has no time for that: the run looks at the event.
	expect((await webhook([of(id)])).items).toMatchObject([{ json: { pending: true } }]);
	await engine.control('config', { failurePath: '', failureRate: 0 });
	const { error } = await engine.run({ resource: 'account', operation: 'get' });
	expect(error).toBeUndefined();
	expect(Date.now() - began).toBeGreaterThan(7_500);
});

describe('hundreds of notifications in one request, and a slow DoorFlow', () => {
	test('each delivery makes progress: nothing is asked for twice, and all come out', async () => {
		const ids = await raise(200);
		const notifications = ids.map((id) => of(id));
		await engine.control('config', { latencyMs: 600 });
		const asked = requestsSince();
		const first = await webhook(notifications);
		expect(first.status).toBe(200);
		// As many as there was time for; the run looks at the others.
		const looked = asked().filter((path) => path.includes('/events/')).length;
		expect(looked).toBeGreaterThan(0);
		expect(looked).toBeLessThan(200);
		const between = requestsSince();
		expect(await webhook(notifications)).toMatchObject({ status: 200, items: [] });
		expect(between().filter((path) => path.includes('/events/'))).toEqual([]);
		await engine.control('config', { latencyMs: 0 });
		expect(idsOf((await run(first.items)).items).sort((one, other) => one - other)).toEqual(ids);
	});
});

describe("n8n's database fails while the credential is read again", () => {
	const failing = (): jest.SpyInstance =>
		jest
			.spyOn(engine.credentials, 'getDecrypted')
			.mockRejectedValue(new Error('SQLITE_BUSY: database is locked'));
	const passes = (seconds: number): void => {
		const now = Date.now() + seconds * 1000;
		jest.spyOn(Date, 'now').mockReturnValue(now);
	};

	test('the good connection is used for five minutes; after that it is 503, and never trusted unread', async () => {
		const [one = 0, two = 0, three = 0] = await raise(3);
		expect((await webhook([of(one)])).status).toBe(200);
		failing();
		passes(60);
		expect((await webhook([of(two)])).status).toBe(200);
		passes(301);
		expect(await webhook([of(three)])).toMatchObject({ status: 503, items: [] });
		startAfresh();
		expect(await webhook([of(three)])).toMatchObject({ status: 503, items: [] });
	});

	test('a credential that can not be used is read, and said in the log, once in five seconds', async () => {
		const { clientSecret } = engine.credentials.data;
		engine.credentials.data.clientSecret = '';
		const reading = jest.spyOn(engine.credentials, 'getDecrypted');
		const before = engine.logs.length;
		const { body } = signed([of(1)]);
		for (let times = 0; times < 20; times++)
			expect(await engine.webhook({ body, headers: {} })).toMatchObject({ status: 401, items: [] });
		engine.credentials.data.clientSecret = clientSecret as string;
		expect(reading).toHaveBeenCalledTimes(1);
		expect(engine.logs.length - before).toBe(1);
	});
});

/** The old secret was read, it is replaced, and so much time passes. @returns the answer to an event that `send` delivers */
async function afterReplacing(
	milliseconds: number,
	send: (id: number) => ReturnType<typeof webhook>,
): ReturnType<typeof webhook> {
	const [one = 0, two = 0] = await raise(2);
	expect((await webhook([of(one)])).status).toBe(200);
	const { clientSecret } = engine.credentials.data;
	engine.credentials.data.clientSecret = 'replaced';
	const now = Date.now() + milliseconds;
	jest.spyOn(Date, 'now').mockReturnValue(now);
	const answer = await send(two);
	engine.credentials.data.clientSecret = clientSecret as string;
	return answer;
}

test('a new secret works five seconds after the old one was read', async () => {
	const answer = await afterReplacing(
		5_001,
		async (id) => await engine.webhook(signed([of(id)], 'replaced')),
	);
	expect(answer.status).toBe(200);
});

test('a secret that was replaced signs nothing any more after half a minute', async () => {
	const answer = await afterReplacing(31_000, async (id) => await webhook([of(id)]));
	expect(answer).toMatchObject({ status: 401, items: [] });
});

describe('a filter by group without the permission to read people', () => {
	const filtered = { filters: { groupIds: [1] } };
	let kept: typeof engine.credentials.data;
	beforeEach(async () => {
		kept = structuredClone(engine.credentials.data);
		await engine.connect(['account.event.access.readonly']);
	});
	afterEach(() => (engine.credentials.data = kept));

	test('can not be activated, and the permission is named', async () => {
		await expect(engine.activate(filtered)).rejects.toMatchObject({
			description: expect.stringContaining('"Read People and Credentials"'),
		});
		expect(await engine.activate({})).toBe(true);
	});

	test('that was taken away later: a run fails and names it', async () => {
		const { id } = await engine.control<{ id: number }>('present', { channelId: 1340, value: '41000' });
		const { status, items } = await webhook([of(id)], filtered);
		expect({ status, items: items.length }).toEqual({ status: 200, items: 1 });
		const asked = requestsSince();
		const { error } = await run(items, filtered);
		expect(error?.message).toContain('"Read People and Credentials"');
		expect(error?.description).toContain(
			'With these settings, the node needs the permissions "Read Door Events" and "Read People and Credentials".',
		);
		expect(acks(asked())).toBe(0);
	});
});

test('an action that is not known is passed on as other, beside a door that was forced', async () => {
	const [one = 0, other = 0] = await raise(2);
	const { status, items } = await webhook([of(one), of(other, { action: 'ARCHIVE' })]);
	expect(status).toBe(200);
	expect(items.map(({ json }) => [json.event, json.action])).toEqual([
		['doorForced', 'CREATE'],
		['other', 'ARCHIVE'],
	]);
});

test('a body that is one object is taken', async () => {
	const [id = 0] = await raise();
	expect((await webhook(of(id))).items).toMatchObject([{ json: { event: 'doorForced' } }]);
});

test('a captured request with 100 unwanted notifications, replayed, makes no requests', async () => {
	// What is wanted comes as often as it is sent where Deduplicate is off; what is not wanted does not.
	for (const deduplicate of [true, false]) {
		const wanted = { events: ['credentialCreated'], options: { deduplicate } };
		const captured = signed((await raise(100)).map((id) => of(id)));
		const asked = requestsSince();
		const first = await engine.webhook(captured, wanted as never);
		expect(first.status).toBe(200);
		// On a busy machine, a webhook has no time for all of them: the run sees to the rest.
		if (first.items.length > 0) expect((await run(first.items, wanted)).items).toEqual([]);
		await until('all to be acknowledged', () => acks(asked()) === 100);
		const before = asked().length;
		for (let times = 0; times < 3; times++)
			expect(await engine.webhook(captured, wanted)).toMatchObject({ status: 200, items: [] });
		expect(asked()).toHaveLength(before);
	}
});

describe('acknowledge manually', () => {
	const manual = { acknowledge: 'manual', options: { confirmWithinSeconds: 5, toleranceSeconds: 300 } };
	const passes = (seconds: number): void => {
		const now = Date.now() + seconds * 1000;
		jest.spyOn(Date, 'now').mockReturnValue(now);
	};

	test.each([
		['the same process', () => undefined],
		['another process', startAfresh],
	])('what was confirmed never comes again, for %s', async (what, restart) => {
		const workflowId = `confirmed-${what}`;
		const runHere = async (items: INodeExecutionData[]) =>
			(await engine.run(manual, { type: 'doorFlowTrigger', mode: 'webhook', workflowId, items })).items;
		const writing = jest.spyOn(processedOf(workflowId), 'checkAndRecord');
		const notifications = [of((await raise())[0] ?? 0)];
		const [item = {}] = await runHere((await webhook(notifications, manual)).items);
		const { items: confirmed } = await engine.run(
			{ resource: 'event', operation: 'acknowledge' },
			{ workflowId, items: [{ json: item }] },
		);
		expect(confirmed).toEqual([{ acknowledged: true }]);
		// The first process looks once more when all is quiet, before it is no more.
		await until('the look', () => writing.mock.calls.length > 1);
		await Promise.all(writing.mock.results.map(({ value }) => value as Promise<unknown>));
		restart();
		for (const seconds of [1, 301, 601, 3_000]) {
			passes(seconds);
			const again = await webhook(notifications, manual);
			expect(again.status).toBe(200);
			expect(await runHere(again.items)).toEqual([]);
		}
	});

	test('the time to confirm is at least the tolerance: a captured request can not be used to start it again', async () => {
		const notifications = [of((await raise())[0] ?? 0)];
		await run((await webhook(notifications, manual)).items, manual);
		passes(290);
		expect((await webhook(notifications, manual)).items).toEqual([]);
		// Between once and one and a half times that.
		passes(180);
		const again = await webhook(notifications, manual);
		expect((await run(again.items, manual)).items).toHaveLength(1);
	});
});

describe('what n8n keeps in its database', () => {
	test('is written once: a restart in between loses nothing', async () => {
		const workflowId = 'one-write';
		const processed = processedOf(workflowId);
		const options = { type: 'doorFlowTrigger', mode: 'webhook', workflowId } as const;
		const { id } = await engine.control<{ id: number }>('present', { channelId: 1340, value: '41000' });
		const { items } = await webhook([of(id)]);
		const sizes: number[] = [];
		const write = processed.checkAndRecord.bind(processed);
		jest.spyOn(processed, 'checkAndRecord').mockImplementation(async (...given) => {
			const written = await write(...given);
			sizes.push(processed.workflow.length);
			return written;
		});
		const parameters = { acknowledge: 'manual', options: { oncePerDay: true } };
		expect((await engine.run(parameters, { ...options, items })).items).toHaveLength(1);
		// The event, that it has to be confirmed, its three halves of the time for that, its day, and that it was the first:
		// all of it is there after the first write, and each later one finds it there.
		expect(new Set(sizes)).toEqual(new Set([7]));
	});

	test('a database that takes nothing: the run fails, nothing is emitted, and the next delivery counts', async () => {
		const workflowId = 'no-write';
		const writing = jest
			.spyOn(processedOf(workflowId), 'checkAndRecord')
			.mockRejectedValue(new Error('SQLITE_BUSY: database is locked'));
		const options = { type: 'doorFlowTrigger', mode: 'webhook', workflowId } as const;
		const { items } = await webhook([of((await raise())[0] ?? 0)]);
		const failed = await engine.run({}, { ...options, items });
		expect(failed.error?.message).toContain('SQLITE_BUSY');
		expect(failed.items).toEqual([]);
		writing.mockRestore();
		expect((await engine.run({}, { ...options, items })).items).toHaveLength(1);
	});

	test('what 0.1.0 recorded is read: nothing that it emitted comes again, and new events do', async () => {
		const workflowId = 'of-0.1.0';
		const [old = 0, fresh = 0] = await raise(2);
		const before = of(old);
		// As 0.1.0 named it.
		processedOf(workflowId).node = [
			createHash('sha256')
				.update(JSON.stringify(['Event', String(old), 'CREATE', before.ack_token]))
				.digest('base64url')
				.slice(0, 22),
			'something else',
		];
		const { items } = await webhook([before, of(fresh)]);
		const options = { type: 'doorFlowTrigger', mode: 'webhook', workflowId } as const;
		expect(idsOf((await engine.run({}, { ...options, items })).items)).toEqual([fresh]);
		expect(idsOf((await engine.run({}, { ...options, items })).items)).toEqual([]);
		// After a day, nothing of it can come again.
		jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 25 * 60 * 60_000);
		const { items: later } = await webhook([of((await raise())[0] ?? 0)]);
		await engine.run({}, { ...options, items: later });
		expect(processedOf(workflowId).node).toEqual([]);
	});
});

test('an event that was refused because DoorFlow had trouble has not arrived', async () => {
	const [id = 0] = await raise();
	const identity = { accountId: 'hrbrHs7', resourceId: String(id), resourceType: 'Event', action: 'CREATE' };
	await engine.control('config', { failurePath: '^GET /api/3/events', failureStatus: 500, failureRate: 1 });
	expect((await webhook([of(id)])).status).toBe(503);
	expect(hasArrived('wf', identity)).toBe(false);
	await engine.control('config', { failurePath: '', failureRate: 0 });
	await webhook([of(id)]);
	expect(hasArrived('wf', identity)).toBe(true);
});
