import { now, type Credential, type Door, type Row, type Store } from './store';

/** What a door decided, as the event it raises. */
export interface Decision {
	code: number;
	label: string;
	person?: Row;
}

const moment = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : Number.NaN);

/** Whether a reservation lets the person through this door now, or makes them a member of any group now. */
function reserved(store: Store, person: Row, door: Door): boolean {
	const running = (row: Row): boolean => row.person_id === person.id && moment(row.start_time) <= Date.now() && Date.now() <= moment(row.end_time);
	return (
		[...store.reservations.values()].some((row) => running(row) && (row.channel_ids as number[]).includes(door.id)) ||
		[...store.groupReservations.values()].some((row) => running(row) && row.state !== 'deactivated')
	);
}

/**
 * Decides about a card or PIN at a door as DoorFlow would: the door's state, the credential, the person's validity,
 * and whether a group, role or reservation grants access.
 */
export function decide(store: Store, door: Door, value: string): Decision {
	const credential: Credential | undefined = [...store.credentials.values()].find((one) => one.value === value);
	const person = credential ? store.people.get(credential.person_id) : undefined;
	const pin = credential ? credential.credential_type_id === 31 : /^\d{4,7}$/.test(value);
	const lockdown = door.lockdown as { card_lockdown?: { state?: boolean } } | null;
	if (lockdown?.card_lockdown?.state) return { code: 22, label: 'Rejected: lockdown', ...(person ? { person } : {}) };
	if ((door.mode as { description: string }).description === 'unlock') return { code: 16, label: 'Admitted: door is unlocked', ...(person ? { person } : {}) };
	if (!person) return pin ? { code: 24, label: 'Rejected: unknown PIN' } : { code: 20, label: 'Rejected: unknown card' };
	const tooEarly = moment(person.valid_from) > Date.now();
	const tooLate = moment(person.valid_to) < Date.now();
	if (person.enabled !== true || tooEarly || tooLate) return { code: 21, label: 'Rejected: not valid at this time', person };
	const granted = (person.groups as number[]).length > 0 || (person.roles as number[]).length > 0 || reserved(store, person, door);
	if (!granted) return { code: 27, label: 'Rejected: not authorized for this door', person };
	return pin ? { code: 11, label: 'Admitted: PIN', person } : { code: 10, label: 'Admitted: card', person };
}

/** Starts an admission that settles later, as a door controller would answer. */
export function startAdmission(store: Store, door: Door, person: Row | undefined, settled: (event: Row) => void): Row {
	const request: Row = {
		id: store.nextId() + 500_000,
		status: 'pending',
		channel_id: door.id,
		person_id: person?.id ?? null,
		requested_at: now(),
		completed_at: null,
		door_controller: { id: door.id, name: door.name },
		person: person ? { id: person.id, name: `${String(person.first_name)} ${String(person.last_name)}` } : null,
	};
	store.admissions.set(request.id, request);
	const timer = setTimeout(() => {
		const outcome = door.status === 'offline' ? 'offline' : store.config.admitOutcome;
		request.status = outcome;
		request.completed_at = now();
		const [code, label] = outcome === 'admitted' ? [50, 'Admitted: remote control'] : outcome === 'denied' ? [51, 'Denied: remote control'] : [52, 'Offline: remote control'];
		if (outcome !== 'timeout') settled(store.addEvent(code as number, label as string, door, person));
	}, store.config.admitDelayMs);
	timer.unref();
	return request;
}
