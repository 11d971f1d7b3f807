import * as fc from 'fast-check';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { decide } from '../../sandbox/doors';
import type { Row } from '../../sandbox/store';
import { times } from '../times';
import { Engine } from './engine';

jest.mock('../../nodes/shared/retryPolicy', () => jest.requireActual<object>('./quickRetries'));

// Random sequences of what reception, HR and faults do. After each step, an oracle that knows only what a visit is says
// which door opens for whom at what time, and the doors must agree.

const DOORS = [1340, 1341, 1350];
/** Which of these doors a group opens, as the sandbox has it. */
const GROUP_DOORS: Readonly<Record<number, readonly number[]>> = { 3: [1340, 1350], 4: [1340, 1341] };
const GROUPS = Object.keys(GROUP_DOORS).map(Number);
/** Half days of next January, London time. */
const CELLS = 8;
const HOURS = ['09', '13', '17'];
const year = new Date().getUTCFullYear() + 1;
const edge = (cell: number, end: boolean): string =>
	`${year}-01-${11 + Math.floor(cell / 2)}T${HOURS[(cell % 2) + Number(end)]}:00:00Z`;
const middle = (cell: number): number => Date.parse(edge(cell, false)) + 3_600_000;

type Key = 'employee' | 'one' | 'two';

interface Window {
	readonly kind: 'doors' | 'groups';
	readonly targets: readonly number[];
	readonly from: number;
	readonly to: number;
}

/** What the oracle knows of a person. */
interface Person {
	id: number;
	enabled: boolean;
	/** Groups that somebody gave the person for good. */
	own: Set<number>;
	/** What is booked: kind, target and half day. */
	booked: Set<string>;
	pin: string | undefined;
}

type Model = Partial<Record<Key, Person>>;

let engine: Engine;
beforeAll(async () => {
	engine = await Engine.start({ config: { syncLimitSeconds: 0, requireSync: false } });
});
afterAll(async () => await engine.stop());

const store = () => engine.sandbox.store;
const cellsOf = ({ kind, targets, from, to }: Window): string[] =>
	targets.flatMap((target) =>
		Array.from({ length: to - from + 1 }, (_, index) => `${kind} ${target} ${from + index}`),
	);
const isStanding = (key: Key, { own }: Person): boolean => key === 'employee' || own.size > 0;

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
	options: { syncAfter: false },
	...more,
});

const rowOf = (key: Key): Row | undefined =>
	[...store().people.values()].find((person) => person.system_id === key);

function opensByOracle(person: Person, door: number, cell: number): boolean {
	if (!person.enabled || person.pin === undefined) return false;
	const groups = [...person.own, ...GROUPS.filter((group) => person.booked.has(`groups ${group} ${cell}`))];
	return (
		person.booked.has(`doors ${door} ${cell}`) ||
		groups.some((group) => GROUP_DOORS[group]?.includes(door) === true)
	);
}

/** What the doors do must be what the oracle says, for everybody, everywhere, at all times. */
function agree(model: Model): void {
	for (const [key, person] of Object.entries(model) as Array<[Key, Person]>) {
		const row = rowOf(key);
		const held = store().credentialsOf(Number(row?.id));
		expect([key, held.map(({ value }) => value)]).toEqual([
			key,
			person.pin === undefined ? [] : [person.pin],
		]);
		for (const door of DOORS) {
			for (let cell = 0; cell < CELLS; cell++) {
				const { code } = decide(store(), store().doors.get(door) as never, String(person.pin), middle(cell));
				expect([key, door, cell, code === 11]).toEqual([key, door, cell, opensByOracle(person, door, cell)]);
			}
		}
	}
	for (const key of ['one', 'two'] as const) if (!model[key]) expect(rowOf(key)).toBeUndefined();
}

/** The half days that a person has booked, as DoorFlow lists them. */
function bookedInDoorFlow(who: Key): Set<string> {
	const { reservations, groupReservations } = store();
	const id = rowOf(who)?.id;
	return new Set(
		[...reservations.values(), ...groupReservations.values()]
			.filter((row) => row.person_id === id)
			.flatMap((row) => {
				const kind = 'channel_ids' in row ? 'doors' : 'groups';
				const cells = Array.from({ length: CELLS }, (_, cell) => cell).filter(
					(cell) =>
						Date.parse(String(row.start_time)) <= middle(cell) &&
						middle(cell) < Date.parse(String(row.end_time)),
				);
				const targets = (row.channel_ids ?? row.group_ids) as number[];
				return targets.flatMap((target) => cells.map((cell) => `${kind} ${target} ${cell}`));
			}),
	);
}

/** What a check-in that succeeded does, by the rules of a visit. */
function visited(model: Model, key: Key, window: Window, item: IDataObject): void {
	const had = model[key];
	const person = had ?? {
		id: Number((item.person as IDataObject).id),
		enabled: true,
		own: new Set<number>(),
		booked: new Set<string>(),
		pin: undefined,
	};
	model[key] = person;
	const standing = isStanding(key, person);
	expect(item.known).toBe(had ? (standing ? 'standing' : 'visitor') : 'new');
	if (standing) {
		expect([item.pin, item.credential]).toEqual([null, null]);
		if (person.pin !== undefined) expect(JSON.stringify(item)).not.toContain(`"${person.pin}"`);
	} else {
		// A PIN that was told for another visit stays; without one, it is new.
		if (person.booked.size > 0 && person.pin !== undefined) expect(item.pin).toBe(person.pin);
		else expect(item.pin).not.toBe(person.pin);
		person.pin = String(item.pin);
	}
	const asked =
		standing && window.kind === 'groups'
			? window.targets.filter((one) => !person.own.has(one))
			: window.targets;
	for (const cell of cellsOf({ ...window, targets: asked })) person.booked.add(cell);
}

const refusal = (key: Key, person: Person | undefined, bookOnly: boolean): boolean =>
	person !== undefined && (!person.enabled || (isStanding(key, person) && !bookOnly));

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

const steps: Array<fc.Arbitrary<Step>> = [
	fc.tuple(key, window, fc.boolean()).map(([who, asked, bookOnly]) =>
		step(`check in ${who} ${JSON.stringify(asked)} ${bookOnly ? 'book only' : ''}`, async (model) => {
			const person = model[who];
			const { items, error } = await engine.run(
				checkIn(who, asked, { ifStanding: bookOnly ? 'bookOnly' : 'refuse' }),
			);
			expect([who, error !== undefined]).toEqual([who, refusal(who, person, bookOnly)]);
			if (items[0] && !error) visited(model, who, asked, items[0]);
		}),
	),
	fc.tuple(key, window).map(([who, asked]) =>
		step(`check in ${who} ${JSON.stringify(asked)} instead`, async (model) => {
			const person = model[who];
			const before = new Set(person?.booked);
			const { items, error } = await engine.run(checkIn(who, asked, { ifOverlapping: 'replace' }));
			expect(error !== undefined).toBe(refusal(who, person, false));
			if (!items[0] || error) return;
			visited(model, who, asked, items[0]);
			const now = model[who] as Person;
			now.booked = bookedInDoorFlow(who);
			const inWindow = [...now.booked].filter((one) => {
				const [kind, , cell] = one.split(' ');
				return kind === asked.kind && Number(cell) >= asked.from && Number(cell) <= asked.to;
			});
			// In the window, what was asked for and nothing else; outside of it, nothing that was not there before.
			expect(inWindow.sort()).toEqual(cellsOf(asked).sort());
			for (const one of now.booked) expect(inWindow.includes(one) || before.has(one)).toBe(true);
		}),
	),
	fc.tuple(key, window).map(([who, asked]) =>
		step(`check in ${who} twice at once ${JSON.stringify(asked)}`, async (model) => {
			const person = model[who];
			const runs = await Promise.all([engine.run(checkIn(who, asked)), engine.run(checkIn(who, asked))]);
			for (const { error } of runs) expect(error !== undefined).toBe(refusal(who, person, false));
			const [one, other] = runs.map(({ items, error }) => (error ? undefined : items[0]));
			expect(one?.pin).toBe(other?.pin);
			const first = [one, other].find((item) => item?.isNew === true) ?? one;
			if (first) visited(model, who, asked, first);
		}),
	),
	fc
		.tuple(
			key,
			window,
			fc.constantFrom('POST /api/3/(group_)?reservations', 'POST .*/credentials', 'POST /api/3/people$'),
			fc.constantFrom(500, 422),
		)
		.map(([who, asked, failurePath, failureStatus]) =>
			step(`check in ${who} while ${failurePath} fails ${JSON.stringify(asked)}`, async (model) => {
				await engine.control('config', { failurePath, failureStatus });
				const { items, error } = await engine.run(checkIn(who, asked));
				await engine.control('config', { failurePath: '' });
				if (items[0] && !error) visited(model, who, asked, items[0]);
				else expect(error?.description ?? '').not.toContain('LEFT BEHIND');
			}),
		),
	fc.tuple(key, fc.constantFrom('endVisit', 'disable', 'delete')).map(([who, mode]) =>
		step(`check out ${who} ${mode}`, async (model) => {
			const person = model[who];
			const { error } = await engine.run({
				resource: 'visitor',
				operation: 'checkOut',
				findBy: 'systemId',
				systemId: who,
				mode,
				options: { syncAfter: false },
			});
			const standing = person !== undefined && isStanding(who, person);
			expect([who, mode, error !== undefined]).toEqual([
				who,
				mode,
				!person || (standing && mode !== 'endVisit'),
			]);
			if (!person || error) return;
			person.booked.clear();
			if (standing) return;
			person.pin = undefined;
			if (mode === 'disable') person.enabled = false;
			if (mode === 'delete') delete model[who];
		}),
	),
	fc.tuple(key, fc.boolean()).map(([who, enabled]) =>
		step(`reception ${enabled ? 'enables' : 'disables'} ${who}`, async (model) => {
			const [person, row] = [model[who], rowOf(who)];
			if (!person || !row) return;
			store().changePerson(row, { enabled });
			person.enabled = enabled;
		}),
	),
	fc
		.tuple(fc.constantFrom<Key>('one', 'two'), fc.constantFrom(...GROUPS), fc.boolean())
		.map(([who, group, gives]) =>
			step(`reception ${gives ? 'gives' : 'takes'} ${who} group ${group}`, async (model) => {
				const [person, row] = [model[who], rowOf(who)];
				if (!person || !row) return;
				// DoorFlow would take the group off with the reservation; nothing tells that it was there for good.
				if ([...person.booked].some((one) => one.startsWith(`groups ${group} `))) return;
				if (gives) {
					person.own.add(group);
					// With access for good, the end of a visit is no limit.
					store().changePerson(row, { valid_to: null });
				} else person.own.delete(group);
				store().changePerson(row, { groups: [...person.own] });
			}),
		),
];

test('whatever happens in whatever order, the doors open for visits and for standing access, and for nothing else', async () => {
	const numRuns = Number(process.env.VISIT_SEQUENCES) || times(25, 2000);
	await fc.assert(
		fc.asyncProperty(fc.commands(steps, { maxCommands: 12 }), async (commands) => {
			await engine.control('reset', {});
			const employee = store().addPerson({
				first_name: 'Erika',
				last_name: 'Employee',
				system_id: 'employee',
				groups: [4],
			});
			store().addCredential(employee.id, 31, '41999');
			await fc.asyncModelRun(
				() => ({
					model: {
						employee: {
							id: employee.id,
							enabled: true,
							own: new Set([4]),
							booked: new Set<string>(),
							pin: '41999',
						},
					},
					real: null,
				}),
				commands,
			);
		}),
		{ numRuns },
	);
}, 3_600_000);
