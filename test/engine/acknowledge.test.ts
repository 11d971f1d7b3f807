import { Engine } from './engine';

let engine: Engine;
beforeAll(async () => {
	engine = await Engine.start();
});
afterAll(async () => await engine.stop());

const acknowledge = async (resourceUrl: string) => {
	const before = engine.sandbox.store.requests.length;
	const { error } = await engine.run({ resource: 'event', operation: 'acknowledge', resourceUrl });
	return { error: error?.message, requests: engine.sandbox.store.requests.length - before };
};

test.each([
	'/oauth/token/info',
	'/api/2/events/1',
	'/api/3/../../oauth/token/info',
	'/api/3/%2e%2e/%2e%2e/oauth/token/info',
	'//elsewhere.example/api/3/events/1',
	'/\\elsewhere.example/api/3/events/1',
	'/_sandbox/reset',
])('the path %s is refused, and nothing is sent', async (path) => {
	expect(await acknowledge(path)).toEqual({
		error: 'Acknowledge URL does not lead to a resource of DoorFlow',
		requests: 0,
	});
});

test.each(['/api/3/events/1?ack_token=a', 'full'])('%s is asked for', async (address) => {
	const url = address === 'full' ? `${engine.sandbox.url}/api/3/events/1?ack_token=a` : address;
	expect(await acknowledge(url)).toEqual({ error: undefined, requests: 1 });
});

test.each(['https://elsewhere.example/api/3/events/1', 'http://127.0.0.1:1/api/3/events/1'])(
	'%s never gets the token',
	async (address) => {
		const { error, requests } = await acknowledge(address);
		expect(error).toBeDefined();
		expect(requests).toBe(0);
	},
);
