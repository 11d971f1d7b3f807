import { DateTime } from 'luxon';

import { isMobile, OFFICE_HOURS, PASSFLOW_CODE, PIN_CODE } from './accounts';
import type { AdmitOutcome } from './config';
import type { Credential, Door, Knowledge, Row, Store } from './store';
import { now } from './time';

/** What a door decided, as the event it raises. */
export interface Decision {
	code: number;
	label: string;
	person?: Row;
}

const moment = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : Number.NaN);

/** Whether a reservation or group reservation is running. */
export const isRunning = (row: Row, at: number): boolean =>
	moment(row.start_time) <= at && at <= moment(row.end_time);

/** Whether it is office hours where the account is. */
function inOfficeHours(zone: string, at: number): boolean {
	const { weekday, hour } = DateTime.fromMillis(at, { zone });
	return weekday <= 5 && hour >= 8 && hour < 18;
}

/** DoorFlow: group reservations add the person to the groups for their time. */
export function groupsNow(
	knowledge: Pick<Knowledge, 'groupReservations'>,
	person: Row,
	at: number,
): number[] {
	const groups = new Set(person.groups as number[]);
	for (const row of knowledge.groupReservations.values()) {
		if (row.person_id === person.id && isRunning(row, at))
			for (const id of row.group_ids as number[]) groups.add(id);
	}
	return [...groups];
}

/** Why a person may not pass a door; undefined when they may. */
export type Obstacle = 'noAccess' | 'outOfHours';

/**
 * Whether a person may pass a door at a time, by groups, roles or a reservation.
 *
 * @param knowledge what the door knows
 * @param at in milliseconds
 */
export function obstacleFor(
	store: Store,
	knowledge: Knowledge,
	person: Row,
	door: Door,
	at: number,
): Obstacle | undefined {
	if (person.enabled !== true || moment(person.valid_from) > at || moment(person.valid_to) < at)
		return 'outOfHours';
	const opens = (doors: readonly number[] | 'all' | undefined): boolean =>
		doors === 'all' || (doors?.includes(door.id) ?? false);
	if (groupsNow(knowledge, person, at).some((id) => opens(store.blueprint.groups[id - 1]?.doors)))
		return undefined;
	for (const row of knowledge.reservations.values()) {
		if (row.person_id === person.id && isRunning(row, at) && (row.channel_ids as number[]).includes(door.id))
			return undefined;
	}
	const roles = (person.roles as number[])
		.map((id) => store.blueprint.roles[id - 1])
		.filter((role) => opens(role?.doors));
	if (roles.length === 0) return 'noAccess';
	// DoorFlow: a role without a shift counts around the clock.
	return roles.some((role) => role?.shiftId === null || inOfficeHours(store.timeZone, at))
		? undefined
		: 'outOfHours';
}

/** DoorFlow: an unlocked door locks again at its time. */
export function settleMode(door: Door, at: number): void {
	const mode = door.mode as { description: string; relock_at: string | null };
	if (mode.description === 'unlock' && moment(mode.relock_at) <= at)
		door.mode = { description: 'normal', relock_at: null, change_stamp: mode.relock_at };
}

function isOpen(store: Store, door: Door, at: number): boolean {
	settleMode(door, at);
	const shift = door.auto_unlock as { id: number } | null;
	return (
		(door.mode as { description: string }).description === 'unlock' ||
		(shift?.id === OFFICE_HOURS.id && inOfficeHours(store.timeZone, at))
	);
}

/** Cards and PINs by value; a phone by the id of its credential, which it shows when it is active. */
function credentialOf(store: Store, knowledge: Knowledge, value: string): Credential | undefined {
	const phone = store.credentials.get(value);
	return knowledge.byValue.get(value) ?? (phone?.status === 'active' ? phone : undefined);
}

/**
 * Decides about what somebody shows a door: lockdown, the door's mode, whose it is, the person's validity, and
 * whether a group, role or reservation opens this door now.
 *
 * @param value a PIN, a card number or plate, or the id of a mobile credential
 * @param at in milliseconds
 */
export function decide(store: Store, door: Door, value: string, at = Date.now()): Decision {
	const knowledge = store.doorsKnow();
	const credential = credentialOf(store, knowledge, value);
	const found = credential && knowledge.people.get(credential.person_id);
	const person = found ? { person: found } : {};
	const type = store.credentialTypes.find(({ id }) => id === credential?.credential_type_id);
	const pin = credential ? type?.code === PIN_CODE : /^\d{4,7}$/.test(value);
	const lockdown = door.lockdown as { card_lockdown?: { state?: boolean } } | null;
	if (lockdown?.card_lockdown?.state) return { code: 22, label: 'Rejected: lockdown', ...person };
	if (isOpen(store, door, at)) return { code: 16, label: 'Admitted: door is unlocked', ...person };
	if (!found)
		return pin ? { code: 24, label: 'Rejected: unknown PIN' } : { code: 20, label: 'Rejected: unknown card' };
	const obstacle = obstacleFor(store, knowledge, found, door, at);
	if (obstacle === 'outOfHours')
		return { code: 21, label: 'Rejected: not valid at this time', person: found };
	if (obstacle === 'noAccess')
		return { code: 27, label: 'Rejected: not authorized for this door', person: found };
	if (pin) return { code: 11, label: 'Admitted: PIN', person: found };
	if (type?.code === PASSFLOW_CODE) return { code: 17, label: 'Admitted: Apple Wallet', person: found };
	return { code: 10, label: type && isMobile(type) ? 'Admitted: phone' : 'Admitted: card', person: found };
}

/**
 * Starts an admission that settles later, as a door controller would answer.
 *
 * @param settled hears of the event, which has the id of the request; not of a timeout, where no door answered
 */
export function startAdmission(
	store: Store,
	door: Door,
	person: Row | undefined,
	settled: (event: Row) => void,
): Row {
	const request: Row = {
		id: store.nextId() + 90_000,
		status: 'pending',
		channel_id: door.id,
		person_id: person?.id ?? null,
		requested_at: now(),
		completed_at: null,
		door_controller: { id: door.id, name: door.name },
		person: person
			? { id: person.id, name: `${String(person.first_name)} ${String(person.last_name)}` }
			: null,
	};
	store.admissions.set(request.id, request);
	setTimeout(() => {
		// A reset in between made this request one of the past.
		if (store.admissions.get(request.id) !== request) return;
		const outcome = door.status === 'offline' ? 'offline' : outcomeAt(store, door);
		request.status = outcome;
		request.completed_at = now();
		if (outcome === 'timeout') return;
		const [code, label] = ANSWERS[outcome];
		settled(store.addEvent(code, label, door, person, undefined, request.id));
	}, store.config.admitDelayMs).unref();
	return request;
}

const ANSWERS: Record<Exclude<AdmitOutcome, 'timeout'>, [number, string]> = {
	admitted: [50, 'Admitted: remote control'],
	denied: [51, 'Denied: remote control'],
	offline: [52, 'Offline: remote control'],
};

function outcomeAt(store: Store, door: Door): AdmitOutcome {
	const { admitOutcome } = store.config;
	return typeof admitOutcome === 'string' ? admitOutcome : (admitOutcome[String(door.id)] ?? 'admitted');
}
