import type { IDataObject } from 'n8n-workflow';

import { codesOfEvent } from '../../../shared/eventCatalogue';
import { amount, flag } from '../../../shared/field';
import { inOrder } from '../../../shared/inOrder';
import { hint } from '../../../shared/hint';
import { fullName, LISTS, MANY_PAGES_AT_ONCE, textOf, unknownIfForbidden } from '../../../shared/lists';
import { badInput, DoorFlowError } from '../../../shared/problem';
import { counted } from '../../../shared/text';
import { toDoorFlowTime } from '../../../shared/time';
import type { Call } from '../../call';
import { entryDoors, exitDoors, safeDoors } from '../../fields';
import type { Operation } from '../operation';
import { isOpen } from '../visitor/held';
import { inMusterOrder, Muster, type DoorFacts, type MusterDoors, type MusterRow, type Seen } from './muster';

const HOUR_MS = 3_600_000;
/** DoorFlow lists the events of 90 days. */
const MAX_HOURS = 90 * 24;
/** How many people are read at the same time, to name those who were not seen. */
const PEOPLE_AT_ONCE = 5;

/** Passes, refusals, and all that lets somebody pass unseen. */
const CODES = (
	[
		'accessGranted',
		'accessDenied',
		'requestToExit',
		'doorForced',
		'doorHeldOpen',
		'doorStatus',
		'autoUnlock',
	] as const
).flatMap(codesOfEvent);

const sinceHours = amount(
	{
		displayName: 'Hours to Look Back',
		name: 'sinceHours',
		default: 16,
		description:
			'People who came in earlier are not on the list, so choose more than the longest working day',
	},
	0.1,
	MAX_HOURS,
	true,
);

const visitorsExpected = flag({
	displayName: 'Include Visitors Not Seen',
	name: 'visitorsExpected',
	default: true,
	description: 'Whether to also list people who have a booking now but were not seen at these doors',
});

export const whoIsIn: Operation = {
	name: 'whoIsIn',
	displayName: 'Who Is In',
	action: 'List who is in (muster list)',
	description:
		'Get a muster list: one row for each person, based on the last door they passed, with how certain that is and why',
	permission: LISTS.events.permission,
	reads: [
		LISTS.doors.permission,
		LISTS.groupReservations.permission,
		LISTS.reservations.permission,
		LISTS.people.permission,
	],
	fields: [entryDoors, exitDoors, safeDoors, sinceHours, visitorsExpected],
	prepare(call) {
		const doors: MusterDoors = {
			entry: new Set(call.need(entryDoors)),
			exit: new Set(call.read(exitDoors)),
			safe: new Set(call.read(safeDoors)),
		};
		const both = [...doors.safe].find((id) => doors.entry.has(id) || doors.exit.has(id));
		if (both !== undefined) {
			throw badInput(
				`The door with ID "${both}" is chosen as a safe door and as an entry or exit door`,
				'Anyone who passes a safe door counts as safe. Choose only the reader at the assembly point as a safe door.',
			);
		}
		const hours = call.setting(sinceHours);
		const expected = call.setting(visitorsExpected);
		return async () => await muster(call, doors, hours, expected);
	},
};

async function muster(
	call: Call,
	doors: MusterDoors,
	hours: number,
	expected: boolean,
): Promise<MusterRow[]> {
	const ids = [...new Set([...doors.entry, ...doors.exit, ...doors.safe])];
	const all = new Muster(doors);
	const since = toDoorFlowTime(new Date(Date.now() - hours * HOUR_MS));
	const [{ facts, names }, booked] = await Promise.all([
		factsOf(call, ids),
		expected ? runningBookings(call) : [],
		call.api.each(LISTS.events, (event) => all.note(seenOf(event)), {
			query: { event_codes: CODES, channels: ids, since, sort: 'ASC' },
			pagesAtOnce: MANY_PAGES_AT_ONCE,
			send: call.send,
		}),
	]);
	const missing = await notSeen(call, all, booked);
	sayWhatIsNotKnown(call, hours, all, facts, booked);
	return inMusterOrder([...all.rows(facts, names), ...missing]);
}

function seenOf(event: IDataObject): Seen {
	const time = textOf(event.created_at);
	const at = Date.parse(time);
	const door = Number(event.channel_id);
	const person = Number(event.person_id);
	return {
		id: Number(event.id),
		code: Number(event.event_code),
		at: Number.isNaN(at) ? 0 : at,
		time,
		doorId: door,
		doorName: textOf(event.channel_name) || `Door ${door}`,
		...(person > 0 ? { person: { id: person, name: textOf(event.person_name).trim() } } : {}),
	};
}

/**
 * How the doors are now. Without the permission to read doors it is not known.
 *
 * @throws DoorFlowError for a door that DoorFlow doesn't list: nobody would be seen there
 */
async function factsOf(
	call: Call,
	ids: readonly number[],
): Promise<{ facts: DoorFacts; names: Map<number, string> }> {
	const doors = await call.api.once(
		'doors',
		async () => await call.readList(LISTS.doors).catch(unknownIfForbidden),
	);
	const now = Date.now();
	if (!doors) return { facts: { now, offline: undefined, unlocked: new Set() }, names: new Map() };
	const chosen = doors.filter((door) => ids.includes(Number(door.id)));
	const lost = ids.filter((id) => !chosen.some((door) => Number(door.id) === id));
	if (lost.length > 0) {
		throw badInput(
			`DoorFlow lists no door with ID ${lost.map((id) => `"${id}"`).join(', ')}`,
			'People who pass it would be missing from the list. Choose the doors again; the person who connected may not be able to see all of them.',
		);
	}
	const those = (is: (door: IDataObject) => boolean): Set<number> =>
		new Set(chosen.filter(is).map((door) => Number(door.id)));
	return {
		facts: {
			now,
			offline: those(({ status }) => status === 'offline'),
			unlocked: those(({ mode }) => (mode as IDataObject | null | undefined)?.description === 'unlock'),
		},
		names: new Map(
			chosen.map((door) => [Number(door.id), LISTS.doors.name(door) || `Door ${Number(door.id)}`]),
		),
	};
}

/** Bookings that are running now, of groups and of doors; undefined in place of a list that can't be read. */
async function runningBookings(call: Call): Promise<Array<IDataObject[] | undefined>> {
	return await Promise.all(
		[LISTS.groupReservations, LISTS.reservations].map(
			async (list) =>
				await call.api.once(
					`running ${list.what}`,
					async () => await call.readList(list, { where: isRunning }).catch(unknownIfForbidden),
				),
		),
	);
}

/** People who are booked and of whom nothing was seen. */
async function notSeen(
	call: Call,
	all: Muster,
	booked: ReadonlyArray<IDataObject[] | undefined>,
): Promise<MusterRow[]> {
	const people = new Set(booked.flatMap((list) => list ?? []).map((booking) => Number(booking.person_id)));
	const rows = await inOrder(
		[...people].filter((id) => id > 0 && !all.has(id)),
		PEOPLE_AT_ONCE,
		async (id) => await expectedRow(call, id),
	);
	return rows.filter((row) => row !== undefined);
}

const isRunning = (booking: IDataObject): boolean =>
	isOpen(booking, Date.now()) && Date.parse(textOf(booking.start_time)) <= Date.now();

/** Nobody disabled can come; of whom no record can be read, the booking alone counts. */
async function expectedRow(call: Call, personId: number): Promise<MusterRow | undefined> {
	const outcome = await call.ask({
		method: 'GET',
		path: `/api/3/people/${personId}`,
		about: { doing: 'read the names of visitors', permission: 'account.person.readonly' },
	});
	if ('problem' in outcome && outcome.problem.kind !== 'notFound' && outcome.problem.kind !== 'permission')
		throw new DoorFlowError(outcome.problem);
	const person = 'problem' in outcome ? {} : outcome.body;
	if (person.enabled === false) return undefined;
	return {
		personId,
		name: fullName(person) || `Person ${personId}`,
		state: 'expected',
		lastDoor: null,
		lastSeen: null,
		confidence: 'unknown',
		why: 'A booking is running, but the person was not seen at these doors.',
	};
}

/** What no row can say, because nobody is seen there. */
function sayWhatIsNotKnown(
	call: Call,
	hours: number,
	all: Muster,
	{ offline }: DoorFacts,
	booked: ReadonlyArray<IDataObject[] | undefined>,
): void {
	hint(
		call.context,
		`This list doesn't include people who came in more than ${counted(hours, 'hour', 'hours')} ago, came in behind somebody else, or were let in by remote control, which DoorFlow does not list.`,
	);
	const unnamed = all.unnamedEntries;
	if (unnamed.length > 0) {
		hint(call.context, `Somebody unidentified came in through ${unnamed.join(', ')}.`);
	}
	if (!offline) {
		hint(
			call.context,
			'It is not known whether the doors are in contact: the permission "Read Doors" is missing.',
		);
	} else if (offline.size > 0) {
		hint(call.context, 'A door is out of contact now. Each row that this may affect says so under why.');
	}
	if (booked.includes(undefined)) {
		hint(
			call.context,
			'Visitors who were not seen may be missing, because this connection may not read all bookings.',
		);
	}
}
