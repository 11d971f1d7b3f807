import { firstsOf, type Firsts } from './firsts';
import { positionOfEarlier, type EarlierCursor, type Id, type Position, type Wish } from './position';
import type { Watch } from './watchWebhooks';

/** What a node keeps between two polls. Plain data: n8n stores it with the workflow. */
export interface Stored {
	position?: Position;
	/** Since when the connection is known to be lost, ISO 8601. */
	lostSince?: string;
	watch?: Watch;
	/** Who was let in on which day, for *Once per Day*. */
	firsts?: Firsts;
	/** Of 0.1.0. */
	cursor?: EarlierCursor;
	/** Of 0.1.0: the account of its cursor. */
	accountId?: string;
}

/** Where to go on, and what there is to say about it. */
export interface Begin {
	/** Undefined to begin with now, without old events. */
	readonly position: Position | undefined;
	readonly firsts: Firsts;
	/** Why it does not go on where it was. */
	readonly because?: 'account' | 'unreadable';
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
const isTime = (value: unknown): value is string =>
	typeof value === 'string' && !Number.isNaN(Date.parse(value));
const isTimeOrNone = (value: unknown): value is string | undefined => value === undefined || isTime(value);
const isIds = (value: unknown): value is readonly Id[] =>
	Array.isArray(value) && value.every((id) => typeof id === 'number' || typeof id === 'string');

function isPosition(value: unknown): value is Position {
	return (
		isObject(value) &&
		typeof value.accountId === 'string' &&
		typeof value.query === 'string' &&
		isTime(value.reached) &&
		isTime(value.since) &&
		isTimeOrNone(value.lookedBackAt) &&
		isTimeOrNone(value.floor) &&
		isObject(value.seen) &&
		Object.entries(value.seen).every(([minute, ids]) => /^-?\d+$/.test(minute) && isIds(ids))
	);
}

const isEarlier = (value: unknown): value is EarlierCursor =>
	isObject(value) && isTime(value.newest) && isIds(value.seen);

function isWatch(value: unknown): value is Watch {
	return (
		isObject(value) &&
		isTime(value.from) &&
		Array.isArray(value.polls) &&
		value.polls.length === 2 &&
		value.polls.every(isTime) &&
		(value.held === undefined || isIds(value.held))
	);
}

/**
 * Reads what was kept, by this version or by 0.1.0. What can't be read is never guessed at: the node begins anew.
 *
 * @param stored of the node; anything may have happened to it
 * @param wish of this poll
 */
export function beginOf(stored: Stored, wish: Wish): Begin {
	const { position, cursor, accountId } = stored as Readonly<Record<string, unknown>>;
	const firsts = firstsOf(stored.firsts);
	const anew = (because?: Begin['because']): Begin => ({
		position: undefined,
		firsts: because === 'account' ? {} : firsts,
		...(because ? { because } : {}),
	});
	if (position !== undefined) {
		if (!isPosition(position)) return anew('unreadable');
		return position.accountId === wish.accountId ? { position, firsts } : anew('account');
	}
	if (cursor === undefined) return anew();
	if (!isEarlier(cursor)) return anew('unreadable');
	if (typeof accountId === 'string' && accountId !== '' && accountId !== wish.accountId)
		return anew('account');
	return { position: positionOfEarlier(cursor, wish), firsts };
}

/** Takes away what can't be read beside the position, so that no poll stumbles over it. @returns whether something was */
export function repair(stored: Stored): boolean {
	const { lostSince, watch } = stored as Readonly<Record<string, unknown>>;
	const badTime = !isTimeOrNone(lostSince);
	const badWatch = watch !== undefined && !isWatch(watch);
	if (badTime) delete stored.lostSince;
	if (badWatch) delete stored.watch;
	return badTime || badWatch;
}
