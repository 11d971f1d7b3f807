import { acknowledge } from '../../nodes/DoorFlowTrigger/acknowledge';
import { keptTokens } from '../../nodes/DoorFlowTrigger/connection';
import { DoorFlowApi } from '../../nodes/shared/api';
import { startAfresh } from '../../nodes/shared/processWide';
import { credentialFor, serve, Webhook, type Serving } from './webhook';

let doorflow: Serving;
let elsewhere: Serving;
let status = 200;
let api: DoorFlowApi;
beforeAll(async () => {
	doorflow = await serve(() => ({ status, body: {} }));
	elsewhere = await serve(() => ({ body: {} }));
});
afterAll(async () => await Promise.all([doorflow.stop(), elsewhere.stop()]));
beforeEach(() => {
	startAfresh();
	doorflow.got.length = 0;
	status = 200;
	const { context } = new Webhook(() => credentialFor(doorflow.url));
	api = new DoorFlowApi(context, keptTokens(context));
});

const soon = (): number => Date.now() + 60_000;
const path = '/api/3/events/1';
const resource = (): string => doorflow.url + path;

test('the resource is fetched with its ack_token and the token of the connection', async () => {
	expect(await acknowledge(api, { resource: resource(), ackToken: 'a&b' }, soon())).toBeUndefined();
	expect(doorflow.got).toEqual([{ path: `${path}?ack_token=a%26b`, authorization: 'Bearer token-1' }]);
});

test('what is gone counts as acknowledged; any other failure is told', async () => {
	status = 404;
	expect(await acknowledge(api, { resource: resource(), ackToken: 'a' }, soon())).toBeUndefined();
	status = 403;
	expect(await acknowledge(api, { resource: resource(), ackToken: 'a' }, soon())).toContain(
		'acknowledge the event',
	);
});

test.each([
	'https://evil.example/api/3/events/1',
	'https://api.doorflow.com.evil.example/api/3/events/1',
	'https://api.doorflow.com@evil.example/api/3/events/1',
	'http://api.doorflow.com/api/3/events/1',
	'{elsewhere}/api/3/events/1',
	'{doorflow}/oauth/token/info',
	'/api/3/events/1',
	'nonsense',
	'',
])('an event at %s is not acknowledged', async (address) => {
	const foreign = address.replace('{elsewhere}', elsewhere.url).replace('{doorflow}', doorflow.url);
	expect(await acknowledge(api, { resource: foreign, ackToken: 'a' }, soon())).toBe(
		'its address is not at the DoorFlow of this credential',
	);
	expect([...doorflow.got, ...elsewhere.got]).toEqual([]);
});

test('after its time nothing is sent', async () => {
	expect(await acknowledge(api, { resource: resource(), ackToken: 'a' }, Date.now() - 1)).toContain(
		'did not answer in time',
	);
	expect(doorflow.got).toEqual([]);
});

test('it never throws, whatever goes wrong', async () => {
	const { context } = new Webhook(() => ({}));
	const unusable = new DoorFlowApi(context, keptTokens(context));
	expect(await acknowledge(unusable, { resource: resource(), ackToken: 'a' }, soon())).toBe(
		"The DoorFlow credential can't be used",
	);
	const odd = new DoorFlowApi(context, {
		current: async () => await Promise.reject('no error at all'),
		renewed: async () => await Promise.reject(new Error('not needed')),
	});
	expect(await acknowledge(odd, { resource: resource(), ackToken: 'a' }, soon())).toBe('it failed');
});
