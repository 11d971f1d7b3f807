import type { IDataObject } from 'n8n-workflow';

import type { DoorFlowApi } from '../shared/api';
import { codesOfEvent } from '../shared/eventCatalogue';
import { inOrder } from '../shared/inOrder';
import { occurredAt } from '../shared/item';
import { LISTS } from '../shared/lists';
import type { Scope } from '../shared/permissions';
import { DoorFlowError } from '../shared/problem';
import { neededToTell, type Wanted } from '../shared/triggerFields';
import { ASKABLE } from './panel';
import type { Id, Listed, Look } from './position';

/** After a long gap, the rest comes with the next polls, so that it is never all in memory. */
const MAX_EVENTS = 5000;
/** A bound for a list that does not end. */
const MAX_PAGES = 200;
const PEOPLE_AT_ONCE = 10;

export interface Found extends Listed {
	readonly data: IDataObject;
}

/** What tells an event from others; should it have no ID, what it says of itself. */
const idOf = ({ id, created_at, event_code, channel_id, person_id }: IDataObject): Id =>
	typeof id === 'number' || typeof id === 'string'
		? id
		: [created_at, event_code, channel_id, person_id].map(String).join(' ');

const found = (data: IDataObject): Found => ({
	id: idOf(data),
	at: occurredAt({ action: 'CREATE', resourceType: 'Event', data })?.getTime(),
	data,
});

/** Asks DoorFlow for events, as the panel wants them. */
export class Reader {
	/** Kinds of events and doors: what DoorFlow itself narrows its list by. */
	private readonly query: { event_codes: number[]; channels: number[] | undefined };

	constructor(
		private readonly chosen: Wanted,
		private readonly api: DoorFlowApi,
	) {
		const { events, channelIds: doors } = chosen;
		this.query = {
			event_codes: (events.length > 0 ? events : ASKABLE).flatMap(codesOfEvent),
			channels: doors.length > 0 ? [...doors] : undefined,
		};
	}

	private readonly needs = (): Scope[] => neededToTell(this.chosen, ASKABLE);

	/** Names what DoorFlow is asked for, whatever the order in which it was chosen. */
	get asks(): string {
		const sorted = (numbers: readonly number[]): string =>
			[...numbers].sort((one, other) => one - other).join(',');
		return `${sorted(this.query.event_codes)} ${sorted(this.query.channels ?? [])}`.trim();
	}

	/**
	 * Which account is connected, and what DoorFlow's clock says, in milliseconds.
	 *
	 * @throws DoorFlowError when DoorFlow does not tell
	 */
	async account(): Promise<{ id: string; now: number }> {
		const { body, headers } = await this.api.request<IDataObject>({
			method: 'GET',
			path: '/oauth/token/info',
			about: { doing: 'read which account is connected' },
		});
		if (typeof body.account_id !== 'string' || body.account_id === '') {
			throw new DoorFlowError({
				kind: 'unexpected',
				message: 'DoorFlow does not say to which account this connection belongs',
				description: 'The next poll tries again. If it keeps happening, please report it.',
			});
		}
		const date = Date.parse(headers.date ?? '');
		return { id: body.account_id, now: Number.isNaN(date) ? Date.now() : date };
	}

	/** The newest events that match, newest first. */
	async newest(count: number): Promise<Found[]> {
		const { items } = await this.api.page(
			LISTS.events,
			1,
			{ query: { ...this.query, sort: 'DESC' }, about: { needs: this.needs } },
			count,
		);
		return await this.wanted(items.map(found));
	}

	/** Lets a look have the list, page by page. @returns whether it got the whole of it */
	async show(look: Look<Found>): Promise<boolean> {
		const query = { ...this.query, sort: 'ASC', since: new Date(look.since).toISOString() };
		for (let page = 1; page <= MAX_PAGES; page++) {
			const { items, more } = await this.api.page(LISTS.events, page, {
				query,
				about: { needs: this.needs },
			});
			const isNew = look.take(items.map(found));
			// Behind a full page, an empty one may be a slip: what lies behind it comes with the next poll.
			if (!more) return page === 1 || items.length > 0;
			if (!isNew || look.fresh.length >= MAX_EVENTS) return false;
		}
		return false;
	}

	/** What DoorFlow can't filter by. */
	async wanted(events: readonly Found[]): Promise<Found[]> {
		const { personIds: people, groupIds: groups } = this.chosen;
		const named = events.filter(({ data }) => people.length === 0 || people.includes(Number(data.person_id)));
		if (groups.length === 0) return named;
		const persons = [...new Set(named.map(({ data }) => data.person_id))].filter(
			(person) => typeof person === 'number',
		);
		const groupsOf = new Map(
			await inOrder(
				persons,
				PEOPLE_AT_ONCE,
				async (person) => [person, await this.groupsOf(person)] as const,
			),
		);
		return named.filter(({ data }) =>
			groupsOf.get(data.person_id as number)?.some((group) => groups.includes(group)),
		);
	}

	private async groupsOf(person: number): Promise<number[]> {
		const outcome = await this.api.ask<IDataObject>({
			method: 'GET',
			path: `/api/3/people/${person}`,
			about: { doing: 'read the person', permission: 'account.person.readonly', needs: this.needs },
		});
		if ('problem' in outcome) {
			if (outcome.problem.kind === 'notFound') return [];
			throw new DoorFlowError(outcome.problem);
		}
		return Array.isArray(outcome.body.groups) ? outcome.body.groups.map(Number) : [];
	}
}
