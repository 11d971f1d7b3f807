import { createHmac } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';

import { receive } from '../../nodes/DoorFlowTrigger/receive';
import { startAfresh } from '../../nodes/shared/processWide';
import { until } from '../until';
import { credentialFor, serve, Webhook, type Answer, type Serving } from './webhook';

const MB = 1024 * 1024;
const event = (id: string) => ({ id: Number(id), event_code: 11, created_at: new Date().toISOString() });

let doorflow: Serving;
let elsewhere: Serving;
/** What the server says, in place of what DoorFlow would. */
let instead: Record<string, Answer>;
let webhook: Webhook;
beforeAll(async () => {
	doorflow = await serve((path) => {
		if (path in instead) return instead[path];
		if (path === '/oauth/token/info') return { body: { account_id: 'own' } };
		const id = /^\/api\/3\/events\/(\d+)(\?|$)/.exec(path)?.[1];
		return id === undefined ? undefined : { body: event(id) };
	});
	elsewhere = await serve(() => ({ body: {} }));
});
afterAll(async () => await Promise.all([doorflow.stop(), elsewhere.stop()]));
beforeEach(() => {
	startAfresh();
	instead = {};
	doorflow.got.length = 0;
	webhook = new Webhook(() => credentialFor(doorflow.url));
});

const of = (id: number, more: object = {}) => ({
	action: 'CREATE',
	resource: `${doorflow.url}/api/3/events/${id}`,
	resource_type: 'Event',
	resource_id: String(id),
	account_id: 'own',
	ack_token: `ack-${id}`,
	...more,
});

/** A request comes in with this body, rightly signed unless told otherwise. */
async function comes(body: unknown, key = 'client-secret') {
	const rawBody = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
	const timestamp = String(Math.floor(Date.now() / 1000));
	const signature = createHmac('sha256', key).update(`${timestamp}.`).update(rawBody).digest('hex');
	webhook.request = { headers: { signature, timestamp }, rawBody };
	return await handed();
}

/** What n8n is given of the request that is in the webhook, and what its sender is told. */
async function handed() {
	const { workflowData, noWebhookResponse } = await receive(webhook.context);
	// The answer is given here; n8n is to add none.
	expect(noWebhookResponse).toBe(true);
	return { ...webhook.answer, run: workflowData?.[0]?.map(({ json }) => json) };
}

const asked = (): string[] => doorflow.got.map(({ path }) => path);

test('what DoorFlow signed is fetched with the token, and goes into a run', async () => {
	const { status, message, run } = await comes([of(1)]);
	expect({ status, message }).toEqual({ status: 200, message: 'OK' });
	expect(run).toEqual([
		expect.objectContaining({
			event: 'accessGranted',
			resourceId: '1',
			data: expect.objectContaining({ id: 1 }),
		}),
	]);
	expect(asked().sort()).toEqual(['/api/3/events/1', '/oauth/token/info']);
	expect(new Set(doorflow.got.map(({ authorization }) => authorization))).toEqual(
		new Set(['Bearer token-1']),
	);
	expect(webhook.logs).toEqual([]);
});

test('a body of a kind that n8n does not read by itself is read here', async () => {
	expect(await comes([of(1)])).toMatchObject({ status: 200 });
	const { headers, rawBody } = webhook.request;
	webhook.request = {
		headers,
		readRawBody: async () => {
			webhook.request.rawBody = rawBody;
		},
	};
	startAfresh();
	expect(await handed()).toMatchObject({ status: 200, run: [expect.objectContaining({ resourceId: '1' })] });
});

test('a body that n8n has read is not read again', async () => {
	expect(await comes([of(1)])).toMatchObject({ status: 200 });
	const again = jest.fn(async () => {
		webhook.request.rawBody = Buffer.from('another');
		await Promise.resolve();
	});
	webhook.request = { ...webhook.request, readRawBody: again };
	startAfresh();
	expect(await handed()).toMatchObject({ status: 200 });
	expect(again).not.toHaveBeenCalled();
});

test('what nobody wants starts nothing', async () => {
	webhook.parameters = { events: ['accessDenied'] };
	expect(await comes([of(1)])).toEqual({ status: 200, message: 'OK', run: undefined });
	expect(asked()).toContain('/api/3/events/1?ack_token=ack-1');
});

test('a run does not wait until DoorFlow was told of what nobody wants', async () => {
	let go = (): void => undefined;
	const after = new Promise<void>((done) => (go = done));
	const told = '/api/3/events/20?ack_token=ack-20';
	instead['/api/3/events/20'] = { body: { ...event('20'), event_code: 21 } };
	instead[told] = { body: {}, after };
	webhook.parameters = { events: ['accessGranted'] };
	// Where no wait has an end, waiting for DoorFlow to be told would never end.
	jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal);
	expect((await comes([of(1), of(20)])).run).toMatchObject([{ resourceId: '1' }]);
	await until('DoorFlow to be told', () => asked().includes(told));
	jest.restoreAllMocks();
	go();
});

describe('nothing is asked of DoorFlow, and nothing started, for', () => {
	const nothingWith = async (answer: Promise<object>, status: number, message: string): Promise<void> => {
		expect(await answer).toEqual({ status, message, run: undefined });
		expect([...doorflow.got, ...elsewhere.got]).toEqual([]);
	};

	test('a request without a body as it came in', async () => {
		for (const rawBody of [undefined, '[]', {}]) {
			webhook.request = { headers: {}, rawBody };
			await nothingWith(handed(), 400, 'The request has no body that could be checked.');
		}
		webhook.request = { headers: {}, readRawBody: async () => await Promise.reject(new Error('aborted')) };
		await nothingWith(handed(), 400, 'The request has no body that could be checked.');
		expect(webhook.reads).toBe(0);
	});

	test('more than 1 MB, which is not even checked; 1 MB is', async () => {
		await nothingWith(comes(Buffer.alloc(MB + 1, ' ')), 413, 'The body is larger than 1 MB.');
		expect(webhook.reads).toBe(0);
		await nothingWith(comes(Buffer.alloc(MB, ' ')), 400, 'The body is not a JSON array.');
		expect(webhook.reads).toBe(1);
	});

	test('what DoorFlow did not sign', async () => {
		await nothingWith(comes([of(1)], 'other'), 401, 'The request was refused: its signature does not fit.');
	});

	test('what is no notification', async () => {
		await nothingWith(comes([]), 400, 'The array is empty.');
	});

	test('a panel that can not be read: DoorFlow is to send it again', async () => {
		webhook.parameters = { options: { toleranceSeconds: 'long' } };
		await nothingWith(
			comes([of(1)]),
			503,
			'This webhook is not set up correctly, so nothing is accepted for now.',
		);
		expect(webhook.reads).toBe(0);
		expect(webhook.logs).toEqual([
			['error', expect.stringMatching(/^DoorFlow Trigger takes no webhooks: .*Tolerance in Seconds/)],
		]);
	});

	test('addresses elsewhere', async () => {
		const foreign = [1, 2].map((id) => of(id, { resource: `${elsewhere.url}/api/3/events/${id}` }));
		await nothingWith(comes(foreign), 400, 'A notification names a resource that is not at DoorFlow.');
		expect(webhook.logs).toEqual([['warn', expect.stringContaining('are not at the DoorFlow of this')]]);
	});
});

test('one address elsewhere does not hold the others back, and is told', async () => {
	const foreign = of(2, { resource: `${elsewhere.url}/api/3/events/2` });
	const { status, run } = await comes([of(1), foreign]);
	expect(status).toBe(400);
	expect(run).toEqual([expect.objectContaining({ resourceId: '1' })]);
	expect(elsewhere.got).toEqual([]);
	expect(webhook.logs).toEqual([['warn', expect.stringContaining('are not at the DoorFlow of this')]]);
});

test('when DoorFlow has trouble with one, it is to send all again; the others are run', async () => {
	instead['/api/3/events/2'] = { body: [] };
	const { status, message, run } = await comes([of(1), of(2)]);
	expect({ status, message }).toEqual({
		status: 503,
		message: 'Some notifications could not be handled yet. Send them again.',
	});
	expect(run).toEqual([expect.objectContaining({ resourceId: '1' })]);
	expect(webhook.logs).toEqual([
		['warn', expect.stringMatching(/^DoorFlow Trigger: a notification was not taken: .*not a resource/)],
	]);
});

test('a redirect is not followed, and nobody else gets the token', async () => {
	for (const status of [301, 302, 303, 307, 308]) {
		instead['/api/3/events/1'] = { status, body: {}, location: `${elsewhere.url}/api/3/events/1` };
		expect(await comes([of(1)])).toMatchObject({ status: 503, run: undefined });
	}
	expect(elsewhere.got).toEqual([]);
});

describe('when the credential changes under way', () => {
	/** DoorFlow refuses the token, and what n8n reads from then on is another credential. */
	const refusing = (next: IDataObject): void => {
		instead['/oauth/token/info'] = { status: 401, body: {} };
		let first = true;
		webhook.credential = () => {
			const read = first ? credentialFor(doorflow.url) : next;
			first = false;
			return read;
		};
	};

	test('to one that can not be used, DoorFlow is to send it again', async () => {
		refusing(credentialFor('https://evil.example'));
		expect(await comes([of(1)])).toEqual({
			status: 503,
			message: 'Some notifications could not be handled yet. Send them again.',
			run: undefined,
		});
		expect(webhook.logs.at(-1)).toEqual([
			'warn',
			"DoorFlow Trigger: a notification was not taken: The DoorFlow credential can't be used",
		]);
	});

	test('and can not be read for a moment, it is only for that moment that DoorFlow is to send it again', async () => {
		instead['/oauth/token/info'] = { status: 401, body: {} };
		let reads = 0;
		webhook.credential = async () =>
			++reads === 1 ? credentialFor(doorflow.url) : await Promise.reject(new Error('SQLITE_BUSY'));
		expect(await comes([of(1), of(2)])).toMatchObject({ status: 503, run: undefined });
		delete instead['/oauth/token/info'];
		webhook.credential = () => credentialFor(doorflow.url);
		// A reading that failed is made again after five seconds.
		jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 5_000);
		const again = await comes([of(1), of(2)]);
		jest.restoreAllMocks();
		expect(again).toMatchObject({ status: 200, run: [{ resourceId: '1' }, { resourceId: '2' }] });
	});

	test('a fault of our own is not hidden', async () => {
		Object.assign(webhook.context, {
			getExecutionCancelSignal: () => {
				throw new TypeError('a fault');
			},
		});
		await expect(comes([of(1)])).rejects.toThrow('a fault');
	});
});
