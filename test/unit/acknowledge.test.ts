import { acknowledge, acknowledgeAll } from '../../nodes/DoorFlowTrigger/acknowledge';
import { keptTokens } from '../../nodes/DoorFlowTrigger/connection';
import { DoorFlowApi } from '../../nodes/shared/api';
import type { Lives } from '../../nodes/shared/lives';
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

describe('all that is done with', () => {
	const of = (id: number) => ({
		action: 'CREATE',
		resource: `${doorflow.url}/api/3/events/${id}`,
		resourceType: 'Event',
		resourceId: String(id),
		accountId: 'own',
		ackToken: 'a',
	});
	const debug = jest.fn<void, [string]>();
	const come = jest.fn<void, [unknown, string]>();
	const lives = { come } as unknown as Lives;
	beforeEach(() => {
		debug.mockClear();
		come.mockClear();
	});

	test('is noted as acknowledged, one by one', async () => {
		const all = [of(1), of(2), of(3)];
		expect(await acknowledgeAll(api, all, { lives, until: soon(), logger: { debug } })).toBe(0);
		expect(come.mock.calls).toEqual(all.map((one) => [one, 'acknowledged']));
		expect(debug).not.toHaveBeenCalled();
	});

	test('and can not be acknowledged is counted, not noted, and said in the log', async () => {
		status = 403;
		expect(await acknowledgeAll(api, [of(1), of(2)], { lives, until: soon(), logger: { debug } })).toBe(2);
		expect(come).not.toHaveBeenCalled();
		expect(debug.mock.calls).toEqual([
			[expect.stringContaining('could not be acknowledged: DoorFlow does not allow')],
			[expect.stringContaining('could not be acknowledged: DoorFlow does not allow')],
		]);
	});

	test('in a test by hand is acknowledged, and not noted', async () => {
		const done = await acknowledgeAll(api, [of(1)], {
			lives: undefined,
			until: soon(),
			logger: { debug },
		});
		expect(done).toBe(0);
		expect(debug).not.toHaveBeenCalled();
	});

	test('is nothing: there is nothing to wait for', async () => {
		expect(await acknowledgeAll(api, [], { lives, until: soon(), logger: { debug } })).toBe(0);
		expect(doorflow.got).toEqual([]);
	});
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
