import fc from 'fast-check';

import {
	CATCH_UP_MS,
	Look,
	OVERLAP_MS,
	positionOfEarlier,
	type Listed,
	type Position,
} from '../../nodes/DoorFlowPollingTrigger/position';
import { times } from '../times';

const MINUTE = 60_000;
const START = Date.parse('2026-11-24T09:00:00Z');
const LOOK_BACK = 240 * MINUTE;

interface Event extends Listed {
	readonly id: number;
	readonly at: number;
	readonly arrived: number;
}

const happened = (id: number, at: number, arrived = at): Event => ({ id, at, arrived });

/** DoorFlow's list, as far as nobody knows how it is made. */
interface Listing {
	readonly by: 'arrived' | 'at';
	readonly order: 'ascending' | 'descending' | 'shuffled';
	readonly perPage: number;
}

/** One poll of a list. @returns what it emits, and the position afterwards */
function poll(
	events: readonly Event[],
	position: Position | undefined,
	{ by, order, perPage }: Listing,
	wish: { now: number; accountId?: string; query?: string; lookBackMs?: number },
	maxFresh = Infinity,
): { ids: number[]; position: Position } {
	const look = new Look<Event>(position, { accountId: 'a', query: 'all', lookBackMs: LOOK_BACK, ...wish });
	const list = events
		.filter((event) => event[by] >= look.since)
		.sort((one, other) =>
			order === 'shuffled' ? ((one.id * 7919) % 101) - ((other.id * 7919) % 101) : one[by] - other[by],
		);
	if (order === 'descending') list.reverse();
	let complete = true;
	for (let first = 0; first < list.length && complete; first += perPage) {
		look.take(list.slice(first, first + perPage));
		if (look.fresh.length >= maxFresh && first + perPage < list.length) complete = false;
	}
	return { ids: look.fresh.map(({ id }) => id), position: look.finish(complete) };
}

const listing: fc.Arbitrary<Listing> = fc.record({
	by: fc.constantFrom('at', 'arrived'),
	order: fc.constantFrom('ascending', 'descending', 'shuffled'),
	perPage: fc.constantFrom(1, 3, 1000),
});
/** Minutes before its arrival at which an event happened: in the future, now, late, and as late as is still seen. */
const lateness = fc.constantFrom(-60 * 24 * 400, -30, 0, 0, 0.5, 5, 14, 16, 100, 200);
const step = fc.record({
	minutes: fc.constantFrom(0, 0.1, 1, 1, 5, 14, 15, 16, 30),
	lateness: fc.array(lateness, { maxLength: 4 }),
	restarts: fc.boolean(),
	/** The poll fails after it has read: nothing is kept or emitted. */
	fails: fc.constantFrom(false, false, false, true),
	switches: fc.constantFrom(false, false, false, false, false, true),
});

test('late, future-dated, re-sorted events, failed polls, restarts and switched accounts: none lost, none twice', () => {
	fc.assert(
		fc.property(
			fc.array(step, { minLength: 1, maxLength: 30 }),
			listing,
			fc.constantFrom(Infinity, 2),
			(steps, how, maxFresh) => {
				// In portions, a list that is not sorted would be read again and again until all of it is known.
				const portion = how.order === 'ascending' && how.by === 'at' ? maxFresh : Infinity;
				let now = START;
				let accountId = 'a';
				let lastId = 0;
				let events: Event[] = Array.from({ length: 5 }, (_, index) => ({
					id: ++lastId,
					at: START - index * 40 * MINUTE,
					arrived: START - index * 40 * MINUTE,
				}));
				let expected: number[] = [];
				let emitted: number[] = [];
				let { position } = poll(events, undefined, how, { now, accountId });
				const once = (): void => {
					const done = poll(events, position, how, { now, accountId }, portion);
					({ position } = done);
					emitted.push(...done.ids);
					expect(Date.parse(position.reached)).toBeLessThanOrEqual(now);
				};
				const settle = (): void => {
					// Within the look-back, every poll of 15 minutes looks that far; portions need some more.
					for (let count = 0; count < 3 + lastId; count++) once();
					now += OVERLAP_MS;
					for (let count = 0; count < 3 + lastId; count++) once();
					expect([...emitted].sort((one, other) => one - other)).toEqual(expected);
				};
				for (const { minutes, lateness: all, restarts, fails, switches } of steps) {
					now += minutes * MINUTE;
					for (const late of all) {
						events.push({ id: ++lastId, at: now - late * MINUTE, arrived: now });
						expected.push(lastId);
					}
					if (switches) {
						settle();
						accountId += 'x';
						expected = [];
						emitted = [];
						events = events.map((event) => ({ ...event, id: ++lastId }));
						({ position } = poll(events, undefined, how, { now, accountId }));
					} else if (fails) poll(events, position, how, { now, accountId }, portion);
					else once();
					if (restarts) position = JSON.parse(JSON.stringify(position)) as Position;
				}
				settle();
				// However long it goes on, nothing comes again.
				for (let hour = 0; hour < 12; hour++) {
					now += 31 * MINUTE;
					once();
				}
				expect([...emitted].sort((one, other) => one - other)).toEqual(expected);
			},
		),
		{ numRuns: times(60, 5_000) },
	);
});

const oneWrong = fc.record({
	minutes: fc.constantFrom(0, 1, 5, 16),
	lateness: fc.array(fc.constantFrom(0, 5, 100), { maxLength: 3 }),
	/** Minutes by which DoorFlow's clock is wrong at one poll; at the next one, it is right. */
	off: fc.constantFrom(0, 1, -1, 60, -60, 60 * 24 * 30, -60 * 24 * 30, 60 * 24 * 3650, -60 * 24 * 3650),
});

test('a clock that jumps, for one poll, as far as it likes: none lost, none twice', () => {
	fc.assert(
		fc.property(fc.array(oneWrong, { minLength: 1, maxLength: 20 }), listing, (steps, how) => {
			const events = [40, 80, 120].map((minutes, id) => happened(id, START - minutes * MINUTE));
			let { position } = poll(events, undefined, how, { now: START });
			const emitted: number[] = [];
			let now = START;
			const once = (told: number): void => {
				const done = poll(events, JSON.parse(JSON.stringify(position)) as Position, how, { now: told });
				({ position } = done);
				emitted.push(...done.ids);
			};
			for (const { minutes, lateness: all, off } of steps) {
				now += minutes * MINUTE;
				for (const late of all) events.push(happened(events.length, now - late * MINUTE, now));
				once(now + off * MINUTE);
				once(now);
			}
			for (let count = 0; count < 40; count++) once((now += 16 * MINUTE));
			expect(emitted.sort((one, other) => one - other)).toEqual(events.slice(3).map(({ id }) => id));
		}),
		{ numRuns: times(200, 5_000) },
	);
});

const plain: Listing = { by: 'at', order: 'ascending', perPage: 1000 };

test('each poll looks back 15 minutes, and one in 15 minutes as far as it is told', () => {
	let { position } = poll([], undefined, plain, { now: START });
	const sinces: number[] = [];
	for (let minute = 1; minute <= 31; minute++) {
		const now = START + minute * MINUTE;
		sinces.push(
			(now -
				MINUTE -
				new Look(position, { accountId: 'a', query: 'all', now, lookBackMs: LOOK_BACK }).since) /
				MINUTE,
		);
		({ position } = poll([], position, plain, { now }));
	}
	expect(sinces.map((since, index) => [index + 1, since]).filter(([, since]) => since !== 15)).toEqual([
		[15, 240],
		[30, 240],
	]);
});

test('more IDs than are kept: the oldest go, and what happened then is not told again', () => {
	const events = Array.from({ length: 21_000 }, (_, index) =>
		happened(index, START - 3 * 60 * MINUTE + index * 400),
	);
	let { position } = poll(events, undefined, plain, { now: START });
	expect(Object.values(position.seen).flat().length).toBeLessThanOrEqual(20_000);
	for (let count = 1; count < 14; count++) {
		const done = poll(events, position, plain, { now: START + count * 15 * MINUTE });
		expect(done.ids).toEqual([]);
		({ position } = done);
	}
	// When the burst is past, late events are told again.
	expect(position.floor).toBeUndefined();
});

test('IDs that DoorFlow lists no longer are forgotten, but not within twice the look-back', () => {
	let { position } = poll([], undefined, plain, { now: START });
	({ position } = poll([happened(1, START + 1)], position, plain, { now: START + MINUTE }));
	({ position } = poll([], position, plain, { now: START + 20 * MINUTE }));
	expect(poll([happened(1, START + 1)], position, plain, { now: START + 21 * MINUTE }).ids).toEqual([]);
	for (let minute = 40; minute < 540; minute += 20)
		({ position } = poll([], position, plain, { now: START + minute * MINUTE }));
	expect(position.seen).toEqual({});
});

test('a longer look back than before tells nothing that lies before the shorter one', () => {
	const old = happened(1, START - 60 * MINUTE);
	const { position } = poll([old], undefined, plain, { now: START, lookBackMs: 30 * MINUTE });
	const next = poll([old], position, plain, { now: START + 16 * MINUTE });
	expect(next.ids).toEqual([]);
	const late = happened(2, START - 60 * MINUTE, START + 40 * MINUTE);
	expect(poll([old, late], next.position, plain, { now: START + 40 * MINUTE }).ids).toEqual([2]);
});

test('other events and doors asked for: what happened before is not told, what happens then is', () => {
	const old = happened(1, START - MINUTE);
	const { position } = poll([], undefined, plain, { now: START });
	const next = happened(2, START + MINUTE);
	const asked = poll([old, next], position, plain, { now: START + 2 * MINUTE, query: 'doors' });
	expect(asked.ids).toEqual([2]);
	expect(poll([old, next], asked.position, plain, { now: START + 3 * MINUTE, query: 'doors' }).ids).toEqual(
		[],
	);
});

test('after a gap of more than a week, a week is caught up, in portions and once', () => {
	const week = CATCH_UP_MS / MINUTE;
	const now = START + 60 * 24 * 60 * MINUTE;
	const events = [week + 500, week + 1, week - 1, 100, 50, 1].map((minutes, index) =>
		happened(index, now - minutes * MINUTE),
	);
	let { position } = poll([], undefined, plain, { now: START });
	const look = new Look(position, { accountId: 'a', query: 'all', now, lookBackMs: LOOK_BACK });
	expect(look.gapSince).toBe(START);
	const ids: number[] = [];
	for (let count = 0; count < 6; count++) {
		const done = poll(events, position, { ...plain, perPage: 1 }, { now: now + count * MINUTE }, 2);
		ids.push(...done.ids);
		({ position } = done);
	}
	expect(ids).toEqual([2, 3, 4, 5]);
});

test('a list from the newest on, in portions: the position waits until all of it is known', () => {
	let { position } = poll([], undefined, plain, { now: START });
	const now = START + 2000 * MINUTE;
	const events = [1, 2, 3, 4, 5, 6].map((id) => happened(id, START + id * 300 * MINUTE));
	const ids: number[] = [];
	for (let count = 0; count < 5; count++) {
		const done = poll(events, position, { ...plain, order: 'descending', perPage: 1 }, { now }, 2);
		ids.push(...done.ids);
		({ position } = done);
	}
	expect(ids.sort()).toEqual([1, 2, 3, 4, 5, 6]);
});

test('what 0.1.0 kept: its IDs count, what it had forgotten is not told again, and a cursor in the future is put right', () => {
	const wish = { accountId: 'a', query: 'all', now: START };
	const events = [
		happened(1, START - 200 * MINUTE),
		happened(2, START - 5 * MINUTE),
		happened(3, START - 4 * MINUTE),
	];
	for (const newest of [START, START + 400 * 24 * 60 * MINUTE]) {
		const position = positionOfEarlier({ newest: new Date(newest).toISOString(), seen: [2] }, wish);
		expect(position.reached).toBe(new Date(START).toISOString());
		const first = poll(events, position, plain, { now: START });
		expect(first.ids).toEqual([3]);
		expect(poll(events, first.position, plain, { now: START + MINUTE }).ids).toEqual([]);
	}
});

describe('with a time up to which events are told', () => {
	const wish = (minutes: number, held: number[] = []) => ({
		accountId: 'a',
		query: 'all',
		lookBackMs: LOOK_BACK,
		now: START + minutes * MINUTE,
		until: START + (minutes - 2) * MINUTE,
		held,
	});
	const look = (position: Position, events: Event[], minutes: number, held: number[] = []) => {
		const looking = new Look<Event>(position, wish(minutes, held));
		looking.take(events.filter(({ at }) => at >= looking.since));
		return {
			ids: looking.fresh.map(({ id }) => id),
			held: looking.held as number[],
			position: looking.finish(true),
		};
	};
	test('an event waits until then; one that is late or dated in the future is listed twice first', () => {
		const { position } = poll([], undefined, plain, { now: START });
		const events = [
			happened(1, START + 2 * MINUTE),
			happened(2, START - 100 * MINUTE),
			happened(3, START + 500 * MINUTE),
		];
		const first = look(position, events, 3);
		expect(first).toMatchObject({ ids: [], held: [3] });
		const deep = look(first.position, events, 16, first.held);
		expect(deep).toMatchObject({ ids: [1, 3], held: [2] });
		const last = look(deep.position, events, 17, deep.held);
		expect(last).toMatchObject({ ids: [2], held: [] });
		expect(look(last.position, events, 40).ids).toEqual([]);
	});
});
