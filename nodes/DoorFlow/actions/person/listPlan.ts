import type { IDataObject } from 'n8n-workflow';

import { fullName, textOf } from '../../../shared/lists';
import { pushTo } from '../../../shared/pushTo';
import { counted } from '../../../shared/text';
import { dayIn } from '../../../shared/time';
import { isOpen } from '../visitor/held';
import { DEFAULT_MARK, isMarked } from '../visitor/mark';
import { groupsGivenBy, membershipOf, saysMembership, type GroupChange, type Membership } from './groups';
import { isSame, uniqueOf, type Unique } from './same';

/** What is to become of a person, or why nothing does. */
export const ACTIONS = [
	'create',
	'update',
	'enable',
	'disable',
	'revokeAccess',
	'unchanged',
	'missing',
	'conflict',
	'error',
] as const;

export type Action = (typeof ACTIONS)[number];

/** A row of the list: one item, read. */
export interface Row {
	/** The index of the item. */
	readonly item: number;
	/** What is to be in the record, by DoorFlow's names; the field that people are matched by is one of them. */
	readonly fields: IDataObject;
	/** Undefined where the row does not say. */
	readonly groups?: readonly number[] | undefined;
	/** Undefined where the row does not say. */
	readonly roles?: readonly number[] | undefined;
	/** Whether the photo is to be set or taken away; it can't be compared. */
	readonly photo?: 'clear' | 'set' | undefined;
}

export interface Rules {
	readonly by: Unique;
	readonly scope:
		| { readonly kind: 'group'; readonly id: number }
		| { readonly kind: 'none' }
		| { readonly kind: 'systemIdPrefix'; readonly prefix: string };
	readonly ifMissing: 'disable' | 'report' | 'revokeAccess';
	/** The groups that the list decides. */
	readonly owned: readonly number[];
	readonly maxRemovals: number;
	readonly maxRemovalPercent: number;
}

/** What a plan may need to know beside the people. Asked only where it does. */
export interface Lookups {
	/** Group reservations of everybody. @throws DoorFlowError */
	readonly groupReservations: () => Promise<readonly IDataObject[]>;
	/** Reservations of doors of everybody. @throws DoorFlowError */
	readonly reservations: () => Promise<readonly IDataObject[]>;
	/** The account's time zone. @throws DoorFlowError */
	readonly zone: () => Promise<string>;
	/** Lets n8n do something else, if it is time for that. */
	readonly breathe: () => Promise<void> | undefined;
}

export type Changes = Record<string, { readonly from: unknown; readonly to: unknown }>;

/** What is to be done for one person. */
export interface Step {
	/** The index of the item; undefined for somebody who is not on the list. */
	readonly item?: number;
	/** As DoorFlow has it; undefined for somebody new. */
	readonly person?: IDataObject | undefined;
	readonly name: string;
	readonly action: Action;
	readonly changes: Changes;
	/** Why, where the action does not say it. */
	readonly reason?: string;
	/** Fields to write, by DoorFlow's names. */
	readonly body: IDataObject;
	readonly groups?: GroupChange;
	/** Groups that a reservation gives for now. */
	readonly booked?: readonly number[];
	readonly setsPhoto: boolean;
	/** Whether it takes access away from somebody who has it. */
	readonly removes: boolean;
	/** The item that must give up an address or ID first. */
	readonly after?: number | undefined;
}

export interface Plan {
	readonly steps: readonly Step[];
	/** Why nothing may be written, if so. */
	readonly stopped: string | undefined;
	/** What is odd about the rules, if anything is. */
	readonly notice?: string | undefined;
}

/** What a plan writes. */
export const writes = ({ action }: Step): boolean =>
	!['conflict', 'error', 'missing', 'unchanged'].includes(action);

const UNIQUE: readonly Unique[] = ['email', 'system_id'];

const SHOWN: Readonly<Record<Unique, string>> = { email: 'Email', system_id: 'System ID' };

const sameSet = (one: readonly number[], other: readonly number[]): boolean =>
	one.length === other.length && one.every((id) => other.includes(id));

/** Whether the record lets somebody through any door at all; without a credential, it still can't be told here. */
function mayEnter(record: IDataObject, { groups, roles }: Membership, now: number): boolean {
	const from = Date.parse(textOf(record.valid_from));
	const to = Date.parse(textOf(record.valid_to));
	return record.enabled !== false && !(from > now) && !(to <= now) && groups.length + roles.length > 0;
}

/** Everybody in an account, found by what only one of them should have. Filled while the pages still come. */
export class Directory {
	readonly people: IDataObject[] = [];

	private readonly owners: Record<Unique, Map<string, IDataObject[]>> = {
		email: new Map(),
		system_id: new Map(),
	};

	/** Adds somebody, as DoorFlow gives them. */
	add(person: IDataObject): void {
		this.people.push(person);
		for (const field of UNIQUE) {
			const value = uniqueOf(field, person[field]);
			if (value !== '') pushTo(this.owners[field], value, person);
		}
	}

	/** Who has a value, as {@link uniqueOf} gives it. */
	with(field: Unique, value: string): readonly IDataObject[] {
		return this.owners[field].get(value) ?? [];
	}
}

/** Whether a record has something else in a field that a row gives. Groups, roles and photos are not looked at. */
export const fieldsDiffer = ({ fields }: Row, person: IDataObject): boolean =>
	Object.keys(fields).some((field) => !isSame(field, person[field], fields[field]));

interface Matched {
	readonly row: Row;
	/** The row's unique values, as they are compared. */
	readonly unique: Readonly<Record<Unique, string>>;
	readonly person: IDataObject | undefined;
	conflict: string | undefined;
	after: Matched | undefined;
}

/** Works out what a list comes to; writes nothing. */
class Planner {
	private readonly matched: Matched[] = [];

	private readonly rowOf = new Map<IDataObject, Matched>();

	private readonly now = Date.now();

	constructor(
		private readonly rows: readonly Row[],
		private readonly unread: number,
		private readonly directory: Directory,
		private readonly rules: Rules,
		private readonly lookups: Lookups,
	) {}

	async plan(): Promise<Plan> {
		// An empty list would make everybody missing.
		if (this.rows.length === 0) return { steps: [], stopped: EMPTY };
		this.match();
		this.markRepeated();
		for (const one of this.matched) {
			one.conflict ??= this.refusal(one);
			if (!one.conflict && this.changesRoles(one)) one.conflict = await this.bookedRoles(one);
		}
		this.markTaken();
		const steps: Step[] = [];
		for (const one of this.matched) {
			steps.push(await this.stepOf(one));
			await this.lookups.breathe();
		}
		const scope = await this.inScope();
		steps.push(...(await this.missing(scope)));
		return {
			steps,
			stopped: this.stopped(steps, scope),
			notice: scope.length === 0 ? this.emptyScope() : undefined,
		};
	}

	/** Said because a deleted group or a typing error would otherwise keep leavers in for ever, in silence. */
	private emptyScope(): string | undefined {
		const { scope } = this.rules;
		if (scope.kind === 'none') return undefined;
		const why =
			scope.kind === 'group'
				? `the group with ID ${scope.id} has no permanent members`
				: `no System ID in DoorFlow begins with "${scope.prefix}"`;
		return `Nobody can be missing from the list: ${why}`;
	}

	private match(): void {
		const { by } = this.rules;
		for (const row of this.rows) {
			const { email, system_id } = row.fields;
			const unique = { email: uniqueOf('email', email), system_id: uniqueOf('system_id', system_id) };
			const found = this.directory.with(by, unique[by]);
			const matched: Matched = { row, unique, person: found[0], conflict: undefined, after: undefined };
			if (found.length > 1)
				matched.conflict = `${found.length} people in DoorFlow have this ${SHOWN[by]}: ${found.map(({ id }) => textOf(id)).join(', ')}`;
			this.matched.push(matched);
			if (matched.person) this.rowOf.set(matched.person, matched);
		}
	}

	/** Two rows with one unique value: which of them is meant, nobody can tell. */
	private markRepeated(): void {
		for (const field of UNIQUE) {
			const rows = new Map<string, Matched[]>();
			for (const one of this.matched) {
				if (one.unique[field] !== '') pushTo(rows, one.unique[field], one);
			}
			for (const repeated of rows.values()) {
				if (repeated.length < 2) continue;
				const items = repeated.map(({ row }) => row.item).join(', ');
				for (const one of repeated) one.conflict ??= `Items ${items} have the same ${SHOWN[field]}`;
			}
		}
	}

	/**
	 * A value that somebody else has. It is free where that person's own row gives it up, which is then done first; a
	 * row that is a conflict itself gives nothing up, so this goes round until nothing changes.
	 */
	private markTaken(): void {
		const other: Unique = this.rules.by === 'email' ? 'system_id' : 'email';
		for (let changed = true; changed; ) {
			changed = false;
			for (const one of this.matched) {
				if (one.conflict) continue;
				const value = one.unique[other];
				const owners = this.directory.with(other, value).filter((owner) => owner !== one.person);
				one.after = undefined;
				for (const owner of owners) {
					const giver = this.rowOf.get(owner);
					const gives =
						owners.length === 1 &&
						giver &&
						!giver.conflict &&
						other in giver.row.fields &&
						giver.unique[other] !== value;
					if (gives) one.after = giver;
					else
						one.conflict = `The ${SHOWN[other]} belongs to ${fullName(owner)} (ID ${textOf(owner.id)}) in DoorFlow`;
				}
				if (one.conflict) changed = true;
			}
			for (const one of this.matched) {
				if (one.conflict || !waitsForItself(one)) continue;
				one.conflict = `The ${SHOWN[other]} is being swapped with that of somebody else`;
				changed = true;
			}
		}
	}

	/** Why a row by itself is not carried out. */
	private refusal({ row, person }: Matched): string | undefined {
		const foreign = row.groups?.filter((id) => !this.rules.owned.includes(id)) ?? [];
		if (foreign.length > 0) return `The list does not decide group ${foreign.join(', ')}`;
		if (person && (row.groups || row.roles) && !saysMembership(person)) return UNKNOWN_MEMBERSHIP;
		return [person, row.fields].some((record) => record && isMarked(record, DEFAULT_MARK))
			? VISITOR
			: undefined;
	}

	private changesRoles({ row, person }: Matched): boolean {
		return person !== undefined && row.roles !== undefined && !sameSet(row.roles, membershipOf(person).roles);
	}

	private async bookedRoles({ person }: Matched): Promise<string | undefined> {
		return person && (await this.hasReservations(person)) ? BOOKED_ROLES : undefined;
	}

	private step(one: Matched, what: Pick<Step, 'action' | 'reason'> & Partial<Step>): Step {
		const { row, person } = one;
		const name = fullName({
			first_name: row.fields.first_name ?? person?.first_name,
			last_name: row.fields.last_name ?? person?.last_name,
		});
		return { item: row.item, person, name, changes: {}, body: {}, setsPhoto: false, removes: false, ...what };
	}

	/** A promise only where it must be asked for: most rows of a long list differ in nothing. */
	private stepOf(one: Matched): Promise<Step> | Step {
		const { row, person, conflict, after } = one;
		if (conflict) return this.step(one, { action: 'conflict', reason: conflict });
		if (!person) {
			return row.fields.first_name && row.fields.last_name
				? this.step(one, { ...creation(row), action: 'create', after: after?.row.item })
				: this.step(one, { action: 'error', reason: NAMELESS });
		}
		const saysMore = row.groups ?? row.roles ?? row.photo;
		return saysMore || fieldsDiffer(row, person) ? this.changeOf(one, person) : this.unchanged(one);
	}

	private unchanged(one: Matched): Step {
		return this.step(one, { action: 'unchanged', ...silence(one) });
	}

	private async changeOf(one: Matched, person: IDataObject): Promise<Step> {
		const { row, after } = one;
		const before = membershipOf(person);
		const { changes, body } = await this.differences(row, person);
		const { change, booked } = row.groups ? await this.groupChange(row.groups, person, before) : NO_GROUPS;
		const { add, remove } = change;
		const groups = [...before.groups.filter((id) => !remove.includes(id)), ...add];
		if (add.length + remove.length > 0) changes.groups = { from: before.groups, to: groups };
		let { roles } = before;
		if (row.roles && this.changesRoles(one)) {
			changes.roles = { from: roles, to: row.roles };
			body.role_ids = [...row.roles];
			roles = row.roles;
		}
		const setsPhoto = row.photo === 'set' && !person.image_url;
		if (setsPhoto) changes.photo = { from: null, to: 'set' };
		if (row.photo === 'clear' && person.image_url) {
			changes.photo = { from: 'set', to: null };
			body.image_remote_url = '';
		}
		if (Object.keys(changes).length === 0) return this.unchanged(one);
		const action = !('enabled' in body) ? 'update' : body.enabled === true ? 'enable' : 'disable';
		return this.step(one, {
			...silence(one),
			action,
			changes,
			body,
			...(add.length + remove.length > 0 ? { groups: change, booked } : {}),
			setsPhoto,
			removes:
				action === 'disable' ||
				(mayEnter(person, before, this.now) &&
					!mayEnter({ ...person, ...body }, { groups, roles }, this.now)),
			after: after?.row.item,
		});
	}

	private async differences(row: Row, person: IDataObject): Promise<{ changes: Changes; body: IDataObject }> {
		const changes: Changes = {};
		const body: IDataObject = {};
		for (const [field, to] of Object.entries(row.fields)) {
			const from = person[field] ?? null;
			if (isSame(field, from, to) || (await this.keptAsDay(field, from, to))) continue;
			changes[field] = { from, to };
			body[field] = to;
		}
		return { changes, body };
	}

	/** Whether DoorFlow keeps the day of a validity alone, and it is the day that is wanted. */
	private async keptAsDay(field: string, from: unknown, to: unknown): Promise<boolean> {
		if (field !== 'valid_from' && field !== 'valid_to') return false;
		if (typeof to !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(textOf(from))) return false;
		return dayIn(new Date(to), await this.lookups.zone()) === from;
	}

	/** What a group reservation gives for now is not the list's while it lasts. */
	private async groupChange(
		groups: readonly number[],
		person: IDataObject,
		before: Membership,
	): Promise<{ change: GroupChange; booked: readonly number[] }> {
		const add = groups.filter((id) => !before.groups.includes(id));
		const surplus = before.groups.filter((id) => this.rules.owned.includes(id) && !groups.includes(id));
		if (add.length + surplus.length === 0) return NO_GROUPS;
		const booked = groupsGivenBy(await this.lookups.groupReservations(), textOf(person.id));
		return { change: { add, remove: surplus.filter((id) => !booked.includes(id)) }, booked };
	}

	private async hasReservations({ id }: IDataObject): Promise<boolean> {
		return (await this.lookups.reservations()).some(
			(one) => one.person_id === id && Date.parse(textOf(one.end_time)) > this.now,
		);
	}

	/** Those whom the list may be missed by. Visitors never are. */
	private async inScope(): Promise<IDataObject[]> {
		const { scope } = this.rules;
		if (scope.kind === 'none') return [];
		const staff = this.directory.people.filter((person) => !isMarked(person, DEFAULT_MARK));
		if (scope.kind === 'systemIdPrefix')
			return staff.filter((person) =>
				uniqueOf('system_id', person.system_id).startsWith(uniqueOf('system_id', scope.prefix)),
			);
		const reservations = await this.lookups.groupReservations();
		return staff.filter(
			(person) =>
				membershipOf(person).groups.includes(scope.id) &&
				!groupsGivenBy(reservations, textOf(person.id)).includes(scope.id),
		);
	}

	/** Whoever a row may mean is on the list, also where that row is a conflict. */
	private async missing(scope: readonly IDataObject[]): Promise<Step[]> {
		if (scope.length === 0) return [];
		const meant = new Set<IDataObject>();
		for (const { unique } of this.matched) {
			for (const field of UNIQUE)
				for (const person of this.directory.with(field, unique[field])) meant.add(person);
		}
		const steps: Step[] = [];
		for (const person of scope) {
			if (meant.has(person)) continue;
			const step = await this.missed(person);
			if (step) steps.push(step);
			await this.lookups.breathe();
		}
		return steps;
	}

	private async missed(person: IDataObject): Promise<Step | undefined> {
		const { by, ifMissing } = this.rules;
		const enabled = person.enabled !== false;
		const base = { person, name: fullName(person), body: {}, setsPhoto: false };
		const told = (reason?: string): Step | undefined =>
			enabled
				? { ...base, action: 'missing', changes: {}, removes: false, ...(reason ? { reason } : {}) }
				: undefined;
		if (uniqueOf(by, person[by]) === '') return told(`${NO_KEY} ${SHOWN[by]}`);
		if (this.unread > 0) return told(MAY_BE_UNREAD);
		if (ifMissing === 'report') return told();
		const changes: Changes = enabled ? { enabled: { from: true, to: false } } : {};
		if (ifMissing === 'disable') {
			if (!enabled) return undefined;
			return { ...base, action: 'disable', changes, body: { enabled: false }, removes: true };
		}
		const { groups, roles } = membershipOf(person);
		if (groups.length > 0) changes.groups = { from: groups, to: [] };
		if (roles.length > 0) changes.roles = { from: roles, to: [] };
		const bookings = [
			...(await this.lookups.groupReservations()),
			...(await this.lookups.reservations()),
		].filter((one) => one.person_id === person.id && isOpen(one, this.now));
		if (bookings.length > 0) changes.bookings = { from: bookings.map(({ id }) => id), to: [] };
		if (Object.keys(changes).length === 0) return undefined;
		return { ...base, action: 'revokeAccess', changes, removes: enabled };
	}

	private stopped(steps: readonly Step[], scope: readonly IDataObject[]): string | undefined {
		const { maxRemovals, maxRemovalPercent } = this.rules;
		const removals = steps.filter(({ removes }) => removes).length;
		if (removals > maxRemovals)
			return `It would remove access from ${counted(removals, 'person', 'people')}, more than the ${maxRemovals} that ${maxRemovals === 1 ? 'is' : 'are'} allowed`;
		const about = new Set([...this.rowOf.keys(), ...scope].filter(({ enabled }) => enabled !== false)).size;
		if (removals * 100 > maxRemovalPercent * about)
			return `It would remove access from ${removals} of ${counted(about, 'person', 'people')}, more than the ${maxRemovalPercent}% that are allowed`;
		return undefined;
	}
}

/** Whoever was disabled on purpose must not get in again because of a list that does not speak of it. */
const silence = ({ row, person }: Matched): Pick<Step, 'reason'> =>
	person?.enabled === false && !('enabled' in row.fields) ? { reason: STAYS_DISABLED } : {};

function creation({ fields, groups, roles, photo }: Row): Pick<Step, 'body' | 'changes' | 'setsPhoto'> {
	const changes: Changes = {};
	for (const [field, to] of Object.entries(fields)) if (to !== null) changes[field] = { from: null, to };
	if (groups && groups.length > 0) changes.groups = { from: [], to: groups };
	if (roles && roles.length > 0) changes.roles = { from: [], to: roles };
	return {
		changes,
		body: {
			...fields,
			...(groups ? { group_ids: [...groups] } : {}),
			...(roles ? { role_ids: [...roles] } : {}),
		},
		setsPhoto: photo === 'set',
	};
}

function waitsForItself(one: Matched): boolean {
	const seen = new Set<Matched>();
	for (let next = one.after; next && !seen.has(next); next = next.after) {
		if (next === one) return true;
		seen.add(next);
	}
	return false;
}

const NO_GROUPS = { change: { add: [], remove: [] }, booked: [] };

const VISITOR = 'Visitors are not changed: remove the mark Visitor from Job Title first';
const UNKNOWN_MEMBERSHIP = 'DoorFlow does not say which groups and roles the person has';
const NAMELESS = 'First Name and Last Name are needed for a new person';
const BOOKED_ROLES =
	'Roles stay as they are while the person has door reservations: DoorFlow adds roles for those, and does not say which';
/** Said of whoever the list would probably enable if it could. */
export const STAYS_DISABLED = 'Disabled in DoorFlow, and the list does not say otherwise';
const NO_KEY = "Can't be compared with the list without";
const MAY_BE_UNREAD = "Not on the list, unless it is an item that can't be read";
const EMPTY = 'The list is empty, or none of its items can be read';

/**
 * Works out what a list of people comes to. The same list, people and bookings give the same plan.
 *
 * @param rows those items of the list that can be read
 * @param unread how many others there are: each may be anybody, so nobody is missing then
 * @param directory everybody in the account
 * @throws DoorFlowError where something that is needed can't be read
 */
export async function planList(
	rows: readonly Row[],
	unread: number,
	directory: Directory,
	rules: Rules,
	lookups: Lookups,
): Promise<Plan> {
	return await new Planner(rows, unread, directory, rules, lookups).plan();
}
