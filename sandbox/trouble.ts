import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Shared } from './store';

const isUnlucky = (failureRate: number): boolean => failureRate > 0 && Math.random() < failureRate;

/** A path that is to fail does so always, unless only a share of its requests is wanted. */
const isHit = ({ method, url }: FastifyRequest, failurePath: string, failureRate: number): boolean =>
	new RegExp(failurePath).test(`${method} ${url}`) && (failureRate === 0 || isUnlucky(failureRate));

const isSilent = ({ method, url }: FastifyRequest, silentPath: string): boolean =>
	silentPath !== '' && url.startsWith('/api/') && new RegExp(silentPath).test(`${method} ${url}`);

/** Says nothing until the client goes away. */
async function keepSilent(request: FastifyRequest, shared: Shared): Promise<void> {
	const { socket } = request.raw;
	const gone = socket.destroyed
		? Promise.resolve()
		: new Promise<void>((resolve) => socket.once('close', () => resolve()));
	shared.news.emit('silent', `${request.method} ${request.url}`);
	await gone;
}

/** Latency, limits and failures, as they were asked for through the control API. */
export function registerTrouble(app: FastifyInstance, shared: Shared): void {
	let second = 0;
	let inSecond = 0;

	/** As many as allowed in each second of the clock, exactly. */
	const isTooMany = (limit: number): boolean => {
		const current = Math.floor(Date.now() / 1000);
		if (current !== second) [second, inSecond] = [current, 0];
		return ++inSecond > limit;
	};

	app.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
		const isApi = request.url.startsWith('/api/');
		shared.news.emit('arrived', `${request.method} ${request.url}`);
		if (!isApi && !request.url.startsWith('/oauth/')) return;
		const { latencyMs, failureRate, rateLimitPerSecond, failurePath, failureStatus, failureWaitSeconds } =
			shared.config;
		if (latencyMs > 0) await pause(latencyMs);
		if (!isApi) return;
		if (rateLimitPerSecond > 0 && isTooMany(rateLimitPerSecond)) {
			await reply
				.code(429)
				.header('Retry-After', 1)
				.send({ error: 'rate_limited', description: 'Too many requests', retry_in: 1 });
		} else if (failurePath === '' ? isUnlucky(failureRate) : isHit(request, failurePath, failureRate)) {
			const status = failurePath === '' ? 503 : failureStatus;
			if (status === 429) void reply.header('Retry-After', failureWaitSeconds);
			await reply.code(status).send({ error: 'failure', error_description: 'Made to fail by the sandbox' });
		}
	});
	// Once the body is read: it would go with the client.
	app.addHook('preHandler', async (request, reply) => {
		const { silentPath, silentWrite } = shared.config;
		if (silentWrite === 'before' || !isSilent(request, silentPath)) return;
		await keepSilent(request, shared);
		if (silentWrite === 'never') await reply.code(503).send();
	});
	app.addHook('onSend', async (request, reply, payload) => {
		const { tokenAnswerDelayMs } = shared.config;
		if (tokenAnswerDelayMs > 0 && request.method === 'POST' && request.url.startsWith('/oauth/token'))
			await pause(tokenAnswerDelayMs);
		if (shared.config.silentWrite === 'before' && isSilent(request, shared.config.silentPath))
			await keepSilent(request, shared);
		if (shared.config.dropAfterWrite && request.method !== 'GET' && request.url.startsWith('/api/'))
			reply.raw.destroy();
		return payload;
	});
}
