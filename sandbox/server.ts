import formbody from '@fastify/formbody';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

import { registerAccount } from './account';
import { HARBOUR_HOUSE, STUDIO_NINE } from './accounts';
import { Api } from './api';
import { Authority } from './authority';
import { registerChannels } from './channels';
import { faultsOf, type Config } from './config';
import { Control } from './control';
import { isLoopbackHost, registerControl } from './controlRoutes';
import { registerCredentials } from './credentials';
import { Refusal } from './errors';
import { registerEvents } from './events';
import { registerNotificationRules } from './notificationRules';
import { registerOAuth } from './oauth';
import { registerPeople } from './people';
import { registerRecord, type Exchange } from './record';
import { registerReservations } from './reservations';
import { Shared, Store } from './store';
import { registerTrouble } from './trouble';
import { Webhooks } from './webhooks';

export type { Exchange } from './record';

/** A photo of some 15 MB, as Base64. */
const MAX_BODY = 20 * 1024 * 1024;

export interface SandboxOptions {
	/** 0, the default, takes a free port. */
	readonly port?: number;
	readonly config?: Partial<Config>;
	/** Hears of every answered request of API and OAuth, bodies included. For checks; never logged. */
	readonly onExchange?: (exchange: Exchange) => void;
}

/** A running sandbox. */
export interface Sandbox {
	readonly url: string;
	readonly port: number;
	/** What the first account holds. */
	readonly store: Store;
	/** All accounts; the first one is authorized unless another is chosen on the consent page. */
	readonly stores: readonly Store[];
	/** The control API, for tests in this process. */
	readonly control: Control;
	/** Every token ever given out, so that a test can look whether one leaked. Not reachable from outside this process. */
	secrets(): string[];
	stop(): Promise<void>;
}

/** DoorFlow's own client announces JSON and sends nothing, where a command needs no more than its path. */
function takeEmptyBodies(app: FastifyInstance): void {
	app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
		if (body === '') return done(null, {});
		try {
			done(null, JSON.parse(String(body)));
		} catch (error) {
			done(Object.assign(error as Error, { statusCode: 400 }));
		}
	});
}

function answerErrors(app: FastifyInstance): void {
	app.setErrorHandler((error, _request: FastifyRequest, reply: FastifyReply) => {
		if (error instanceof Refusal) return reply.code(error.status).headers(error.headers).send(error.body);
		const status = (error as { statusCode?: number }).statusCode ?? 500;
		// A fault of this program shows where somebody can mend it; requests and their tokens are not part of it.
		if (status >= 500) console.error(error);
		const [code, text] =
			status < 500
				? ['bad_request', 'The request could not be read']
				: ['internal_server_error', 'A fault of the sandbox'];
		return reply.code(status).send({ error: code, error_description: text });
	});
	app.setNotFoundHandler((_request, reply) =>
		reply.code(404).send({ error: 'not_found', error_description: 'There is nothing at this address' }),
	);
}

/** Nothing here is for a web page whose name was made to lead to this machine. */
function refuseForeignHosts(app: FastifyInstance, shared: Shared): void {
	app.addHook('onRequest', async ({ headers: { host } }, reply) => {
		const { publicBaseUrl } = shared.config;
		if (isLoopbackHost(host) || (publicBaseUrl !== '' && host === new URL(publicBaseUrl).host)) return;
		await reply.code(403).send({
			error: 'forbidden',
			error_description: 'The sandbox answers only requests to localhost. Its Host header says otherwise.',
		});
	});
}

/**
 * Starts a DoorFlow to try things on, on 127.0.0.1.
 *
 * @throws Error when the port is taken, or a setting makes no sense
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	const faults = faultsOf({ ...options.config });
	if (faults.length > 0) throw new Error(faults.join(' '));
	const app = fastify({ bodyLimit: MAX_BODY, forceCloseConnections: true });
	const shared = new Shared(options.config);
	const store = new Store(HARBOUR_HOUSE, shared);
	const stores = [store, new Store(STUDIO_NINE, shared)];
	const authority = new Authority(shared, stores);
	let url = '';
	const webhooks = new Webhooks(shared, authority, () => url);
	const control = new Control(shared, stores, authority, webhooks);

	await app.register(formbody);
	takeEmptyBodies(app);
	answerErrors(app);
	refuseForeignHosts(app, shared);
	registerRecord(app, shared, options.onExchange);
	registerTrouble(app, shared);
	registerControl(app, shared, control);
	registerOAuth(app, shared, authority, stores);
	const api = new Api(app, authority, webhooks);
	for (const register of [
		registerAccount,
		registerPeople,
		registerCredentials,
		registerChannels,
		registerReservations,
		registerEvents,
		registerNotificationRules,
	]) {
		register(api);
	}

	try {
		await app.listen({ port: options.port ?? 0, host: '127.0.0.1' });
	} catch (error) {
		webhooks.stop();
		throw error;
	}
	const address = app.server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	url = `http://127.0.0.1:${port}`;
	return {
		url,
		port,
		store,
		stores,
		control,
		secrets: () => authority.allTokens(),
		stop: async () => {
			webhooks.stop();
			await app.close();
		},
	};
}
