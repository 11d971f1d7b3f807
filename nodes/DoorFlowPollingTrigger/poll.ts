import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type IPollFunctions,
} from 'n8n-workflow';

import { accountZone } from '../shared/accountZone';
import { isAdmission } from '../shared/admission';
import { DoorFlowApi } from '../shared/api';
import { eventOfCode } from '../shared/eventCatalogue';
import { isTooOld, itemOf, type Item } from '../shared/item';
import { nodeErrorOf, shownProblem } from '../shared/nodeError';
import { parametersOf } from '../shared/parameters';
import type { Problem } from '../shared/problem';
import { processWide } from '../shared/processWide';
import { DAY_MS } from '../shared/time';
import { firstsOnly } from './firsts';
import { readPanel, type Panel } from './panel';
import { Look } from './position';
import { Reader, type Found } from './reader';
import { beginOf, repair, type Begin, type Stored } from './stored';
import { mature, watchItems } from './watchWebhooks';

const SHOWN_IN_TEST = 5;

/** In the first item of a poll: how many days ago the last one was, for execute() to say that not all is caught up. */
export const GAP_DAYS = 'doorflowGapDays';

type Context = IExecuteFunctions | IPollFunctions;

/** What a poll found, and what is to be kept once it is through: a poll that fails leaves everything as it was. */
interface Outcome {
	readonly accountId: string;
	readonly now: number;
	readonly events: Item[];
	readonly gap: number | undefined;
	readonly keep: () => void;
}

/** The polls that are under way in this process, by workflow and node: n8n begins the next one whatever the last one does. */
const underWay = processWide(new Set<string>());

/**
 * Reads what happened since the last poll, oldest first, nothing twice, and what doors report late.
 *
 * @returns null when there is nothing to start the workflow for, and while an earlier poll of this node is under way
 * @throws NodeApiError or NodeOperationError for trouble that is not a lost connection
 */
export async function poll(context: Context): Promise<INodeExecutionData[][] | null> {
	const panel = orNodeError(context, () => readPanel(parametersOf(context)));
	if (context.getMode() === 'manual') return [await newest(context, panel)];
	const node = `${context.getWorkflow().id ?? ''}/${context.getNode().id}`;
	if (underWay.has(node)) {
		context.logger.warn(
			'DoorFlow Polling Trigger: the last poll is still running, so this one is skipped. The next one reads what happened in the meantime.',
		);
		return null;
	}
	underWay.add(node);
	try {
		return await pollAlone(context, panel);
	} finally {
		underWay.delete(node);
	}
}

async function pollAlone(context: Context, panel: Panel): Promise<INodeExecutionData[][] | null> {
	const stored = context.getWorkflowStaticData('node') as Stored;
	if (repair(stored)) warnUnreadable(context);
	if (!panel.watchWebhooks) delete stored.watch;
	const read = await attempt(async () => await look(context, panel, stored));
	if ('problem' in read) return lost(context, stored, read.problem, !panel.watchConnection);

	const { accountId, now, events, gap, keep } = read.done;
	keep();
	const items: INodeExecutionData[] = [];
	if (stored.lostSince !== undefined) {
		if (panel.watchConnection)
			items.push(connectionItem('connectionRestored', accountId, { lostSince: stored.lostSince }));
		delete stored.lostSince;
	}
	if (panel.watchWebhooks) items.push(...watchItems(context, stored, events, new Date(now).toISOString()));
	else for (const json of events) items.push({ json });
	const [first] = items;
	if (first && gap !== undefined) first.json = { ...first.json, [GAP_DAYS]: gap };
	return first ? [items] : null;
}

/** One look at DoorFlow's list, and what of it is for the workflow. */
async function look(context: Context, panel: Panel, stored: Stored): Promise<Outcome> {
	const api = new DoorFlowApi(context);
	const reader = new Reader(panel.wanted, api);
	const { id: accountId, now } = await reader.account();
	const wish = {
		accountId,
		query: reader.asks,
		now,
		lookBackMs: panel.lookBackMs,
		...(panel.watchWebhooks ? { until: mature(stored, now), held: stored.watch?.held ?? [] } : {}),
	};
	const begin = beginOf(stored, wish);
	say(context, begin);
	const looking = new Look<Found>(begin.position, wish);
	const position = looking.finish(await reader.show(looking));
	const fresh = [...looking.fresh].sort((one, other) => (one.at ?? now) - (other.at ?? now));
	const received = new Date();
	const told = (await reader.wanted(fresh))
		.map(({ data }) => eventOf(data, accountId))
		.filter((one) => !isTooOld(one, panel.leftOut.olderThanMinutes, now))
		.map((one) => itemOf(one, received, new Date(now), panel.includeSecrets));
	// Where webhooks are watched, the run knows whom they brought.
	const firstsHere = panel.leftOut.oncePerDay && !panel.watchWebhooks;
	const { items: events, firsts } =
		firstsHere && told.some(isAdmission)
			? firstsOnly(told, begin.firsts, await accountZone(api))
			: { items: told, firsts: begin.firsts };
	// Events are told under the account's ID, so it must not have been exchanged while they were read.
	if (fresh.length > 0 && (await reader.account()).id !== accountId)
		return await look(context, panel, stored);
	return {
		accountId,
		now,
		events,
		gap: gapDays(context, looking, now),
		keep: () => {
			stored.position = position;
			delete stored.cursor;
			delete stored.accountId;
			if (firstsHere) stored.firsts = firsts;
			else delete stored.firsts;
			if (begin.because === 'account') delete stored.watch;
			if (stored.watch) stored.watch.held = [...looking.held];
		},
	};
}

function say(context: Context, { because }: Begin): void {
	if (because === 'unreadable') warnUnreadable(context);
	if (because === 'account') {
		context.logger.warn(
			'DoorFlow Polling Trigger: the credential is connected to another DoorFlow account. The node reports what happens there from now on.',
		);
	}
}

function warnUnreadable(context: Context): void {
	context.logger.warn(
		'DoorFlow Polling Trigger: the data stored by the last poll could not be read. The node reports what happens from now on.',
	);
}

/** Says that not everything since the last poll is caught up. @returns how many days ago that was */
function gapDays(context: Context, { gapSince }: Look<Found>, now: number): number | undefined {
	if (gapSince === undefined) return undefined;
	const days = Math.floor((now - gapSince) / DAY_MS);
	context.logger.warn(
		`DoorFlow Polling Trigger: the last poll was ${days} days ago. Events older than 7 days are left out.`,
	);
	return days;
}

/** The newest events, for a test in the editor: it moves nothing. */
async function newest(context: Context, panel: Panel): Promise<INodeExecutionData[]> {
	const reader = new Reader(panel.wanted, new DoorFlowApi(context));
	const read = await attempt(async () => {
		const { id, now } = await reader.account();
		const received = new Date();
		return (await reader.newest(SHOWN_IN_TEST)).map(({ data }) => ({
			json: itemOf(eventOf(data, id), received, new Date(now), panel.includeSecrets),
		}));
	});
	if ('problem' in read) throw shownProblem(context, read.problem);
	if (read.done.length > 0) return read.done;
	throw new NodeOperationError(context.getNode(), 'DoorFlow has no event that matches', {
		description: 'Open a door, or choose other events or filters, and fetch a test event again.',
	});
}

async function attempt<T>(work: () => Promise<T>): Promise<{ done: T } | { problem: Problem }> {
	try {
		return { done: await work() };
	} catch (error) {
		const problem = (error as { problem?: Problem }).problem;
		if (problem) return { problem };
		return {
			problem: {
				kind: 'unexpected',
				message: error instanceof Error ? error.message : 'The events could not be read',
				description: 'The next poll tries again. If it keeps happening, please report it.',
			},
		};
	}
}

/** Access that was taken away starts the workflow once; any other trouble is an error, and the next poll tries again. */
function lost(
	context: Context,
	stored: Stored,
	problem: Problem,
	silent: boolean,
): INodeExecutionData[][] | null {
	if (problem.kind !== 'reconnect' || silent) throw shownProblem(context, problem);
	if (stored.lostSince !== undefined) return null;
	stored.lostSince = new Date().toISOString();
	const { message: reason, description: nextStep } = problem;
	return [[connectionItem('connectionLost', accountOf(stored), { reason, nextStep })]];
}

const accountOf = ({ position, accountId }: Stored): string => String(position?.accountId ?? accountId ?? '');

/** @throws NodeOperationError for a parameter that can't be read */
export function orNodeError<T>(context: Context, read: () => T): T {
	try {
		return read();
	} catch (error) {
		throw nodeErrorOf(context, error);
	}
}

function connectionItem(
	event: 'connectionLost' | 'connectionRestored',
	accountId: string,
	data: IDataObject,
): INodeExecutionData {
	const told = { event, action: 'UPDATE', resourceType: 'Connection', resourceId: '', accountId, data };
	return { json: itemOf({ ...told, source: 'poll' }, new Date()) };
}

const eventOf = (data: IDataObject, accountId: string) => ({
	event: eventOfCode(data.event_code),
	action: 'CREATE',
	resourceType: 'Event',
	resourceId: String(data.id),
	accountId,
	source: 'poll' as const,
	data,
});
