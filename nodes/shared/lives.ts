import { createHash } from 'node:crypto';
import type { IExecuteFunctions } from 'n8n-workflow';

import { keepAtMost } from './keepAtMost';
import { acknowledgeAddress, eventPath, type Notification } from './notifications';
import { processWide } from './processWide';
import { record, takeOff } from './storedList';
import { ago } from './time';

/**
 * The life of an event in a workflow, from the notification that tells of it to DoorFlow's knowing that it was handled.
 * In memory stands what this process did with it; n8n's database holds, for all processes and across restarts, which
 * events went into the workflow.
 *
 *     seen → accepted → handed → emitted → acknowledged
 *        └→ dropped ─────────────────────────┘
 *
 * - seen: a webhook told of it; nothing has been decided. It counts as not arrived.
 * - accepted: it is wanted, and n8n is to run the workflow for it.
 * - handed: n8n was given the run.
 * - emitted: it went into the workflow. From here on, the database knows it.
 * - dropped: nobody wants it.
 * - acknowledged: DoorFlow was told, so that there is nothing left to do.
 */
export type State = 'accepted' | 'acknowledged' | 'dropped' | 'emitted' | 'handed' | 'seen';

/** What is to be done about a notification that comes. */
export type Next =
	/** It is new, or has to be taken as new. */
	| 'look'
	/** DoorFlow is only to be told (again) that it was handled. */
	| 'acknowledge'
	/** It is being seen to, or is done. */
	| 'nothing';

export interface Rules {
	readonly deduplicate: boolean;
	/** How long the workflow may take to confirm an event; undefined where the trigger does that. */
	readonly confirmMs: number | undefined;
}

/** What tells one event from another. */
export type Identity = Pick<Notification, 'accountId' | 'action' | 'resourceId' | 'resourceType'>;

interface Life {
	readonly state: State;
	/** When it came into this state. */
	readonly at: number;
	readonly firstSeenAt: number;
	/** When n8n was last given a run for it; a run of another process may have been earlier. */
	readonly handedAt: number;
	/** The trigger that decided. What one does not want, another one may. */
	readonly node: string;
	readonly wanted: boolean;
}

/** How long n8n may take to begin a run that was handed to it. After that, a delivery of the same notification counts. */
const BEGIN_MS = 60_000;
/** How long DoorFlow is not told again what it was told: whoever repeats a captured request makes no requests with it. */
const TOLD_MS = 10 * 60_000;
/** DoorFlow may tell of something a moment before it can be read. */
export const YOUNG_MS = 60_000;
const IN_MEMORY = 10_000;

const lives = processWide(new Map<string, Life>());
/** What was confirmed by a workflow, and when. It may be another workflow than the one that the event came to. */
const confirmed = processWide(new Map<string, number>());

const hashOf = (...parts: unknown[]): string =>
	createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);

/**
 * The time to confirm is counted in halves, which have a number: n8n's database can tell whether a name is there, and not
 * since when. Three halves after the one in which an event went into the workflow, that time is over.
 */
const turnOf = (at: number, confirmMs: number): number => Math.floor((2 * at) / confirmMs);
const TURNS = 3;

const isDoorEvent = ({ resourceType, action }: Identity): boolean =>
	action === 'CREATE' && (resourceType === 'Event' || resourceType === 'PerimeterEvent');

/**
 * The one name of an event, in memory and in the database. What happened at a door happened once, whatever token its
 * notification has; a credential may change more than once.
 */
export function keyOf(event: Identity & { readonly ackToken?: string }): string {
	const { accountId, action, resourceId, resourceType, ackToken = '' } = event;
	const plain = `doorflow:received:${accountId}:${resourceId}`;
	return isDoorEvent(event) && plain.length <= 80
		? plain
		: `doorflow:${hashOf(accountId, resourceType, resourceId, action, isDoorEvent(event) ? '' : ackToken)}`;
}

/** The name for that it has to be confirmed: it must be found by the address alone. */
function openKeyOf(address: string): string {
	const { pathname, searchParams } = new URL(address, 'https://doorflow');
	const named = /^\/api\/3\/events\/\w{1,40}$/.test(pathname);
	return `doorflow:open:${named ? pathname : hashOf(pathname, searchParams.get('ack_token'))}`;
}

/** Lives of events as one trigger sees them. */
export class Lives {
	constructor(
		private readonly workflowId: string,
		private readonly node: string,
	) {}

	/** What is to be done about a notification. It counts as seen from now on. */
	next(notification: Notification, { deduplicate, confirmMs }: Rules): Next {
		const life = this.of(notification);
		if (!life) {
			this.come(notification, 'seen');
			return 'look';
		}
		const { state, handedAt, wanted } = life;
		const done = (at: number): Next => (ago(at) < TOLD_MS ? 'nothing' : 'acknowledge');
		if (state === 'seen' || (wanted ? !deduplicate : life.node !== this.node)) return 'look';
		if (state === 'dropped') return 'acknowledge';
		if (state === 'acknowledged') return done(life.at);
		if (state === 'emitted' && confirmMs === undefined) return 'acknowledge';
		const confirmedAt = confirmed.get(openKeyOf(acknowledgeAddress(notification)));
		if (confirmedAt !== undefined) return done(confirmedAt);
		// As the database will see it, so that no run is started that finds that it is too early.
		if (state === 'emitted' && confirmMs !== undefined)
			return turnOf(Date.now(), confirmMs) - turnOf(handedAt, confirmMs) < TURNS ? 'nothing' : 'look';
		// Not confirmed by the trigger while its run may not have begun: if that fails, DoorFlow sends it again.
		return ago(handedAt) < Math.min(BEGIN_MS, confirmMs ?? Infinity) ? 'nothing' : 'look';
	}

	/** Whether DoorFlow told of it less than a minute ago for the first time, as far as this process knows. */
	isYoung(notification: Notification): boolean {
		const life = this.of(notification);
		return life === undefined || ago(life.firstSeenAt) < YOUNG_MS;
	}

	/** @returns false when another request with the same notification was faster */
	accept(notification: Notification, rules: Rules): boolean {
		if (this.next(notification, rules) !== 'look') return false;
		this.come(notification, 'accepted');
		return true;
	}

	/**
	 * Takes note of what became of it.
	 *
	 * @param emittedAt when it went into the workflow, where that was before
	 */
	come(notification: Notification, state: State, emittedAt?: number): void {
		const before = this.of(notification);
		const now = Date.now();
		const life: Life = {
			state,
			at: now,
			firstSeenAt: before?.firstSeenAt ?? now,
			handedAt: emittedAt ?? (state === 'accepted' || !before ? now : before.handedAt),
			node: this.node,
			wanted: state === 'acknowledged' ? (before?.wanted ?? true) : state !== 'dropped',
		};
		keepAtMost(lives, this.name(notification), life, IN_MEMORY);
	}

	/** Nothing came of it: the next delivery counts. */
	release(notification: Notification): void {
		this.come(notification, 'seen');
	}

	private of(notification: Notification): Life | undefined {
		return lives.get(this.name(notification));
	}

	private name(notification: Notification): string {
		return `${this.workflowId}/${keyOf(notification)}`;
	}
}

/** Whether a webhook that this process took told of an event, or a poll handed it over. */
export function hasArrived(workflowId: string, event: Identity): boolean {
	const state = lives.get(`${workflowId}/${keyOf(event)}`)?.state;
	return state !== undefined && state !== 'seen';
}

/** Notes that an execution has looked whether an event arrived, so that the next poll need not start one for it. */
export function noteArrival(workflowId: string, event: Identity): void {
	if (hasArrived(workflowId, event)) return;
	const now = Date.now();
	// Long ago: for a trigger whose workflow has to confirm it, the time for that is over.
	const life = { state: 'emitted', at: now, firstSeenAt: 0, handedAt: 0, node: '', wanted: true } as const;
	keepAtMost(lives, `${workflowId}/${keyOf(event)}`, life, IN_MEMORY);
}

export type Verdict =
	| 'new'
	/** It was emitted, and the workflow has not confirmed it in time. */
	| 'again'
	| 'repeated'
	/** The workflow has confirmed it. */
	| 'confirmed';

/**
 * Records in n8n's database, in one write, that events go into the workflow.
 *
 * n8n's list can't be asked without recording, so that what an answer depends on is put back when it was not there.
 *
 * @param more further keys to record in the same write
 * @returns what each is to the workflow; when those that have yet to be confirmed went into it, to the half of the time
 *   for that; and which of the further keys were there before
 * @throws when it can't be written; nothing may go into the workflow then
 */
export async function recordEmissions(
	context: IExecuteFunctions,
	notifications: readonly Notification[],
	{ deduplicate, confirmMs }: Rules,
	more: readonly string[] = [],
): Promise<{ verdicts: Verdict[]; emittedAt: Array<number | undefined>; known: Set<string> }> {
	const turn = confirmMs === undefined ? 0 : turnOf(Date.now(), confirmMs);
	const entries = notifications.map((notification) => {
		const key = keyOf(notification);
		if (confirmMs === undefined) return { key, open: '', turns: [] };
		// If one of these is there, the time to confirm is not over.
		const turns = Array.from({ length: TURNS }, (_, back) => `doorflow:${hashOf(key, turn - back)}`);
		return { key, open: openKeyOf(acknowledgeAddress(notification)), turns };
	});
	const known = await record(context, [
		...entries.flatMap(({ key, open, turns }) => (open === '' ? [key] : [key, open, ...turns])),
		...more,
	]);
	const before = deduplicate
		? await emittedByEarlierVersion(context, notifications, known)
		: new Set<string>();
	const putBack: string[] = [];
	const taken = new Set<string>();
	const verdicts = entries.map(({ key, open, turns }): Verdict => {
		const isKnown = known.has(key) || before.has(key);
		if (!deduplicate) return 'new';
		if (taken.has(key)) return 'repeated';
		taken.add(key);
		if (!isKnown) return 'new';
		if (open === '') return 'repeated';
		const isConfirmed = !known.has(open) || confirmed.has(open);
		if (!isConfirmed && !turns.some((one) => known.has(one))) return 'again';
		putBack.push(
			...[...(isConfirmed ? [open] : []), ...turns].filter((one) => !known.has(one) || one === open),
		);
		return isConfirmed ? 'confirmed' : 'repeated';
	});
	await takeOff(context, putBack).catch(() => {
		context.logger.debug('DoorFlow Trigger: the time to confirm an event could not be put back');
	});
	const emittedAt = entries.map(({ turns }, position) => {
		if (confirmMs === undefined) return undefined;
		// What is new goes in now; so does what two notifications of this run tell of.
		const back = verdicts[position] === 'repeated' ? turns.findIndex((one) => known.has(one)) : 0;
		return ((turn - Math.max(back, 0)) * confirmMs) / 2;
	});
	return { verdicts, emittedAt, known };
}

/** The workflow has confirmed an event, at DoorFlow's address for that. Never throws: DoorFlow knows it already. */
export async function confirm(context: IExecuteFunctions, address: string): Promise<void> {
	const open = openKeyOf(address);
	keepAtMost(confirmed, open, Date.now(), IN_MEMORY);
	await takeOff(context, [open]).catch(() => {
		context.logger.debug('DoorFlow: a confirmation could not be recorded');
	});
}

/**
 * Records that a poll hands events over, unless they have arrived. What it hands over has yet to be confirmed, by which
 * it is told from what a webhook brought.
 *
 * @param events as items
 * @param isAgain whether it handed them over before, in a run that a person starts again
 * @returns those that no webhook brought
 */
export async function recordMissed<T extends Identity>(
	context: IExecuteFunctions,
	events: readonly T[],
	isAgain: boolean,
): Promise<T[]> {
	const openOf = ({ resourceId }: T): string => openKeyOf(eventPath(resourceId));
	const known = await record(
		context,
		events.flatMap((event) => [keyOf(event), openOf(event)]),
	);
	const arrived = events.filter((event) => known.has(keyOf(event)) && !(isAgain && known.has(openOf(event))));
	await takeOff(
		context,
		arrived.map(openOf).filter((open) => !known.has(open)),
	);
	return events.filter((event) => !arrived.includes(event));
}

/** How long the list of 0.1.0 is looked at. Nothing that it knows comes again later, as far as can be told. */
const EARLIER_MS = 24 * 60 * 60_000;
/** Since when this process looks at it; 0 where there is none. */
const earlier = processWide(new Map<string, number>());

/** What 0.1.0 emitted stands in a list of the node. It is read until nothing of it can come again, then cleared. */
async function emittedByEarlierVersion(
	context: IExecuteFunctions,
	notifications: readonly Notification[],
	known: ReadonlySet<string>,
): Promise<Set<string>> {
	const node = `${context.getWorkflow().id ?? ''}/${context.getNode().id}`;
	const { helpers } = context;
	if (!earlier.has(node)) {
		const count = await helpers.getProcessedDataCount('node', { mode: 'entries' });
		keepAtMost(earlier, node, count > 0 ? Date.now() : 0, IN_MEMORY);
	}
	const since = earlier.get(node) ?? 0;
	const fresh = notifications.filter((notification) => !known.has(keyOf(notification)));
	if (since === 0 || fresh.length === 0) return new Set();
	if (Date.now() - since > EARLIER_MS) {
		await helpers.clearAllProcessedItems('node', { mode: 'entries' });
		earlier.set(node, 0);
		return new Set();
	}
	const keys = new Map(
		fresh.map((notification) => {
			const { resourceType, resourceId, action, ackToken } = notification;
			return [hashOf(resourceType, resourceId, action, ackToken), keyOf(notification)];
		}),
	);
	const { processed } = await helpers.checkProcessedAndRecord([...keys.keys()], 'node', { mode: 'entries' });
	return new Set(processed.map((key) => keys.get(String(key)) ?? ''));
}
