import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import { startAfresh } from '../../nodes/shared/processWide';
import { Engine } from './engine';

/** Where requests go, as each test wants it. */
let answer: RequestListener = (_request, response) => void response.end('{}');
let server: Server;
let engine: Engine;
let asked: string[] = [];
beforeAll(async () => {
	engine = await Engine.start();
	server = createServer((request, response) => {
		asked.push(`${request.method} ${request.url}`);
		answer(request, response);
	});
	await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
	const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	engine.credentials.data = {
		...engine.credentials.data,
		baseUrl,
		accessTokenUrl: `${baseUrl}/oauth/token`,
	} as ICredentialDataDecryptedObject;
});
beforeEach(() => {
	asked = [];
	startAfresh();
});
afterAll(async () => {
	server.closeAllConnections();
	server.close();
	await engine.stop();
});

const MB = 1024 * 1024;
const read = async (timeout = 30) =>
	await engine.run({
		resource: 'person',
		operation: 'get',
		personId: { __rl: true, mode: 'id', value: '1' } as never,
		options: { timeout },
	});

describe('an answer that never ends', () => {
	test.each([
		['a byte at a time', true],
		['a header at a time', false],
	])('comes %s: the time of a request counts from its beginning', async (_what, hasHead) => {
		const trickling: NodeJS.Timeout[] = [];
		answer = (_request, response) => {
			if (hasHead) response.writeHead(200, { 'Content-Type': 'application/json' });
			const { socket } = response;
			if (!hasHead) socket?.write('HTTP/1.1 200 OK\r\n');
			trickling.push(
				setInterval(() => (hasHead ? response.write(' ') : socket?.write('X-More: 1\r\n')), 100),
			);
		};
		// Sent once, whatever comes: it must not be done twice. Without a limit for the whole, it would never end.
		const { error } = await engine.run({
			resource: 'person',
			operation: 'create',
			firstName: 'Ada',
			lastName: 'Lovelace',
			options: { timeout: 1 },
		});
		for (const one of trickling) clearInterval(one);
		expect(error?.message).toBe('It is unclear whether DoorFlow managed to create the person');
		expect(asked).toEqual(['POST /api/3/people']);
	});

	test.each([
		['as it is', (chunk: Buffer) => chunk, {}],
		['packed', (chunk: Buffer) => gzipSync(chunk), { 'Content-Encoding': 'gzip' }],
	])('is endless, %s: it is read up to 10 MB', async (_what, pack, headers) => {
		let sent = 0;
		answer = (_request, response) => {
			response.writeHead(200, { 'Content-Type': 'application/json', ...headers });
			const chunk = Buffer.alloc(MB, 'a');
			const packed = pack(chunk);
			const more = (): void => {
				while (sent < 300 && !response.destroyed) {
					sent++;
					if (!response.write(packed)) return void response.once('drain', more);
				}
				response.end();
			};
			more();
		};
		const { error } = await read();
		expect(error?.message).toBe("DoorFlow's answer is too large to be read when asked to read the person");
		expect(asked).toHaveLength(1);
	});
});

test('a list may be larger than a single thing, and is read whole', async () => {
	const people = Array.from({ length: 60 }, (_, id) => ({ id, notes: 'n'.repeat(200_000) }));
	answer = (_request, response) => {
		response.writeHead(200, { 'Content-Type': 'application/json', Total: '60' });
		response.end(JSON.stringify(people));
	};
	const { items, error } = await engine.run({ resource: 'group', operation: 'getAll', returnAll: true });
	expect(error).toBeUndefined();
	expect(items).toHaveLength(60);
});

test("n8n's database fails for one item while the credential is read: the others go on", async () => {
	answer = (_request, response) => {
		response.writeHead(200, { 'Content-Type': 'application/json' });
		response.end('{"id":1}');
	};
	const reading = jest
		.spyOn(engine.credentials, 'getDecrypted')
		.mockRejectedValueOnce(new Error('SQLITE_BUSY: database is locked'));
	const { items } = await engine.run(
		{ resource: 'person', operation: 'get', personId: '={{ $json.id }}', options: { concurrency: 1 } },
		{ items: [1, 2, 3].map((id) => ({ json: { id } })), continueOnFail: true },
	);
	reading.mockRestore();
	expect(items.map((item) => 'error' in item)).toEqual([true, false, false]);
});

describe('when the token is to be renewed', () => {
	/** The token is refused, and renewing it is answered so. */
	const refusing = (status: number, type: string, body: string): void => {
		answer = (request, response) => {
			const isToken = request.url === '/oauth/token';
			response.writeHead(isToken ? status : 401, { 'Content-Type': isToken ? type : 'application/json' });
			response.end(isToken ? body : '{"error":"invalid_token"}');
		};
	};

	test.each([
		[403, 'text/html', '<h1>Forbidden</h1>'],
		[404, 'text/html', '<h1>Not found</h1>'],
		[429, 'application/json', '{"error":"rate_limited"}'],
		[503, 'text/html', '<h1>Unavailable</h1>'],
		[200, 'text/html', '<h1>Maintenance</h1>'],
	])('and that is answered %i with %s, it may pass: it is tried again at once', async (...page) => {
		refusing(...page);
		expect((await read()).error?.message).toBe('DoorFlow could not be reached to renew the connection');
		const before = asked.length;
		await read();
		expect(asked.slice(before)).toContain('POST /oauth/token');
	});

	/** A DoorFlow that gives a token at each refresh, and takes the one named so. */
	const renewing = (taken: string, secondsLeft: number): void => {
		let given = 0;
		answer = (request, response) => {
			response.setHeader('Content-Type', 'application/json');
			const now = Math.floor(Date.now() / 1000);
			if (request.url === '/oauth/token')
				return void response.end(
					JSON.stringify({
						access_token: `given-${++given}`,
						refresh_token: `refresh-${given}`,
						created_at: now + secondsLeft - 7200,
						expires_in: 7200,
					}),
				);
			response.statusCode = request.headers.authorization === `Bearer ${taken}` ? 200 : 401;
			response.end('{}');
		};
	};
	const refreshes = (): number => asked.filter((one) => one === 'POST /oauth/token').length;

	test('and each new token runs out on its way, seven times over: that says nothing about the connection', async () => {
		renewing('given-7', 0);
		expect((await read()).error).toBeUndefined();
		expect(refreshes()).toBe(7);
	});

	test('and DoorFlow takes none of the new ones: that is said, and nobody is told to connect again', async () => {
		renewing('none', 7200);
		expect((await read()).error?.message).toBe(
			"DoorFlow refused the connection's access token when asked to read the person, although it was renewed",
		);
		expect(refreshes()).toBe(3);
		// It is asked again the next time.
		await read();
		expect(refreshes()).toBeGreaterThan(3);
	});

	test('and that is over for another execution: one that began before takes up what was stored since', async () => {
		const stored = (token: string): void => {
			const oauthTokenData = { access_token: token, refresh_token: `of ${token}` };
			engine.credentials.data = { ...engine.credentials.data, oauthTokenData };
		};
		let letGo: () => void = () => undefined;
		const held = new Promise<void>((done) => (letGo = done));
		let taken = 'old';
		let arrived: () => void = () => undefined;
		const first = new Promise<void>((done) => (arrived = done));
		answer = (request, response) => {
			const isToken = request.url === '/oauth/token';
			const isTaken = request.headers.authorization === `Bearer ${taken}`;
			response.writeHead(isToken ? 400 : isTaken ? 200 : 401, { 'Content-Type': 'application/json' });
			const end = (): void => void response.end(isToken ? '{"error":"invalid_grant"}' : '{}');
			if (request.url !== '/api/3/people/1') return end();
			arrived();
			void held.then(end);
		};
		stored('old');
		const begun = engine.run(
			{ resource: 'person', operation: 'get', personId: '={{ $json.id }}', options: { concurrency: 1 } },
			{ items: [{ json: { id: 1 } }, { json: { id: 2 } }] },
		);
		await first;
		taken = 'new';
		const { error } = await engine.run({ resource: 'person', operation: 'get', personId: '3' });
		expect(error?.message).toContain('needs to be reconnected');
		stored('new');
		letGo();
		expect((await begun).error).toBeUndefined();
		expect(asked.filter((one) => one === 'GET /api/3/people/2')).toHaveLength(1);
	});

	test.each([
		[400, '{"error":"invalid_grant"}', 'The DoorFlow credential "Harbour House" needs to be reconnected'],
		[
			401,
			'{"error":"invalid_client"}',
			'DoorFlow does not accept the client ID and secret of the credential',
		],
	])(
		'and that is answered %i %s, it is over: it is not tried for a minute',
		async (status, body, message) => {
			refusing(status, 'application/json', body);
			expect((await read()).error?.message).toBe(message);
			const before = asked.length;
			expect((await read()).error?.message).toBe(
				'The DoorFlow credential "Harbour House" needs to be reconnected',
			);
			expect(asked.length).toBe(before);
		},
	);
});
