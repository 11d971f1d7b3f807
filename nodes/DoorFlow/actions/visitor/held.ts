import type { IDataObject } from 'n8n-workflow';

import type { DoorFlowApi } from '../../../shared/api';
import { idsOf, LISTS, textOf, unknownIfForbidden, type NamedList } from '../../../shared/lists';
import type { Scope } from '../../../shared/permissions';
import type { About } from '../../../shared/problem';
import { processWide } from '../../../shared/processWide';
import type { Call } from '../../call';
import type { JointBooking } from './rules';

/** One of the two kinds of bookings that DoorFlow knows. */
export interface Kind {
	readonly list: NamedList & { readonly permission: Scope };
	/** As in "group reservation". */
	readonly thing: string;
	readonly create: About & { readonly permission: Scope };
	readonly end: About;
	/** The field that says for what it is. */
	readonly ids: 'channel_ids' | 'group_ids';
	readonly wrap: (fields: IDataObject) => IDataObject;
}

export const DOORS: Kind = {
	list: LISTS.reservations,
	thing: 'reservation',
	create: { doing: 'create the reservation', permission: 'account.reservation' },
	end: { doing: 'end the reservation', permission: 'account.reservation' },
	ids: 'channel_ids',
	wrap: (fields) => fields,
};

export const GROUPS: Kind = {
	list: LISTS.groupReservations,
	thing: 'group reservation',
	create: { doing: 'create the group reservation', permission: 'account.group_reservation' },
	end: { doing: 'end the group reservation', permission: 'account.group_reservation' },
	ids: 'group_ids',
	wrap: (fields) => ({ group_reservation: fields }),
};

/** A booking of one person that has not ended. */
export interface Held extends JointBooking {
	readonly kind: Kind;
	readonly id: string;
	readonly isActive: boolean;
	/** As DoorFlow gives it. */
	readonly row: IDataObject;
}

/**
 * Whether a booking as DoorFlow gives it has not ended. One that is active still gives its groups, whatever the time:
 * DoorFlow may get round to its end a little later, and its clock need not be n8n's.
 *
 * @param now in milliseconds
 */
export const isOpen = ({ state, end_time: end }: IDataObject, now: number): boolean =>
	state === 'active' || (state !== 'deactivated' && Date.parse(textOf(end)) > now);

/** A booking as DoorFlow gives it. */
export function heldOf(kind: Kind, row: IDataObject): Held {
	const start = Date.parse(textOf(row.start_time));
	return {
		kind,
		id: textOf(row.id),
		start,
		end: Date.parse(textOf(row.end_time)),
		targets: idsOf(row[kind.ids]),
		isActive: row.state === 'active' || (row.state !== 'pending' && start <= Date.now()),
		row,
	};
}

/** A list of bookings of the whole account, as it was read. */
interface Reading {
	readonly at: number;
	/** How many changes of bookings this process had made by then, or has made since through the same execution. */
	seen: number;
	readonly rows: Promise<IDataObject[]>;
}

/** Milliseconds for which an execution with many visitors uses the same list: others change bookings as well. */
const STILL_FRESH_MS = 10_000;

const readings = new WeakMap<DoorFlowApi, Map<Kind, Reading>>();

/** How many changes of bookings this process has made, by connection: what was read before is out of date. */
const changes = processWide(new Map<string, number>());

const readingsOf = (api: DoorFlowApi): Map<Kind, Reading> => {
	const known = readings.get(api) ?? new Map<Kind, Reading>();
	readings.set(api, known);
	return known;
};

/**
 * The bookings of one kind that a person has and that have not ended.
 *
 * @param fresh to read them again, whatever is known
 * @throws DoorFlowError
 */
export async function heldBy(call: Call, kind: Kind, person: IDataObject, fresh?: 'fresh'): Promise<Held[]> {
	const rows = await (fresh ? readNow(call, kind) : readOnce(call, kind));
	const now = Date.now();
	return rows
		.filter((row) => textOf(row.person_id) === textOf(person.id) && isOpen(row, now))
		.map((row) => heldOf(kind, row));
}

/** The same, or undefined where the connection may not read them. */
export async function heldIfAllowed(
	call: Call,
	kind: Kind,
	person: IDataObject,
	fresh?: 'fresh',
): Promise<Held[] | undefined> {
	return await heldBy(call, kind, person, fresh).catch(unknownIfForbidden);
}

async function readOnce(call: Call, kind: Kind): Promise<IDataObject[]> {
	const count = changes.get(await call.api.connection()) ?? 0;
	const last = readingsOf(call.api).get(kind);
	if (last?.seen === count && Date.now() - last.at < STILL_FRESH_MS) return await last.rows;
	return await readNow(call, kind);
}

async function readNow(call: Call, kind: Kind): Promise<IDataObject[]> {
	const own = readingsOf(call.api);
	const seen = changes.get(await call.api.connection()) ?? 0;
	const rows = call.readList(kind.list);
	const reading: Reading = { at: Date.now(), seen, rows };
	own.set(kind, reading);
	rows.catch(() => {
		if (own.get(kind) === reading) own.delete(kind);
	});
	return await rows;
}

/**
 * Remembers that bookings were made and ended by this execution, so that it need not read the list again.
 *
 * @param change what there is more and what there is no more
 */
export async function noteBookings(
	call: Call,
	kind: Kind,
	{ made = [], ended = [] }: { readonly made?: readonly IDataObject[]; readonly ended?: readonly string[] },
): Promise<void> {
	const connection = await call.api.connection();
	changes.set(connection, (changes.get(connection) ?? 0) + 1);
	const own = readingsOf(call.api);
	for (const reading of own.values()) reading.seen++;
	const rows = await own.get(kind)?.rows.catch(() => undefined);
	if (!rows) return;
	const newer = new Set(made.map(({ id }) => textOf(id)));
	const kept = rows.filter(({ id }) => !ended.includes(textOf(id)) && !newer.has(textOf(id)));
	rows.splice(0, rows.length, ...kept, ...made);
}
