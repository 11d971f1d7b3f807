import { sleep, type IDataObject } from 'n8n-workflow';

import type { DoorFlowApi } from '../../../shared/api';
import { namedProblem, type Problem } from '../../../shared/problem';
import { amount, choice, flag, keyText, shownAs } from '../../../shared/field';
import { LISTS, MANY_PAGES_AT_ONCE, textOf } from '../../../shared/lists';
import { counted } from '../../../shared/text';
import type { Parameters } from '../../../shared/parameters';
import { oneAtATime } from '../../../shared/oneAtATime';
import type { Call } from '../../call';
import { syncOf } from '../../doors';
import { groupField, groupIds, ownedGroupIds, roleIds } from '../../fields';
import type { Settings } from '../../syncAfter';
import { accountTimeZone } from '../account/timeZone';
import type { Joint, Operation, Outcome } from '../operation';
import { BY_EMAIL, BY_SYSTEM_ID, emailShownBy, systemIdShownBy } from './identity';
import { carryOut, type Result } from './listCarryOut';
import { rowOf, summaryOf } from './listOutput';
import {
	Directory,
	fieldsDiffer,
	planList,
	type Lookups,
	type Plan,
	type Row,
	type Rules,
	type Step,
} from './listPlan';
import { uniqueOf } from './same';
import {
	additionalFields,
	checkedKey,
	optionalFirstName,
	optionalLastName,
	readPerson,
	type PersonBody,
} from './personFields';

const matchBy = choice(
	{
		displayName: 'Match By',
		name: 'matchBy',
		default: 'systemId',
		required: true,
		description: 'How to match people on the list with people in DoorFlow',
	},
	[BY_SYSTEM_ID, BY_EMAIL],
);

const systemId = systemIdShownBy('matchBy', 'HR-1042');
const email = emailShownBy('matchBy');

const scope = choice(
	{
		displayName: 'Who Must Be on the List',
		name: 'scope',
		default: 'none',
		required: true,
		description: 'Only these people count as missing if they are not on the list. All others are left alone.',
	},
	[
		{ name: 'Nobody', value: 'none', description: 'The list only creates and updates' },
		{ name: 'People of a Group', value: 'group', description: 'The permanent members of a group' },
		{
			name: 'People With a System ID Prefix',
			value: 'systemIdPrefix',
			description: 'People whose System ID begins with a certain text',
		},
	],
);

const scopeGroupId = shownAs(
	groupField('scopeGroupId', 'Group', 'Permanent members of this group should be on the list'),
	{ displayOptions: { show: { scope: ['group'] } } },
);

const scopePrefix = keyText({
	displayName: 'System ID Prefix',
	name: 'scopePrefix',
	default: '',
	required: true,
	placeholder: 'e.g. HR-',
	description: 'People whose System ID begins with this text should be on the list',
	displayOptions: { show: { scope: ['systemIdPrefix'] } },
});

const ifMissing = choice(
	{
		displayName: 'If Somebody Is Missing',
		name: 'ifMissing',
		default: 'report',
		description: 'What to do with people who are not on the list',
		displayOptions: { show: { scope: ['group', 'systemIdPrefix'] } },
	},
	[
		{ name: 'Report', value: 'report', description: 'Only report who is missing' },
		{
			name: 'Disable',
			value: 'disable',
			description: 'Disable them, so that their credentials no longer open anything',
		},
		{
			name: 'Revoke Access',
			value: 'revokeAccess',
			description: 'Disable them, end all reservations, and remove groups and roles',
		},
	],
);

const dryRun = flag({
	displayName: 'Dry Run',
	name: 'dryRun',
	default: true,
	description: 'Whether to only show the plan. Nothing is written until you switch this off.',
});

const maxRemovals = amount(
	{
		displayName: 'Max Removals',
		name: 'maxRemovals',
		default: 5,
		description:
			'If more people than this would lose access, nothing is written, because the list is probably wrong',
	},
	0,
);

const maxRemovalPercent = amount(
	{
		displayName: 'Max Removals (%)',
		name: 'maxRemovalPercent',
		default: 10,
		description:
			'The same limit, as a percentage of the enabled people who are on the list or could be missing from it',
	},
	0,
	100,
	true,
);

const outputItems = choice(
	{
		displayName: 'Output',
		name: 'outputItems',
		default: 'people',
		description: 'What to return',
	},
	[
		{ name: 'One Item per Person', value: 'people', description: 'What was done for each person, and why' },
		{
			name: 'Summary',
			value: 'summary',
			description: 'One item with numbers, and a text that you can send as a message',
		},
		{ name: 'Both', value: 'both', description: 'The people, then the summary' },
	],
);

/** What holds for the list as a whole: the first item says it. */
interface ListSettings extends Rules {
	readonly key: 'email' | 'systemId';
	readonly dryRun: boolean;
	readonly output: 'both' | 'people' | 'summary';
	/** The rows that were read so far, by whom they mean. */
	readonly listed: Map<string, Row>;
	/** The same by item. */
	readonly read: Map<number, Row>;
	/** The photo files, by item. */
	readonly photos: Map<number, PersonBody['withPhoto']>;
}

const settings = new WeakMap<DoorFlowApi, ListSettings>();

function settingsOf(call: Call): ListSettings {
	const known = settings.get(call.api);
	if (known) return known;
	const key = call.setting(matchBy);
	const kind = call.setting(scope);
	const fresh: ListSettings = {
		key,
		by: key === 'email' ? 'email' : 'system_id',
		scope:
			kind === 'group'
				? { kind, id: Number(call.need(scopeGroupId)) }
				: kind === 'systemIdPrefix'
					? { kind, prefix: call.need(scopePrefix) }
					: { kind },
		ifMissing: kind === 'none' ? 'report' : call.setting(ifMissing),
		owned: call.read(ownedGroupIds) ?? [],
		dryRun: call.setting(dryRun),
		maxRemovals: call.setting(maxRemovals),
		maxRemovalPercent: call.setting(maxRemovalPercent),
		output: call.setting(outputItems),
		listed: new Map(),
		read: new Map(),
		photos: new Map(),
	};
	settings.set(call.api, fresh);
	return fresh;
}

const revokes = (given: Parameters): boolean =>
	given.setting(scope) !== 'none' && given.setting(ifMissing) === 'revokeAccess';

const isImage = (name: string): boolean => name.startsWith('image_');

/** The items are sent together. */
const sendsNothing = async (): Promise<IDataObject> => await Promise.resolve({});

export const syncFromList: Operation = {
	name: 'syncFromList',
	displayName: 'Sync From List',
	action: 'Sync people from a list',
	description:
		'Make DoorFlow match a list: create, update, enable and disable people. All items together are the list. Only differences are written.',
	permission: 'account.person',
	alsoNeeds: [
		{ permission: 'account.group_reservation', when: (given) => revokes(given) && !given.setting(dryRun) },
		{ permission: 'account.reservation', when: (given) => revokes(given) && !given.setting(dryRun) },
		{
			permission: LISTS.groupReservations.permission,
			when: (given) =>
				revokes(given) || given.setting(scope) === 'group' || given.isAdded(additionalFields, groupIds),
		},
		{
			permission: LISTS.reservations.permission,
			when: (given) => revokes(given) || given.isAdded(additionalFields, roleIds),
		},
	],
	fields: [
		matchBy,
		systemId,
		email,
		optionalFirstName,
		optionalLastName,
		additionalFields,
		ownedGroupIds,
		scope,
		scopeGroupId,
		scopePrefix,
		ifMissing,
		dryRun,
		maxRemovals,
		maxRemovalPercent,
		outputItems,
	],
	writes: true,
	syncByDefault: true,
	async prepare(call) {
		const all = settingsOf(call);
		const value = call.need(all.key === 'email' ? email : systemId);
		const to = checkedKey(call, all.key, value);
		const names = { firstName: call.read(optionalFirstName), lastName: call.read(optionalLastName) };
		const person = await readPerson(call, additionalFields, names);
		const { group_ids: groups, role_ids: roles, image_remote_url: photo, ...fields } = person.fields;
		const row: Row = {
			item: call.itemIndex,
			fields: { ...fields, [to]: value },
			groups: groups as number[] | undefined,
			roles: roles as number[] | undefined,
			photo: person.hasPhoto || photo ? 'set' : photo === '' ? 'clear' : undefined,
		};
		all.read.set(call.itemIndex, row);
		if (row.photo === 'set') all.photos.set(call.itemIndex, person.withPhoto);
		all.listed.set(uniqueOf(to, value), row);
		const takesAway = all.scope.kind !== 'none' && all.ifMissing !== 'report';
		return {
			// A dry run only reads.
			effects: all.dryRun ? [] : [...person.effects, ...(takesAway ? (['disables'] as const) : [])],
			send: sendsNothing,
		};
	},
	ahead(call, { syncAfter }) {
		const { by, dryRun: isDry, listed } = settingsOf(call);
		let differs = false;
		const look = (person: IDataObject): void => {
			const row = listed.get(uniqueOf(by, person[by]));
			differs ||= row !== undefined && fieldsDiffer(row, person);
		};
		const begun: Ahead = {
			directory: everybody(call, look, () => {
				// It is asked where nothing is written, which can't be told for certain before the last page.
				if (syncAfter && !isDry && !differs) begun.unsynced = isUnsynced(call);
				begun.unsynced?.catch(() => undefined);
			}),
		};
		// It is awaited later, or not at all.
		begun.directory.catch(() => undefined);
		readAhead.set(call.api, begun);
	},
	together,
};

/**
 * Everybody in the account.
 *
 * @param look hears of each person as they come
 * @param atLast told when the last page is asked for
 * @throws DoorFlowError
 */
async function everybody(
	call: Call,
	look?: (person: IDataObject) => void,
	atLast?: () => void,
): Promise<Directory> {
	const directory = new Directory();
	const take = (person: IDataObject): void => {
		directory.add(person);
		look?.(person);
	};
	await call.api.each(LISTS.people, take, {
		pagesAtOnce: MANY_PAGES_AT_ONCE,
		send: call.send,
		...(atLast ? { atLast } : {}),
	});
	return directory;
}

/** What is read of DoorFlow while the items still are. */
interface Ahead {
	readonly directory: Promise<Directory>;
	/** Whether the doors lack changes, where it was asked. */
	unsynced?: Promise<boolean>;
}

/** By execution. */
const readAhead = new WeakMap<DoorFlowApi, Ahead>();

/** Milliseconds of planning before n8n's loop gets its turn. */
const PLAN_AT_ONCE_MS = 10;

function lookupsOf(call: Call): Lookups & { readonly read: Map<string, readonly IDataObject[]> } {
	const read = new Map<string, readonly IDataObject[]>();
	const once = (list: typeof LISTS.groupReservations | typeof LISTS.reservations) => async () => {
		const known = read.get(list.path);
		if (known) return known;
		const fresh = await call.readList(list);
		read.set(list.path, fresh);
		return fresh;
	};
	let since = Date.now();
	return {
		read,
		groupReservations: once(LISTS.groupReservations),
		reservations: once(LISTS.reservations),
		zone: async () => await accountTimeZone(call),
		breathe: () => {
			if (Date.now() - since < PLAN_AT_ONCE_MS) return undefined;
			return sleep(0).then(() => void (since = Date.now()));
		},
	};
}

async function together(calls: readonly Call[], unread: readonly Call[], options: Settings): Promise<Joint> {
	const [first] = [...calls, ...unread];
	const all = first && settings.get(first.api);
	// Without settings, the first item has said already what is wrong with them.
	if (!all)
		return { ofItems: new Map(), more: () => [], needsSync: false, tellsErrors: false, hint: undefined };
	const work = async (waited = false): Promise<Joint> => {
		const ahead = waited ? undefined : readAhead.get(first.api);
		const directory = calls.length === 0 ? new Directory() : await (ahead?.directory ?? everybody(first));
		const unsynced = async (): Promise<boolean> => await (ahead?.unsynced ?? isUnsynced(first));
		return await carryOutList(first, calls, directory, unread.length, all, options, unsynced);
	};
	// Two lists at once would both find nobody and create the same people.
	return all.dryRun ? await work() : await oneAtATime(`${await first.api.connection()} list of people`, work);
}

async function carryOutList(
	first: Call,
	calls: readonly Call[],
	directory: Directory,
	unread: number,
	all: ListSettings,
	options: Settings,
	unsynced: () => Promise<boolean>,
): Promise<Joint> {
	const lookups = lookupsOf(first);
	const plan = await planList(
		calls.flatMap(({ itemIndex }) => all.read.get(itemIndex) ?? []),
		unread,
		directory,
		all,
		lookups,
	);
	const byItem = new Map(calls.map((call) => [call.itemIndex, call]));
	const isHeld = all.dryRun || plan.stopped !== undefined;
	const [groupReservations, reservations] = [LISTS.groupReservations, LISTS.reservations].map(({ path }) =>
		lookups.read.get(path),
	);
	const results: Result[] = isHeld
		? plan.steps.map((step) => ({ step, applied: false }))
		: await carryOut(plan, {
				callOf: (item) => (item === undefined ? undefined : byItem.get(item)) ?? first,
				photoOf: async (item) => {
					const body = (await all.photos.get(item ?? -1)?.()) ?? {};
					return Object.fromEntries(Object.entries(body).filter(([name]) => isImage(name)));
				},
				atOnce: options.concurrency,
				bookings: {
					...(groupReservations ? { groupReservations } : {}),
					...(reservations ? { reservations } : {}),
				},
			});
	const written = results.some(({ applied }) => applied) || calls.some(({ changed }) => changed);
	const needsSync = !isHeld && !written && options.syncAfter && (await unsynced());
	const showsPeople = all.output !== 'summary';
	const ofItems = new Map<number, Outcome>();
	const unlisted: Outcome[] = [];
	for (const result of results) {
		const { step, problem } = result;
		const output = rowOf(result, all.dryRun ? undefined : plan.stopped);
		const why = problem && namedProblem(problem, step.name, idOf(step));
		const outcome: Outcome = showsPeople
			? { output, ...(why ? { problemOfRow: () => why } : {}) }
			: { output: [], asError: why };
		if (step.item === undefined) unlisted.push(outcome);
		else ofItems.set(step.item, outcome);
	}
	const told = {
		results,
		stopped: plan.stopped,
		notice: plan.notice,
		dryRun: all.dryRun,
		unread,
		changed: written || needsSync,
	};
	return {
		ofItems,
		needsSync,
		tellsErrors: !showsPeople,
		fatal: fatalOf(results),
		hint: isHeld && !all.dryRun ? `Nothing was written: ${plan.stopped}.` : hintOf(results, plan),
		more: (reached) => [
			...unlisted,
			...(all.output === 'people' ? [] : [{ output: summaryOf(told, reached) }]),
		],
	};
}

/** With these, it is not the row that is wrong: no other row would come through either. */
const NOT_OF_A_ROW: ReadonlyArray<Problem['kind']> = [
	'misconfigured',
	'permission',
	'rateLimited',
	'reconnect',
	'unavailable',
];

/** What kept every single change from being made, whatever the rows say. */
function fatalOf(results: readonly Result[]): Problem | undefined {
	const problems = results.flatMap(({ problem }) => problem ?? []);
	const [first] = problems;
	if (!first || results.some(({ applied }) => applied)) return undefined;
	if (!problems.every(({ kind }) => NOT_OF_A_ROW.includes(kind))) return undefined;
	return { ...first, message: `No change was made: ${first.message}` };
}

const idOf = ({ person }: Step): string | undefined => person && textOf(person.id);

function hintOf(results: readonly Result[], { notice }: Plan): string | undefined {
	const count = results.filter(({ problem }) => problem).length;
	const failed = `${counted(count, 'change', 'changes')} failed: see the rows or the text of the summary. The next run tries again.`;
	const said = [
		...(count > 0 ? [failed] : []),
		...(notice ? [`${notice}. Check Who Must Be on the List.`] : []),
	];
	return said.length > 0 ? said.join(' ') : undefined;
}

/** Whether the doors lack changes, such as those of a run that was stopped before its sync. */
async function isUnsynced(call: Call): Promise<boolean> {
	const outcome = await call.ask({
		method: 'GET',
		path: '/api/3/account',
		about: { doing: 'look whether the doors have all changes' },
	});
	// That it can't be told is no reason to fail: nothing was to be written.
	return 'body' in outcome && syncOf(outcome.body).status === 'pending';
}
