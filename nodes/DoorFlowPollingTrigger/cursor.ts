/** What is kept between two polls. Plain data: n8n stores it with the workflow. */
export interface Cursor {
	/** The time of the newest event seen, ISO 8601, by DoorFlow's clock. */
	readonly newest: string;
	/** Ids of the events seen in the overlap before `newest`. */
	readonly seen: readonly number[];
}

/** An event as far as the cursor cares. */
export interface Timed {
	readonly id: number;
	/** ISO 8601, by DoorFlow's clock. */
	readonly createdAt: string;
}

/**
 * How far before the newest event each poll looks again, in milliseconds: a door controller that was offline reports
 * its events late, with the time at which they happened.
 */
export const OVERLAP_MS = 15 * 60_000;

/** A guard for the stored size: far more than happens in the overlap at one site. */
const MAX_SEEN = 20_000;

/** From when to ask, ISO 8601. The clock of n8n plays no part, so that it may be off. */
export function askSince(cursor: Cursor): string {
	return new Date(Date.parse(cursor.newest) - OVERLAP_MS).toISOString();
}

/**
 * The cursor to start with: nothing before this moment is emitted.
 *
 * @param known the newest events there are; those of the overlap count as seen
 * @param serverNow DoorFlow's time, ISO 8601, for an account without events
 */
export function startCursor(known: readonly Timed[], serverNow: string): Cursor {
	return advance({ newest: known[0]?.createdAt ?? serverNow, seen: [] }, known);
}

/** Which of the events were not seen before, in the order given, each once. */
export function unseen<T extends Timed>(cursor: Cursor, events: readonly T[]): T[] {
	const seen = new Set(cursor.seen);
	return events.filter(({ id }) => !seen.has(id) && seen.add(id));
}

/** The cursor after events were emitted. */
export function advance(
	cursor: Cursor,
	emitted: readonly Timed[],
	knownTimes: ReadonlyMap<number, string> = new Map(),
): Cursor {
	let newest = cursor.newest;
	for (const { createdAt } of emitted) if (Date.parse(createdAt) > Date.parse(newest)) newest = createdAt;
	const edge = Date.parse(newest) - OVERLAP_MS;
	// Ids whose time is not known any more are kept: forgetting one too early would emit it twice.
	const old = cursor.seen.filter((id) => Date.parse(knownTimes.get(id) ?? newest) >= edge);
	const fresh = emitted.filter(({ createdAt }) => Date.parse(createdAt) >= edge).map(({ id }) => id);
	return { newest, seen: [...new Set([...old, ...fresh])].slice(-MAX_SEEN) };
}
