import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';

import type { Control } from './control';
import type { Shared } from './store';

const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/** The page is told the whole state at most this often. */
const STATE_EVERY_MS = 250;

const FILES: Readonly<Record<string, readonly [string, string]>> = {
	'/': ['index.html', 'text/html'],
	'/page/style.css': ['style.css', 'text/css'],
	'/page/icon.svg': ['icon.svg', 'image/svg+xml'],
	...Object.fromEntries(
		['app', 'dom', 'doors', 'stream', 'people', 'tokens'].map((name) => [
			`/page/${name}.js`,
			[`${name}.js`, 'text/javascript'],
		]),
	),
};

/**
 * Whether a request was meant for this machine. A web page can have its own name lead here (DNS rebinding): its
 * requests then count as its own in the browser, and only the Host header tells.
 *
 * @param host the Host header as it came
 */
export const isLoopbackHost = (host: string | undefined): boolean => LOOPBACK_HOST.test(host ?? '');

/**
 * Whether a request may move the sandbox: from this machine's programs, and from the sandbox's own page. A page
 * elsewhere in the browser must not open these doors, neither directly nor under a name that leads to this machine.
 *
 * @param headers as they came
 */
export function mayControl(headers: { host?: string | undefined; origin?: string | undefined }): boolean {
	const host = headers.host ?? '';
	return isLoopbackHost(host) && (headers.origin === undefined || headers.origin === `http://${host}`);
}

/** The control API and the page. */
export function registerControl(app: FastifyInstance, shared: Shared, control: Control): void {
	app.addHook('onRequest', async (request, reply) => {
		const path = request.url.split('?')[0] ?? '';
		if (!path.startsWith('/_sandbox') && !(path in FILES)) return;
		if (!mayControl(request.headers))
			await reply.code(403).send({ error: 'Only this machine may use the control API and its page.' });
	});

	for (const [route, [file, type]] of Object.entries(FILES)) {
		app.get(route, async (_request, reply) => {
			void reply.headers({
				'Content-Security-Policy': "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
				'Cache-Control': 'no-store',
			});
			return reply.type(`${type}; charset=utf-8`).send(await readFile(join(__dirname, 'page', file), 'utf8'));
		});
	}

	const body = (request: { body: unknown }): Record<string, unknown> =>
		(request.body ?? {}) as Record<string, unknown>;
	const done = { status: 'ok' };
	app.get('/_sandbox/health', async () => done);
	app.post('/_sandbox/reset', async () => {
		control.reset();
		return done;
	});
	app.post('/_sandbox/config', async (request) => control.config(body(request)));
	app.post('/_sandbox/expire-tokens', async () => {
		control.expireTokens();
		return done;
	});
	app.post('/_sandbox/revoke-application', async () => {
		control.revokeApplication();
		return done;
	});
	app.post('/_sandbox/present', async (request) => control.present(body(request)));
	app.post('/_sandbox/door', async (request) => control.door(body(request)));
	app.post('/_sandbox/redeliver', async (request) => await control.redeliver(body(request)));
	app.get('/_sandbox/deliveries', async () => control.deliveries());
	app.get('/_sandbox/requests', async () => control.requests());
	app.get('/_sandbox/tokens', async () => control.tokens());
	app.get('/_sandbox/outbox', async () => control.outbox());
	app.post('/_sandbox/outbox', async (request) => {
		control.post(body(request));
		return done;
	});
	app.get('/_sandbox/state', async (request) =>
		control.state((request.query as { account?: string }).account),
	);

	app.get('/_sandbox/stream', (_request, reply) => {
		reply.hijack();
		const { raw } = reply;
		raw.writeHead(200, {
			'Content-Type': 'text/event-stream',
			'Cache-Control': 'no-store',
			Connection: 'keep-alive',
		});
		const send = (name: string, data: unknown): void =>
			void raw.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
		let waiting: NodeJS.Timeout | undefined;
		const stateSoon = (): void => {
			waiting ??= setTimeout(() => {
				waiting = undefined;
				send('state', control.state());
			}, STATE_EVERY_MS);
		};
		const listeners = ['event', 'delivery', 'outbox', 'tokens'].map((name) => {
			const listener = (data: unknown): void => {
				send(name, name === 'tokens' ? control.tokens() : data);
				stateSoon();
			};
			shared.news.on(name, listener);
			return () => shared.news.off(name, listener);
		});
		raw.on('close', () => {
			clearTimeout(waiting);
			for (const forget of listeners) forget();
		});
		send('state', control.state());
	});
}
