import type { IDataObject } from 'n8n-workflow';

import type { About } from '../../../shared/problem';
import { splitByDay, toDoorFlowTime } from '../../../shared/time';
import type { Call } from '../../call';
import { listAll, make, type Visit } from './visit';

interface Kind {
	readonly path: string;
	/** As in "group reservation". */
	readonly thing: string;
	readonly list: About;
	readonly create: About;
	/** The field that says for what it is. */
	readonly ids: 'channel_ids' | 'group_ids';
	readonly wrap: (fields: IDataObject) => IDataObject;
}

const DOORS: Kind = {
	path: '/api/3/reservations',
	thing: 'reservation',
	list: { doing: 'list reservations', permission: 'account.reservation.readonly' },
	create: { doing: 'create the reservation', permission: 'account.reservation' },
	ids: 'channel_ids',
	wrap: (fields) => fields,
};

const GROUPS: Kind = {
	path: '/api/3/group_reservations',
	thing: 'group reservation',
	list: { doing: 'list group reservations', permission: 'account.group_reservation.readonly' },
	create: { doing: 'create the group reservation', permission: 'account.group_reservation' },
	ids: 'group_ids',
	wrap: (fields) => ({ group_reservation: fields }),
};

const sameTime = (one: unknown, other: Date): boolean =>
	Math.abs(Date.parse(String(one)) - other.getTime()) < 1000;

/** Whether two lists name the same ids, in whatever order. */
export const sameIds = (one: unknown, other: unknown): boolean =>
	Array.isArray(one) &&
	Array.isArray(other) &&
	[...one].map(Number).sort().join() === [...other].map(Number).sort().join();

/** All present and future bookings, read once an execution; what this execution books is added. */
const known = async (call: Call, { path, list }: Kind): Promise<IDataObject[]> =>
	await call.api.once(path, async () => await listAll(call, path, list));

interface Wish {
	readonly person: IDataObject;
	readonly ids: readonly number[];
	/** Undefined for a booking that begins now, or began already. */
	readonly start: Date | undefined;
	readonly end: Date;
}

/** The booking that is there already, when the same check-in is run again. */
function bookedBefore(
	all: readonly IDataObject[],
	kind: Kind,
	{ person, ids, start, end }: Wish,
): IDataObject | undefined {
	return all.find(
		(one) =>
			one.person_id === person.id &&
			one.state !== 'deactivated' &&
			sameIds(one[kind.ids], ids) &&
			sameTime(one.end_time, end) &&
			(start ? sameTime(one.start_time, start) : Date.parse(String(one.start_time)) <= Date.now() + 1000),
	);
}

async function book(visit: Visit, kind: Kind, wish: Wish, from: Date, isNew: boolean): Promise<IDataObject> {
	const { call } = visit;
	// Nobody can have booked for a person that was not there.
	const existing = isNew ? undefined : bookedBefore(await known(call, kind), kind, wish);
	if (existing) return existing;
	const made = await make(visit, {
		path: kind.path,
		thing: kind.thing,
		about: kind.create,
		body: kind.wrap({
			person_id: wish.person.id,
			[kind.ids]: [...wish.ids],
			start_time: toDoorFlowTime(from),
			end_time: toDoorFlowTime(wish.end),
		}),
		look: async (last) => bookedBefore(await listAll(last, kind.path, kind.list), kind, wish),
		gone: ({ id }) =>
			void remember(call, kind, (all) => all.splice(0, all.length, ...all.filter((one) => one.id !== id))),
	});
	await remember(call, kind, (all) => all.push(made));
	return made;
}

async function remember(call: Call, { path }: Kind, how: (all: IDataObject[]) => void): Promise<void> {
	const all = await call.api.recall<IDataObject[]>(path);
	if (all) how(all);
}

/** Books the chosen groups for the time of the visit. @throws DoorFlowError */
export async function bookGroups(visit: Visit, person: IDataObject, isNew: boolean): Promise<IDataObject> {
	const { wanted, start, end } = visit;
	return await book(visit, GROUPS, { person, ids: wanted.ids, start, end }, start ?? new Date(), isNew);
}

/** Books the chosen doors, in one reservation for each day. @throws DoorFlowError */
export async function bookDoors(visit: Visit, person: IDataObject, isNew: boolean): Promise<IDataObject[]> {
	const { start, end, zone } = visit;
	const { ids } = visit.wanted;
	const booked: IDataObject[] = [];
	// DoorFlow: a reservation starts and ends on the same day in the account's time zone.
	for (const [index, piece] of splitByDay(start ?? new Date(), end, zone).entries()) {
		// A day of the visit that is over already, when the check-in is run again.
		if (piece.end.getTime() <= Date.now()) continue;
		booked.push(
			await book(
				visit,
				DOORS,
				{ person, ids, start: index === 0 ? start : piece.start, end: piece.end },
				piece.start,
				isNew,
			),
		);
	}
	return booked;
}

/**
 * Groups that the person is in for the time of a visit only. DoorFlow lists them among the person's own.
 *
 * @returns none where the connection may not read group reservations
 */
export async function groupsForNow(visit: Visit, person: IDataObject): Promise<number[]> {
	const all = await known(visit.call, GROUPS).catch(() => []);
	return all
		.filter((one) => one.person_id === person.id && one.state === 'active')
		.flatMap(({ group_ids: ids }) => (Array.isArray(ids) ? ids.map(Number) : []));
}
