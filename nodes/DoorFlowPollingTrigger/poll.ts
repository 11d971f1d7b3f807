import {
	NodeApiError,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type IPollFunctions,
} from 'n8n-workflow';

import { DoorFlowApi } from '../shared/api';
import { codesOfEvent, eventOfCode } from '../shared/eventCatalogue';
import { parametersOf } from '../shared/parameters';
import { DoorFlowError, type Problem } from '../shared/problem';
import type { Wanted } from '../shared/triggerFields';
import { mature, watchItems, type Watch } from './watchWebhooks';
import { ASKABLE, readPanel } from './panel';
import { advance, askSince, startCursor, unseen, type Cursor, type Timed } from './cursor';

/** DoorFlow: at most 1,000 events a page. */
const PER_PAGE = 1000;
/** After a long gap, the rest comes with the next polls, so that it is never all in memory. */
const MAX_EVENTS = 5000;
const SHOWN_IN_TEST = 5;

interface Found extends Timed {
	readonly data: IDataObject;
}

interface State {
	cursor?: Cursor;
	/** Since when the connection is known to be lost, ISO 8601. */
	lostSince?: string;
	accountId?: string;
	watch?: Watch;
}

/**
 * Reads what happened since the last poll: from the cursor on, oldest first, nothing twice. Each poll looks again at
 * the last minutes before the cursor, for events that doors report late.
 *
 * @returns null when there is nothing to start the workflow for
 * @throws NodeApiError or NodeOperationError for trouble that is not a lost connection
 */
export async function poll(
	context: IExecuteFunctions | IPollFunctions,
): Promise<INodeExecutionData[][] | null> {
	const state = context.getWorkflowStaticData('node') as State;
	const api = new DoorFlowApi(context);
	const manual = context.getMode() === 'manual';
	const panel = orNodeError(context, () => readPanel(parametersOf(context)));
	const reader = new Reader(panel.wanted, api);
	const watches = panel.watchWebhooks;
	if (!watches) delete state.watch;
	const read = await attempt(async () => {
		if (manual) return await reader.newest(SHOWN_IN_TEST);
		state.accountId ??= await reader.accountId();
		if (!state.cursor) {
			const known = await reader.newest(PER_PAGE);
			state.cursor = startCursor(known, reader.serverNow);
			return [];
		}
		return await reader.since(state.cursor, state, watches ? mature(state, reader.serverNow) : undefined);
	});
	if ('problem' in read) return lost(context, state, read.problem, manual || !panel.watchConnection);

	const items: INodeExecutionData[] = [];
	if (state.lostSince !== undefined && !manual) {
		if (panel.watchConnection)
			items.push(connectionItem('connectionRestored', state, { lostSince: state.lostSince }));
		delete state.lostSince;
	}
	const events = read.events.map(({ data }) => eventItem(data, state));
	if (watches && !manual) items.push(...watchItems(context, state, events, reader.serverNow));
	else for (const json of events) items.push({ json });
	if (items.length > 0) return [items];
	if (manual) {
		throw new NodeOperationError(context.getNode(), 'DoorFlow has no event that matches', {
			description: 'Open a door, or choose other events or filters, and fetch a test event again.',
		});
	}
	return null;
}

async function attempt(work: () => Promise<Found[]>): Promise<{ events: Found[] } | { problem: Problem }> {
	try {
		return { events: await work() };
	} catch (error) {
		const problem = (error as { problem?: Problem }).problem;
		if (problem) return { problem };
		return {
			problem: {
				kind: 'unexpected',
				message: error instanceof Error ? error.message : 'The events could not be read',
				description: 'The next poll tries again. If it stays so, please report it.',
			},
		};
	}
}

/** Access that was taken away starts the workflow once; any other trouble is an error, and the next poll tries again. */
function lost(
	context: IExecuteFunctions | IPollFunctions,
	state: State,
	problem: Problem,
	silent: boolean,
): INodeExecutionData[][] | null {
	const { message, description, status } = problem;
	if (problem.kind === 'reconnect' && !silent) {
		if (state.lostSince !== undefined) return null;
		state.lostSince = new Date().toISOString();
		return [[connectionItem('connectionLost', state, { reason: message, nextStep: description })]];
	}
	if (status === undefined) throw new NodeOperationError(context.getNode(), message, { description });
	throw new NodeApiError(
		context.getNode(),
		{ message, description },
		{ message, description, httpCode: String(status) },
	);
}

/** @throws NodeOperationError for a parameter that can't be read */
export function orNodeError<T>(context: IExecuteFunctions | IPollFunctions, read: () => T): T {
	try {
		return read();
	} catch (error) {
		if (!(error instanceof DoorFlowError)) throw new NodeOperationError(context.getNode(), error as Error);
		const { message, description } = error.problem;
		throw new NodeOperationError(context.getNode(), message, { description });
	}
}

function connectionItem(
	event: 'connectionLost' | 'connectionRestored',
	state: State,
	data: IDataObject,
): INodeExecutionData {
	return {
		json: {
			event,
			action: 'UPDATE',
			resourceType: 'Connection',
			resourceId: '',
			accountId: state.accountId ?? '',
			receivedAt: new Date().toISOString(),
			source: 'poll',
			data,
		},
	};
}

function eventItem(data: IDataObject, state: State): IDataObject {
	return {
		event: eventOfCode(data.event_code),
		action: 'CREATE',
		resourceType: 'Event',
		resourceId: String(data.id),
		accountId: state.accountId ?? '',
		receivedAt: new Date().toISOString(),
		source: 'poll',
		data,
	};
}

/** Asks DoorFlow for events, as the panel wants them. */
class Reader {
	/** DoorFlow's time, from its last answer. */
	serverNow = new Date().toISOString();

	constructor(
		private readonly chosen: Wanted,
		private readonly api: DoorFlowApi,
	) {}

	async accountId(): Promise<string> {
		const { body } = await this.api.request<IDataObject>({
			method: 'GET',
			path: '/oauth/token/info',
			about: { doing: 'read which account is connected' },
		});
		return String(body.account_id ?? '');
	}

	async newest(count: number): Promise<Found[]> {
		return await this.wanted(await this.page({ sort: 'DESC', n: count, page: 1 }));
	}

	/**
	 * Up to MAX_EVENTS that were not seen, oldest first; moves the cursor past all that was looked at.
	 *
	 * @param until leaves later events for a later poll, ISO 8601
	 */
	async since(cursor: Cursor, state: State, until?: string): Promise<Found[]> {
		const since = askSince(cursor);
		const times = new Map<number, string>();
		const fresh: Found[] = [];
		for (let page = 1; fresh.length < MAX_EVENTS; page++) {
			const all = await this.page({ sort: 'ASC', n: PER_PAGE, page, since });
			const events =
				until === undefined ? all : all.filter(({ createdAt }) => Date.parse(createdAt) <= Date.parse(until));
			for (const { id, createdAt } of events) times.set(id, createdAt);
			fresh.push(...unseen({ ...cursor, seen: [...cursor.seen, ...fresh.map(({ id }) => id)] }, events));
			if (all.length < PER_PAGE || events.length < all.length) break;
		}
		const wanted = await this.wanted(fresh);
		state.cursor = advance(cursor, fresh, times);
		return wanted;
	}

	private async page(query: {
		sort: 'ASC' | 'DESC';
		n: number;
		page: number;
		since?: string;
	}): Promise<Found[]> {
		const { events, channelIds: doors } = this.chosen;
		const answer = await this.api.request<unknown>({
			method: 'GET',
			path: '/api/3/events',
			query: {
				...query,
				event_codes: (events.length > 0 ? events : ASKABLE).flatMap(codesOfEvent),
				channels: doors.length > 0 ? doors : undefined,
			},
			about: { doing: 'list events', permission: 'account.event.access.readonly' },
		});
		const date = Date.parse(answer.headers.date ?? '');
		if (!Number.isNaN(date)) this.serverNow = new Date(date).toISOString();
		return (Array.isArray(answer.body) ? (answer.body as IDataObject[]) : []).map((data) => ({
			id: Number(data.id),
			createdAt: String(data.created_at),
			data,
		}));
	}

	/** What DoorFlow can't filter by. */
	private async wanted(events: Found[]): Promise<Found[]> {
		const { personIds: people, groupIds: groups } = this.chosen;
		const result: Found[] = [];
		for (const event of events) {
			const person = Number(event.data.person_id);
			if (people.length > 0 && !people.includes(person)) continue;
			if (
				groups.length > 0 &&
				!(await this.groupsOf(event.data.person_id)).some((group) => groups.includes(group))
			)
				continue;
			result.push(event);
		}
		return result;
	}

	private async groupsOf(person: unknown): Promise<number[]> {
		if (typeof person !== 'number') return [];
		return await this.api.once(`groups of ${person}`, async () => {
			const outcome = await this.api.ask<IDataObject>({
				method: 'GET',
				path: `/api/3/people/${person}`,
				about: { doing: 'read the person', permission: 'account.person.readonly' },
			});
			if ('problem' in outcome) {
				if (outcome.problem.kind === 'notFound') return [];
				throw Object.assign(new Error(outcome.problem.message), { problem: outcome.problem });
			}
			return Array.isArray(outcome.body.groups) ? outcome.body.groups.map(Number) : [];
		});
	}
}
