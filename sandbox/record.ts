import type { FastifyInstance } from 'fastify';

import type { Shared } from './store';

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

const MAX_REQUESTS_KEPT = 20_000;

/**
 * An address without what must not be listed: tokens and codes.
 *
 * @param url path and query
 */
export const withoutTokens = (url: string): string =>
	url.replace(
		/([?&](?:ack_token|access_token|refresh_token|token|client_secret|code|code_verifier|code_challenge|state)=)[^&]*/g,
		'$1…',
	);

/**
 * Keeps a list of requests, with names of fields and never with values.
 *
 * @param onExchange hears of every answered request of API and OAuth, bodies included; for checks, never logged
 */
export function registerRecord(
	app: FastifyInstance,
	shared: Shared,
	onExchange?: (exchange: Exchange) => void,
): void {
	if (onExchange) {
		app.addHook('onSend', async (request, reply, payload) => {
			if (!request.url.startsWith('/api/') && !request.url.startsWith('/oauth/')) return payload;
			const json = String(reply.getHeader('content-type')).includes('json') && typeof payload === 'string';
			onExchange({
				method: request.method,
				route: request.routeOptions.url ?? '',
				query: request.query,
				requestBody: request.body,
				status: reply.statusCode,
				headers: reply.getHeaders(),
				body: json ? JSON.parse(payload) : payload,
			});
			return payload;
		});
	}
	app.addHook('onResponse', async (request, reply) => {
		if (!request.url.startsWith('/api/') && !request.url.startsWith('/oauth/')) return;
		const { requests } = shared;
		const fields =
			typeof request.body === 'object' && request.body !== null ? Object.keys(request.body) : undefined;
		requests.push({
			at: new Date().toISOString(),
			method: request.method,
			path: withoutTokens(request.url),
			status: reply.statusCode,
			...(fields ? { fields } : {}),
		});
		if (requests.length > MAX_REQUESTS_KEPT) requests.splice(0, MAX_REQUESTS_KEPT / 10);
	});
}
