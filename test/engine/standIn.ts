import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ICredentialDataDecryptedObject, IDataObject } from 'n8n-workflow';

import type { Engine } from './engine';

/** An event of the stand-in: when it happened, and when DoorFlow came to know of it, in milliseconds. */
interface Happened {
	readonly id: number;
	readonly at: number;
	readonly arrived: number;
	readonly more: IDataObject;
}

const MINUTE_MS = 60_000;

/**
 * As much of DoorFlow as a poll asks for, with a clock of its own, which its header `Date` tells: hours pass at once. It
 * lists events by the time at which they happened or at which they arrived, since nobody knows which DoorFlow does.
 */
export class StandIn {
	/** The present, in milliseconds. */
	now = Date.parse('2026-11-24T09:00:00Z');

	account = 'harbour';

	order: 'arrival' | 'occurrence' = 'occurrence';

	/** Whether the direction that is asked for is taken no notice of. */
	backwards = false;

	/** A page of the list that comes empty, once. */
	slip: number | undefined;

	/** Groups by person. */
	readonly groups = new Map<number, number[]>();

	/** Paths asked for, without queries. */
	readonly asked: string[] = [];

	/** Answers under way at the same time, at most, among those for people. */
	peopleAtOnce = 0;

	private events: Happened[] = [];

	private lastId = 0;

	private held: { readonly open: Promise<void>; readonly path: RegExp } | undefined;

	private people = 0;

	private constructor(private readonly server: Server) {}

	static async start(): Promise<StandIn> {
		const server = createServer((request, response) => void standIn.answer(request, response));
		const standIn = new StandIn(server);
		await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
		return standIn;
	}

	async stop(): Promise<void> {
		this.server.closeAllConnections();
		await new Promise((done) => this.server.close(done));
	}

	/** Lets the engine's credential lead here. */
	serves(engine: Engine): void {
		const baseUrl = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
		engine.credentials.data = {
			...engine.credentials.data,
			baseUrl,
			accessTokenUrl: `${baseUrl}/oauth/token`,
		} as ICredentialDataDecryptedObject;
	}

	passes(minutes: number): void {
		this.now += minutes * MINUTE_MS;
	}

	/** Something happened that DoorFlow comes to know of now. @param minutesAgo how long ago it happened @returns its ID */
	happens(minutesAgo = 0, more: IDataObject = {}): number {
		const id = ++this.lastId;
		this.events.push({ id, at: this.now - minutesAgo * MINUTE_MS, arrived: this.now, more });
		return id;
	}

	/** Another account's events are others. */
	connectedTo(account: string): void {
		this.account = account;
		this.events = [];
	}

	/** Holds the answers for a path back. @returns what lets them go */
	hold(path: RegExp): () => void {
		let release: () => void = () => undefined;
		this.held = { path, open: new Promise<void>((done) => (release = done)) };
		return () => {
			this.held = undefined;
			release();
		};
	}

	private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const url = new URL(request.url ?? '', 'http://stand-in');
		this.asked.push(url.pathname);
		if (this.held?.path.test(url.pathname)) await this.held.open;
		const person = /^\/api\/3\/people\/(\d+)$/.exec(url.pathname)?.[1];
		if (person !== undefined) {
			this.peopleAtOnce = Math.max(this.peopleAtOnce, ++this.people);
			await new Promise((next) => setTimeout(next, 20));
			this.people--;
		}
		const body =
			person !== undefined
				? { id: Number(person), groups: this.groups.get(Number(person)) ?? [] }
				: url.pathname === '/oauth/token/info'
					? { account_id: this.account }
					: url.pathname === '/api/3/account'
						? { time_zone: 'America/New_York' }
						: this.list(url.searchParams);
		response.writeHead(200, {
			'Content-Type': 'application/json',
			Date: new Date(this.now).toUTCString(),
		});
		response.end(JSON.stringify(body));
	}

	private list(query: URLSearchParams): IDataObject[] {
		const key = this.order === 'arrival' ? 'arrived' : 'at';
		const since = Date.parse(query.get('since') ?? '1970-01-01T00:00:00Z');
		const codes = query.get('event_codes')?.split(',').map(Number);
		const found = this.events
			.filter((event) => event[key] >= since)
			.filter(({ more }) => codes?.includes(Number(more.event_code ?? 10)) !== false)
			.sort((one, other) => one[key] - other[key] || one.id - other.id);
		if ((query.get('sort') === 'DESC') !== this.backwards) found.reverse();
		const count = Number(query.get('n') ?? 50);
		const page = Number(query.get('page') ?? 1);
		if (page === this.slip) {
			this.slip = undefined;
			return [];
		}
		const first = (page - 1) * count;
		return found.slice(first, first + count).map(({ id, at, more }) => ({
			id,
			event_code: 10,
			event_label: 'Admitted: card',
			person_id: 1001,
			channel_id: 1340,
			created_at: new Date(at).toISOString(),
			...more,
		}));
	}
}
