import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { notFound, Refusal } from './errors';
import type { Authority } from './oauth';
import { pageOf, STANDARD_PAGE, type PageSize } from './paging';
import type { Row, Store } from './store';
import { readTime } from './time';
import type { Webhooks } from './webhooks';

export type Body = Record<string, unknown>;

/** One request of an application that may make it, on the account that its user authorized it for. */
export interface Call {
	readonly store: Store;
	readonly query: Readonly<Record<string, string | undefined>>;
	readonly body: Body;
	readonly reply: FastifyReply;
	/** A part of the path. */
	param(name: string): string;
	/** The record whose id is in the path. @throws Refusal 404 */
	find<T>(map: ReadonlyMap<number, T>, name?: string): T;
	/** Cuts out the page that was asked for and sets the headers. */
	page<T>(all: readonly T[], size?: PageSize): readonly T[];
	/** A filter for `since` (the account's time) and `since_utc`, where one of them is given. */
	readonly since: ((row: Row) => boolean) | undefined;
}

/** What the routes of DoorFlow's API share. */
export class Api {
	constructor(
		private readonly app: FastifyInstance,
		private readonly authority: Authority,
		readonly webhooks: Webhooks,
	) {}

	/**
	 * Adds an operation.
	 *
	 * @param scopes any of these is enough; none for "any valid token". The right to manage includes the right to read
	 * @param run answers with the returned value and status 200, or what it set on the reply
	 */
	on(
		method: 'DELETE' | 'GET' | 'POST' | 'PUT',
		path: string,
		scopes: readonly string[],
		run: (call: Call) => unknown,
	): void {
		this.app.route({
			method,
			url: `/api/3/${path}`,
			handler: async (request, reply) => {
				const token = this.authority.check(request.headers.authorization);
				if (!token)
					throw new Refusal(401, {
						error: 'invalid_token',
						error_description: 'The access token is invalid or has expired',
					});
				const may = (scope: string): boolean =>
					token.grant.scope.includes(scope) ||
					(scope.endsWith('.readonly') && token.grant.scope.includes(scope.slice(0, -'.readonly'.length)));
				if (scopes.length > 0 && !scopes.some(may)) {
					throw new Refusal(403, {
						error: 'insufficient_scope',
						error_description: `This needs the scope ${scopes.join(' or ')}`,
					});
				}
				const ackToken = (request.query as Record<string, string | undefined>).ack_token;
				// Before the resource is looked up: a deleted credential answers 404, and yet it was told about. DoorFlow's
				// public material does not say so, but would otherwise have to repeat such a notification for ever.
				if (ackToken && method === 'GET') this.webhooks.acknowledge(ackToken, token.grant.accountId);
				token.grant.store.bookings.settle();
				const result = await run(new RequestCall(request, reply, token.grant.store));
				return result === undefined || result === reply ? reply : reply.send(result);
			},
		});
	}
}

class RequestCall implements Call {
	readonly query: Readonly<Record<string, string | undefined>>;

	readonly body: Body;

	constructor(
		private readonly request: FastifyRequest,
		readonly reply: FastifyReply,
		readonly store: Store,
	) {
		this.query = request.query as Record<string, string | undefined>;
		this.body =
			typeof request.body === 'object' && request.body !== null && !Array.isArray(request.body)
				? (request.body as Body)
				: {};
	}

	param(name: string): string {
		return (this.request.params as Record<string, string>)[name] ?? '';
	}

	find<T>(map: ReadonlyMap<number, T>, name = 'id'): T {
		const text = this.param(name);
		const found = /^\d{1,15}$/.test(text) ? map.get(Number(text)) : undefined;
		if (!found) throw notFound();
		return found;
	}

	page<T>(all: readonly T[], size = STANDARD_PAGE): readonly T[] {
		const { items, headers } = pageOf(all, this.query, size, this.store.config.pagingHeaders);
		void this.reply.headers(headers);
		return items;
	}

	get since(): ((row: Row) => boolean) | undefined {
		const { since, since_utc: sinceUtc } = this.query;
		if (!since && !sinceUtc) return undefined;
		const limit = sinceUtc ? readTime(sinceUtc, 'utc') : readTime(since, this.store.timeZone);
		if (!limit) throw new Refusal(400, { error: 'bad_request', error_description: 'since is not a date' });
		const from = limit.toMillis();
		return (row) => Date.parse(String(row.updated_at)) >= from;
	}
}
