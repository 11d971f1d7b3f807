import * as fc from 'fast-check';
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import type { Row } from '../../sandbox/store';
import { times } from '../times';
import type { Result } from './engine';
import { soon } from './rows';
import { engine, locator, useEngine } from './useEngine';

jest.mock('../../nodes/shared/retryPolicy', () => jest.requireActual<object>('./quickRetries'));

// Random directories, lists, scopes and guards. An oracle that knows only the rules of docs/lists.md says what the
// directory is afterwards, and the sandbox must agree.

/** What a person is, as far as a list can say it. */
interface Person {
	system_id: string | null;
	email: string | null;
	department: string | null;
	job_title: string | null;
	first_name: string;
	last_name: string;
	enabled: boolean;
	groups: number[];
	/** Groups of an active group reservation. */
	booked: number[];
}

/** A row of the list. Undefined is a column that is empty in it. */
interface Listed {
	systemId: string;
	email: string;
	first?: string | undefined;
	fields: {
		email?: string | null | undefined;
		systemId?: string | undefined;
		department?: string | undefined;
		enabled: boolean;
		groupIds: number[];
		jobTitle?: string | undefined;
	};
}

interface Case {
	readonly people: readonly Person[];
	readonly list: readonly Listed[];
	/** Whether the list says who is enabled, and in which groups. */
	readonly says: { readonly enabled: boolean; readonly groupIds: boolean };
	readonly by: 'email' | 'systemId';
	readonly scope: 'group' | 'none' | 'systemIdPrefix';
	readonly ifMissing: 'disable' | 'report' | 'revokeAccess';
	readonly owned: readonly number[];
	readonly maxRemovals: number;
	readonly maxRemovalPercent: number;
	/** After which request the run is stopped. */
	readonly stopAfter: number;
}

const IDS = ['HR-1', 'HR-2', 'HR-3', 'HR-4', 'EX-1', 'EX-2'];
const ADDRESSES = IDS.map((id) => `${id.toLowerCase()}@example.com`);
const GROUPS = [1, 2, 3];
const SCOPE_GROUP = 2;

let answered = 0;
let whenAnswered: (() => void) | undefined;
useEngine({
	config: { syncLimitSeconds: 0, requireSync: true },
	onExchange: ({ route }) => {
		if (!route.startsWith('/api/')) return;
		answered++;
		whenAnswered?.();
	},
});

const store = () => engine.sandbox.store;
const byNumber = (one: number, other: number): number => one - other;

const groups = fc.subarray(GROUPS);
const mostly = <T>(value: T, others: fc.Arbitrary<T>): fc.Arbitrary<T> =>
	fc.oneof({ weight: 3, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: others });

const directory = fc
	.uniqueArray(fc.integer({ min: 0, max: IDS.length - 1 }), { maxLength: IDS.length })
	.chain((ids) =>
		fc.tuple(
			...ids.map((index) =>
				fc.record<Person>({
					system_id: mostly<string | null>(IDS[index] as string, fc.constant(null)),
					email: mostly<string | null>(ADDRESSES[index] as string, fc.constant(null)),
					department: fc.constantFrom(null, 'A', 'B'),
					job_title: mostly<string | null>(null, fc.constant('Visitor')),
					first_name: fc.constant('First'),
					last_name: fc.constant(`Last${index}`),
					enabled: mostly(true, fc.constant(false)),
					groups,
					booked: mostly<number[]>([], groups),
				}),
			),
		),
	);

const listed = fc.integer({ min: 0, max: IDS.length - 1 }).chain((index) =>
	fc.record<Listed>({
		systemId: fc.constant(IDS[index] as string),
		email: fc.constant(ADDRESSES[index] as string),
		first: mostly<string | undefined>('First', fc.constantFrom('Other', undefined)),
		fields: fc.record({
			email: mostly<string | null | undefined>(undefined, fc.constantFrom(null, ...ADDRESSES)),
			systemId: mostly<string | undefined>(undefined, fc.constantFrom(...IDS)),
			department: mostly<string | undefined>(undefined, fc.constantFrom('A', 'B')),
			enabled: mostly(true, fc.constant(false)),
			groupIds: groups,
			jobTitle: mostly<string | undefined>(undefined, fc.constantFrom('Visitor', 'Guard')),
		}),
	}),
);

const cases = fc.record<Case>({
	people: directory,
	list: fc.array(listed, { minLength: 1, maxLength: 5 }),
	says: fc.record({ enabled: fc.boolean(), groupIds: fc.boolean() }),
	by: fc.constantFrom('systemId', 'email'),
	scope: fc.constantFrom('none', 'group', 'systemIdPrefix'),
	ifMissing: fc.constantFrom('report', 'disable', 'revokeAccess'),
	owned: mostly<number[]>(GROUPS, groups),
	maxRemovals: mostly(10, fc.integer({ min: 0, max: 3 })),
	maxRemovalPercent: mostly(100, fc.integer({ min: 0, max: 60 })),
	stopAfter: fc.integer({ min: 1, max: 14 }),
});

/** A row by the names of DoorFlow; what is matched by is one of its fields, and never given twice. */
function wanted({ by, says }: Case, { systemId, email, first, fields }: Listed): Partial<Person> {
	const all = {
		first_name: first,
		last_name: 'Listed',
		system_id: by === 'systemId' ? systemId : fields.systemId,
		email: by === 'email' ? email : fields.email,
		department: fields.department,
		enabled: says.enabled ? fields.enabled : undefined,
		job_title: fields.jobTitle,
		groups: says.groupIds ? fields.groupIds : undefined,
	};
	return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** What the rules make of a directory: everybody afterwards, whose bookings are ended, and whether it was stopped. */
function oracle(all: Case): { after: Person[]; revoked: Set<Person>; stopped: boolean } {
	const key = all.by === 'email' ? 'email' : 'system_id';
	const other = all.by === 'email' ? 'system_id' : 'email';
	// What a reservation gives is in the record as well.
	const before = all.people.map((one) => ({ ...one, groups: [...new Set([...one.groups, ...one.booked])] }));
	const rows = all.list.map((row) => {
		const fields = wanted(all, row);
		return { fields, person: before.find((one) => one[key] !== null && one[key] === fields[key]) };
	});
	type Plan = (typeof rows)[number];
	const twice = (field: 'email' | 'system_id', { fields }: Plan): boolean =>
		fields[field] != null && rows.filter((one) => one.fields[field] === fields[field]).length > 1;
	let good = rows.filter(
		(row) =>
			!twice('email', row) &&
			!twice('system_id', row) &&
			(row.fields.groups ?? []).every((id) => all.owned.includes(id)) &&
			row.person?.job_title !== 'Visitor' &&
			row.fields.job_title !== 'Visitor',
	);
	const holder = ({ fields, person }: Plan): Person | undefined =>
		fields[other] == null ? undefined : before.find((one) => one !== person && one[other] === fields[other]);
	/** Whether the address or ID is free by the time it is needed. */
	const getsIt = (row: Plan, waiting: readonly Plan[] = []): boolean => {
		const held = holder(row);
		if (!held) return true;
		const giver = good.find(({ person }) => person === held);
		return (
			giver !== undefined &&
			!waiting.includes(giver) &&
			other in giver.fields &&
			giver.fields[other] !== held[other] &&
			getsIt(giver, [...waiting, row])
		);
	};
	for (let last = -1; last !== good.length; ) {
		last = good.length;
		good = good.filter((row) => getsIt(row, [row]));
	}

	const meant = new Set(
		before.filter((one) =>
			rows.some(({ fields }) =>
				(['email', 'system_id'] as const).some(
					(field) => one[field] !== null && one[field] === fields[field],
				),
			),
		),
	);
	const scope = before.filter(
		(one) =>
			one.job_title !== 'Visitor' &&
			(all.scope === 'group'
				? one.groups.includes(SCOPE_GROUP) && !one.booked.includes(SCOPE_GROUP)
				: all.scope === 'systemIdPrefix' && (one.system_id ?? '').startsWith('HR-')),
	);
	const gone = all.ifMissing === 'report' ? [] : scope.filter((one) => !meant.has(one) && one[key] !== null);
	const target = (one: Person, fields: Partial<Person>): Person => ({
		...one,
		...fields,
		groups: fields.groups
			? [
					...one.groups.filter((id) => !all.owned.includes(id) || one.booked.includes(id)),
					...fields.groups,
				].filter((id, index, list) => list.indexOf(id) === index)
			: one.groups,
	});
	const enters = (one: Person): boolean => one.enabled && one.groups.length > 0;
	const changed = good.flatMap(({ person, fields }) =>
		person ? [{ person, now: target(person, fields) }] : [],
	);
	const removals =
		gone.filter(({ enabled }) => enabled).length +
		changed.filter(({ person, now }) => (person.enabled && !now.enabled) || (enters(person) && !enters(now)))
			.length;
	const about = new Set([...rows.flatMap(({ person }) => person ?? []), ...scope]);
	const enabled = [...about].filter((one) => one.enabled).length;
	if (removals > all.maxRemovals || removals * 100 > all.maxRemovalPercent * enabled)
		return { after: before, revoked: new Set(), stopped: true };

	const created = good
		.filter(({ person, fields }) => !person && fields.first_name !== undefined)
		.map(({ fields }) => target({ ...NOBODY }, fields));
	const left = (one: Person): Person =>
		gone.includes(one)
			? { ...one, enabled: false, groups: all.ifMissing === 'revokeAccess' ? [] : one.groups }
			: (changed.find(({ person }) => person === one)?.now ?? one);
	return {
		after: [...before.map(left), ...created],
		revoked: new Set(all.ifMissing === 'revokeAccess' ? gone : []),
		stopped: false,
	};
}

const NOBODY: Person = {
	system_id: null,
	email: null,
	department: null,
	job_title: null,
	first_name: '',
	last_name: '',
	enabled: true,
	groups: [],
	booked: [],
};

const shape = (one: Person | Row): string =>
	JSON.stringify([
		one.system_id,
		one.email,
		one.department,
		one.job_title,
		one.first_name,
		one.last_name,
		one.enabled,
		[...(one.groups as number[])].sort(byNumber),
	]);

async function fill({ people }: Case): Promise<void> {
	await engine.control('reset', {});
	for (const person of [...store().people.values()]) store().removePerson(person);
	for (const { booked, ...fields } of people) {
		const { id } = store().addPerson({ ...fields, groups: [...fields.groups] });
		if (booked.length > 0)
			store().bookings.bookGroups({
				person_id: id,
				start_time: soon(-60),
				end_time: soon(600),
				group_ids: booked,
			});
	}
	store().sync.start();
}

async function run(all: Case, dryRun: boolean, cancelWhen?: Promise<unknown>): Promise<Result> {
	const parameters = {
		resource: 'person',
		operation: 'syncFromList',
		matchBy: all.by,
		systemId: '={{ $json.systemId }}',
		email: '={{ $json.email }}',
		firstName: '={{ $json.first }}',
		lastName: 'Listed',
		additionalFields: {
			// Looked for by it, it is no field besides.
			[all.by === 'email' ? 'systemId' : 'email']:
				`={{ $json.fields.${all.by === 'email' ? 'systemId' : 'email'} }}`,
			department: '={{ $json.fields.department }}',
			jobTitle: '={{ $json.fields.jobTitle }}',
			...(all.says.enabled ? { enabled: '={{ $json.fields.enabled }}' } : {}),
			...(all.says.groupIds ? { groupIds: '={{ $json.fields.groupIds }}' } : {}),
		},
		scope: all.scope,
		scopeGroupId: locator(SCOPE_GROUP),
		scopePrefix: 'HR-',
		ifMissing: all.ifMissing,
		ownedGroupIds: all.owned.map(String),
		dryRun,
		maxRemovals: all.maxRemovals,
		maxRemovalPercent: all.maxRemovalPercent,
		outputItems: 'both',
	} as INodeParameters;
	const items = all.list.map((row): INodeExecutionData => ({ json: { ...row } as unknown as IDataObject }));
	return await engine.run(parameters, { items, ...(cancelWhen ? { cancelWhen } : {}) });
}

/** The requests that write, while something is done. */
async function writesDuring<T>(work: () => Promise<T>): Promise<{ result: T; writes: string[] }> {
	const before = store().requests.length;
	const result = await work();
	const writes = store()
		.requests.slice(before)
		.filter(({ method }) => method !== 'GET')
		.map(({ method, path }) => `${method} ${path}`);
	return { result, writes };
}

const plan = ({ items }: Result): unknown[] =>
	items
		.filter(({ action }) => action !== undefined)
		.map(({ action, name, changes, reason }) => ({ action, name, changes, reason }));

/** The sandbox is what the rules say. */
function agree(all: Case): void {
	const { after, revoked, stopped } = oracle(all);
	expect([...store().people.values()].map(shape).sort()).toEqual(after.map(shape).sort());
	const booked = all.people.filter(
		(one) => one.booked.length > 0 && ![...revoked].some((gone) => gone.last_name === one.last_name),
	);
	expect([...store().groupReservations.values()]).toHaveLength(booked.length);
	if (!stopped) expect(store().unsynced).toBe(false);
}

/** Stops a run after some requests, lets another follow, and looks at the end. @returns how many the first one made */
async function stoppedAndRunAgain(all: Case): Promise<number> {
	await fill(all);
	answered = 0;
	const reached = new Promise<void>((done) => {
		whenAnswered = () => answered >= all.stopAfter && done();
	});
	await run(all, false, reached);
	whenAnswered = undefined;
	const made = answered;
	expect((await run(all, false)).error).toBeUndefined();
	agree(all);
	return made;
}

test('a run that does everything that a list can, stopped after each of its requests in turn', async () => {
	const person = (index: number, more: Partial<Person> = {}): Person => ({
		...NOBODY,
		system_id: IDS[index] as string,
		first_name: 'First',
		last_name: `Last${index}`,
		...more,
	});
	const row = (index: number, fields: Partial<Listed['fields']> = {}): Listed => ({
		systemId: IDS[index] as string,
		email: ADDRESSES[index] as string,
		first: 'First',
		fields: { enabled: true, groupIds: [1], ...fields },
	});
	const all: Case = {
		people: [
			person(0, { groups: [1, 3] }),
			person(1, { enabled: false, groups: [2] }),
			person(2, { groups: [1] }),
			person(3, { groups: [2], booked: [3] }),
		],
		list: [
			row(0, { department: 'A' }),
			row(1),
			row(2, { enabled: false }),
			row(4, { email: 'new@example.com', groupIds: [2] }),
		],
		says: { enabled: true, groupIds: true },
		by: 'systemId',
		scope: 'systemIdPrefix',
		ifMissing: 'revokeAccess',
		owned: GROUPS,
		maxRemovals: 10,
		maxRemovalPercent: 100,
		stopAfter: 1,
	};
	expect(oracle(all)).toMatchObject({ stopped: false, revoked: { size: 1 } });
	let last = Infinity;
	for (let stopAfter = 1; stopAfter <= last; stopAfter++) {
		const made = await stoppedAndRunAgain({ ...all, stopAfter });
		// Once it was not stopped any more, all requests have had their turn.
		if (made < stopAfter) last = stopAfter;
	}
	expect(last).toBeGreaterThan(10);
}, 3_600_000);

test('a run stopped after the groups were written gives those of a running booking back', async () => {
	const booked: Person = { ...NOBODY, email: ADDRESSES[5] as string, groups: [3], booked: [2] };
	const all: Case = {
		people: [{ ...booked, first_name: 'First', last_name: 'Last5' }],
		list: [
			{
				systemId: IDS[5] as string,
				email: ADDRESSES[5] as string,
				first: 'Other',
				fields: { enabled: true, groupIds: [] },
			},
		],
		says: { enabled: false, groupIds: true },
		by: 'email',
		scope: 'none',
		ifMissing: 'report',
		owned: GROUPS,
		maxRemovals: 10,
		maxRemovalPercent: 100,
		stopAfter: 1,
	};
	for (let stopAfter = 1; stopAfter <= 8; stopAfter++) await stoppedAndRunAgain({ ...all, stopAfter });
}, 3_600_000);

test('a list leaves the directory as the rules say, shows beforehand what it does, and is finished by the next run', async () => {
	await fc.assert(
		fc.asyncProperty(cases, async (all) => {
			await fill(all);
			const dry = await writesDuring(async () => await run(all, true));
			expect([dry.result.error, dry.writes]).toEqual([undefined, []]);
			const real = await run(all, false);
			expect(real.error).toBeUndefined();
			const { stopped } = oracle(all);
			expect(real.items.at(-1)?.stopped !== null).toBe(stopped);
			// Where it is stopped, the dry run says so in the summary and goes on showing the plan.
			if (!stopped) expect(plan(real)).toEqual(plan(dry.result));
			expect(dry.result.items.at(-1)?.stopped).toBe(real.items.at(-1)?.stopped);
			expect(real.items.filter(({ action }) => action === 'error').length).toBe(
				dry.result.items.filter(({ action }) => action === 'error').length,
			);
			agree(all);
			const again = await writesDuring(async () => await run(all, false));
			expect(again.writes).toEqual([]);

			await stoppedAndRunAgain(all);
		}),
		{ numRuns: Number(process.env.LISTS) || times(15, 4000) },
	);
}, 3_600_000);
