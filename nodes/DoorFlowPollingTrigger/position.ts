/** An event's ID: DoorFlow's are whole numbers. */
export type Id = number | string;

/** An event as far as the position cares. */
export interface Listed {
	readonly id: Id;
	/** When it happened, in milliseconds; undefined where it does not say. */
	readonly at: number | undefined;
}

/**
 * Up to where a node has read DoorFlow's events. Plain data: n8n stores it with the workflow. All times are ISO 8601 by
 * DoorFlow's clock, so that n8n's may be off.
 */
export interface Position {
	/** The account whose events these are. */
	readonly accountId: string;
	/** What DoorFlow was asked for: kinds of events and doors. */
	readonly query: string;
	/** All that was listed up to here was looked at. Never later than DoorFlow's own `Date`. */
	readonly reached: string;
	/** From when on `seen` is complete. */
	readonly since: string;
	/** When the last poll looked back as far as the panel says. */
	readonly lookedBackAt?: string;
	/** What happened before this counts as seen: its IDs are not known. */
	readonly floor?: string;
	/** The IDs seen, by the minute of their time, counted from 1970. */
	readonly seen: Readonly<Record<string, readonly Id[]>>;
}

/** What a poll wants of DoorFlow. Times in milliseconds, by DoorFlow's clock. */
export interface Wish {
	readonly accountId: string;
	readonly query: string;
	readonly now: number;
	readonly lookBackMs: number;
	/** Leaves events that happened later for a later poll. */
	readonly until?: number;
	/** Events that an earlier poll left although they seem to be old: these are not left again. */
	readonly held?: readonly Id[];
}

const MINUTE_MS = 60_000;

/** How far each poll looks back, in milliseconds, and how often one looks back as far as the panel says. */
export const OVERLAP_MS = 15 * MINUTE_MS;

/** After a longer gap, what happened before counts as seen: an alarm of last month helps nobody. */
export const CATCH_UP_MS = 7 * 24 * 60 * MINUTE_MS;

/** A guard for the stored size, some 250 KB. */
const MAX_SEEN = 20_000;

const minuteOf = (at: number): number => Math.floor(at / MINUTE_MS);
const iso = (at: number): string => new Date(at).toISOString();
const laterOf = (...times: Array<number | undefined>): number =>
	Math.max(...times.map((time) => time ?? -Infinity));

/**
 * One look at DoorFlow's list: which events are new, and the position afterwards. It holds for every order in which
 * DoorFlow may list events, and whether `since` means when they happened or when they arrived.
 */
export class Look<T extends Listed> {
	/** From when on to ask, in milliseconds. */
	readonly since: number;

	/** Whether this look goes back as far as the panel says. */
	readonly deep: boolean;

	/** What is new, in the order of the list. */
	readonly fresh: T[] = [];

	/** Events that are left for the next poll although they seem to be old, or are dated in the future or not at all. */
	readonly held: Id[] = [];

	/** Set when the gap since the last poll was longer than what is caught up, in milliseconds. */
	readonly gapSince: number | undefined;

	private readonly begins: boolean;

	private readonly reached: number;

	private readonly floor: number;

	/** From when on the IDs are complete after it. A gap moves it no further: it may be that a clock was ahead for one poll. */
	private readonly completeFrom: number;

	/** IDs of what happened later are kept, listed or not: what came late may be listed longer, by its arrival. */
	private readonly keptFrom: number;

	private readonly seen = new Map<Id, number>();

	private readonly listed = new Map<Id, number>();

	private readonly left = new Set<Id>();

	private ascending = true;

	private last = -Infinity;

	/** @param position as an earlier look left it; undefined to begin with now, without old events */
	constructor(
		private readonly position: Position | undefined,
		private readonly wish: Wish,
	) {
		const { now, lookBackMs } = wish;
		const before = position ? Math.min(Date.parse(position.reached), now) : now;
		this.begins = position === undefined;
		this.reached = Math.max(before, now - CATCH_UP_MS);
		this.gapSince = before < this.reached ? before : undefined;
		const asksOtherwise = position !== undefined && position.query !== wish.query;
		const lookedBackAt = Date.parse(position?.lookedBackAt ?? '');
		this.deep = asksOtherwise || !(lookedBackAt <= now && now - lookedBackAt < OVERLAP_MS);
		const back = this.deep ? Math.max(lookBackMs, OVERLAP_MS) : OVERLAP_MS;
		this.since = this.reached - back;
		this.completeFrom = before - back;
		this.keptFrom = this.completeFrom - back;
		const complete = position ? Date.parse(position.since) : undefined;
		this.floor = laterOf(
			position?.floor === undefined ? undefined : Date.parse(position.floor),
			asksOtherwise ? this.reached : undefined,
			this.gapSince === undefined ? undefined : this.reached,
			complete !== undefined && this.since < complete ? complete : undefined,
		);
		for (const [minute, ids] of Object.entries(position?.seen ?? {}))
			for (const id of ids) this.seen.set(id, Number(minute));
	}

	/**
	 * Takes a page of the list.
	 *
	 * @returns whether anything of it had not been on an earlier page
	 */
	take(page: readonly T[]): boolean {
		const before = this.listed.size;
		for (const event of page) {
			const { id } = event;
			if (this.listed.has(id)) continue;
			const at = event.at ?? this.wish.now;
			this.listed.set(id, at);
			if (at < this.last) this.ascending = false;
			this.last = at;
			if (this.seen.has(id) || this.begins || at < this.floor) continue;
			if (this.isDue(event)) this.fresh.push(event);
			else this.left.add(id);
		}
		return this.listed.size > before;
	}

	/**
	 * The position after this look.
	 *
	 * @param complete whether the list was read to its end
	 */
	finish(complete: boolean): Position {
		const { accountId, query, now, until } = this.wish;
		const whole = complete && this.deep;
		const seen = new Map<Id, number>();
		// What DoorFlow no longer lists is forgotten, but not before its time: a list may be short of an entry for once.
		for (const [id, minute] of this.seen)
			if (!whole || minute >= minuteOf(this.keptFrom)) seen.set(id, minute);
		for (const [id, at] of this.listed) if (!this.left.has(id)) seen.set(id, minuteOf(at));
		const edge = Math.min(now, until ?? now);
		// Where a part of the list is missing, nothing is known of what lies behind it; unsorted, of none of it.
		const reached = complete ? edge : this.ascending ? Math.min(edge, this.last) : this.reached;
		const kept = bounded(seen);
		const floor = laterOf(
			kept.floor,
			whole || this.floor === -Infinity ? undefined : this.floor,
			this.begins && !complete ? now : undefined,
		);
		const lookedBackAt =
			whole && this.held.length === 0 ? iso(now) : this.deep ? undefined : this.position?.lookedBackAt;
		return {
			accountId,
			query,
			reached: iso(Math.max(this.reached, reached)),
			since: whole || !this.position ? iso(this.completeFrom) : this.position.since,
			...(lookedBackAt === undefined ? {} : { lookedBackAt }),
			...(floor === -Infinity ? {} : { floor: iso(floor) }),
			seen: kept.seen,
		};
	}

	/** With `until`: what came late, is dated in the future or not at all has to be listed twice; its webhook may be under way. */
	private isDue({ id, at }: Listed): boolean {
		const { until, held, now } = this.wish;
		if (until === undefined) return true;
		// An event of the very second of the last poll may not have been in its list.
		if (at !== undefined && at > this.reached - MINUTE_MS && at <= now) return at <= until;
		if (held?.includes(id)) return true;
		this.held.push(id);
		return false;
	}
}

/** The IDs by minute; where there are too many, without the oldest minutes, and from when on they are complete. */
function bounded(seen: ReadonlyMap<Id, number>): { seen: Record<string, Id[]>; floor?: number } {
	const minutes = new Map<number, Id[]>();
	for (const [id, minute] of seen) {
		const ids = minutes.get(minute);
		if (ids) ids.push(id);
		else minutes.set(minute, [id]);
	}
	const kept: Record<string, Id[]> = {};
	let count = 0;
	for (const minute of [...minutes.keys()].sort((one, other) => other - one)) {
		const ids = minutes.get(minute) ?? [];
		if (count > 0 && count + ids.length > MAX_SEEN) return { seen: kept, floor: (minute + 1) * MINUTE_MS };
		kept[String(minute)] = ids;
		count += ids.length;
	}
	return { seen: kept };
}

/** What 0.1.0 kept between two polls. */
export interface EarlierCursor {
	readonly newest: string;
	readonly seen: readonly Id[];
}

/** Takes over what 0.1.0 kept: it knew the IDs of 15 minutes, and its cursor may stand in the future. */
export function positionOfEarlier(
	{ newest, seen }: EarlierCursor,
	{ accountId, query, now }: Pick<Wish, 'accountId' | 'now' | 'query'>,
): Position {
	const reached = Math.min(Date.parse(newest), now);
	return {
		accountId,
		query,
		reached: iso(reached),
		since: iso(reached - OVERLAP_MS),
		seen: { [String(minuteOf(reached))]: [...seen] },
	};
}
