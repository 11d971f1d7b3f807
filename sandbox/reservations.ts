import type { Api, Body, Call } from './api';
import { unprocessable } from './errors';
import type { Row, Store } from './store';
import { readTime } from './time';

/**
 * The window of a reservation, checked as DoorFlow does: it ends after it starts and in the future; for doors on the
 * same day in the account's time zone.
 */
function readWindow(
	store: Store,
	body: Body,
	sameDay: boolean,
	errors: Record<string, string[]>,
): { start_time: string; end_time: string } {
	const start = readTime(body.start_time, store.timeZone);
	const end = readTime(body.end_time, store.timeZone);
	if (!store.people.has(body.person_id as number)) errors.person_id = ['Not found for this account'];
	if (!start) errors.start_time = ["can't be blank"];
	if (!end) errors.end_time = ["can't be blank"];
	else if (start && end <= start) errors.end_time = ['must be after the start time'];
	else if (start && sameDay && !start.hasSame(end, 'day'))
		errors.end_time = ['must be on the same day as the start time'];
	else if (end.toMillis() < Date.now()) errors.end_time = ['must be in the future'];
	return {
		start_time: String(start?.toUTC().toISO({ suppressMilliseconds: true })),
		end_time: String(end?.toUTC().toISO({ suppressMilliseconds: true })),
	};
}

function readIds(value: unknown, known: (id: number) => boolean): number[] | undefined {
	const ids: unknown[] = Array.isArray(value) ? value : [];
	return ids.length > 0 && ids.every((id) => typeof id === 'number' && known(id))
		? (ids as number[])
		: undefined;
}

/** Present and future ones: DoorFlow lists no past reservations. One that is still active is no past one. */
const notPast = (row: Row): boolean =>
	row.state === 'active' || Date.parse(String(row.end_time)) >= Date.now();

/** DoorFlow's operations on reservations of doors (flat bodies) and of groups (wrapped in `group_reservation`). */
export function registerReservations(api: Api): void {
	const list = (call: Call, all: readonly Row[]): readonly Row[] => {
		const { since } = call;
		const rows = all.filter(notPast);
		return call.page(since ? rows.filter(since) : rows);
	};

	api.on('GET', 'reservations', ['account.reservation.readonly'], (call) =>
		list(call, [...call.store.reservations.values()]),
	);
	api.on('POST', 'reservations', ['account.reservation'], (call) => {
		const { store, body } = call;
		const errors: Record<string, string[]> = {};
		const window = readWindow(store, body, true, errors);
		// DoorFlow: door_controller_ids is another name for channel_ids.
		const doors = readIds(body.channel_ids ?? body.door_controller_ids, (id) => store.doors.has(id));
		if (!doors) errors.channel_ids = ['Not found for this account'];
		if (Object.keys(errors).length > 0) throw unprocessable(errors);
		void call.reply.code(201);
		return store.bookings.bookDoors({ person_id: body.person_id, ...window, channel_ids: doors });
	});
	api.on('DELETE', 'reservations/:id', ['account.reservation'], (call) => {
		call.store.bookings.removeReservation(call.find(call.store.reservations));
		return { result: 'ok' };
	});

	api.on('GET', 'group_reservations', ['account.group_reservation.readonly'], (call) =>
		list(call, [
			...call.store.groupReservations.values(),
			// "Present and future" may leave out what was ended before its time, or not: its state would tell.
			...(call.store.config.listDeactivated ? call.store.bookings.deactivated.values() : []),
		]),
	);
	api.on('POST', 'group_reservations', ['account.group_reservation'], (call) => {
		const { store } = call;
		const body =
			typeof call.body.group_reservation === 'object' ? ((call.body.group_reservation ?? {}) as Body) : {};
		const errors: Record<string, string[]> = {};
		const window = readWindow(store, body, false, errors);
		const groups = readIds(body.group_ids, (id) => store.groups.some((group) => group.id === id));
		if (!groups) errors.group_ids = ['Not found for this account'];
		if (Object.keys(errors).length > 0) throw unprocessable(errors);
		void call.reply.code(201);
		return store.bookings.bookGroups({ person_id: body.person_id, ...window, group_ids: groups });
	});
	api.on('DELETE', 'group_reservations/:id', ['account.group_reservation'], (call) => {
		call.store.bookings.endGroupReservation(call.find(call.store.groupReservations));
		return { result: 'ok' };
	});
}
