import { renameSync, writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { decide } from '../../sandbox/doors';
import type { Row } from '../../sandbox/store';
import { times } from '../times';
import { breakOffWhenSilent } from './breakOff';
import { setClock } from './clock';
import { Light, type Ran } from './light';
import { Reach, type Report } from './reach';
import { engine, useEngine } from './useEngine';

jest.mock('../../nodes/shared/retryPolicy', () => jest.requireActual<object>('./quickRetries'));
// A turn of n8n's loop between two requests: here nothing else has a use for it.
jest.mock('node:crypto', () => {
	const actual = jest.requireActual<typeof import('node:crypto')>('node:crypto');
	return {
		...actual,
		randomBytes: (size: number, done?: (error: null, bytes: Buffer) => void) => {
			const bytes = actual.randomBytes(size);
			if (!done) return bytes;
			setImmediate(() => done(null, bytes));
			return undefined;
		},
	};
});
// The nodes look again after a second for what DoorFlow may still be at; here nothing is slow.
jest.mock('n8n-workflow', () => {
	const actual = jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow');
	return { ...actual, sleep: async (ms: number) => await actual.sleep(ms / 100) };
});

// Random sequences of what reception, HR, time and faults do. After each step, an oracle that knows only what a visit is
// says which door opens for whom at what time, and the doors must agree.

const DOORS = [1340, 1341, 1350];
/** Which of these doors a group opens, as the sandbox has it. */
const GROUP_DOORS: Readonly<Record<number, readonly number[]>> = { 3: [1340, 1350], 4: [1340, 1341] };
const GROUPS = Object.keys(GROUP_DOORS).map(Number);
/** Half days of next January, London time. */
const CELLS = 8;
const HOURS = ['09', '13', '17'];
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const year = new Date().getUTCFullYear() + 1;
const edge = (cell: number, end: boolean): string =>
	`${year}-01-${11 + Math.floor(cell / 2)}T${HOURS[(cell % 2) + Number(end)]}:00:00Z`;
const begin = (cell: number): number => Date.parse(edge(cell, false));
/** When the doors are asked. */
const middle = (cell: number): number => begin(cell) + HOUR_MS;
/** When people act: before the first half day, or half an hour into one. */
const moment = (cell: number): number => (cell < 0 ? begin(0) - 3 * HOUR_MS : begin(cell) + 30 * MINUTE_MS);
/** A visitor's validity reaches to 14:00 on the day after the visit ends. */
const boundOf = (cell: number): number => Date.parse(`${year}-01-${12 + Math.floor(cell / 2)}T14:00:00Z`);

const EMPLOYEES_ADDRESS = 'erika.employee@example.com';

type Key = 'employee' | 'one' | 'two';

interface Window {
	readonly kind: 'doors' | 'groups';
	readonly targets: readonly number[];
	readonly from: number;
	readonly to: number;
}

/** What the oracle knows of a person. */
interface Person {
	enabled: boolean;
	/** Whether the record says Visitor. */
	marked: boolean;
	/** Groups that somebody gave the person for good. */
	own: Set<number>;
	/** What is booked and not over: kind, target and half day. */
	booked: Set<string>;
	pin: string | undefined;
	/** Outer bounds of all access, in milliseconds. */
	validFrom: number;
	validTo: number;
}

interface Model {
	readonly people: Partial<Record<Key, Person>>;
	/** The present half day; -1 before the first. */
	cell: number;
	/** Two processes, which know nothing of each other, may have booked the same twice. */
	twice: boolean;
}

const CALM = { requireSync: true, syncLimitSeconds: 0, accessTokenSeconds: 1e9 };
let light: Light;
let reach = new Reach();
/** Requests that reached DoorFlow, and those of them that were made to fail. */
let [requests, faults] = [0, 0];
/** How a check-in or check-out is run: by n8n's own engine or without it. */
let road: (parameters: INodeParameters, inAnother?: boolean) => Promise<Ran>;
useEngine({ config: CALM });
beforeAll(() => {
	light = new Light(engine);
	breakOffWhenSilent(engine.sandbox);
	engine.sandbox.store.shared.news.on('arrived', () => requests++);
});
afterAll(() => {
	setClock(undefined);
	light.stop();
});

const store = () => engine.sandbox.store;
const cellsOf = ({ kind, targets, from, to }: Window): string[] =>
	targets.flatMap((target) =>
		Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => `${kind} ${target} ${from + index}`),
	);
const cellOf = (booked: string): number => Number(booked.split(' ')[2]);
const isNow = (kind: Window['kind'], { booked }: Person, { cell }: Model): boolean =>
	GROUPS.some((group) => booked.has(`${kind} ${group} ${cell}`));

/** Who carries the mark has standing access by own groups alone; everybody else, unless the record is empty. */
function isStanding(person: Person, model: Model): boolean {
	if (person.own.size > 0) return true;
	const hasRole = [...person.booked].some((one) => one.startsWith('doors'));
	const isEmpty = person.pin === undefined && !hasRole && !isNow('groups', person, model);
	return !person.marked && !isEmpty;
}

/** A window that is not over: where the half days asked for are past, it ends with this one. */
const notOver = (window: Window, { cell }: Model): Window => ({ ...window, to: Math.max(window.to, cell) });
/** What of it is still to come. */
const left = (window: Window, { cell }: Model): Window => ({ ...window, from: Math.max(window.from, cell) });

const checkIn = (key: Key, window: Window, more: INodeParameters = {}): INodeParameters => ({
	resource: 'visitor',
	operation: 'checkIn',
	matchBy: 'systemId',
	systemId: key,
	firstName: 'Model',
	lastName: key,
	accessBy: window.kind,
	groupIds: window.targets.map(String),
	channelIds: window.targets.map(String),
	startTime: edge(window.from, false),
	endTime: edge(window.to, true),
	issue: 'pin',
	...more,
});

const checkOut = (key: Key, mode: string): INodeParameters => ({
	resource: 'visitor',
	operation: 'checkOut',
	findBy: 'systemId',
	systemId: key,
	mode,
});

const rowOf = (key: Key): Row | undefined => store().people.get(store().systemIds.get(key) ?? 0);

function opensByOracle(person: Person, door: number, cell: number): boolean {
	if (!person.enabled || person.pin === undefined) return false;
	if (middle(cell) < person.validFrom || person.validTo <= middle(cell)) return false;
	const groups = [...person.own, ...GROUPS.filter((group) => person.booked.has(`groups ${group} ${cell}`))];
	return (
		person.booked.has(`doors ${door} ${cell}`) ||
		groups.some((group) => GROUP_DOORS[group]?.includes(door) === true)
	);
}

/** What the doors do must be what the oracle says, for everybody, everywhere, at all times. */
function agree(model: Model): void {
	const { people, cell: present } = model;
	const [wanted, found]: [unknown[], unknown[]] = [[], []];
	for (const key of ['one', 'two', 'employee'] as const) {
		const person = people[key];
		const row = rowOf(key);
		wanted.push([key, person !== undefined]);
		found.push([key, row !== undefined]);
		if (!person) continue;
		const held = store()
			.credentialsOf(Number(row?.id))
			.map(({ value }) => value);
		wanted.push([key, person.pin === undefined ? [] : [person.pin]]);
		found.push([key, held]);
		for (const door of DOORS) {
			for (let cell = Math.max(present, 0); cell < CELLS; cell++) {
				const opens = opensByOracle(person, door, cell);
				const { code } = decide(store(), store().doors.get(door) as never, String(person.pin), middle(cell));
				wanted.push(`${key} ${door} ${cell} ${opens}`);
				found.push(`${key} ${door} ${cell} ${code === 11}`);
			}
		}
	}
	// Jest's comparison takes longer than the rest of the step.
	if (JSON.stringify(found) !== JSON.stringify(wanted)) expect(found).toEqual(wanted);
	if (!model.twice) expect(doublyBooked()).toEqual([]);
}

/** What is booked twice for the same time: the same visit again is the same visit. */
function doublyBooked(): string[] {
	const { reservations, groupReservations } = store();
	const spans = [...reservations.values(), ...groupReservations.values()].flatMap((row) =>
		((row.channel_ids ?? row.group_ids) as number[]).map((target) => ({
			what: `${'channel_ids' in row ? 'doors' : 'groups'} ${target} of ${String(row.person_id)}`,
			start: Date.parse(String(row.start_time)),
			end: Date.parse(String(row.end_time)),
		})),
	);
	return spans.flatMap((one, index) =>
		spans
			.slice(index + 1)
			.filter(
				(other) =>
					one.what === other.what &&
					Math.min(one.end, other.end) - Math.max(one.start, other.start) >= MINUTE_MS,
			)
			.map(() => one.what),
	);
}

/** The half days that a person has booked and that are not over, as DoorFlow lists them. */
function bookedInDoorFlow(who: Key, { cell: present }: Model): Set<string> {
	const { reservations, groupReservations } = store();
	const id = rowOf(who)?.id;
	return new Set(
		[...reservations.values(), ...groupReservations.values()]
			.filter((row) => row.person_id === id)
			.flatMap((row) => {
				const kind = 'channel_ids' in row ? 'doors' : 'groups';
				const cells = Array.from({ length: CELLS }, (_, cell) => cell).filter(
					(cell) =>
						cell >= present &&
						Date.parse(String(row.start_time)) <= middle(cell) &&
						middle(cell) < Date.parse(String(row.end_time)),
				);
				const targets = (row.channel_ids ?? row.group_ids) as number[];
				return targets.flatMap((target) => cells.map((cell) => `${kind} ${target} ${cell}`));
			}),
	);
}

/** How much is known of the way to a check-in. */
interface Way {
	/** A run before this one was killed half-way: what it had done, this one took up. */
	readonly afterKilled?: boolean;
	/** Another run at the same time may have booked more. */
	readonly beside?: boolean;
}

/** What a check-in that succeeded does, by the rules of a visit. */
function visited(model: Model, key: Key, asked: Window, item: IDataObject, way: Way = {}): void {
	const had = model.people[key];
	const person = had ?? {
		enabled: true,
		marked: true,
		own: new Set<number>(),
		booked: new Set<string>(),
		pin: undefined,
		validFrom: -Infinity,
		validTo: boundOf(asked.to),
	};
	model.people[key] = person;
	const standing = had !== undefined && isStanding(person, model);
	if (standing) reach.saw('a visit of somebody with standing access');
	else if (person.booked.size > 0) {
		const again = cellsOf(left(asked, model)).map((one) => person.booked.has(one));
		const more = again.includes(false);
		if (again.includes(true))
			reach.saw(more ? 'visits that overlap' : 'the same visit again, or a part of it');
		else reach.saw('another visit of a visitor, at another time or place');
	} else if (had) reach.saw('a visitor who comes back');
	if (!way.afterKilled) expect(item.known).toBe(had ? (standing ? 'standing' : 'visitor') : 'new');
	if (standing) {
		expect([item.pin, item.credential]).toEqual([null, null]);
		if (person.pin !== undefined) expect(JSON.stringify(item)).not.toContain(`"${person.pin}"`);
	} else {
		// A PIN that was told for another visit stays; without one, it is new.
		if (person.booked.size > 0 && person.pin !== undefined) expect(item.pin).toBe(person.pin);
		else if (!way.afterKilled) expect(item.pin).not.toBe(person.pin);
		person.pin = String(item.pin);
		person.marked = true;
		person.validTo = Math.max(person.validTo, boundOf(asked.to));
		if (person.validFrom > begin(asked.from)) person.validFrom = -Infinity;
	}
	const targets =
		standing && asked.kind === 'groups' ? asked.targets.filter((one) => !person.own.has(one)) : asked.targets;
	for (const cell of cellsOf(left({ ...asked, targets }, model))) person.booked.add(cell);
	// The output says all that bookings open in the window, not only what was asked for.
	const said = (item[asked.kind] as IDataObject[]).map(({ id }) => Number(id)).sort();
	const booked = [...GROUPS, ...DOORS].filter((target) =>
		cellsOf(left({ ...asked, targets: [target] }, model)).some((one) => person.booked.has(one)),
	);
	if (!way.beside) expect(said).toEqual(booked.sort());
}

/** What a check-out does, whatever its mode. */
function endVisits(person: Person, standing: boolean): void {
	if (person.booked.size > 0) reach.saw('a check-out that ends visits');
	person.booked.clear();
	if (standing) return;
	person.pin = undefined;
	person.validTo = Math.min(person.validTo, Date.now());
	person.validFrom = Math.min(person.validFrom, Date.now());
}

/** @param refused whether the rules refuse it */
const ended = (error: Ran['error'], refused: boolean): void => {
	if (refused) expect(error).toBeDefined();
	else expect([error?.message, error?.description]).toEqual([undefined, undefined]);
};

const refusal = (model: Model, key: Key, bookOnly: boolean): boolean => {
	const person = model.people[key];
	if (person === undefined) return false;
	if (!person.enabled) reach.saw('somebody disabled is to be checked in');
	if (isStanding(person, model)) reach.saw('somebody with standing access is to be checked in');
	return !person.enabled || (isStanding(person, model) && !bookOnly);
};

/** What says that it is synced opens without any other sync; else it does after the next one. */
function bringToDoors(items: readonly (IDataObject | undefined)[]): void {
	if (items.every((item) => item?.synced === true)) return;
	store().sync.start();
}

/**
 * DoorFlow has just synced and allows no other sync for a while; the run does not wait for it.
 *
 * @returns what came of the run, which must not say that it is synced where it changed anything
 */
async function whileLimited(parameters: INodeParameters): Promise<Ran> {
	const { config } = store().shared;
	config.syncLimitSeconds = 1000;
	store().sync.last = Date.now();
	const ran = await road({ ...parameters, options: { waitForSync: false } });
	config.syncLimitSeconds = 0;
	for (const item of ran.items) {
		if (store().unsynced) reach.saw('a sync that DoorFlow does not allow yet');
		expect(item.synced).toBe(!store().unsynced);
	}
	return ran;
}

/** How a request fails: by an answer, without one, or with the execution or the process that sent it. */
const ANSWERS = ['500', '422', '500 each time', '422 each time'] as const;
const SILENCES = {
	'not carried out': 'never',
	'carried out': 'before',
	'carried out later': 'after',
} as const;
type Silence = keyof typeof SILENCES;

interface Fault {
	/** Which request of the run. */
	readonly at: number;
	readonly how: Silence | 'stopped' | (typeof ANSWERS)[number];
	/** Whether the process dies with it. */
	readonly kills: boolean;
}

const escaped = (text: string): string => `^${text.replace(/[^\w/ ]/g, '\\$&')}$`;

/** @returns what came of the run, undefined when it was killed; and whether it met the fault at all */
async function withFault(
	parameters: INodeParameters,
	{ at, how, kills }: Fault,
): Promise<{ readonly ran: Ran | undefined; readonly hit: boolean }> {
	const { config, news } = engine.sandbox.store.shared;
	let count = 0;
	const arrived = (request: string): void => {
		if (!/ \/api\//.test(request)) return;
		count++;
		if (count === at + 1 && !how.endsWith('each time'))
			Object.assign(config, { failurePath: '', silentPath: '' });
		if (count !== at) return;
		if (how === 'stopped') light.cancel();
		else if (how in SILENCES)
			Object.assign(config, { silentPath: escaped(request), silentWrite: SILENCES[how as Silence] });
		else Object.assign(config, { failurePath: escaped(request), failureStatus: Number.parseInt(how) });
	};
	let kill: (() => void) | undefined;
	const killed = new Promise<undefined>((done) => {
		kill = () => {
			light.kill();
			done(undefined);
		};
	});
	news.on('arrived', arrived);
	if (kills) news.on('silent', kill as () => void);
	const ran = await Promise.race([road(parameters), killed]);
	news.off('arrived', arrived);
	news.off('silent', kill as () => void);
	Object.assign(config, { failurePath: '', silentPath: '', silentWrite: 'never' });
	if (count >= at) faults++;
	if (count >= at)
		reach.saw(
			kills
				? 'a process killed half-way'
				: how === 'stopped'
					? 'an execution stopped half-way'
					: `a request that fails: ${how}`,
		);
	// What DoorFlow carries out when nobody listens any more is carried out by then: it has a turn of the loop.
	if (!ran) await new Promise((done) => setImmediate(() => setImmediate(done)));
	return { ran, hit: count >= at };
}

type Step = fc.AsyncCommand<Model, null>;

/** One step in words, and what it does to both. */
const step = (name: string, run: (model: Model) => Promise<void>): Step => ({
	check: () => true,
	run: async (model) => {
		await run(model);
		agree(model);
	},
	toString: () => name,
});

const key = fc.constantFrom<Key>('one', 'two', 'employee');
const window = fc
	.record({
		kind: fc.constantFrom<'doors' | 'groups'>('doors', 'groups'),
		picked: fc.integer({ min: 1, max: 3 }),
		from: fc.integer({ min: 0, max: CELLS - 1 }),
		length: fc.integer({ min: 0, max: 3 }),
	})
	.map(({ kind, picked, from, length }): Window => {
		const all = kind === 'doors' ? DOORS.slice(0, 2) : GROUPS;
		const to = Math.min(from + length, CELLS - 1);
		return { kind, targets: all.filter((_, index) => picked & (1 << index)), from, to };
	});
const faultOf = (withKills: boolean): fc.Arbitrary<Fault> =>
	fc
		.record({
			// Most runs make few requests.
			at: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 5 }) }, fc.integer({ min: 6, max: 12 })),
			how: fc.constantFrom<Fault['how']>(...ANSWERS, 'stopped', ...(Object.keys(SILENCES) as Silence[])),
			kills: fc.boolean(),
		})
		.map((fault) => ({ ...fault, kills: withKills && fault.kills && fault.how in SILENCES }));

/** Check-out and Revoke Access: what a fault left undone, the same again does. */
async function surely(parameters: INodeParameters, fault: Fault | 'limited' | undefined): Promise<Ran> {
	if (!fault) return await road(parameters);
	if (fault === 'limited') return await whileLimited(parameters);
	const { ran } = await withFault(parameters, fault);
	return ran && !ran.error ? ran : await road(parameters);
}

const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined });

/** What check-out and Revoke Access meet. */
const trouble = (withKills: boolean): fc.Arbitrary<Fault | 'limited' | undefined> =>
	fc.oneof(fc.constant(undefined), fc.constant('limited' as const), faultOf(withKills));

const stepsOf = (withKills: boolean): Array<fc.Arbitrary<Step>> => [
	fc.tuple(key, window, fc.boolean(), fc.boolean()).map(([who, wish, bookOnly, isLimited]) =>
		step(
			`check in ${who} ${JSON.stringify(wish)} ${bookOnly ? 'book only' : ''} ${isLimited ? 'while syncs are limited' : ''}`,
			async (model) => {
				const asked = notOver(wish, model);
				const refused = refusal(model, who, bookOnly);
				const parameters = checkIn(who, asked, { ifStanding: bookOnly ? 'bookOnly' : 'refuse' });
				const { items, error } = isLimited ? await whileLimited(parameters) : await road(parameters);
				ended(error, refused);
				if (items[0] && !error) visited(model, who, asked, items[0]);
				bringToDoors([items[0]]);
			},
		),
	),
	fc.tuple(fc.constantFrom<Key>('one', 'two'), window, window).map(([who, wish, nextWish]) =>
		step(
			`check in ${who} ${JSON.stringify(wish)}, out, and in ${JSON.stringify(nextWish)}`,
			async (model) => {
				for (const one of [wish, nextWish]) {
					const asked = notOver(one, model);
					const refused = refusal(model, who, false);
					const { items, error } = await road(checkIn(who, asked));
					ended(error, refused);
					bringToDoors([items[0]]);
					if (items[0] && !error) visited(model, who, asked, items[0]);
					const person = model.people[who];
					if (one !== wish || !person) continue;
					const out = await road(checkOut(who, 'endVisit'));
					ended(out.error, false);
					bringToDoors([out.items[0]]);
					endVisits(person, isStanding(person, model));
				}
			},
		),
	),
	fc.tuple(key, window, fc.integer({ min: 1, max: 3 })).map(([who, wish, lengthens]) =>
		step(`check in ${who} ${JSON.stringify(wish)}, and again until ${lengthens} later`, async (model) => {
			const asked = notOver(wish, model);
			const later = { ...asked, to: Math.min(asked.to + lengthens, CELLS - 1) };
			for (const one of [asked, later]) {
				const refused = refusal(model, who, false);
				const { items, error } = await road(checkIn(who, one));
				ended(error, refused);
				if (items[0] && !error) visited(model, who, one, items[0]);
				bringToDoors([items[0]]);
			}
		}),
	),
	fc.tuple(key, window).map(([who, wish]) =>
		step(`check in ${who} ${JSON.stringify(wish)} instead`, async (model) => {
			const asked = notOver(wish, model);
			const before = new Set(model.people[who]?.booked);
			const refused = refusal(model, who, false);
			const { items, error } = await road(checkIn(who, asked, { ifOverlapping: 'replace' }));
			ended(error, refused);
			bringToDoors([items[0]]);
			if (!items[0] || error) return;
			visited(model, who, asked, items[0], { beside: true });
			const now = model.people[who] as Person;
			now.booked = bookedInDoorFlow(who, model);
			const inWindow = [...now.booked].filter((one) => {
				const cell = cellOf(one);
				return one.startsWith(asked.kind) && cell >= asked.from && cell <= asked.to;
			});
			// In the window, what was asked for and nothing else; outside of it, nothing that was not there before.
			expect(inWindow.sort()).toEqual(cellsOf(left(asked, model)).sort());
			for (const one of now.booked) expect(inWindow.includes(one) || before.has(one)).toBe(true);
		}),
	),
	fc.tuple(key, window, maybe(window)).map(([who, wish, otherWish]) =>
		step(`check in ${who} at once ${JSON.stringify([wish, otherWish ?? wish])}`, async (model) => {
			const windows = [wish, otherWish ?? wish].map((one) => notOver(one, model));
			const refused = refusal(model, who, false);
			const runs = await Promise.all(windows.map(async (asked) => await road(checkIn(who, asked))));
			for (const { error } of runs) ended(error, refused);
			const items = runs.map(({ items: [item] }) => item);
			bringToDoors(items);
			const [one, other] = items;
			if (!one || !other || refused) return;
			expect(one.pin).toBe(other.pin);
			reach.saw('two check-ins at once');
			const order = other.isNew === true ? [1, 0] : [0, 1];
			for (const index of order)
				visited(model, who, windows[index] as Window, items[index] as IDataObject, { beside: true });
		}),
	),
	fc.tuple(fc.constantFrom<Key>('one', 'two'), window).map(([who, wish]) =>
		step(`check in ${who} ${JSON.stringify(wish)} in two processes at once`, async (model) => {
			if (!withKills || model.people[who]) return;
			const asked = notOver(wish, model);
			const runs = await Promise.all(
				[false, true].map(async (inAnother) => await road(checkIn(who, asked), inAnother)),
			);
			for (const { error } of runs) ended(error, false);
			const items = runs.map(({ items: [item] }) => item as IDataObject);
			bringToDoors(items);
			expect(items[0]?.pin).toBe(items[1]?.pin);
			model.twice = true;
			reach.saw('two check-ins at once in two processes');
			for (const item of items) visited(model, who, asked, item, { afterKilled: true, beside: true });
		}),
	),
	fc.tuple(key, window, fc.boolean(), faultOf(withKills)).map(([who, wish, bookOnly, fault]) =>
		step(
			`check in ${who} ${JSON.stringify(wish)} ${bookOnly ? 'book only' : ''} ${JSON.stringify(fault)}`,
			async (model) => {
				const asked = notOver(wish, model);
				const parameters = checkIn(who, asked, { ifStanding: bookOnly ? 'bookOnly' : 'refuse' });
				const refused = refusal(model, who, bookOnly);
				const { ran, hit } = await withFault(parameters, fault);
				if (!ran) {
					// Whoever finds the run crashed starts it again.
					const { items, error } = await road(parameters);
					ended(error, refused);
					bringToDoors([items[0]]);
					if (items[0]) visited(model, who, asked, items[0], { afterKilled: true });
					return;
				}
				const { items, error } = ran;
				if (!hit || refused) ended(error, refused);
				bringToDoors([items[0]]);
				if (items[0] && !error) visited(model, who, asked, items[0]);
				// What failed has left nothing behind.
				else expect(error?.description ?? '').not.toContain('LEFT BEHIND');
			},
		),
	),
	fc.tuple(fc.constantFrom<Key>('one', 'two'), window).map(([who, wish]) =>
		step(`check in ${who} with the e-mail address of the employee`, async (model) => {
			// Deleted and checked in again, the employee has none.
			if (rowOf('employee')?.email !== EMPLOYEES_ADDRESS) return;
			const asked = notOver(wish, model);
			const { items, error } = await road(
				checkIn(who, asked, { additionalFields: { email: EMPLOYEES_ADDRESS } }),
			);
			expect(error).toBeDefined();
			bringToDoors([items[0]]);
		}),
	),
	fc
		.tuple(key, fc.constantFrom('endVisit', 'disable', 'delete'), trouble(withKills))
		.map(([who, mode, fault]) =>
			step(`check out ${who} ${mode} ${JSON.stringify(fault)}`, async (model) => {
				const person = model.people[who];
				const standing = person !== undefined && isStanding(person, model);
				const { items, error } = await surely(checkOut(who, mode), fault);
				const isGone = mode === 'delete' && fault !== undefined && rowOf(who) === undefined;
				ended(isGone ? undefined : error, !isGone && (!person || (standing && mode !== 'endVisit')));
				bringToDoors([items[0]]);
				if (!person || (error && !isGone)) return;
				endVisits(person, standing);
				if (standing) return;
				if (mode === 'disable') person.enabled = false;
				if (mode === 'delete') delete model.people[who];
			}),
		),
	fc.tuple(key, fc.boolean(), trouble(withKills)).map(([who, deleteCredentials, fault]) =>
		step(
			`revoke all access of ${who} ${deleteCredentials ? 'with credentials' : ''} ${JSON.stringify(fault)}`,
			async (model) => {
				const person = model.people[who];
				const { items, error } = await surely(
					{
						resource: 'person',
						operation: 'revokeAccess',
						findBy: 'systemId',
						systemId: who,
						deleteCredentials,
					},
					fault,
				);
				ended(error, !person);
				bringToDoors([items[0]]);
				if (!person) return;
				reach.saw('all access revoked');
				person.enabled = false;
				person.booked.clear();
				person.own.clear();
				if (deleteCredentials) person.pin = undefined;
			},
		),
	),
	fc.tuple(key, fc.boolean()).map(([who, enabled]) =>
		step(`reception ${enabled ? 'enables' : 'disables'} ${who}`, async (model) => {
			edit(model, who, { enabled }, (person) => (person.enabled = enabled));
		}),
	),
	fc.tuple(key, fc.boolean()).map(([who, marked]) =>
		step(`reception ${marked ? 'marks' : 'unmarks'} ${who}`, async (model) => {
			const title = marked ? 'Visitor' : 'Consultant';
			edit(model, who, { job_title: title }, (person) => (person.marked = marked));
		}),
	),
	fc.tuple(key, fc.integer({ min: 0, max: CELLS - 1 }), fc.boolean()).map(([who, cell, isEnd]) =>
		step(`reception lets the validity of ${who} ${isEnd ? 'end' : 'begin'} with ${cell}`, async (model) => {
			if (isEnd) {
				edit(model, who, { valid_to: edge(cell, true), valid_from: null }, (person) => {
					[person.validFrom, person.validTo] = [-Infinity, Date.parse(edge(cell, true))];
				});
			} else {
				edit(model, who, { valid_from: edge(cell, false), valid_to: null }, (person) => {
					[person.validFrom, person.validTo] = [begin(cell), Infinity];
				});
			}
		}),
	),
	fc.tuple(key, fc.constantFrom(...GROUPS), fc.boolean()).map(([who, group, gives]) =>
		step(`reception ${gives ? 'gives' : 'takes'} ${who} group ${group}`, async (model) => {
			const [person, row] = [model.people[who], rowOf(who)];
			if (!person || !row) return;
			// DoorFlow would take the group off with the reservation; nothing tells that it was there for good.
			if ([...person.booked].some((one) => one.startsWith(`groups ${group} `))) return;
			const groups = new Set(row.groups as number[]);
			for (const set of [groups, person.own]) {
				if (gives) set.add(group);
				else set.delete(group);
			}
			edit(model, who, { groups: [...groups] }, () => undefined);
		}),
	),
	...[1, 2].map(() =>
		fc.integer({ min: 1, max: 3 }).map((halfDays) =>
			step(`${halfDays} half days pass`, async (model) => {
				model.cell = Math.min(model.cell + halfDays, CELLS - 1);
				setClock(moment(model.cell));
				store().bookings.settle();
				for (const { booked } of Object.values(model.people))
					for (const one of booked)
						if (cellOf(one) < model.cell) {
							booked.delete(one);
							reach.saw('bookings that began or ended meanwhile');
						}
			}),
		),
	),
];

/** Somebody changes a record in DoorFlow itself, which syncs soon. */
function edit(
	model: Model,
	who: Key,
	fields: Record<string, unknown>,
	learn: (person: Person) => void,
): void {
	const [person, row] = [model.people[who], rowOf(who)];
	if (!person || !row) return;
	store().changePerson(row, fields);
	store().sync.start();
	learn(person);
	reach.saw('a change in DoorFlow itself');
}

/** An account with an employee, on the morning before the first half day. */
async function beginAnew(): Promise<Model> {
	setClock(moment(-1));
	store().shared.reset();
	store().reset();
	const employee = store().addPerson({
		first_name: 'Erika',
		last_name: 'Employee',
		email: EMPLOYEES_ADDRESS,
		system_id: 'employee',
		groups: [4],
	});
	store().addCredential(employee.id, 31, '41999');
	store().sync.start();
	return {
		cell: -1,
		twice: false,
		people: {
			employee: {
				enabled: true,
				marked: false,
				own: new Set([4]),
				booked: new Set(),
				pin: '41999',
				validFrom: -Infinity,
				validTo: Infinity,
			},
		},
	};
}

/** What the sequences must reach, and in how many of a hundred of them at least. */
const WANTED: Readonly<Record<string, number>> = {
	'visits that overlap': 10,
	'the same visit again, or a part of it': 10,
	'another visit of a visitor, at another time or place': 10,
	'a visitor who comes back': 3,
	'a visit of somebody with standing access': 5,
	'somebody with standing access is to be checked in': 20,
	'somebody disabled is to be checked in': 3,
	'two check-ins at once': 5,
	'two check-ins at once in two processes': 3,
	'a check-out that ends visits': 5,
	'all access revoked': 5,
	'a change in DoorFlow itself': 20,
	'bookings that began or ended meanwhile': 5,
	'a sync that DoorFlow does not allow yet': 10,
	'a process killed half-way': 2,
	'an execution stopped half-way': 0.3,
	...Object.fromEntries(
		[...ANSWERS, ...Object.keys(SILENCES)].map((how) => [`a request that fails: ${how}`, 0.3]),
	),
};
/** From so many sequences on, the shares say something. */
const ENOUGH = 300;
const ASKED = Number(process.env.VISIT_SEQUENCES) || 2000;
const ROADS: ReadonlyArray<readonly [string, boolean, number]> = [
	["n8n's own engine", false, times(25, 500)],
	['the node alone', true, ASKED],
];
/** So often a long run tells its command how far it has come. */
const TOLD_EACH = 250;

/** Another sequence. */
function begun(): void {
	if (reach.begun > 0 && reach.begun % TOLD_EACH === 0) report();
	reach.next();
}

/** For commands that read how it went, or goes. @param error what a sequence failed with, if one did */
function report(error?: unknown): void {
	const path = process.env.VISIT_REPORT;
	if (!path) return;
	const told: Report = {
		sequences: reach.begun,
		requests,
		faults,
		problem: error instanceof Error ? `${error.message}\n${String(error.cause)}` : undefined,
		happened: Object.keys(WANTED).map((what) => [what, reach.count(what)]),
	};
	writeFileSync(`${path}.new`, JSON.stringify(told));
	// Whoever reads it meanwhile reads a whole one.
	renameSync(`${path}.new`, path);
}

test.each(ROADS)(
	'by %s: whatever happens in whatever order, the doors open for visits and for standing access, and for nothing else',
	async (_name, isLight, numRuns) => {
		reach = new Reach();
		[requests, faults] = [0, 0];
		road = async (parameters, inAnother) =>
			await (isLight ? light.run(parameters, inAnother) : engine.run(parameters));
		try {
			await fc.assert(
				fc.asyncProperty(fc.commands(stepsOf(isLight), { maxCommands: 12 }), async (commands) => {
					begun();
					const model = await beginAnew();
					await fc.asyncModelRun(() => ({ model, real: null }), commands);
				}),
				{
					numRuns,
					// Whoever only counts needs no smaller sequence that fails as well.
					endOnFailure: process.env.VISIT_REPORT !== undefined,
					...(process.env.SEED ? { seed: Number(process.env.SEED), path: process.env.FCPATH ?? '' } : {}),
				},
			);
			report();
		} catch (error) {
			report(error);
			throw error;
		}
		if (!isLight || numRuns < ENOUGH) return;
		const missed = Object.entries(WANTED).filter(([what, least]) => reach.share(what) < least);
		expect(missed.map(([what]) => `${what}: ${reach.share(what)} %`)).toEqual([]);
	},
	12 * HOUR_MS,
);
