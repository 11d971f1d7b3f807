import type { IDataObject } from 'n8n-workflow';

import { hint } from '../../../shared/hint';
import { credentialsOf, fullName, textOf } from '../../../shared/lists';
import { DoorFlowError, type Problem } from '../../../shared/problem';
import { toDoorFlowTime } from '../../../shared/time';
import type { Call } from '../../call';
import { findPerson } from '../person/findPerson';
import { readPersonById } from '../person/groups';
import { isSame } from '../person/same';
import { DOORS, GROUPS, heldIfAllowed } from './held';
import type { Mark } from './mark';
import { momentOf, validityBound, widenedValidTo } from './rules';
import { isTaken, make, type Visit } from './visit';
import { nameOf, openBookings, type Who } from './who';

/** What is to be in the record. */
export interface Record {
	/** What decides who it is. */
	readonly by: 'email' | 'systemId';
	readonly key: string;
	/** The fields that were given, in DoorFlow's names. */
	readonly fields: IDataObject;
	readonly mark: Mark;
}

/** Fields that decide on access. They stay where somebody else has come to rely on them. */
const ACCESS = ['enabled', 'valid_from', 'valid_to'];

const isPhoto = (name: string): boolean => name.startsWith('image_');

/**
 * Creates the record of somebody who is not in DoorFlow yet.
 *
 * @returns the person; `isOurs` is false where somebody else made it at the same time
 * @throws DoorFlowError that names the value that somebody else has
 */
export async function createRecord(
	visit: Visit,
	{ by, key, fields, mark }: Record,
): Promise<{ readonly person: IDataObject; readonly isOurs: boolean }> {
	const body: IDataObject = {
		...fields,
		[by === 'email' ? 'email' : 'system_id']: key,
		[mark.to]: mark.value,
		enabled: true,
		valid_to: toDoorFlowTime(new Date(validityBound(visit.end.getTime(), visit.zone))),
	};
	const outcome = await make(visit, {
		path: '/api/3/people',
		body,
		about: { doing: 'create the person' },
		thing: 'person',
		look: async (last) => await findPerson(last, by, key),
		needed: async (last, made) => await isNeeded(visit, last, made, body),
	});
	if ('made' in outcome) {
		await tellDifferences(visit, body, outcome.made);
		return { person: outcome.made, isOurs: true };
	}
	const { problem } = outcome;
	if (problem.kind === 'conflict' || isTaken(problem, 'email') || isTaken(problem, 'system_id')) {
		const person = await findPerson(visit.call, by, key);
		if (person) return { person, isOurs: false };
	}
	throw takenError(problem, body);
}

/** Whether somebody has changed the person since, or checked it in as well. Nothing that this run made counts. */
async function isNeeded(visit: Visit, last: Call, made: IDataObject, body: IDataObject): Promise<boolean> {
	const id = textOf(made.id);
	const person = await readPersonById(last, id).catch((error: unknown) => {
		if (error instanceof DoorFlowError && error.problem.kind === 'notFound') return undefined;
		throw error;
	});
	if (!person) return false;
	const changed = Object.keys(body).some(
		(name) => name in made && name in person && !isSame(name, person[name], made[name]),
	);
	if (changed || (await foreignBookings(visit, last, person, new Set()))) return true;
	const credentials = credentialsOf(id);
	const held = await last.readList(credentials);
	return held.some((one) => !visit.made.has(`${credentials.path}/${textOf(one.id)}`));
}

/** Whether the person has bookings that this run neither made nor found. */
async function foreignBookings(
	visit: Visit,
	last: Call,
	person: IDataObject,
	found: ReadonlySet<string>,
): Promise<boolean> {
	for (const kind of [GROUPS, DOORS]) {
		const held = (await heldIfAllowed(last, kind, person, 'fresh')) ?? [];
		const paths = held.map(({ id }) => `${kind.list.path}/${id}`);
		if (paths.some((path) => !visit.made.has(path) && !found.has(path))) return true;
	}
	return false;
}

/** What must be written so that the record of a visitor is as wanted. */
export function differences(
	{ person }: Pick<Who, 'person'>,
	visit: Visit,
	{ by, key, fields, mark }: Record,
): IDataObject {
	const wanted: IDataObject = {
		...fields,
		[by === 'email' ? 'email' : 'system_id']: key,
		[mark.to]: mark.value,
		enabled: true,
	};
	const differing = Object.fromEntries(
		Object.entries(wanted).filter(([name, value]) =>
			// A photo can't be compared: it is set where there is none.
			isPhoto(name) ? !person.image_url : !(name in person) || !isSame(name, person[name], value),
		),
	);
	const { valid_to: validTo, valid_from: validFrom } = person;
	const start = visit.start?.getTime() ?? Date.now();
	const widened = widenedValidTo(textOf(validTo) || null, visit.end.getTime(), visit.zone);
	return {
		...differing,
		...(widened === undefined ? {} : { valid_to: toDoorFlowTime(new Date(widened)) }),
		...(momentOf(validFrom, visit.zone) > start ? { valid_from: null } : {}),
	};
}

/**
 * Changes the record of a visitor.
 *
 * @param body what differs
 * @throws DoorFlowError that names the value that somebody else has
 */
export async function changeRecord(visit: Visit, who: Who, body: IDataObject): Promise<IDataObject> {
	const { call, undo } = visit;
	const { person } = who;
	const id = textOf(person.id);
	const path = `/api/3/people/${id}`;
	const about = { doing: 'update the person', target: { thing: 'person', id } };
	const outcome = await call.ask({ method: 'PUT', path, body, about, whenCancelled: 'finish' });
	if ('problem' in outcome && !outcome.mayBeDone) throw takenError(outcome.problem, body);
	const answered: IDataObject = 'problem' in outcome ? {} : outcome.body;
	const photo = Object.keys(body).some(isPhoto);
	const what = `changed the person ${id}${photo ? ' (the photo stays)' : ''}`;
	undo.add(what, async () => {
		const last = call.evenWhenCancelled();
		const now = await readPersonById(last, id);
		const found = new Set(openBookings(who).map((one) => `${one.kind.list.path}/${one.id}`));
		const touched = Object.keys(body).filter((name) => name in person && !isPhoto(name));
		const changed = touched.filter((name) => !isSame(name, now[name], person[name]));
		if (changed.length === 0) return undefined;
		const relied =
			changed.some((name) => ACCESS.includes(name)) && (await foreignBookings(visit, last, person, found));
		const ours = changed.filter(
			(name) =>
				(isSame(name, now[name], body[name]) ||
					(name in answered && isSame(name, now[name], answered[name]))) &&
				!(relied && ACCESS.includes(name)),
		);
		if (ours.length > 0) {
			const before = Object.fromEntries(ours.map((name) => [name, person[name] ?? null]));
			await last.request({ method: 'PUT', path, body: before, about });
		}
		return ours.length === changed.length ? what : { kept: `some fields of the person ${id}` };
	});
	if ('problem' in outcome) return call.fail(outcome.problem);
	await tellDifferences(visit, body, answered);
	return answered;
}

/** Tells that somebody on record has another name now: whoever registers two people by one value makes one of them. */
export function tellRenaming(call: Call, before: IDataObject, after: IDataObject, { by, key }: Record): void {
	const [was, is] = [fullName(before), fullName(after)];
	if (was.toLowerCase() === is.toLowerCase()) return;
	const what = by === 'email' ? 'e-mail address' : 'System ID';
	hint(
		call.context,
		`${nameOf(before)} is now called ${is} in DoorFlow, because both have the ${what} "${key}". If these are two people, give each ${by === 'email' ? 'an' : 'a'} ${what} of their own: they share one record now.`,
	);
}

/** Says whose value it is that can't be used, where DoorFlow refused for that. */
function takenError(problem: Problem, body: IDataObject): DoorFlowError {
	const field = isTaken(problem, 'email') ? 'email' : isTaken(problem, 'system_id') ? 'system_id' : undefined;
	if (field === undefined) return new DoorFlowError(problem);
	const what = field === 'email' ? 'The e-mail address' : 'The System ID';
	return new DoorFlowError({
		...problem,
		message: `${what} "${textOf(body[field])}" belongs to somebody else in DoorFlow`,
		description:
			'The value can belong to only one person. Check the spelling. If this is the same visitor with a different value in DoorFlow, correct the record there; otherwise, leave the value out.',
	});
}

/** Tells the user where DoorFlow keeps something otherwise than it was sent; once an execution for each field. */
async function tellDifferences(visit: Visit, sent: IDataObject, answered: IDataObject): Promise<void> {
	const { call } = visit;
	for (const name of Object.keys(sent)) {
		if (isPhoto(name) || !(name in answered) || isSame(name, answered[name], sent[name])) continue;
		await call.api.once(`told that ${name} differs`, async () => {
			const has = answered[name] === null ? 'nothing' : `"${String(answered[name])}"`;
			hint(
				call.context,
				`DoorFlow keeps ${name} differently from what was sent: ${has} instead of "${String(sent[name])}".${whatFollows(visit, name, answered[name])}`,
			);
		});
	}
}

/** What it means for the visit that DoorFlow keeps a field otherwise than it was sent. */
function whatFollows({ end, zone }: Visit, name: string, kept: unknown): string {
	if (name === 'enabled') return ' The visitor opens no door until somebody enables the record.';
	if (name !== 'valid_to') return '';
	return momentOf(kept, zone) < end.getTime()
		? ' The visitor opens no door after that, although the visit lasts longer.'
		: ' The visit itself is limited by its bookings, not by this field.';
}
