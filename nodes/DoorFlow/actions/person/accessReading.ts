import type { IDataObject } from 'n8n-workflow';

import { codesOfEvent } from '../../../shared/eventCatalogue';
import { credentialsOf, LISTS, noneIfForbidden, textOf } from '../../../shared/lists';
import { toDoorFlowTime } from '../../../shared/time';
import { pushTo } from '../../../shared/pushTo';
import type { Call } from '../../call';
import { PIN_CODE } from '../credential/credential';
import { DOORS, GROUPS, heldOf, isOpen, type Held, type Kind } from '../visitor/held';

/** Pages of events that are asked for at the same time, as of other lists. */
const PAGES_AT_ONCE = 5;

/** One credential, without what opens a door. */
export interface Seen {
	readonly type: string | null;
	/** The end of a card's number, enough to tell cards apart; null for PINs and invitations. */
	readonly ending: string | null;
	readonly status: string | null;
}

/** When somebody was last seen at a door. */
export interface LastSeen {
	readonly at: string;
	readonly door: string | null;
	readonly event: string;
	/** When the person was let in last, in milliseconds; null where only refusals were seen. */
	admitted: number | null;
}

const ADMITTED = new Set(codesOfEvent('accessGranted'));

const byPerson = <T>(rows: readonly IDataObject[], what: (row: IDataObject) => T): Map<string, T[]> => {
	const all = new Map<string, T[]>();
	for (const row of rows) pushTo(all, textOf(row.person_id), what(row));
	return all;
};

/** The bookings of one kind that have not ended, by person; read once an execution. @throws DoorFlowError */
export async function openBookings(call: Call, kind: Kind): Promise<Map<string, Held[]>> {
	return await call.api.once(`open ${kind.thing}s`, async () => {
		const now = Date.now();
		const rows = await call.readList(kind.list, { where: (row) => isOpen(row, now) });
		return byPerson(rows, (row) => heldOf(kind, row));
	});
}

export const KINDS = { groups: GROUPS, doors: DOORS } as const;

/**
 * The credentials by person; read once an execution.
 *
 * @param person whose; undefined for everybody's
 * @throws DoorFlowError
 */
export async function credentialsSeen(call: Call, person?: string): Promise<Map<string, Seen[]>> {
	const list = person === undefined ? LISTS.credentials : credentialsOf(person);
	return await call.api.once(`credentials ${person ?? ''}`, async () => {
		const types = await call.api.once('PIN types', async () => await pinTypes(call));
		const rows = await call.readList(list, {
			// What opens a door is not kept a moment longer than needed.
			slim: (row) => ({
				id: row.id,
				person_id: row.person_id,
				type: textOf(row.label) || null,
				ending: endingOf(row, types),
				status: textOf(row.status) || null,
			}),
		});
		return byPerson(rows, ({ type, ending, status }) => ({ type, ending, status }) as unknown as Seen);
	});
}

/** The IDs of the types that are PINs; undefined where the connection may not read them. */
async function pinTypes(call: Call): Promise<Set<string> | undefined> {
	const types = await call.readList(LISTS.credentialTypes).catch(noneIfForbidden);
	if (types.length === 0) return undefined;
	const isPin = ({ code, label, slug }: IDataObject): boolean =>
		Number(code) === PIN_CODE || /\bpins?\b/i.test(`${textOf(label)} ${textOf(slug)}`);
	return new Set(types.filter(isPin).map(({ id }) => textOf(id)));
}

/** DoorFlow: PINs have up to 8 digits. Two of four would tell half of one. */
const LONGER_THAN_A_PIN = 8;

function endingOf(row: IDataObject, pins: Set<string> | undefined): string | null {
	const value = textOf(row.value);
	if (value.length > LONGER_THAN_A_PIN) return value.slice(-4);
	const isNoPin = pins !== undefined && !pins.has(textOf(row.credential_type_id));
	return isNoPin && value.length > 4 ? value.slice(-2) : null;
}

/**
 * The last event of each person, newest events first, read until everybody has been seen. Only the last ones are kept,
 * however many there are.
 *
 * @param since where to stop, in milliseconds
 * @param wanted the IDs of the people that matter; undefined for everybody
 * @param name narrows the events down to those of somebody of this name
 * @throws DoorFlowError
 */
export async function lastSeen(
	call: Call,
	since: number,
	wanted?: ReadonlySet<string>,
	name: { readonly first_name?: string; readonly last_name?: string } = {},
): Promise<Map<string, LastSeen>> {
	const seen = new Map<string, LastSeen>();
	const open = wanted && new Set(wanted);
	const take = (events: readonly IDataObject[]): void => {
		for (const event of events) {
			const id = textOf(event.person_id);
			if (id === '' || (wanted && !wanted.has(id))) continue;
			const known = seen.get(id) ?? {
				at: textOf(event.created_at),
				door: textOf(event.channel_name) || textOf(event.door_controller_name) || null,
				event: textOf(event.event_label),
				admitted: null,
			};
			seen.set(id, known);
			if (known.admitted === null && ADMITTED.has(Number(event.event_code))) {
				known.admitted = Date.parse(textOf(event.created_at));
				open?.delete(id);
			}
		}
	};
	const page = async (number: number) =>
		await call.api.page(LISTS.events, number, {
			query: { since: toDoorFlowTime(new Date(since)), sort: 'DESC', ...name },
			send: call.send,
		});
	const first = await page(1);
	take(first.items);
	let { more } = first;
	// Without a total, nobody knows how many pages may be asked for at once.
	const atOnce = first.total === undefined ? 1 : PAGES_AT_ONCE;
	const size = first.perPage ?? LISTS.events.perPage;
	const last = first.total === undefined ? Infinity : Math.ceil(first.total / size);
	for (let next = 2; more && open?.size !== 0; next += atOnce) {
		const numbers = Array.from({ length: atOnce }, (_, index) => next + index).filter((one) => one <= last);
		for (const one of await Promise.all(numbers.map(page))) {
			take(one.items);
			({ more } = one);
		}
		if (numbers.length === 0) break;
	}
	return seen;
}

/**
 * The same of one person. DoorFlow finds events by the names of people alone, and does not say whether by those of today:
 * of somebody who is not found, one of the two may have been another one then.
 *
 * @throws DoorFlowError
 */
export async function lastSeenByName(
	call: Call,
	since: number,
	person: IDataObject,
): Promise<Map<string, LastSeen>> {
	const id = textOf(person.id);
	const [first_name, last_name] = [textOf(person.first_name), textOf(person.last_name)];
	const seen = await lastSeen(call, since, new Set([id]), { first_name, last_name });
	if (seen.get(id)?.admitted || first_name === '' || last_name === '') return seen;
	for (const name of [{ first_name }, { last_name }]) {
		const found = await lastSeen(call, since, new Set([id]), name);
		if (found.get(id)?.admitted) return found;
	}
	return seen;
}
