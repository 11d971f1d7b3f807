import type { IDataObject } from 'n8n-workflow';

import { badInput, type About } from '../../../shared/problem';
import { splitByDay, toDoorFlowTime } from '../../../shared/time';
import { hasId, type Call } from '../../call';
import { channelIds, credentialTypeId, groupIds } from '../../fields';
import { accountTimeZone } from '../account/timeZone';
import type { Operation } from '../operation';
import { findPerson } from '../person/findPerson';
import { additionalFields, firstName, lastName, personBody } from '../person/person';
import { Undo } from './undo';

/** DoorFlow: this value makes it draw a random PIN and return it. */
const DRAW_A_PIN = '******';

export const checkIn: Operation = {
	name: 'checkIn',
	displayName: 'Check In',
	action: 'Check a visitor in',
	description: 'Register a visitor, grant access for a time, hand out a PIN and sync, in one step: no other operation is needed. If a part fails, nothing stays behind.',
	permission: 'account.person',
	fields: [
		firstName,
		lastName,
		{
			displayName: 'Access By',
			name: 'accessBy',
			type: 'options',
			options: [
				{ name: 'Groups', value: 'groups', description: 'What the groups may open, for the time of the visit' },
				{ name: 'Doors', value: 'doors', description: 'Chosen doors, for the time of the visit' },
			],
			default: 'groups',
			required: true,
			description: 'What the visitor may open',
		},
		{ ...groupIds, required: true, displayOptions: { show: { accessBy: ['groups'] } } },
		{ ...channelIds, displayOptions: { show: { accessBy: ['doors'] } } },
		{ displayName: 'Start Time', name: 'startTime', type: 'dateTime', default: '', description: 'When the visit begins, such as 2027-03-01T09:00. Empty means now.' },
		{ displayName: 'End Time', name: 'endTime', type: 'dateTime', default: '', required: true, description: 'When the access ends, such as 2027-03-01T18:00. Without a time zone, it is in the time zone of the workflow.' },
		{
			displayName: 'Issue',
			name: 'issue',
			type: 'options',
			options: [
				{ name: 'PIN', value: 'pin', description: 'DoorFlow draws a PIN' },
				{ name: 'Card', value: 'card', description: 'A card whose number you give' },
				{ name: 'Nothing', value: 'none', description: 'The visitor has a credential already' },
			],
			default: 'pin',
			description: 'What the visitor opens doors with',
		},
		{ ...credentialTypeId, required: false, displayOptions: { show: { issue: ['pin', 'card'] } }, description: "For a PIN, it is found by itself when the account has one type named PIN" },
		{
			displayName: 'Card Number',
			name: 'value',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 48151623',
			displayOptions: { show: { issue: ['card'] } },
		},
		{ ...additionalFields, description: 'Email or System ID is needed, so that a visitor who comes again is the same person' },
	],
	writes: true,
	syncByDefault: true,
	async run(call) {
		const extra = call.collection('additionalFields');
		const by = extra.email ? 'email' : 'systemId';
		const key = String(extra[by] ?? '').trim();
		if (key === '') throw badInput('Neither Email nor System ID is given', 'Add one of them under Additional Fields, so that a visitor who comes again is the same person.');
		const start = hasId(call.raw('startTime', '')) ? call.time(call.raw('startTime'), 'Start Time') : undefined;
		const end = call.time(call.raw('endTime', ''), 'End Time');
		if (end.getTime() <= Math.max(Date.now(), start?.getTime() ?? 0)) throw badInput('End Time is not after Start Time and now', 'Choose a later end.');
		const zone = await accountTimeZone(call);
		const body = await personBody(call, { ...extra, firstName: call.text('firstName', 'First Name'), lastName: call.text('lastName', 'Last Name') });
		const visit: Visit = { call, undo: new Undo(), start, end, zone };
		// Two items about the same visitor must not both find nobody.
		return await call.api.inTurn(`visitor ${by} ${key.toLowerCase()}`, async () =>
			await visit.undo.guard(async () => {
				const { person, isNew } = await register(visit, by, key, body);
				const access = call.raw('accessBy') === 'doors' ? await bookDoors(visit, person) : await bookGroups(visit, person);
				const credential = await issue(visit, person);
				return {
					person,
					isNew,
					...(credential ? { credential, pin: call.raw('issue') === 'pin' ? (credential.value ?? null) : null } : { credential: null, pin: null }),
					window: { start: toDoorFlowTime(start ?? new Date()), end: toDoorFlowTime(end), timeZone: zone },
					...access,
				};
			}),
		);
	},
};

interface Visit {
	readonly call: Call;
	readonly undo: Undo;
	/** Undefined for a visit that begins now. */
	readonly start: Date | undefined;
	readonly end: Date;
	/** The account's zone. */
	readonly zone: string;
}

/**
 * Sends a request that creates something. Where it is not known whether DoorFlow carried it out, `look` tells: what is
 * there then is taken up, so that it is used or taken back like everything else.
 */
async function make(call: Call, path: string, body: IDataObject, about: About, look: () => Promise<IDataObject | undefined>): Promise<IDataObject> {
	const outcome = await call.ask({ method: 'POST', path, body, about });
	if (!('problem' in outcome)) return outcome.body;
	const found = outcome.problem.kind === 'fateUnknown' ? await look() : undefined;
	return found ?? call.fail(outcome.problem);
}

async function remove(call: Call, path: string, thing: string, id: unknown): Promise<void> {
	await call.request({ method: 'DELETE', path: `${path}/${String(id)}`, about: { doing: `take the ${thing} back`, target: { thing, id: String(id) } } });
}

async function register(visit: Visit, by: 'email' | 'systemId', key: string, wanted: IDataObject): Promise<{ person: IDataObject; isNew: boolean }> {
	const { call, undo } = visit;
	const body: IDataObject = { ...wanted, enabled: true, valid_from: visit.start ? toDoorFlowTime(visit.start) : null, valid_to: toDoorFlowTime(visit.end) };
	const found = await findPerson(call, by, key);
	if (!found) {
		const person = await make(call, '/api/3/people', body, { doing: 'create the person' }, async () => await findPerson(call, by, key));
		undo.add(`created the person ${String(person.id)}`, async () => await remove(call, '/api/3/people', 'person', person.id));
		return { person, isNew: true };
	}
	const path = `/api/3/people/${String(found.id)}`;
	const about = { doing: 'update the person', target: { thing: 'person', id: String(found.id) } };
	const before: IDataObject = {};
	for (const name of Object.keys(body)) {
		const source = name === 'group_ids' ? 'groups' : name === 'role_ids' ? 'roles' : name;
		if (source in found) before[name] = found[source];
	}
	undo.add(`changed the person ${String(found.id)}`, async () => {
		await call.request({ method: 'PUT', path, body: before, about });
	});
	return { person: (await call.request({ method: 'PUT', path, body, about })).body, isNew: false };
}

const sameTime = (one: unknown, other: Date): boolean => Math.abs(Date.parse(String(one)) - other.getTime()) < 1000;
const sameIds = (one: unknown, other: readonly number[]): boolean =>
	Array.isArray(one) && [...one].map(Number).sort().join() === [...other].sort().join();

/** The booking that is there already, when the same check-in is run again. */
function bookedBefore(bookings: IDataObject[], person: IDataObject, ids: readonly number[], idField: string, start: Date | undefined, end: Date): IDataObject | undefined {
	return bookings.find(
		(one) =>
			one.person_id === person.id &&
			one.state !== 'deactivated' &&
			sameIds(one[idField], ids) &&
			sameTime(one.end_time, end) &&
			(start ? sameTime(one.start_time, start) : Date.parse(String(one.start_time)) <= Date.now() + 1000),
	);
}

async function bookings(call: Call, path: string, what: string, permission: 'account.group_reservation.readonly' | 'account.reservation.readonly'): Promise<IDataObject[]> {
	const answer = await call.request<unknown>({ method: 'GET', path, query: { skip_pagination: true }, about: { doing: `list ${what}`, permission } });
	return Array.isArray(answer.body) ? (answer.body as IDataObject[]) : [];
}

async function bookGroups(visit: Visit, person: IDataObject): Promise<IDataObject> {
	const { call, undo } = visit;
	const path = '/api/3/group_reservations';
	const groups = call.ids('groupIds', 'Group');
	const look = async (): Promise<IDataObject | undefined> =>
		bookedBefore(await bookings(call, path, 'group reservations', 'account.group_reservation.readonly'), person, groups, 'group_ids', visit.start, visit.end);
	const existing = await look();
	if (existing) return { groupReservation: existing };
	const body = {
		group_reservation: { person_id: person.id, group_ids: groups, start_time: toDoorFlowTime(visit.start ?? new Date()), end_time: toDoorFlowTime(visit.end) },
	};
	const made = await make(call, path, body, { doing: 'create the group reservation', permission: 'account.group_reservation' }, look);
	undo.add(`created the group reservation ${String(made.id)}`, async () => await remove(call, path, 'group reservation', made.id));
	return { groupReservation: made };
}

async function bookDoors(visit: Visit, person: IDataObject): Promise<IDataObject> {
	const { call, undo } = visit;
	const path = '/api/3/reservations';
	const doors = call.ids('channelIds', 'Door');
	const made: IDataObject[] = [];
	// DoorFlow: a reservation starts and ends on the same day in the account's time zone.
	for (const [index, piece] of splitByDay(visit.start ?? new Date(), visit.end, visit.zone).entries()) {
		const start = index === 0 ? visit.start : piece.start;
		const look = async (): Promise<IDataObject | undefined> =>
			bookedBefore(await bookings(call, path, 'reservations', 'account.reservation.readonly'), person, doors, 'channel_ids', start, piece.end);
		const existing = await look();
		if (existing) {
			made.push(existing);
			continue;
		}
		const body = { person_id: person.id, channel_ids: doors, start_time: toDoorFlowTime(piece.start), end_time: toDoorFlowTime(piece.end) };
		const reservation = await make(call, path, body, { doing: 'create the reservation', permission: 'account.reservation' }, look);
		undo.add(`created the reservation ${String(reservation.id)}`, async () => await remove(call, path, 'reservation', reservation.id));
		made.push(reservation);
	}
	return { reservations: made };
}

async function issue(visit: Visit, person: IDataObject): Promise<IDataObject | undefined> {
	const { call, undo } = visit;
	const what = call.raw('issue', 'pin');
	if (what === 'none') return undefined;
	const type = Number(hasId(call.raw('credentialTypeId', '')) ? call.id('credentialTypeId', 'Credential Type') : await pinType(call));
	const value = what === 'card' ? call.text('value', 'Card Number') : DRAW_A_PIN;
	const secrets = what === 'card' ? [value] : [];
	const path = `/api/3/people/${String(person.id)}/credentials`;
	const look = async (): Promise<IDataObject | undefined> => {
		const answer = await call.request<unknown>({ method: 'GET', path, query: { skip_pagination: true }, about: { doing: 'list the credentials of the visitor' } });
		return (Array.isArray(answer.body) ? (answer.body as IDataObject[]) : []).find((one) => one.credential_type_id === type);
	};
	const existing = await look();
	if (existing && (what === 'pin' || existing.value === value)) return existing;
	if (existing) {
		const update = async (to: unknown): Promise<IDataObject> =>
			(await call.request({ method: 'PUT', path: `${path}/${String(existing.id)}`, body: { person_credential: { value: to as string } }, about: { doing: 'update the credential', secrets } })).body;
		undo.add(`changed the credential ${String(existing.id)}`, async () => void (await update(existing.value)));
		return await update(value);
	}
	const made = await make(call, path, { person_credential: { credential_type_id: type, value } }, { doing: 'create the credential', secrets }, look);
	undo.add(`created the credential ${String(made.id)}`, async () => await remove(call, path, 'credential', made.id));
	return made;
}

/** The account's own PIN type; it has another id in each account. */
async function pinType(call: Call): Promise<string> {
	const types = await call.api.once('credential types', async () => {
		const answer = await call.api.request<unknown>({
			method: 'GET',
			path: '/api/3/credential_types',
			query: { skip_pagination: true },
			about: { doing: 'list credential types', permission: 'account.credential_type.readonly' },
		});
		return Array.isArray(answer.body) ? (answer.body as IDataObject[]) : [];
	});
	const pins = types.filter(({ slug, label }) => /\bpin\b/i.test(`${String(slug)} ${String(label)}`));
	if (pins.length !== 1) {
		throw badInput(`The account has ${pins.length} credential types named PIN`, 'Choose the right one under Credential Type.');
	}
	return String(pins[0]?.id);
}
