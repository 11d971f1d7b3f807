import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { until } from '../until';
import { startAfresh } from '../../nodes/shared/processWide';
import { Engine, processed } from './engine';

let engine: Engine;
let foreign: Server;
let foreignRequests = 0;
beforeAll(async () => {
	engine = await Engine.start();
	foreign = createServer((_request, response) => {
		foreignRequests++;
		response.end('{}');
	});
	await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
	foreign.close();
	await engine.stop();
});
beforeEach(async () => await engine.control('config', { failurePath: '' }));

afterEach(() => {
	jest.restoreAllMocks();
	// What was kept may be of a time that has not come.
	startAfresh();
});
/** So much time passes at once, for n8n and for DoorFlow. */
function passes(seconds: number): void {
	const [now, began] = [Date.now() + seconds * 1000, performance.now()];
	jest.spyOn(Date, 'now').mockImplementation(() => now + Math.round(performance.now() - began));
}

let serial = 0;
const account = 'hrbrHs7';
const eventNotification = (id: number | string, changes: object = {}) => ({
	action: 'CREATE',
	resource: `${engine.sandbox.url}/api/3/events/${id}?ack_token=ack${++serial}`,
	resource_type: 'Event',
	resource_id: String(id),
	account_id: account,
	ack_token: `ack${serial}`,
	...changes,
});

function signed(
	payload: unknown,
	{ key = 'sandbox-secret', offset = 0 } = {},
): { body: Buffer; headers: Record<string, string> } {
	const body = Buffer.from(JSON.stringify(payload));
	const timestamp = String(Math.floor(Date.now() / 1000) + offset);
	const signature = createHmac('sha256', key).update(`${timestamp}.`).update(body).digest('hex');
	return { body, headers: { 'content-type': 'application/json', signature, timestamp } };
}

const raise = async (body: object = { channelId: 1340, value: '41000' }, path = 'present') =>
	await engine.control<{ id: number }>(path, body);

describe('webhook', () => {
	test('a signed event is fetched without its ack_token and passed on', async () => {
		const { id } = await raise();
		const before = engine.sandbox.store.requests.length;
		const result = await engine.webhook(signed([eventNotification(id)]));
		expect(result.status).toBe(200);
		expect(result.items[0]?.json).toMatchObject({
			event: 'accessGranted',
			resourceId: String(id),
			accountId: account,
			source: 'webhook',
			data: { id, event_code: 11, channel_id: 1340 },
		});
		const asked = engine.sandbox.store.requests.slice(before).map(({ path }) => path);
		expect(asked.some((path) => path === `/api/3/events/${id}`)).toBe(true);
		expect(asked.join()).not.toContain('ack_token');
	});

	test.each([
		['a wrong key', { key: 'other' }],
		['a timestamp of 6 minutes ago', { offset: -360 }],
		['a timestamp 6 minutes ahead', { offset: 360 }],
	])('%s is refused', async (_what, options) => {
		const { id } = await raise();
		const result = await engine.webhook(signed([eventNotification(id)], options));
		expect(result).toMatchObject({ status: 401, items: [] });
	});

	test('a clock 4 minutes off is accepted', async () => {
		const { id } = await raise();
		expect((await engine.webhook(signed([eventNotification(id)], { offset: -240 }))).status).toBe(200);
	});

	test('an unsigned request is refused', async () => {
		const { body } = signed([eventNotification(1)]);
		expect(await engine.webhook({ body, headers: {} })).toMatchObject({ status: 401, items: [] });
	});

	test.each([['{"a":1}'], ['[]'], ['nonsense'], ['[1]'], ['[{"action":"CREATE"}]']])(
		'a signed body %s is no notification',
		async (text) => {
			const timestamp = String(Math.floor(Date.now() / 1000));
			const signature = createHmac('sha256', 'sandbox-secret').update(`${timestamp}.${text}`).digest('hex');
			expect(
				await engine.webhook({ body: Buffer.from(text), headers: { signature, timestamp } }),
			).toMatchObject({ status: 400, items: [] });
		},
	);

	test('the token never goes to another host', async () => {
		const port = (foreign.address() as AddressInfo).port;
		const own = new URL(engine.sandbox.url);
		const addresses = [
			`http://127.0.0.1:${port}/api/3/events/1`,
			`https://127.0.0.1:${own.port}/api/3/events/1`,
			`http://127.0.0.1:${own.port}@127.0.0.1:${port}/api/3/events/1`,
			`http://user@127.0.0.1:${own.port}/api/3/events/1`,
			`http://127。0。0。1:${own.port}/api/3/events/1`,
			`http://127.0.0.1:${own.port}\\@127.0.0.1:${port}/api/3/events/1`,
			`http://127.0.0.1:${own.port}/api/3/../../_sandbox/state`,
			'file:///etc/passwd',
		];
		for (const resource of addresses) {
			const result = await engine.webhook(signed([eventNotification(1, { resource })]));
			expect([resource, result.status, result.items]).toEqual([resource, 400, []]);
		}
		expect(foreignRequests).toBe(0);
	});

	test('what is wanted by name, door and person only', async () => {
		const names = async (parameters: object) => {
			const granted = await raise();
			const denied = await raise({ channelId: 1341, value: '9999' });
			const both = [eventNotification(granted.id), eventNotification(denied.id)];
			return (await engine.webhook(signed(both), parameters as never)).items.map(({ json }) => json.event);
		};
		expect(await names({})).toEqual(['accessGranted', 'accessDenied']);
		expect(await names({ events: ['accessDenied'] })).toEqual(['accessDenied']);
		expect(await names({ filters: { channelIds: ['1340'] } })).toEqual(['accessGranted']);
		expect(await names({ filters: { personIds: '1001' } })).toEqual(['accessGranted']);
		expect(await names({ filters: { groupIds: [1] } })).toEqual(['accessGranted']);
		expect(await names({ filters: { groupIds: [4] } })).toEqual([]);
	});

	test('when it happened, and whether it is late, is told; what is too old is confirmed and starts nothing', async () => {
		const at = (minutesAgo: number): string => new Date(Date.now() - minutesAgo * 60_000).toISOString();
		let occurredAt = '';
		const deliver = async (minutesAgo: number, options: object = {}) => {
			const { id } = await raise();
			occurredAt = at(minutesAgo);
			Object.assign(engine.sandbox.store.events.find((one) => one.id === id) ?? {}, {
				created_at: occurredAt,
			});
			return (await engine.webhook(signed([eventNotification(id)]), { options } as never)).items;
		};
		const confirmed = () =>
			engine.sandbox.store.requests.filter(({ path }) => path.includes('ack_token')).length;
		expect((await deliver(4))[0]?.json).toMatchObject({ late: false, occurredAt });
		expect((await deliver(6))[0]?.json).toMatchObject({ late: true, occurredAt });
		const before = confirmed();
		expect(await deliver(9, { ignoreOlderThanMinutes: 10 })).toHaveLength(1);
		expect(confirmed()).toBe(before);
		expect(await deliver(11, { ignoreOlderThanMinutes: 10 })).toEqual([]);
		expect(confirmed()).toBe(before + 1);
		expect(await deliver(11, { ignoreOlderThanMinutes: '' })).toHaveLength(1);
	});

	test('a redelivery starts no second execution: while n8n has it, it is not confirmed; then it is confirmed once', async () => {
		const { id } = await raise();
		const again = eventNotification(id);
		const before = engine.sandbox.store.requests.filter(({ path }) => path.includes('ack_token')).length;
		const confirmed = () =>
			engine.sandbox.store.requests.filter(({ path }) => path.includes('ack_token')).length - before;
		const deliver = async (parameters: object = {}) => {
			const { status, items } = await engine.webhook(signed([again]), parameters as never);
			return { status, items: items.length };
		};
		const first = await engine.webhook(signed([again]));
		expect(first.items).toHaveLength(1);
		expect(await deliver()).toEqual({ status: 200, items: 0 });
		expect(confirmed()).toBe(0);
		await engine.run({}, { type: 'doorFlowTrigger', mode: 'webhook', items: first.items });
		expect(confirmed()).toBe(1);
		expect(await deliver()).toEqual({ status: 200, items: 0 });
		expect(await deliver({ acknowledge: 'manual' })).toEqual({ status: 200, items: 0 });
		expect(confirmed()).toBe(1);
		expect(await deliver({ options: { deduplicate: false } })).toEqual({ status: 200, items: 1 });
		// Should DoorFlow not have noted it, it is told again, ten minutes later.
		await engine.run({}, { type: 'doorFlowTrigger', mode: 'webhook', items: first.items });
		passes(601);
		expect(await deliver()).toEqual({ status: 200, items: 0 });
		expect(confirmed()).toBe(3);
	});

	test('when n8n is behind, events share a run: each is in exactly one, and every sender gets a 200', async () => {
		let others: number[] = [];
		// That runs begin in this process is known from then on.
		await engine.webhook(signed([eventNotification((await raise()).id)]));
		const together = async (parameters: object) =>
			await Promise.all(
				others.map(
					async (id) => await engine.webhook(signed([eventNotification(id)]), parameters as never, 100),
				),
			);
		const sizes = async (parameters: object): Promise<number[]> => {
			others = [];
			for (let count = 0; count < 12; count++) others.push((await raise()).id);
			const results = await together(parameters);
			expect(new Set(results.map(({ status }) => status))).toEqual(new Set([200]));
			expect(
				results
					.flatMap(({ items }) => items.map(({ json }) => Number(json.resourceId)))
					.sort((one, other) => one - other),
			).toEqual(others);
			return results.map(({ items }) => items.length);
		};
		const combined = await sizes({});
		expect(Math.max(...combined)).toBeGreaterThan(1);
		expect(combined.filter((size) => size > 0).length).toBeLessThan(others.length);
		expect(await sizes({ options: { combineWhenBusy: false } })).toEqual(others.map(() => 1));
	});

	test('another account is left out, which the log says once', async () => {
		const { id } = await raise();
		const before = engine.logs.length;
		for (let times = 0; times < 2; times++) {
			const other = eventNotification(id, { account_id: 'elsewhere' });
			expect(await engine.webhook(signed([other]))).toMatchObject({ status: 200, items: [] });
		}
		expect(engine.logs.slice(before).filter((line) => line.includes('"elsewhere"'))).toHaveLength(1);
	});

	test('a gone resource is told without data; a failing one comes again and does not hold back others', async () => {
		const notification = eventNotification(5);
		passes(0);
		expect(await engine.webhook(signed([notification]))).toMatchObject({ status: 503, items: [] });
		passes(59);
		expect(await engine.webhook(signed([notification]))).toMatchObject({ status: 503, items: [] });
		// Nor is it dropped because a filter can't be told to fit.
		const filtered = { events: ['accessGranted'], filters: { channelIds: ['1340'] } };
		expect(await engine.webhook(signed([notification]), filtered)).toMatchObject({ status: 503, items: [] });
		passes(2);
		const gone = await engine.webhook(signed([notification]));
		expect(gone.items[0]?.json).toMatchObject({
			data: null,
			dataError: 'DoorFlow no longer has this resource',
		});
		const deleted = eventNotification(6, { action: 'DESTROY', resource_type: 'PersonCredential' });
		expect((await engine.webhook(signed([deleted]))).items[0]?.json).toMatchObject({
			event: 'credentialDeleted',
			data: null,
		});
		const good = await raise();
		const bad = await raise();
		await engine.control('config', { failurePath: `/api/3/events/${bad.id}`, failureStatus: 500 });
		const mixed = await engine.webhook(signed([eventNotification(bad.id), eventNotification(good.id)]));
		expect(mixed.status).toBe(503);
		expect(mixed.items.map(({ json }) => json.resourceId)).toEqual([String(good.id)]);
	});

	test('an expired token is refreshed on the way', async () => {
		const { id } = await raise();
		await engine.control('expire-tokens', {});
		expect((await engine.webhook(signed([eventNotification(id)]))).items).toHaveLength(1);
	});

	test('both secrets are accepted when both are set', async () => {
		const { id } = await raise();
		engine.credentials.data.webhookSecret = 'rotated';
		engine.credentialId = 'cred-rotated';
		for (const key of ['rotated', 'sandbox-secret']) {
			expect([key, (await engine.webhook(signed([eventNotification(id)], { key }))).status]).toEqual([
				key,
				200,
			]);
		}
		engine.credentials.data.webhookSecret = '';
		engine.credentialId = 'cred-1';
	});

	test('without any secret everything is refused', async () => {
		const { clientSecret } = engine.credentials.data;
		engine.credentials.data.clientSecret = '';
		engine.credentialId = 'cred-without-secret';
		const result = await engine.webhook(signed([eventNotification(1)], { key: '' }));
		engine.credentials.data.clientSecret = clientSecret as string;
		engine.credentialId = 'cred-1';
		expect(result).toMatchObject({ status: 401, items: [] });
	});
});

describe('execute', () => {
	const held = (id: number, ackToken = `t${++serial}`) => ({
		json: {
			event: 'accessGranted',
			action: 'CREATE',
			resourceType: 'Event',
			resourceId: String(id),
			accountId: account,
			receivedAt: '2026-11-24T09:00:00.000Z',
			source: 'webhook',
			data: { id, event_code: 11 },
			notification: { resource: `${engine.sandbox.url}/api/3/events/${id}?ack_token=${ackToken}`, ackToken },
		},
	});
	const acknowledged = () =>
		engine.sandbox.store.requests.filter(({ path }) => path.includes('ack_token')).length;

	test('acknowledges, emits the documented item, and drops a redelivery that it acknowledges again', async () => {
		const { id } = await raise();
		const item = held(id);
		const before = acknowledged();
		const first = await engine.run({}, { type: 'doorFlowTrigger', mode: 'webhook', items: [item] });
		expect(first.items).toEqual([
			expect.objectContaining({ event: 'accessGranted', resourceId: String(id) }),
		]);
		expect(first.items[0]).not.toHaveProperty('notification');
		expect(acknowledged()).toBe(before + 1);
		const again = await engine.run({}, { type: 'doorFlowTrigger', mode: 'webhook', items: [item] });
		expect(again.items).toEqual([]);
		expect(acknowledged()).toBe(before + 2);
	});

	test('manual acknowledgement passes the URL on; Event → Acknowledge confirms it', async () => {
		const { id } = await raise();
		const before = acknowledged();
		const { items } = await engine.run(
			{ acknowledge: 'manual' },
			{ type: 'doorFlowTrigger', mode: 'webhook', items: [held(id)] },
		);
		expect(acknowledged()).toBe(before);
		const { items: done } = await engine.run(
			{ resource: 'event', operation: 'acknowledge', resourceUrl: '={{ $json.acknowledgeUrl }}' },
			{ items: [{ json: items[0] ?? {} }] },
		);
		expect(done).toEqual([{ acknowledged: true }]);
		expect(acknowledged()).toBe(before + 1);
	});

	test('with manual acknowledgement, what nobody confirmed starts the workflow again after five minutes, not before', async () => {
		const { id } = await raise();
		const item = held(id);
		// It happened long before it was handed over: that does not count.
		item.json.data = {
			id,
			event_code: 11,
			created_at: new Date(Date.now() - 299_000).toISOString(),
		} as never;
		const run = async (secondsLater: number) => {
			passes(secondsLater);
			// Another process, as in queue mode, knows what stands in the database.
			startAfresh();
			return (
				await engine.run(
					{ acknowledge: 'manual' },
					{ type: 'doorFlowTrigger', mode: 'webhook', items: [item] },
				)
			).items.length;
		};
		const before = acknowledged();
		expect([await run(0), await run(3), await run(290), await run(160), await run(3)]).toEqual([
			1, 0, 0, 1, 0,
		]);
		expect(acknowledged()).toBe(before);
	});

	test('twenty runs at the same time with the same notification emit it once; with different ones, each once', async () => {
		const { id } = await raise();
		const same = held(id);
		const emitted = async (items: Array<ReturnType<typeof held>>) =>
			(
				await Promise.all(
					items.map(
						async (item) => await engine.run({}, { type: 'doorFlowTrigger', mode: 'webhook', items: [item] }),
					),
				)
			).flatMap(({ items: out }) => out).length;
		expect(await emitted(Array.from({ length: 20 }, () => same))).toBe(1);
		const different = Array.from({ length: 20 }, (_, index) => held(id + 1_000_000 + index));
		expect(await emitted(different)).toBe(20);
		expect(await emitted(different)).toBe(0);
	});

	test('what another process wrote over is put back', async () => {
		const { id } = await raise();
		const stale = [...processed.workflow];
		await engine.run({}, { type: 'doorFlowTrigger', mode: 'webhook', items: [held(id)] });
		const recorded = processed.workflow.filter((key) => !stale.includes(key));
		expect(recorded).toHaveLength(1);
		processed.workflow = stale;
		await until('it to be put back', () => recorded.every((key) => processed.workflow.includes(key)));
	});

	test('acknowledge asks no other host', async () => {
		const port = (foreign.address() as AddressInfo).port;
		const { error } = await engine.run({
			resource: 'event',
			operation: 'acknowledge',
			resourceUrl: `http://127.0.0.1:${port}/api/3/events/1`,
		});
		expect(error?.message).toBe("The address doesn't belong to this credential's DoorFlow");
		expect(foreignRequests).toBe(0);
	});

	test('a run that somebody gave a foreign address acknowledges nothing there', async () => {
		const { id } = await raise();
		const item = held(id);
		const port = (foreign.address() as AddressInfo).port;
		item.json.notification.resource = `http://127.0.0.1:${port}/api/3/events/${id}`;
		const { hints } = await engine.run({}, { type: 'doorFlowTrigger', mode: 'webhook', items: [item] });
		expect(hints).toEqual([expect.stringContaining('1 event(s) could not be acknowledged at DoorFlow')]);
		expect(foreignRequests).toBe(0);
	});

	describe('once per day', () => {
		let person = 5000;
		beforeEach(() => person++);
		/** Harbour House is in London: its day of 24 November ends at midnight UTC. */
		const admission = (id: number, occurredAt: string, more: object = {}, data: object = {}) => {
			const item = held(id);
			return {
				json: {
					...item.json,
					occurredAt,
					...more,
					data: { ...item.json.data, person_id: person, ...data },
				},
			};
		};
		const run = async (items: object[], parameters: object = {}, mode: 'manual' | 'webhook' = 'webhook') => {
			const { outputs, error } = await engine.run({ options: { oncePerDay: true }, ...parameters } as never, {
				type: 'doorFlowTrigger',
				mode,
				items: items as never,
			});
			expect(error).toBeUndefined();
			return outputs.flat().map(({ json }) => Number(json.resourceId));
		};

		test("a person's first admission of a day in the account's time zone comes, others do not; all else is not affected", async () => {
			const before = acknowledged();
			expect(await run([admission(1, '2026-11-24T09:00:00Z'), admission(2, '2026-11-24T09:05:00Z')])).toEqual(
				[1],
			);
			expect(acknowledged()).toBe(before + 2);
			expect(
				await run([
					admission(3, '2026-11-24T23:59:59Z'),
					admission(4, '2026-11-25T00:00:01Z'),
					admission(5, '2026-11-24T10:00:00Z', { event: 'accessDenied' }),
					admission(6, '2026-11-24T10:00:00Z', {}, { person_id: null }),
					admission(7, '2026-11-24T10:00:00Z', {}, { person_id: person + 1000 }),
				]),
			).toEqual([4, 5, 6, 7]);
		});

		test('what a workflow has to confirm stays the first when it comes again; others are confirmed for it', async () => {
			const manual = { acknowledge: 'manual', options: { oncePerDay: true } };
			const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
			const first = admission(11, minutesAgo(0), {}, { created_at: minutesAgo(0) });
			const before = acknowledged();
			expect(await run([first], manual)).toEqual([11]);
			expect(acknowledged()).toBe(before);
			const second = admission(12, minutesAgo(0));
			expect(await run([second], manual)).toEqual([]);
			expect(acknowledged()).toBe(before + 1);
			passes(460);
			expect(await run([first], manual)).toEqual([11]);
			expect(await run([admission(12, minutesAgo(0))], manual)).toEqual([]);
		});

		test('a test by hand is neither held back nor remembered', async () => {
			const item = admission(21, '2026-11-24T09:00:00Z');
			expect(await run([item], {}, 'manual')).toEqual([21]);
			expect(await run([item], {}, 'manual')).toEqual([21]);
			expect(await run([item])).toEqual([21]);
		});

		test('while the time zone is not known, nothing is emitted, recorded or confirmed', async () => {
			const item = admission(31, '2026-11-24T09:00:00Z');
			const before = acknowledged();
			await engine.control('config', { failurePath: '/api/3/account', failureStatus: 404 });
			const { error } = await engine.run(
				{ options: { oncePerDay: true } },
				{ type: 'doorFlowTrigger', mode: 'webhook', items: [item] as never },
			);
			expect(error?.message).toContain("read the account's time zone");
			expect(acknowledged()).toBe(before);
			await engine.control('config', { failurePath: '' });
			expect(await run([item])).toEqual([31]);
		});
	});

	test('one output per category', async () => {
		const { outputs } = await engine.run(
			{ outputMode: 'perCategory' },
			{
				type: 'doorFlowTrigger',
				mode: 'manual',
				items: [held(1), { json: { ...held(2).json, event: 'doorForced' } }],
			},
		);
		expect(outputs.map((output) => output.length)).toEqual([1, 0, 1, 0, 0]);
	});
});

describe('the grant that a credential was saved with', () => {
	const get = { resource: 'account', operation: 'get' };

	/** With a credential that n8n hands out so, and a token that has run out. @returns what DoorFlow was asked */
	async function savedWith(grant: object, work: () => Promise<void>): Promise<string[]> {
		const { data } = engine.credentials;
		await engine.control('expire-tokens', {});
		engine.credentials.data = { ...data, ...grant };
		if (!('grantType' in grant)) delete engine.credentials.data.grantType;
		const before = engine.sandbox.store.requests.length;
		try {
			await work();
		} finally {
			const { oauthTokenData = {} } = engine.credentials.data;
			engine.credentials.data = { ...data, oauthTokenData };
		}
		return engine.sandbox.store.requests.slice(before).map(({ path }) => path);
	}

	test.each<{ grantType?: unknown }>([
		{ grantType: 'clientCredentials' },
		{ grantType: 'client_credentials' },
		{ grantType: 'password' },
		{ grantType: 'implicit' },
		{ grantType: 'something new' },
		{ grantType: '' },
		{ grantType: ['authorizationCode'] },
	])('%j is refused by all nodes, and nothing is asked', async (grant) => {
		const { id } = await raise();
		const why = "a grant type that DoorFlow doesn't allow";
		const asked = await savedWith(grant, async () => {
			const { error } = await engine.run(get);
			expect(error?.message).toBe('The DoorFlow credential has a setting that is not allowed');
			expect(error?.description).toContain(why);
			await expect(engine.activate({})).rejects.toMatchObject({ description: expect.stringContaining(why) });
			expect(await engine.webhook(signed([eventNotification(id)]))).toMatchObject({ status: 401, items: [] });
			await expect(engine.poll({}, {})).rejects.toMatchObject({ description: expect.stringContaining(why) });
			await expect(engine.load('loadGroups')).rejects.toMatchObject({
				description: expect.stringContaining(why),
			});
		});
		expect(asked).toEqual([]);
	});

	test.each<{ grantType?: unknown }>([
		// n8n fills in the default of a hidden field that was never saved.
		{},
		{ grantType: 'authorizationCode' },
		{ grantType: 'pkce' },
	])('%j is taken by all nodes', async (grant) => {
		const { id } = await raise();
		const asked = await savedWith(grant, async () => {
			expect((await engine.run(get)).error).toBeUndefined();
			expect(await engine.activate({})).toBe(true);
			expect((await engine.webhook(signed([eventNotification(id)]))).items).toHaveLength(1);
			expect(await engine.poll({}, {})).toEqual([]);
		});
		expect(asked).toContain('/oauth/token');
	});
});
