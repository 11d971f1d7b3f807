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
