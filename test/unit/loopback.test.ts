import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { resolve } from 'node:path';

import { startSandbox } from '../../sandbox/server';

/** The first line and the body that a program on this machine gets, whatever it writes into the Host header. */
async function ask(port: number, host: string | undefined, path: string, more = ''): Promise<string> {
	const socket = connect(port, '127.0.0.1');
	const name = host === undefined ? '' : `Host: ${host}\r\n`;
	socket.write(`GET ${path} HTTP/1.${host === undefined ? 0 : 1}\r\n${name}Connection: close\r\n${more}\r\n`);
	let text = '';
	for await (const piece of socket) text += String(piece);
	return text;
}

const HERE = ['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'].flatMap((name) => [name, `${name}:4010`]);
const ELSEWHERE = [
	'evil.example',
	'evil.example:4010',
	'localhost.evil.example',
	'127.0.0.1.evil.example:4010',
	'127.0.0.1:4010.evil.example',
	'evil.example@localhost',
	'localhost:4010@evil.example',
	'evil-localhost',
	'0.0.0.0:4010',
	'',
	undefined,
];

describe('the sandbox', () => {
	const PATHS = ['/', '/_sandbox/state', '/api/3/people', '/oauth/authorize', '/nothing/here'];

	test('refuses each request that a page under another name could make, whatever it asks for', async () => {
		const sandbox = await startSandbox();
		try {
			for (const path of PATHS) {
				for (const host of HERE)
					expect([path, host, await ask(sandbox.port, host, path)]).toEqual([
						path,
						host,
						expect.stringMatching(/^HTTP\/1\.1 (200|400|401|404) /),
					]);
				for (const host of ELSEWHERE)
					expect([path, host, await ask(sandbox.port, host, path)]).toEqual([
						path,
						host,
						// Node itself answers 400 where HTTP demands a Host header and there is none.
						expect.stringMatching(/^HTTP\/1\.1 40[03] /),
					]);
			}
		} finally {
			await sandbox.stop();
		}
	});

	test('answers under the public address that it was given, for the API but not for its page', async () => {
		const sandbox = await startSandbox({ config: { publicBaseUrl: 'https://doors.example' } });
		try {
			expect(await ask(sandbox.port, 'doors.example', '/api/3/people')).toMatch(/^HTTP\/1\.1 401 /);
			expect(await ask(sandbox.port, 'doors.example', '/_sandbox/state')).toMatch(/^HTTP\/1\.1 403 /);
			expect(await ask(sandbox.port, 'evil.example', '/api/3/people')).toMatch(/^HTTP\/1\.1 403 /);
		} finally {
			await sandbox.stop();
		}
	});
});

describe('what is loaded into the n8n of npm start', () => {
	/** Answers "reached" to all that gets through, upgrades included. */
	const SERVER = `
		const server = require('node:http').createServer((request, answer) => answer.end('reached'));
		server.on('upgrade', (request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\\r\\n\\r\\nreached'));
		server.on('connect', (request, socket) => socket.end('HTTP/1.1 200 OK\\r\\n\\r\\nreached'));
		server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;
	let child: ChildProcess;
	let port = 0;

	beforeAll(async () => {
		const preload = resolve(__dirname, '..', '..', 'harness', 'loopbackOnly.js');
		child = spawn(process.execPath, ['--require', preload, '-e', SERVER], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
		port = Number(String(line));
	});
	afterAll(() => void child.kill());

	const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
	const EXPECT = 'Expect: 100-continue\r\n';
	test.each([
		['a request', ''],
		['a WebSocket', UPGRADE],
		['a request that asks before it sends', EXPECT],
	])('%s gets through if it was meant for this machine, and not otherwise', async (_what, more) => {
		for (const host of HERE)
			expect([host, await ask(port, host, '/', more)]).toEqual([host, expect.stringContaining('reached')]);
		for (const host of ELSEWHERE) {
			const answer = await ask(port, host, '/', more);
			// Node itself may say before that it wants to hear more.
			expect([host, answer.replace('HTTP/1.1 100 Continue\r\n\r\n', '')]).toEqual([
				host,
				expect.stringMatching(/^HTTP\/1\.1 40[03] /),
			]);
			expect([host, answer]).toEqual([host, expect.not.stringContaining('reached')]);
		}
	});
});

test('the n8n of npm start gets a long password, another one in each program', async () => {
	const passwords: string[] = [];
	for (let times = 0; times < 3; times++)
		await jest.isolateModulesAsync(async () => {
			passwords.push((await import('../../harness/n8n')).OWNER.password);
		});
	expect(new Set(passwords).size).toBe(3);
	for (const password of passwords) expect(password.length).toBeGreaterThanOrEqual(20);
});
