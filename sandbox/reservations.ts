import type { Api, Body, Call } from './api';
import { isRunning } from './doors';
import { unprocessable } from './errors';
import type { Row, Store } from './store';
import { now, readTime } from './time';

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

function add(call: Call, rows: Map<number, Row>, fields: Body): Row {
	const row: Row = { id: call.store.nextId(), ...fields, created_at: now(), updated_at: now() };
	rows.set(row.id, row);
	call.store.touch();
	void call.reply.code(201);
	return row;
}

/** Present and future ones: DoorFlow lists no past reservations. */
const notPast = (row: Row): boolean => Date.parse(String(row.end_time)) >= Date.now();

const groupView = (row: Row): Row => ({ ...row, state: isRunning(row, Date.now()) ? 'active' : row.state });

/** DoorFlow's operations on reservations of doors (flat bodies) and of groups (wrapped in `group_reservation`). */
export function registerReservations(api: Api): void {
	const list = (call: Call, all: ReadonlyMap<number, Row>): readonly Row[] => {
		const { since } = call;
		const rows = [...all.values()].filter(notPast);
		return call.page(since ? rows.filter(since) : rows);
	};

	api.on('GET', 'reservations', ['account.reservation.readonly'], (call) =>
		list(call, call.store.reservations),
	);
	api.on('POST', 'reservations', ['account.reservation'], (call) => {
		const { store, body } = call;
		const errors: Record<string, string[]> = {};
		const window = readWindow(store, body, true, errors);
		// DoorFlow: door_controller_ids is another name for channel_ids.
		const doors = readIds(body.channel_ids ?? body.door_controller_ids, (id) => store.doors.has(id));
		if (!doors) errors.channel_ids = ['Not found for this account'];
		if (Object.keys(errors).length > 0) throw unprocessable(errors);
		return add(call, store.reservations, { person_id: body.person_id, ...window, channel_ids: doors });
	});
	api.on('DELETE', 'reservations/:id', ['account.reservation'], (call) => {
		call.store.reservations.delete(call.find(call.store.reservations).id);
		call.store.touch();
		return { result: 'ok' };
	});

	api.on('GET', 'group_reservations', ['account.group_reservation.readonly'], (call) =>
		list(call, call.store.groupReservations).map(groupView),
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
		const state = Date.parse(window.start_time) <= Date.now() ? 'active' : 'pending';
		return add(call, store.groupReservations, {
			person_id: body.person_id,
			...window,
			group_ids: groups,
			state,
		});
	});
	// DoorFlow deletes one that has not begun and deactivates a running one, so that the person leaves the groups. Neither
	// is listed afterwards, nor can it be read, so there is no difference to see.
	api.on('DELETE', 'group_reservations/:id', ['account.group_reservation'], (call) => {
		call.store.groupReservations.delete(call.find(call.store.groupReservations).id);
		call.store.touch();
		return { result: 'ok' };
	});
}
