import type { Api } from './api';
import { Refusal } from './errors';
import { EVENTS_PAGE } from './paging';
import type { Row } from './store';
import { readTime } from './time';

const DAY_MS = 86_400_000;

/** Codes that may be asked for. DoorFlow names these ranges; it does not name remote control, 50–63. */
const ASKABLE: ReadonlyArray<readonly [number, number]> = [
	[1, 3],
	[10, 18],
	[20, 29],
	[30, 37],
	[40, 42],
	[70, 73],
	[90, 91],
	[100, 107],
	[220, 220],
	[223, 225],
];

const isAskable = (code: number): boolean => ASKABLE.some(([from, to]) => code >= from && code <= to);

/** Somebody was let in or refused: what DoorFlow lists when not told otherwise. */
export const isAccess = (code: number): boolean => (code >= 10 && code <= 29) || (code >= 70 && code <= 73);

/** "debug" adds the status of channels. */
const isStatus = (code: number): boolean => code >= 1 && code <= 3;

/** Where the events since a moment begin; they are in the order of their time. */
export function firstSince(events: readonly Row[], since: number): number {
	let [low, high] = [0, events.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if (Date.parse(String(events[middle]?.created_at)) < since) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** DoorFlow's operations on events. */
export function registerEvents(api: Api): void {
	const READ = ['account.event.access.readonly'];
	const list = (text: string | undefined): string[] => (text ?? '').split(',').filter(Boolean);

	api.on('GET', 'events', READ, (call) => {
		const { query, store } = call;
		const codes = list(query.event_codes);
		const wrong = codes.filter((code) => !/^\d+$/.test(code) || !isAskable(Number(code)));
		if (wrong.length > 0) {
			throw new Refusal(400, {
				error: 'bad_request',
				error_description: `The following event codes are not valid for this method: ${wrong.join(', ')}`,
			});
		}
		const wanted = new Set(codes.map(Number));
		const doors = new Set(list(query.channels ?? query.door_controllers).map(Number));
		const since = query.since ? readTime(query.since, store.timeZone) : undefined;
		if (query.since && !since)
			throw new Refusal(400, { error: 'bad_request', error_description: 'since is not a date' });
		const first = query.first_name?.toLowerCase();
		const last = query.last_name?.toLowerCase();
		const found = store.events
			.slice(firstSince(store.events, since?.toMillis() ?? Date.now() - 90 * DAY_MS))
			.filter((event) => {
				const code = event.event_code as number;
				if (
					wanted.size > 0
						? !wanted.has(code)
						: !isAccess(code) && !(query.level === 'debug' && isStatus(code))
				)
					return false;
				if (doors.size > 0 && !doors.has(event.channel_id as number)) return false;
				if (!first && !last) return true;
				const name = String(event.person_name ?? '').toLowerCase();
				return (!first || name.startsWith(first)) && (!last || name.endsWith(last));
			});
		if (query.sort !== 'ASC') found.reverse();
		return call.page(found, EVENTS_PAGE);
	});

	api.on('GET', 'events/:id', READ, (call) => call.find(call.store.eventById));
}
