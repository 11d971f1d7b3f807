import { now } from '../time';
import type { People } from './people';
import type { Places } from './places';
import { hashid, type Row } from './row';

const startOf = (row: Row): number => Date.parse(String(row.start_time));
const endOf = (row: Row): number => Date.parse(String(row.end_time));

/** Whether a reservation or group reservation is running. */
export const isRunning = (row: Row, at: number): boolean => startOf(row) <= at && at < endOf(row);

/** A group reservation that begins or ends. */
interface Turn {
	readonly row: Row;
	readonly at: number;
	readonly begins: boolean;
}

/** What is due of group reservations up to a time, in order; at the same moment, what ends goes first. */
function turnsOf(rows: Iterable<Row>, until: number): Turn[] {
	const turns: Turn[] = [];
	for (const row of rows) {
		if (row.state === 'pending') turns.push({ row, at: startOf(row), begins: true });
		turns.push({ row, at: endOf(row), begins: false });
	}
	return turns
		.filter(({ at }) => at <= until)
		.sort((one, other) => one.at - other.at || Number(one.begins) - Number(other.begins));
}

function turned(groups: readonly number[], { row, begins }: Pick<Turn, 'begins' | 'row'>): number[] {
	const own = row.group_ids as number[];
	return begins ? [...new Set([...groups, ...own])] : groups.filter((id) => !own.includes(id));
}

/**
 * The groups of a person at a time, as somebody works them out who knows the bookings with their windows.
 *
 * @param rows group reservations of everybody
 * @param at in milliseconds
 */
export function groupsAt(rows: Iterable<Row>, person: Row, at: number): readonly number[] {
	const own = [...rows].filter((row) => row.person_id === person.id);
	return turnsOf(own, at).reduce<readonly number[]>(turned, person.groups as number[]);
}

/** Reservations of doors and of groups, and what they do to people while they last. */
export class Bookings {
	readonly reservations = new Map<number, Row>();

	/** Pending and active ones. */
	readonly groupReservations = new Map<number, Row>();

	/** Group reservations that were ended, or ran out. */
	readonly deactivated = new Map<number, Row>();

	/** The role that each reservation made; nothing that DoorFlow answers shows the link. */
	private readonly roles = new Map<number, number>();

	/** When the next one begins or ends, so that a look costs nothing until then. */
	private due = Infinity;

	/** @param changed hears of what the doors must be told, by kind and id */
	constructor(
		private readonly nextId: () => number,
		private readonly people: People,
		private readonly places: Places,
		private readonly changed: (what: string) => void,
		private readonly lateMs: () => number,
	) {}

	/**
	 * Books doors. DoorFlow makes a role and a shift for it, and the person has the role from now on: also before the
	 * reservation begins, when it opens nothing yet.
	 *
	 * @param fields person_id, start_time, end_time, channel_ids
	 */
	bookDoors(fields: Record<string, unknown>): Row {
		const row = this.add(this.reservations, fields);
		const role = this.places.addRole(this.nextId(), `Reservation ${hashid()}`, this.nextId(), {
			doors: row.channel_ids as number[],
			during: { from: startOf(row), to: endOf(row) },
		});
		this.roles.set(row.id, role.id);
		this.changeMemberships(row, 'roles', (roles) => [...roles, role.id]);
		this.changed(`reservation ${row.id}`);
		return row;
	}

	/** DoorFlow: its role and shift go with it. */
	removeReservation(row: Row): void {
		this.reservations.delete(row.id);
		const id = this.roles.get(row.id);
		if (id !== undefined) {
			this.roles.delete(row.id);
			this.places.removeRole(id);
			this.changeMemberships(row, 'roles', (roles) => roles.filter((one) => one !== id));
		}
		this.changed(`reservation ${row.id}`);
	}

	/**
	 * Books groups.
	 *
	 * @param fields person_id, start_time, end_time, group_ids
	 */
	bookGroups(fields: Record<string, unknown>): Row {
		const row = this.add(this.groupReservations, { ...fields, state: 'pending' });
		this.settle();
		this.changed(`group reservation ${row.id}`);
		return row;
	}

	/**
	 * DoorFlow: a pending one is deleted for good; an active one is deactivated, and the person is removed from its
	 * groups. Those that the person was in before are not excepted, nor those that another one gives.
	 */
	endGroupReservation(row: Row): void {
		if (row.state === 'active') this.turn({ row, begins: false });
		else this.groupReservations.delete(row.id);
		this.changed(`group reservation ${row.id}`);
	}

	/**
	 * Lets begin and end what is due. That one which runs out does what ending it does, and that a reservation which ran
	 * out takes its role along, are readings: DoorFlow's description speaks of deletions only. The doors were told the
	 * windows, so none of this has to be synced.
	 */
	settle(at = Date.now() - this.lateMs()): void {
		if (at < this.due) return;
		for (const turn of turnsOf([...this.groupReservations.values()], at)) this.turn(turn);
		for (const row of this.reservations.values()) {
			const id = this.roles.get(row.id);
			if (id === undefined || endOf(row) > at) continue;
			this.roles.delete(row.id);
			this.places.removeRole(id);
			this.changeMemberships(row, 'roles', (roles) => roles.filter((one) => one !== id));
		}
		const coming = [...this.groupReservations.values(), ...this.reservations.values()].flatMap((row) => [
			startOf(row),
			endOf(row),
		]);
		this.due = coming.filter((one) => one > at).reduce((one, other) => Math.min(one, other), Infinity);
	}

	/** The groups that active group reservations give a person. */
	groupsOf(person: Row): number[] {
		return [...this.groupReservations.values()]
			.filter((row) => row.person_id === person.id && row.state === 'active')
			.flatMap((row) => row.group_ids as number[]);
	}

	clear(): void {
		for (const map of [this.reservations, this.groupReservations, this.deactivated, this.roles]) map.clear();
		this.due = Infinity;
	}

	private add(rows: Map<number, Row>, fields: Record<string, unknown>): Row {
		const row: Row = { id: this.nextId(), ...fields, created_at: now(), updated_at: now() };
		rows.set(row.id, row);
		this.due = Math.min(this.due, startOf(row), endOf(row));
		return row;
	}

	private turn(turn: Pick<Turn, 'begins' | 'row'>): void {
		const { row, begins } = turn;
		row.state = begins ? 'active' : 'deactivated';
		row.updated_at = now();
		if (!begins) {
			this.groupReservations.delete(row.id);
			this.deactivated.set(row.id, row);
		}
		this.changeMemberships(row, 'groups', (groups) => turned(groups, turn));
	}

	/** The booking itself is what changes for the doors, so the person does not count as another change. */
	private changeMemberships(
		row: Row,
		kind: 'groups' | 'roles',
		change: (ids: readonly number[]) => number[],
	): void {
		const person = this.people.byId.get(row.person_id as number);
		if (person) Object.assign(person, { [kind]: change(person[kind] as number[]), updated_at: now() });
	}
}
