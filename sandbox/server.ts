import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import formbody from '@fastify/formbody';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';

import { Refusal, registerApi } from './api';
import { decide } from './doors';
import { Authority, registerOAuth } from './oauth';
import { DEFAULTS, Store, type Config, type Row } from './store';
import { Webhooks } from './webhooks';

export interface SandboxOptions {
	/** 0 takes a free port. */
	readonly port?: number;
	readonly config?: Partial<Config>;
	/** Hears of every answered API request, bodies included. For checks; never logged. */
	readonly onExchange?: (exchange: Exchange) => void;
}

export interface Exchange {
	readonly method: string;
	/** As in the route, such as `/api/3/people/:id`. */
	readonly route: string;
	readonly query: unknown;
	readonly requestBody: unknown;
	readonly status: number;
	readonly headers: Readonly<Record<string, unknown>>;
	readonly body: unknown;
}

/** A running sandbox. Everything else goes through its control API. */
export interface Sandbox {
	readonly url: string;
	readonly port: number;
	readonly store: Store;
	/** Every token ever given out, so that a test can look whether one leaked. Not reachable from outside this process. */
	secrets(): string[];
	stop(): Promise<void>;
}

const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
const MAX_REQUESTS_KEPT = 50_000;

/**
 * Starts a DoorFlow to try things on, on 127.0.0.1.
 *
 * @throws Error when the port is taken
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	const app = fastify({ bodyLimit: 20 * 1024 * 1024, forceCloseConnections: true });
	const store = new Store(options.config);
	const authority = new Authority(store);
	let url = '';
	const webhooks = new Webhooks(store, () => url, () => authority.connected());
	let second = 0;
	let inSecond = 0;

	await app.register(formbody);
	// DoorFlow's own client announces JSON and sends nothing, where a command needs no more than its path.
	app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
		if (body === '') return done(null, {});
		try {
			done(null, JSON.parse(String(body)));
		} catch (error) {
			done(Object.assign(error as Error, { statusCode: 400 }));
		}
	});

	app.addHook('onRequest', async (request, reply) => {
		if (request.url.startsWith('/_sandbox')) {
			// A page on some other site must not move the doors of this one.
			const origin = request.headers.origin;
			if (!LOOPBACK_HOST.test(request.headers.host ?? '') || (origin !== undefined && !LOOPBACK_HOST.test(origin.replace(/^http:\/\//, '')))) {
				return await reply.code(403).send({ error: 'Only this machine may use the control API.' });
			}
			return;
		}
		if (!request.url.startsWith('/api/') && !request.url.startsWith('/oauth/')) return;
		const { latencyMs, failureRate, rateLimitPerSecond, failurePath, failureStatus } = store.config;
		if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
		if (!request.url.startsWith('/api/')) return;
		if (rateLimitPerSecond > 0) {
			const current = Math.floor(Date.now() / 1000);
			if (current !== second) [second, inSecond] = [current, 0];
			if (++inSecond > rateLimitPerSecond) {
				return await reply.code(429).header('Retry-After', 1).send({ error: 'rate_limited', description: 'Too many requests', retry_in: 1 });
			}
		}
		if (failureRate > 0 && Math.random() < failureRate) {
			return await reply.code(503).send({ error: 'unavailable', error_description: 'Try again later' });
		}
		if (failurePath && new RegExp(failurePath).test(`${request.method} ${request.url}`)) {
			if (failureStatus === 429) reply.header('Retry-After', 600);
			return await reply.code(failureStatus).send({ error: 'failure', error_description: 'Made to fail by the sandbox' });
		}
	});
	app.addHook('onSend', async (request, reply, payload) => {
		if (store.config.dropAfterWrite && request.method !== 'GET' && request.url.startsWith('/api/')) reply.raw.destroy();
		if (options.onExchange && request.url.startsWith('/api/')) {
			const json = String(reply.getHeader('content-type')).includes('json') && typeof payload === 'string';
			options.onExchange({
				method: request.method,
				route: request.routeOptions.url ?? '',
				query: request.query,
				requestBody: request.body,
				status: reply.statusCode,
				headers: reply.getHeaders(),
				body: json ? JSON.parse(payload) : payload,
			});
		}
		return payload;
	});
	app.addHook('onResponse', async (request, reply) => {
		if (request.url.startsWith('/_sandbox') || request.url.startsWith('/page')) return;
		const fields = typeof request.body === 'object' && request.body !== null ? Object.keys(request.body) : undefined;
		store.requests.push({
			at: new Date().toISOString(),
			method: request.method,
			// Tokens and codes in the address are not for the list.
			path: request.url.replace(/((?:ack_token|code|state|code_challenge)=)[^&]*/g, '$1…'),
			status: reply.statusCode,
			...(fields ? { fields } : {}),
		});
		if (store.requests.length > MAX_REQUESTS_KEPT) store.requests.splice(0, MAX_REQUESTS_KEPT / 10);
	});
	app.setErrorHandler((error, _request: FastifyRequest, reply: FastifyReply) => {
		if (error instanceof Refusal) return reply.code(error.status).send(error.body);
		const status = (error as { statusCode?: number }).statusCode ?? 500;
		return reply.code(status).send({ error: status < 500 ? 'bad_request' : 'internal', error_description: status < 500 ? 'The request could not be read' : 'A fault of the sandbox' });
	});

	registerOAuth(app, store, authority);
	registerApi(app, store, authority, webhooks);

	const raise = (event: Row, resourceType: string): Row => {
		webhooks.notify('CREATE', resourceType, `/api/3/events/${event.id}`, String(event.id));
		return event;
	};
	const files: Record<string, string> = { '/': 'index.html', '/page/app.js': 'app.js', '/page/style.css': 'style.css' };
	const types: Record<string, string> = { html: 'text/html', js: 'text/javascript', css: 'text/css' };
	for (const [route, file] of Object.entries(files)) {
		app.get(route, async (_request, reply) =>
			reply
				.type(`${types[file.split('.')[1] ?? ''] ?? 'text/plain'}; charset=utf-8`)
				.header('Content-Security-Policy', "default-src 'self'; img-src 'self' data:")
				.send(await readFile(join(__dirname, 'page', file), 'utf8')),
		);
	}
	app.get('/_sandbox/health', async () => ({ status: 'ok' }));
	app.post('/_sandbox/reset', async () => {
		const fresh = new Store({ ...DEFAULTS, ...options.config, webhookUrl: store.config.webhookUrl });
		webhooks.clear();
		Object.assign(store, fresh);
		return { status: 'ok' };
	});
	app.post('/_sandbox/config', async (request) => {
		const wish = (request.body ?? {}) as Record<string, unknown>;
		const unknown = Object.keys(wish).filter((name) => !(name in DEFAULTS));
		if (unknown.length > 0) throw new Refusal(400, { error: `Unknown setting: ${unknown.join(', ')}. Known: ${Object.keys(DEFAULTS).join(', ')}.` });
		Object.assign(store.config, wish);
		return { ...store.config, webhookSecret: store.config.webhookSecret ? '…' : '' };
	});
	app.post('/_sandbox/expire-tokens', async () => {
		authority.expireAccessTokens();
		return { status: 'ok' };
	});
	app.post('/_sandbox/revoke-application', async () => {
		authority.revokeAll();
		webhooks.clear();
		return { status: 'ok' };
	});
	app.post('/_sandbox/present', async (request) => {
		const { channelId, value } = (request.body ?? {}) as { channelId?: number | string; value?: string };
		const door = store.doors.get(Number(channelId));
		if (!door || typeof value !== 'string') throw new Refusal(404, { error: 'There is no such door, or no value was given.' });
		const { code, label, person } = decide(store, door, value);
		const pin = /^\d{4,7}$/.test(value);
		return raise(store.addEvent(code, label, door, person, pin ? undefined : value), 'Event');
	});
	app.post('/_sandbox/door', async (request) => {
		const { channelId, state } = (request.body ?? {}) as { channelId?: number | string; state?: string };
		const door = store.doors.get(Number(channelId));
		const known: Record<string, [number, string] | undefined> = {
			forced: [32, 'Door forced open'],
			heldOpen: [33, 'Door held open'],
			normal: [31, 'Door back to normal'],
			offline: [3, 'Contact with door lost'],
			online: [1, 'Door started'],
		};
		const event = known[state ?? ''];
		if (!door || !event) throw new Refusal(404, { error: `There is no such door, or no such state. States: ${Object.keys(known).join(', ')}.` });
		if (state === 'offline' || state === 'online') door.status = state;
		else door.sensor = state as 'forced' | 'heldOpen' | 'normal';
		const row = store.addEvent(event[0], event[1], door);
		return state === 'offline' || state === 'online' ? row : raise(row, 'PerimeterEvent');
	});
	app.get('/_sandbox/deliveries', async () => store.deliveries);
	app.get('/_sandbox/requests', async () => store.requests);
	app.get('/_sandbox/tokens', async () => ({ ...authority.counts, connected: authority.connected() }));
	app.get('/_sandbox/outbox', async () => store.outbox);
	app.post('/_sandbox/outbox', async (request) => {
		store.outbox.push({ at: new Date().toISOString(), ...(request.body as Record<string, unknown>) });
		return { status: 'ok' };
	});
	app.get('/_sandbox/state', async () => ({
		account: store.account,
		doors: [...store.doors.values()].map((door) => ({
			id: door.id,
			name: door.name,
			site: store.sites.find(({ id }) => id === door.site_id)?.name ?? '',
			mode: (door.mode as { description: string }).description,
			lockdown: door.lockdown !== null,
			online: door.status !== 'offline',
			sensor: door.sensor,
		})),
		people: [...store.people.values()].slice(-200).map((person) => ({
			id: person.id,
			name: `${String(person.first_name)} ${String(person.last_name)}`,
			email: person.email,
			enabled: person.enabled,
			groups: (person.groups as number[]).map((id) => store.groups.find((group) => group.id === id)?.name ?? ''),
			credentials: store.credentialsOf(person.id).map(({ id, label, value, status }) => ({ id, label, value: value ?? null, status: status ?? null })),
		})),
		events: store.events.slice(-60).reverse(),
		deliveries: store.deliveries.slice(-60).reverse(),
		outbox: store.outbox.slice(-30).reverse(),
		tokens: { ...authority.counts, connected: authority.connected() },
		config: { ...store.config, webhookSecret: undefined },
	}));

	await app.listen({ port: options.port ?? 0, host: '127.0.0.1' });
	const address = app.server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	url = `http://127.0.0.1:${port}`;
	return {
		url,
		port,
		store,
		secrets: () => authority.allTokens(),
		stop: async () => {
			webhooks.stop();
			await app.close();
		},
	};
}
