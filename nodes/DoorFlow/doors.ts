import type { IDataObject } from 'n8n-workflow';

import type { DoorFlowApi } from '../shared/api';
import { LISTS, noneIfForbidden, textOf } from '../shared/lists';
import { processWide } from '../shared/processWide';

/** How long to wait for the doors, in milliseconds. */
const MAX_DOORS_WAIT_MS = 120_000;
/** Milliseconds from one look to the next; it grows, since a door that is not quick may take long. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;
/** How old a look of another execution may be, in milliseconds, to serve this one as well. */
const STILL_FRESH_MS = 400;

const SECOND_MS = 1000;

/** What DoorFlow says about the doors at one moment. */
interface Look {
	/** Empty where the connection can't read doors, or there are none: the account then speaks for them. */
	readonly doors: readonly IDataObject[];
	/** Undefined where the doors speak for themselves. */
	readonly account?: IDataObject;
}

/** What is known of one change in the end. */
export interface OnDoors {
	readonly onDoors: boolean;
	/** Names of the doors that lack the change. */
	readonly doorsMissing: string[];
}

const looks = processWide(new Map<string, { readonly at: number; readonly look: Promise<Look> }>());

/**
 * How the doors are, all of them from one list, or the account where doors can't be read. Executions of one connection
 * that wait at the same time share their looks.
 *
 * @param since no look from before this moment is of use: milliseconds since 1970, by n8n's clock
 * @throws DoorFlowError when neither can be read
 */
async function lookAtDoors(api: DoorFlowApi, since: number): Promise<Look> {
	const connection = await api.connection();
	const last = looks.get(connection);
	if (last && last.at >= Math.max(since, Date.now() - STILL_FRESH_MS)) {
		// The execution that looks may have been cancelled: this one then looks itself.
		const shared = await last.look.catch(() => undefined);
		if (shared) return shared;
	}
	const look = read(api);
	looks.set(connection, { at: Date.now(), look });
	return await look;
}

async function read(api: DoorFlowApi): Promise<Look> {
	const doors = await api.list(LISTS.doors).catch(noneIfForbidden);
	if (doors.length > 0) return { doors };
	const answer = await api.request<IDataObject>({
		method: 'GET',
		path: '/api/3/account',
		about: { doing: 'see whether the doors have the changes' },
	});
	return { doors: [], account: answer.body };
}

/** What is waited for. */
export interface Change {
	/** A moment by DoorFlow's clock, in milliseconds, that is not after the start of the sync. */
	readonly syncedAt: number;
	/** When DoorFlow had answered, by n8n's clock, in milliseconds since 1970. */
	readonly answeredAt: number;
	/** The doors that matter; undefined for all. */
	readonly ids: ReadonlySet<number> | undefined;
}

/**
 * Waits until the doors have what a sync brought them, or only offline ones lack it, or the time is up.
 *
 * @returns the last look
 * @throws DoorFlowError when DoorFlow does not say how the doors are, or the execution was cancelled
 */
export async function followDoors(
	api: DoorFlowApi,
	change: Change,
	maxWaitMs = MAX_DOORS_WAIT_MS,
): Promise<Look> {
	const end = Date.now() + maxWaitMs;
	for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.3, LONGEST_PAUSE_MS)) {
		const look = await lookAtDoors(api, change.answeredAt);
		const missing = doorsWithout(look, change);
		const done = look.account ? isOnAll(look.account, change) : missing.every(isOffline);
		if (done || Date.now() + pause > end) return look;
		await api.pause(pause);
	}
}

/** What a look says about a change. */
export function onDoors(look: Look, change: Change): OnDoors {
	if (look.account) return { onDoors: isOnAll(look.account, change), doorsMissing: [] };
	const doorsMissing = doorsWithout(look, change).map(nameOf);
	return { onDoors: doorsMissing.length === 0, doorsMissing };
}

/** The same where no sync was started: none of the doors has the change. */
export async function onNoDoor(api: DoorFlowApi): Promise<(ids: Change['ids']) => OnDoors> {
	// That nothing was synced is said already; names are all that is missing.
	const doors = await lookAtDoors(api, Date.now()).then(
		(look) => look.doors,
		() => [],
	);
	return (ids) => ({ onDoors: false, doorsMissing: matter(doors, ids).map(nameOf) });
}

const nameOf = (door: IDataObject): string => LISTS.doors.name(door) || textOf(door.id);

/** A door that DoorFlow does not list can't be seen to have anything, and is waited for no longer than one that is offline. */
const unlisted = (id: number): IDataObject => ({ id, status: 'offline' });

const matter = (doors: readonly IDataObject[], ids: Change['ids']): readonly IDataObject[] =>
	ids ? [...ids].map((one) => doors.find(({ id }) => Number(id) === one) ?? unlisted(one)) : doors;

const isOffline = ({ status }: IDataObject): boolean => status === 'offline';

const doorsWithout = ({ doors }: Look, change: Change): IDataObject[] =>
	matter(doors, change.ids).filter((door) => !hasIt(door, change));

/**
 * DoorFlow: `last_sync_completed_at` is the last successful completion. Only with the status `ok` is it certain that it
 * was this sync's: while another one is due or under way, what was completed may be an earlier one that took its time.
 * Times may come in whole seconds, cut off. The second of the start counts as well; of a door that is offline, only
 * what is clearly later, because it may have completed another sync right before.
 */
function hasIt(door: IDataObject, { syncedAt }: Change): boolean {
	const { status, last_sync_completed_at: completed } = syncOf(door);
	return status === 'ok' && isSince(completed, isOffline(door) ? syncedAt + 2 * SECOND_MS : syncedAt);
}

/** DoorFlow: `last_sync` is when the last sync of the account was started, `complete` that it is on all doors. */
function isOnAll(account: IDataObject, { syncedAt }: Change): boolean {
	const { status, last_sync: started } = syncOf(account);
	return status === 'complete' && isSince(started, syncedAt);
}

/** What DoorFlow says of the sync of a door, or of the account; empty where it says nothing. */
export const syncOf = ({ sync }: IDataObject): IDataObject =>
	typeof sync === 'object' && sync !== null ? (sync as IDataObject) : {};

const isSince = (time: unknown, start: number): boolean =>
	Date.parse(textOf(time)) >= Math.floor(start / SECOND_MS) * SECOND_MS;
