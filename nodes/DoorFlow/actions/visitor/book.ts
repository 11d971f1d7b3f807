import type { IDataObject } from 'n8n-workflow';

import { textOf } from '../../../shared/lists';
import { badInput } from '../../../shared/problem';
import { splitByDay, toDoorFlowTime } from '../../../shared/time';
import type { Call } from '../../call';
import { giveGroupsBack } from '../person/groups';
import { DOORS, GROUPS, heldBy, heldOf, noteBookings, type Held, type Kind } from './held';
import {
	isPartOf,
	MINUTE_MS,
	missingBookings,
	overlapping,
	together,
	type JointBooking,
	type Span,
} from './rules';
import { make, type Visit } from './visit';

/** What is to be booked. */
export interface BookingPlan {
	readonly kind: Kind;
	readonly window: Span;
	/** To be ended first. */
	readonly ended: readonly Held[];
	/** What the person has booked of this kind and keeps. */
	readonly kept: readonly Held[];
	/** To be booked. */
	readonly missing: readonly JointBooking[];
}

/**
 * What must be done so that the person can open what was asked for, in the window that was asked for.
 *
 * @param held the person's open bookings of this kind
 * @param had groups that the person is in anyhow
 * @throws DoorFlowError when the time that is left is too short for any booking
 */
export function planBookings(
	{ wanted, start, end, zone }: Visit,
	held: readonly Held[],
	had: readonly number[],
): BookingPlan {
	const now = Date.now();
	const window = { start: Math.max(start?.getTime() ?? now, now), end: end.getTime() };
	const targets = wanted.ids.filter((id) => !had.includes(id));
	const ended = wanted.replaces
		? overlapping(held, window).filter((booking) => !isPartOf(booking, wanted.ids, window, now))
		: [];
	const kept = held.filter((booking) => !ended.includes(booking));
	const booked = kept.flatMap((booking) =>
		booking.targets.map((target) => ({ target, start: booking.start, end: booking.end })),
	);
	const gaps = together(missingBookings(targets, window, booked));
	const missing = wanted.byDoors ? gaps.flatMap((gap) => byDay(gap, zone)) : gaps;
	const opened = [...overlapping(kept, window), ...missing].flatMap((one) => one.targets);
	if (!targets.every((target) => opened.includes(target))) {
		// It was long enough when it was asked for. Other visits, or DoorFlow's limit, have taken the time since.
		throw badInput(
			'Less than a minute of the visit is left, which is too short to book',
			'Choose a later end.',
		);
	}
	return { kind: wanted.byDoors ? DOORS : GROUPS, window, ended, kept, missing };
}

/** DoorFlow: a reservation of doors starts and ends on the same day in the account's time zone, and has a minute at least. */
const byDay = ({ start, end, targets }: JointBooking, zone: string): JointBooking[] =>
	splitByDay(new Date(start), new Date(end), zone)
		.map((piece) => ({ targets, start: piece.start.getTime(), end: piece.end.getTime() }))
		.filter((piece) => piece.end - piece.start >= MINUTE_MS);

/**
 * Carries a plan out: ends what is replaced, then books what is missing.
 *
 * @param permanent groups that the person has beside all reservations
 * @returns all bookings of this kind that share time with the window
 * @throws DoorFlowError
 */
export async function carryOut(
	visit: Visit,
	person: IDataObject,
	plan: BookingPlan,
	permanent: readonly number[],
): Promise<Held[]> {
	const { kind, kept, missing, window, ended } = plan;
	for (const booking of ended) await endBooking(visit, person, booking);
	await giveBack(visit.call, person, ended, [...permanent, ...activeTargets(kept)]);
	const made: Held[] = [];
	const known = new Set([...kept, ...ended].map(({ id }) => id));
	for (const gap of missing) made.push(await book(visit, person, kind, gap, known, permanent));
	return overlapping([...kept, ...made], window).sort((one, other) => one.start - other.start);
}

const activeTargets = (held: readonly Held[]): number[] =>
	held.filter(({ isActive }) => isActive).flatMap(({ targets }) => targets);

async function book(
	visit: Visit,
	person: IDataObject,
	kind: Kind,
	{ targets, start, end }: JointBooking,
	known: ReadonlySet<string>,
	permanent: readonly number[],
): Promise<Held> {
	const { call } = visit;
	const times = { start_time: toDoorFlowTime(new Date(start)), end_time: toDoorFlowTime(new Date(end)) };
	const isIt = (one: Held): boolean =>
		!known.has(one.id) &&
		toDoorFlowTime(new Date(one.start)) === times.start_time &&
		toDoorFlowTime(new Date(one.end)) === times.end_time &&
		[...one.targets].sort().join() === [...targets].sort().join();
	const outcome = await make(visit, {
		path: kind.list.path,
		thing: kind.thing,
		about: kind.create,
		body: kind.wrap({ person_id: person.id, [kind.ids]: [...targets], ...times }),
		look: async (last) => (await heldBy(last, kind, person, 'fresh')).find(isIt)?.row,
		gone: async (last, made) => {
			await noteBookings(call, kind, { ended: [textOf(made.id)] });
			const gone = heldOf(kind, made);
			const others = gone.isActive && kind === GROUPS ? await heldBy(last, kind, person, 'fresh') : [];
			await giveBack(last, person, [gone], [...permanent, ...activeTargets(others)]);
		},
	});
	if ('problem' in outcome) return call.fail(outcome.problem);
	await noteBookings(call, kind, { made: [outcome.made] });
	return heldOf(kind, outcome.made);
}

async function endBooking(visit: Visit, person: IDataObject, booking: Held): Promise<void> {
	const { call, undo } = visit;
	const { kind, id } = booking;
	const path = `${kind.list.path}/${id}`;
	const outcome = await call.ask({ method: 'DELETE', path, about: kind.end, whenCancelled: 'finish' });
	const refused = 'problem' in outcome && outcome.problem.kind !== 'notFound';
	if (!refused || outcome.mayBeDone) {
		undo.add(`ended the ${kind.thing} ${id}`, async () => {
			const last = call.evenWhenCancelled();
			const held = await heldBy(last, kind, person, 'fresh');
			if (held.some((one) => one.id === id)) return undefined;
			const start = Math.max(booking.start, Date.now());
			if (booking.end - start < MINUTE_MS) return undefined;
			const { body } = await last.request({
				method: 'POST',
				path: kind.list.path,
				body: kind.wrap({
					person_id: person.id,
					[kind.ids]: [...booking.targets],
					start_time: toDoorFlowTime(new Date(start)),
					end_time: toDoorFlowTime(new Date(booking.end)),
				}),
				about: kind.create,
			});
			await noteBookings(call, kind, { made: [body] });
			return `ended the ${kind.thing} ${id} (it is now ${textOf(body.id)})`;
		});
	}
	if (refused) call.fail(outcome.problem);
	await noteBookings(call, kind, { ended: [id] });
}

/**
 * DoorFlow: ending an active group reservation takes its groups off the person, also those that the person has for
 * another reason. These are given back, and read again to be sure, also when the execution was cancelled meanwhile.
 *
 * @param ended bookings that were ended
 * @param due groups that the person is to have all the same
 * @throws DoorFlowError when DoorFlow does not keep them
 */
export async function giveBack(
	call: Call,
	person: IDataObject,
	ended: readonly Held[],
	due: readonly number[],
): Promise<void> {
	const taken = activeTargets(ended.filter(({ kind }) => kind === GROUPS));
	const back = [...new Set(taken)].filter((group) => due.includes(group));
	if (back.length === 0) return;
	await giveGroupsBack(call.completing(), textOf(person.id), back);
}
