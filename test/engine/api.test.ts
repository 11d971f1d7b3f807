import { create, engine, locator, useEngine } from './useEngine';

useEngine();

beforeEach(
	async () =>
		await engine.control('config', {
			failurePath: '',
			silentPath: '',
			dropAfterWrite: false,
			rateLimitPerSecond: 0,
		}),
);

const get = { resource: 'person', operation: 'get', personId: locator(1001) };

test('a POST whose fate is unknown is not sent twice', async () => {
	await engine.control('config', { dropAfterWrite: true });
	const before = engine.sandbox.store.people.size;
	const { error } = await engine.run(create, {
		items: [{ json: { first: 'Unsure', mail: 'unsure@example.com' } }],
	});
	expect(error?.message).toBe('It is unclear whether DoorFlow managed to create the person');
	expect(engine.sandbox.store.people.size).toBe(before + 1);
});

test('a GET is tried again', async () => {
	await engine.control('config', { failurePath: 'GET /api/3/people/1001', failureStatus: 500 });
	let asked = 0;
	const heal = (request: string): void => {
		if (request === 'GET /api/3/people/1001' && ++asked === 2)
			engine.sandbox.control.config({ failurePath: '' });
	};
	engine.sandbox.store.shared.news.on('arrived', heal);
	const { items } = await engine.run(get);
	engine.sandbox.store.shared.news.off('arrived', heal);
	expect([asked, items[0]?.first_name]).toEqual([2, 'Ada']);
});

test('an answer that does not come in the time given is an error in words', async () => {
	await engine.control('config', { silentPath: 'GET /api/3/people/1001' });
	const { error } = await engine.run({ ...get, options: { timeout: 0.1234 } });
	expect(error?.message).toBe('DoorFlow could not be reached to read the person');
});

test('waits when told to, and nothing is lost', async () => {
	await engine.control('config', { rateLimitPerSecond: 10 });
	const items = Array.from({ length: 25 }, (_, index) => ({
		json: { first: `R${index}`, mail: `r${index}@example.com` },
	}));
	const { items: people, error } = await engine.run(create, { items });
	expect(error).toBeUndefined();
	expect(people.map(({ first_name: name }) => name)).toEqual(items.map(({ json }) => json.first));
});

test('an unreachable API is said so', async () => {
	const before = engine.credentials.data;
	const baseUrl = 'http://127.0.0.1:1';
	engine.credentials.data = { ...before, baseUrl, accessTokenUrl: `${baseUrl}/oauth/token` };
	const { error } = await engine.run(get);
	engine.credentials.data = before;
	expect(error?.message).toBe('DoorFlow could not be reached to read the person');
});

test.each([
	'http://api.doorflow.com',
	'https://api.doorflow.com/v1',
	'https://me@api.doorflow.com',
	'https://api.doorflow.com?x=1',
	'https://evil.example',
	'',
])('a base URL such as %s is refused before anything is sent', async (bad) => {
	const { baseUrl } = engine.credentials.data;
	engine.credentials.data.baseUrl = bad;
	const { error } = await engine.run(get);
	engine.credentials.data.baseUrl = baseUrl as string;
	expect(error?.message).toBe('The DoorFlow credential has a setting that is not allowed');
});

test.each([
	['accessTokenUrl', 'https://evil.example/oauth/token', 'another address for its tokens'],
	['accessTokenUrl', 'https://api.doorflow.com/oauth/token', 'another address for its tokens'],
	['ignoreSSLIssues', true, "doesn't check the server's certificate"],
])(
	'a hidden field %s that somebody set to %s is refused before anything is sent',
	async (name, value, why) => {
		const before = engine.credentials.data;
		engine.credentials.data = { ...before, [name]: value };
		const asked = engine.sandbox.store.requests.length;
		const { error } = await engine.run(get);
		await expect(engine.activate({})).rejects.toThrow();
		engine.credentials.data = before;
		expect(error?.description).toContain(why);
		expect(engine.sandbox.store.requests).toHaveLength(asked);
	},
);
