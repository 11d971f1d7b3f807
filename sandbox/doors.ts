import { DateTime } from 'luxon';

import { isMobile, isPin, OFFICE_HOURS, PASSFLOW_CODE } from './accounts';
import type { AdmitOutcome } from './config';
import type { Credential, Door, Knowledge, Opening, Row, Store } from './store';
import { groupsAt } from './store/bookings';
import { now, readTime } from './time';

/** What a door decided, as the event it raises. */
export interface Decision {
	code: number;
	label: string;
	person?: Row;
}

/** A time of day with its zone. */
const ZONED = /T.*(?:Z|[+-]\d\d:?\d\d)$/;

const moment = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : Number.NaN);

/** Whether it is office hours where the account is. */
function inOfficeHours(zone: string, at: number): boolean {
	const { weekday, hour } = DateTime.fromMillis(at, { zone });
	return weekday <= 5 && hour >= 8 && hour < 18;
}

/** Whether a role counts at a time. */
function isDuring(during: Opening['during'], zone: string, at: number): boolean {
	if (during === 'always') return true;
	return during === 'officeHours' ? inOfficeHours(zone, at) : during.from <= at && at < during.to;
}

/** A date counts from its first moment where the account is: DoorFlow considers the person inactive from then on. */
function hasEnded(validTo: unknown, zone: string, at: number): boolean {
	// Most say their zone; reading one by the rules of a zone takes a hundred times as long.
	const end = ZONED.test(String(validTo)) ? moment(validTo) : readTime(validTo, zone)?.toMillis();
	return end !== undefined && end <= at;
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
	if (
		person.enabled !== true ||
		moment(person.valid_from) > at ||
		hasEnded(person.valid_to, store.timeZone, at)
	)
		return 'outOfHours';
	const opens = (doors: readonly number[] | 'all' | undefined): boolean =>
		doors === 'all' || (doors?.includes(door.id) ?? false);
	const groups = groupsAt(knowledge.groupReservations.values(), person, at);
	if (groups.some((id) => opens(store.blueprint.groups[id - 1]?.doors))) return undefined;
	const openings = (person.roles as number[])
		.map((id) => knowledge.openings.get(id))
		.filter((one) => opens(one?.doors));
	if (openings.some((one) => one && isDuring(one.during, store.timeZone, at))) return undefined;
	// A reservation outside of its window is none.
	return openings.some((one) => typeof one?.during === 'string') ? 'outOfHours' : 'noAccess';
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
function credentialOf(knowledge: Knowledge, value: string): Credential | undefined {
	const phone = knowledge.credentials.get(value);
	return knowledge.byValue.get(value) ?? (phone?.status === 'active' ? phone : undefined);
}

/**
 * Decides about what somebody shows a door: lockdown, the door's mode, whose it is, the person's validity, and
 * whether a group, role or reservation opens this door now. All of this as far as the door was told of it.
 *
 * @param value a PIN, a card number or plate, or the id of a mobile credential
 * @param at in milliseconds
 */
export function decide(store: Store, door: Door, value: string, at = Date.now()): Decision {
	const knowledge = store.doorsKnow(door);
	const credential = credentialOf(knowledge, value);
	const found = credential && knowledge.people.get(credential.person_id);
	const person = found ? { person: found } : {};
	const type = store.credentialTypes.find(({ id }) => id === credential?.credential_type_id);
	const pin = credential ? type !== undefined && isPin(type) : /^\d{4,7}$/.test(value);
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
