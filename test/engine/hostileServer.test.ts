import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { ICredentialDataDecryptedObject, INodeParameters } from 'n8n-workflow';

import { startAfresh } from '../../nodes/shared/processWide';
import { LONG } from '../times';
import { Engine } from './engine';
import { locator } from './useEngine';

/**
 * What a server in DoorFlow's place can do. `road.test.ts` has answers without end and how the token is renewed; here is
 * the rest: where requests are sent on to, what unpacks to more than it is, and the trigger's side.
 */

interface Asked {
	readonly line: string;
	readonly authorization: string;
	readonly body: string;
}

/** Writes down what it is asked, and answers as a test wants. */
class Recorder {
	asked: Asked[] = [];

	answer: RequestListener = (_request, response) => void response.end('{}');

	private server: Server | undefined;

	async start(): Promise<void> {
		this.server = createServer((request, response) => {
			void bodyOf(request).then((body) => {
				const { method, url, headers } = request;
				this.asked.push({
					line: `${method} ${url?.split('?')[0]}`,
					authorization: headers.authorization ?? '',
					body,
				});
				this.answer(request, response);
			});
		});
		await new Promise<void>((ready) => this.server?.listen(0, '127.0.0.1', ready));
	}

	get url(): string {
		return `http://127.0.0.1:${(this.server?.address() as AddressInfo).port}`;
	}

	stop(): void {
		this.server?.closeAllConnections();
		this.server?.close();
	}
}

async function bodyOf(request: IncomingMessage): Promise<string> {
	let text = '';
	for await (const chunk of request) text += String(chunk);
	return text;
}

const host = new Recorder();
const elsewhere = new Recorder();
let engine: Engine;
beforeAll(async () => {
	engine = await Engine.start();
	await host.start();
	await elsewhere.start();
	engine.credentials.data = {
		...engine.credentials.data,
		baseUrl: host.url,
		accessTokenUrl: `${host.url}/oauth/token`,
	} as ICredentialDataDecryptedObject;
});
beforeEach(() => {
	host.asked = [];
	elsewhere.asked = [];
	startAfresh();
});
afterAll(async () => {
	host.stop();
	elsewhere.stop();
	await engine.stop();
});

const READ = { resource: 'person', operation: 'get', personId: locator(1) as never };
const CREATE = { resource: 'person', operation: 'create', firstName: 'Ada', lastName: 'Lovelace' };
const webhook = async (resource = `${host.url}/api/3/events/7?ack_token=w`, account = 'hrbrHs7') => {
	const body = Buffer.from(
		JSON.stringify({
			action: 'CREATE',
			resource,
			resource_type: 'Event',
			resource_id: '7',
			account_id: account,
			ack_token: 'w',
		}),
	);
	const timestamp = String(Math.floor(Date.now() / 1000));
	const signature = createHmac('sha256', 'sandbox-secret').update(`${timestamp}.`).update(body).digest('hex');
	return await engine.webhook({ body, headers: { signature, timestamp } });
};

test.each([
	[1024 * 1024, 401],
	[1024 * 1024 + 1, 413],
])('of a webhook with %i bytes, the answer is %i', async (size, status) => {
	expect((await engine.webhook({ body: Buffer.alloc(size), headers: {} })).status).toBe(status);
});

const withToken = ({ asked }: Recorder): string[] =>
	asked
		.filter(({ authorization }) => authorization.includes(engine.tokens.access_token))
		.map(({ line }) => line);

const REDIRECTS = [301, 302, 303, 307, 308];

describe('an answer that sends on to another host', () => {
	const sendOn =
		(status: number, except = /^$/): RequestListener =>
		(request, response) => {
			if (except.test(request.url ?? '')) {
				response.writeHead(200, { 'Content-Type': 'application/json' });
				return void response.end('{"account_id":"hrbrHs7"}');
			}
			response.writeHead(status, { Location: `${elsewhere.url}${request.url}` });
			response.end();
		};

	test.each(
		REDIRECTS.flatMap((status) =>
			(
				[
					['a reading', 'GET /api/3/people/1', READ],
					['a change', 'POST /api/3/people', CREATE],
					['a list', 'GET /api/3/groups', { resource: 'group', operation: 'getAll' }],
					[
						'the end of the connection',
						'POST /oauth/revoke',
						{ resource: 'account', operation: 'disconnect' },
					],
				] as Array<[string, string, INodeParameters]>
			).map((one) => [status, ...one] as const),
		),
	)('%i to %s: nothing goes there', async (status, _what, line, parameters) => {
		host.answer = sendOn(status);
		const { error } = await engine.run(parameters);
		expect(error?.message).toEqual(expect.any(String));
		expect(host.asked.map((one) => one.line)).toContain(line);
		expect(elsewhere.asked).toEqual([]);
	});

	test.each(REDIRECTS.flatMap((status) => [[status, /^$/] as const, [status, /token\/info/] as const]))(
		'%i to the trigger (but not to %s): nothing goes there, and no event begins',
		async (status, except) => {
			host.answer = sendOn(status, except);
			const { items } = await webhook();
			const emitted = await engine.run({}, { type: 'doorFlowTrigger', mode: 'webhook', items });
			expect(withToken(host).length).toBeGreaterThan(0);
			expect(elsewhere.asked).toEqual([]);
			// Whatever becomes of the delivery, no made-up event is among it.
			expect(JSON.stringify(emitted.items)).not.toContain('"event_code"');
		},
	);

	test('the trigger acknowledges at no other host', async () => {
		host.answer = (request, response) => {
			const isAck = request.url?.includes('ack_token') === true;
			response.writeHead(isAck ? 307 : 200, {
				'Content-Type': 'application/json',
				...(isAck ? { Location: `${elsewhere.url}${request.url}` } : {}),
			});
			response.end(
				request.url?.startsWith('/oauth')
					? '{"account_id":"hrbrHs7"}'
					: '{"id":7,"event_code":10,"created_at":"2026-11-24T09:00:00Z"}',
			);
		};
		const { items } = await webhook();
		expect(items).toHaveLength(1);
		await engine.run({}, { type: 'doorFlowTrigger', mode: 'webhook', items });
		expect(withToken(host).length).toBeGreaterThan(1);
		expect(elsewhere.asked).toEqual([]);
	});
});

/**
 * n8n's own client renews tokens, and a package can neither keep it from following redirects nor store tokens in its
 * place. This shows what docs/security.md says about it; if n8n stops following, this turns red and that page is
 * corrected.
 */
describe('where the token endpoint sends on to another host, n8n follows', () => {
	const renewedAfter = async (status: number): Promise<string> => {
		host.answer = (request, response) => {
			if (request.url === '/oauth/token') {
				response.writeHead(status, { Location: `${elsewhere.url}/taken` });
				return void response.end();
			}
			response.writeHead(401, { 'Content-Type': 'application/json' });
			response.end('{"error":"invalid_token"}');
		};
		elsewhere.answer = (_request, response) => {
			response.writeHead(400, { 'Content-Type': 'application/json' });
			response.end('{"error":"temporarily_unavailable"}');
		};
		const { error } = await engine.run(READ);
		expect(error).toBeDefined();
		expect(elsewhere.asked.length).toBeGreaterThan(0);
		return elsewhere.asked.map(({ body }) => body).join('\n');
	};

	test.each([307, 308])('and with %i the client secret and the refresh token go along', async (status) => {
		const sent = new URLSearchParams((await renewedAfter(status)).split('\n')[0]);
		expect(sent.get('refresh_token')).toBe(engine.tokens.refresh_token);
		expect(sent.get('client_secret')).toBe('sandbox-secret');
	});

	test.each([301, 302, 303])('but with %i nothing secret goes along', async (status) => {
		expect(await renewedAfter(status)).toBe('');
		expect(JSON.stringify(elsewhere.asked)).not.toContain('sandbox-secret');
	});
});

describe('an answer that repeats what it was sent', () => {
	/** What the triggers send, and sign with. */
	const ofTriggers = (): string[] => [engine.tokens.access_token, 'sandbox-secret'];
	const known = (): string[] => [
		...ofTriggers(),
		engine.tokens.refresh_token,
		Buffer.from('sandbox-client:sandbox-secret').toString('base64'),
	];
	const repeating =
		(status: number): RequestListener =>
		(request, response) => {
			const said = `I know ${known().join(' and ')}\n2026-11-24 | error | forged`;
			const isRenewal = request.url === '/oauth/token';
			response.writeHead(isRenewal ? 400 : status, { 'Content-Type': 'application/json' });
			response.end(
				JSON.stringify({
					error: isRenewal ? 'invalid_grant' : said,
					error_description: said,
					reason: said,
					errors: { [said]: [said] },
				}),
			);
		};
	const ASKING: Array<[string, INodeParameters]> = [
		['a reading', READ],
		['a change', CREATE],
		['a list', { resource: 'group', operation: 'getAll' }],
		['the end of the connection', { resource: 'account', operation: 'disconnect' }],
	];

	test.each(
		[400, 403, 404, 409, 418, 422].flatMap((status) => ASKING.map((one) => [status, ...one] as const)),
	)('%i to %s: neither an error nor an item repeats it', async (status, _what, parameters) => {
		host.answer = repeating(status);
		for (const continueOnFail of [false, true]) {
			startAfresh();
			const { run, items, error } = await engine.run(parameters, { continueOnFail });
			const kept = JSON.stringify([run.data.resultData, items]);
			expect(error ?? items[0]?.error).toBeDefined();
			for (const secret of known()) expect([secret, kept.includes(secret)]).toEqual([secret, false]);
		}
	});

	test.each([400, 403, 404, 418, 422])(
		'%i to the triggers: neither their errors nor the log repeats it, nor does it begin a line of the log',
		async (status) => {
			host.answer = repeating(status);
			engine.logs.length = 0;
			const delivered = await webhook();
			const runs = [
				await engine.run({}, { type: 'doorFlowTrigger', mode: 'webhook', items: delivered.items }),
				await engine.run({}, { type: 'doorFlowPollingTrigger', mode: 'manual' }),
			];
			const kept = JSON.stringify([runs.map(({ run }) => run.data.resultData), engine.logs]);
			for (const secret of ofTriggers()) expect([secret, kept.includes(secret)]).toEqual([secret, false]);
			expect(engine.logs.filter((line) => /\p{Cc}/u.test(line))).toEqual([]);
		},
	);
});

test('the name of another account begins no line of the log', async () => {
	host.answer = (_request, response) => {
		response.writeHead(200, { 'Content-Type': 'application/json' });
		response.end('{"account_id":"hrbrHs7"}');
	};
	engine.logs.length = 0;
	await webhook(undefined, 'other\n2026-11-24 | error | forged');
	expect(engine.logs).toEqual([expect.stringMatching(/^[^\p{Cc}]*"other 2026-11-24[^\p{Cc}]*$/u)]);
});

describe('an answer that is small on the way and large when unpacked', () => {
	const PEACE = Buffer.alloc(64 * 1024 * 1024, ' ');
	test.each([
		['gzip', gzipSync(PEACE)],
		['deflate', deflateSync(PEACE)],
		['br', brotliCompressSync(PEACE)],
	])('with %s: it is not unpacked beyond 10 MB', async (encoding, packed) => {
		expect(packed.length).toBeLessThan(200_000);
		for (const status of [200, 404, 500]) {
			host.answer = (_request, response) => {
				response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Encoding': encoding });
				response.end(packed);
			};
			const { error } = await engine.run(READ);
			expect([status, error?.message]).toEqual([
				status,
				"DoorFlow's answer is too large to be read when asked to read the person",
			]);
		}
	});
});

describe('an answer that comes as slowly as can be', () => {
	const timers: NodeJS.Timeout[] = [];
	afterEach(() => timers.splice(0).forEach(clearInterval));
	const slowly =
		(write: (response: Parameters<RequestListener>[1]) => void): RequestListener =>
		(_request, response) =>
			void timers.push(setInterval(() => write(response), 500));
	const kinds: Array<[string, RequestListener]> = [
		['one byte every half second', slowly((response) => void response.write(' '))],
		[
			'one header every half second',
			slowly(({ socket }) => void socket?.write('HTTP/1.1 200 OK\r\nX-More: 1\r\n')),
		],
		['nothing at all', () => undefined],
	];

	// A webhook has ten seconds, which can't be hurried here.
	test.each(LONG ? kinds : kinds.slice(0, 1))(
		'%s: the webhook is answered within its time',
		async (_what, answer) => {
			host.answer = answer;
			const began = Date.now();
			const { status } = await webhook();
			// Without a limit for the whole it would never end; with one for each wait, not before minutes have passed.
			expect(Date.now() - began).toBeLessThan(25_000);
			expect([200, 503]).toContain(status);
			expect(host.asked.length).toBeGreaterThan(0);
		},
	);
});
