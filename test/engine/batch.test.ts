import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { until } from '../until';
import { engine, useEngine } from './useEngine';

useEngine({ config: { syncLimitSeconds: 0 } });
beforeEach(
	async () => await engine.control('config', { latencyMs: 0, rateLimitPerSecond: 0, syncLimitSeconds: 0 }),
);

const create = (more: INodeParameters = {}): INodeParameters => ({
	resource: 'person',
	operation: 'create',
	firstName: '={{ $json.name }}',
	lastName: 'Batch',
	additionalFields: { email: '={{ $json.email }}' },
	...more,
});
let serial = 0;
const people = (count: number): Array<{ json: { name: string; email: string } }> =>
	Array.from({ length: count }, (_, index) => ({
		json: { name: `N${index}`, email: `batch${++serial}@example.com` },
	}));
const requests = (path: string): number =>
	engine.sandbox.store.requests.filter((one) => one.path.startsWith(path)).length;

/** Numbers from 0 to 1 that look like chance and are the same for the same seed. */
function chance(seed: number): () => number {
	let state = seed;
	return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** So long an answer takes, in milliseconds, that also a busy machine sends all that it may before it comes. */
const ANSWER_MS = 400;

/** How many requests are under way at most. */
function watch(): { most: () => number; stop: () => void } {
	let now = 0;
	let most = 0;
	const { news } = engine.sandbox.store.shared;
	const listener = (): void => {
		most = Math.max(most, ++now);
		// Begun before the sandbox's own wait, so that it ends before the answer.
		setTimeout(() => now--, ANSWER_MS);
	};
	news.on('arrived', listener);
	return { most: () => most, stop: () => void news.off('arrived', listener) };
}

test('1,000 items of which 5 % fail at random: order, pairing, the failures on their items, one sync', async () => {
	const seed = Number(process.env.BATCH_SEED ?? Date.now() % 2_147_483_646) || 1;
	console.log(`BATCH_SEED=${seed}`);
	const random = chance(seed);
	const items = people(1000).map((item) =>
		random() < 0.05 ? { json: { ...item.json, email: 'ada.okafor@harbour.example' } } : item,
	);
	const before = requests('/api/3/sync');
	const { outputs } = await engine.run(create({ options: { syncAfter: true, concurrency: 10 } }), {
		items,
		continueOnFail: true,
	});
	const output = outputs[0] ?? [];
	expect(output.map(({ pairedItem }) => pairedItem)).toEqual(items.map((_, item) => ({ item })));
	expect(output.map(({ json }) => json.first_name ?? json.error)).toEqual(
		items.map(({ json }) =>
			String(json.email).startsWith('ada')
				? 'DoorFlow refused to create the person: email: has already been taken'
				: json.name,
		),
	);
	expect(requests('/api/3/sync') - before).toBe(1);
});

test.each([1, 3, 8])('no more than %i items at once', async (concurrency) => {
	await engine.control('config', { latencyMs: ANSWER_MS });
	const seen = watch();
	const { items, error } = await engine.run(create({ options: { concurrency } }), {
		items: people(3 * concurrency),
	});
	seen.stop();
	expect([error, items.length, seen.most()]).toEqual([undefined, 3 * concurrency, concurrency]);
});

test('a cancelled execution sends nothing more, and no sync', async () => {
	await engine.control('config', { latencyMs: 30 });
	const before = engine.sandbox.store.people.size;
	const syncs = requests('/api/3/sync');
	let sent = 0;
	const { news } = engine.sandbox.store.shared;
	const count = (request: string): void => void (request === 'POST /api/3/people' && sent++);
	news.on('arrived', count);
	await engine.run(create({ options: { syncAfter: true } }), {
		items: people(500),
		cancelWhen: until('some to be under way', () => sent >= 12),
	});
	const atEnd = sent;
	expect(atEnd).toBeLessThan(200);
	// Whatever were still to be sent would be sent before the answers to these.
	for (let other = 0; other < 3; other++) await engine.run({ resource: 'account', operation: 'get' });
	news.off('arrived', count);
	// The five lanes may each have had one on its way.
	expect(sent - atEnd).toBeLessThanOrEqual(5);
	expect(engine.sandbox.store.people.size - before).toBeLessThanOrEqual(sent);
	expect(requests('/api/3/sync')).toBe(syncs);
});

test('lookups are made once, and one visitor twice in a batch is one visit', async () => {
	const items = people(20);
	const first = items[0] ?? { json: {} };
	const before = engine.sandbox.store.requests.length;
	const { items: out, error } = await engine.run(
		{
			resource: 'visitor',
			operation: 'checkIn',
			firstName: '={{ $json.name }}',
			lastName: 'Batch',
			accessBy: 'groups',
			groupIds: ['2'],
			endTime: new Date(Date.now() + 3_600_000).toISOString(),
			issue: 'pin',
			matchBy: 'email',
			email: '={{ $json.email }}',
		},
		{ items: [...items, first] as INodeExecutionData[] },
	);
	expect(error).toBeUndefined();
	expect([out[20]?.isNew, out[20]?.pin]).toEqual([false, out[0]?.pin]);
	const asked = engine.sandbox.store.requests.slice(before);
	for (const path of [
		'/api/3/account',
		'/api/3/groups',
		'/api/3/credential_types',
		'/api/3/group_reservations?',
		'/api/3/sync',
	])
		expect([
			path,
			asked.filter((one) => one.path.startsWith(path) && (one.method === 'GET' || path.endsWith('sync')))
				.length,
		]).toEqual([path, 1]);
	expect(asked.filter(({ method }) => method === 'POST')).toHaveLength(3 * 20 + 1);
});

test('items of one person keep their order, by whatever they are told apart', async () => {
	await engine.control('config', { latencyMs: 10 });
	const email = `order${++serial}@example.com`;
	const items = [
		{ email, systemId: '' },
		{ email, systemId: 'S-1' },
		{ email: '', systemId: 'S-1' },
	].map((json, index) => ({ json: { ...json, name: `Turn${index}` } }));
	const { items: out, error } = await engine.run(
		{
			resource: 'person',
			operation: 'upsert',
			matchBy: '={{ $json.email ? "email" : "systemId" }}',
			email: '={{ $json.email }}',
			systemId: '={{ $json.systemId }}',
			firstName: '={{ $json.name }}',
			lastName: 'Order',
			additionalFields: { systemId: '={{ $json.systemId || undefined }}' },
		},
		{ items },
	);
	expect(error).toBeUndefined();
	expect(out.map(({ first_name: name }) => name)).toEqual(['Turn0', 'Turn1', 'Turn2']);
	expect(new Set(out.map(({ id }) => id)).size).toBe(1);
});

test('what was changed before a failure reaches the doors too; told to wait, the sync waits', async () => {
	await engine.control('config', { syncLimitSeconds: 2 });
	const before = Date.now();
	engine.sandbox.store.lastSync = before;
	const [good, bad] = people(2);
	const { error } = await engine.run(
		create({ options: { syncAfter: true, waitForSync: true, concurrency: 1 } }),
		{ items: [good ?? { json: {} }, { json: { ...bad?.json, email: good?.json.email } }] },
	);
	expect(error?.message).toContain('DoorFlow refused to create the person: email');
	expect(engine.sandbox.store.lastSync).toBeGreaterThan(before);
	expect(engine.sandbox.store.unsynced).toBe(false);
});
