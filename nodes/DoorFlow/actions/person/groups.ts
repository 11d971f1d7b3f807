import type { IDataObject } from 'n8n-workflow';

import { idsOf, LISTS, textOf } from '../../../shared/lists';
import { oneAtATime } from '../../../shared/oneAtATime';
import { DoorFlowError, type Problem } from '../../../shared/problem';
import type { Call, CallRequest } from '../../call';

/** How often it is tried again when somebody else changes the same person meanwhile. */
const TRIES = 3;

/**
 * Reads a person.
 *
 * @param id checked to be one
 * @throws DoorFlowError
 */
export async function readPersonById(call: Call, id: string): Promise<IDataObject> {
	const { body } = await call.request({
		method: 'GET',
		path: `/api/3/people/${id}`,
		about: { doing: 'read the person', target: { thing: 'person', id } },
	});
	return body;
}

export interface Membership {
	readonly groups: readonly number[];
	readonly roles: readonly number[];
}

/** The groups and roles that a record lists. */
export const membershipOf = (person: IDataObject): Membership => ({
	groups: idsOf(person.groups),
	roles: idsOf(person.roles),
});

/** Whether a record says which groups and roles the person has; DoorFlow's description promises it. */
export const saysMembership = ({ groups, roles }: IDataObject): boolean =>
	Array.isArray(groups) && Array.isArray(roles);

/**
 * The same where a list is to be written anew, so that nobody loses what a record does not tell.
 *
 * @throws DoorFlowError when it does not say
 */
export function knownMembershipOf(person: IDataObject): Membership {
	if (saysMembership(person)) return membershipOf(person);
	throw new DoorFlowError({
		kind: 'unexpected',
		message: `DoorFlow does not say which groups and roles the person with ID "${textOf(person.id)}" has`,
		description:
			'The list could be replaced only as a whole, so it was left as it is. Check the person in DoorFlow. If it keeps happening, report it with the operation.',
	});
}

/**
 * Groups that active group reservations give a person.
 *
 * @param all group reservations of everybody
 * @param person the person's id
 */
export const groupsGivenBy = (all: readonly IDataObject[], person: string): number[] =>
	all
		.filter((one) => String(one.person_id) === person && one.state === 'active')
		.flatMap((one) => idsOf(one.group_ids));

/** Groups that an active group reservation gives: what nobody may see could become permanent. @throws DoorFlowError */
const groupsForNow = async (call: Call, person: string): Promise<number[]> =>
	groupsGivenBy(await call.readList(LISTS.groupReservations), person);

/**
 * Changes some groups of a person and leaves the others. DoorFlow takes the list as a whole only, so it is read, computed,
 * written where it differs, and read again: somebody else may have changed the same person meanwhile.
 *
 * DoorFlow lists the groups of an active group reservation among the person's own. Writing them back could make them
 * permanent, so they are left out of what is written, except those that are to be added. If they are missing afterwards,
 * DoorFlow keeps both in one list: then they are written back, and DoorFlow takes them off when the reservation ends.
 *
 * @param change what is to be there and what is not
 * @returns the person as DoorFlow has it afterwards, what was changed, and which groups a reservation gives for now
 * @throws DoorFlowError when DoorFlow does not keep the change
 */
export async function changeGroups(call: Call, id: string, change: GroupChange): Promise<IDataObject> {
	return await inTurn(call, id, async () => await changeGroupsNow(call, id, change));
}

/**
 * Lets the executions of this process change a person's access one after the other.
 *
 * @param id of the person
 * @throws what the work throws
 */
export async function inTurn<T>(call: Call, id: string, work: (waited: boolean) => Promise<T>): Promise<T> {
	return await oneAtATime(`${await call.api.connection()} person ${id}`, work);
}

/**
 * The same with the person, read again where it had to wait: what was found may be out of date by then.
 *
 * @throws what the work throws
 */
export async function inTurnWith<T>(
	call: Call,
	found: IDataObject,
	work: (person: IDataObject) => Promise<T>,
): Promise<T> {
	const id = textOf(found.id);
	return await inTurn(
		call,
		id,
		async (waited) => await work(waited ? await readPersonById(call, id) : found),
	);
}

export interface GroupChange {
	readonly add: readonly number[];
	readonly remove: readonly number[];
}

/**
 * The same for a caller whose turn it is already, see {@link inTurn}.
 *
 * @param booked groups that an active group reservation gives, where that was read a moment ago for many people
 */
export async function changeGroupsNow(
	call: Call,
	id: string,
	change: GroupChange,
	booked?: readonly number[],
): Promise<IDataObject> {
	let person = await readPersonById(call, id);
	const before = knownMembershipOf(person).groups;
	const forNow = booked ?? (before.length === 0 ? [] : await groupsForNow(call, id));
	const lacks = (groups: readonly number[]): boolean => change.add.some((one) => !groups.includes(one));
	const still = (groups: readonly number[]): number[] => change.remove.filter((one) => groups.includes(one));
	const isDone = (groups: readonly number[]): boolean => !lacks(groups) && still(groups).length === 0;
	const permanent = (groups: readonly number[]): number[] => groups.filter((one) => !forNow.includes(one));
	// A group that is there for now only is still to be added.
	if (!lacks(permanent(before)) && still(before).length === 0) return output(person, before, forNow);

	for (let attempt = 1; ; attempt++) {
		const { groups } = knownMembershipOf(person);
		const wanted = [...new Set([...permanent(groups), ...change.add])].filter(
			(one) => !change.remove.includes(one),
		);
		const mayBeCut = groups.filter((one) => forNow.includes(one) && !change.remove.includes(one));
		const refused = await writeGroups(call, id, wanted);
		// Once the first write is sent, the visit that it may have cut must be given back.
		const last = call.completing();
		try {
			person = await readPersonById(last, id);
			const now = knownMembershipOf(person).groups;
			const lost = mayBeCut.filter((one) => !now.includes(one));
			if (lost.length > 0) {
				const current = await groupsForNow(last, id);
				person = await giveGroupsBack(
					last,
					id,
					lost.filter((one) => current.includes(one)),
				);
			}
		} catch (error) {
			throw await givenBackUnseen(last, id, error, mayBeCut, wanted);
		}
		const { groups: after } = knownMembershipOf(person);
		if (isDone(after)) return output(person, before, forNow);
		if (refused) call.fail(refused);
		const given = still(after).filter((one) => forNow.includes(one));
		if (given.length > 0) {
			throw new DoorFlowError({
				kind: 'conflict',
				message: `The person stays in group ${given.join(', ')}, because a group reservation includes it`,
				description:
					'Their own membership was removed. To end the access now, end the group reservation: Group Reservation → Get Many shows it, Delete ends it.',
			});
		}
		if (attempt === TRIES) {
			throw new DoorFlowError({
				kind: 'conflict',
				message: `DoorFlow did not keep the groups of the person with ID "${id}"`,
				description: `The node tried ${TRIES} times. Somebody else may be changing the same person. Check the person in DoorFlow, then run it again.`,
			});
		}
	}
}

const groupsWrite = (id: string, groups: readonly number[]): CallRequest => ({
	method: 'PUT',
	path: `/api/3/people/${id}`,
	body: { group_ids: [...groups] },
	about: { doing: 'change the groups of the person', target: { thing: 'person', id } },
});

/** @returns why DoorFlow may not have carried it out; only if it may have all the same */
async function writeGroups(call: Call, id: string, groups: readonly number[]): Promise<Problem | undefined> {
	// Sent, its fate is to be known: groups of a running visit may have to be given back.
	const outcome = await call.ask({ ...groupsWrite(id, groups), whenCancelled: 'finish' });
	if (!('problem' in outcome)) return undefined;
	return outcome.mayBeDone ? outcome.problem : call.fail(outcome.problem);
}

/**
 * Sees to it that somebody is in groups that another change may have taken, and reads them again to be sure.
 *
 * @param call one that goes on when the execution is cancelled
 * @returns the person as DoorFlow has it then
 * @throws DoorFlowError when DoorFlow does not keep them
 */
export async function giveGroupsBack(call: Call, id: string, due: readonly number[]): Promise<IDataObject> {
	const read = async (): Promise<{ person: IDataObject; groups: readonly number[]; missing: number[] }> => {
		const person = await readPersonById(call, id);
		const { groups } = knownMembershipOf(person);
		return { person, groups, missing: due.filter((one) => !groups.includes(one)) };
	};
	const before = await read();
	if (before.missing.length === 0) return before.person;
	await call.request(groupsWrite(id, [...before.groups, ...before.missing]));
	const after = await read();
	if (after.missing.length === 0) return after.person;
	throw new DoorFlowError({
		kind: 'conflict',
		message: `DoorFlow removed the person from group ${after.missing.join(', ')} and did not add them back`,
		description: 'Add the person to these groups in DoorFlow.',
	});
}

/**
 * What became of the groups of a running visit is not known, so they are written again.
 *
 * @returns what to throw
 */
async function givenBackUnseen(
	last: Call,
	id: string,
	error: unknown,
	groups: readonly number[],
	wanted: readonly number[],
): Promise<unknown> {
	if (groups.length === 0 || !(error instanceof DoorFlowError) || error.problem.kind === 'notFound')
		return error;
	const given = await last.ask(groupsWrite(id, [...new Set([...wanted, ...groups])]));
	return 'problem' in given ? new DoorFlowError(cutProblem(error.problem, groups)) : error;
}

const cutProblem = (problem: Problem, groups: readonly number[]): Problem => ({
	...problem,
	message: `A running visit may have lost its groups (${groups.join(', ')}): ${problem.message}`,
	description: `Check the person in DoorFlow, and add the groups of the visit again if they are missing. ${problem.description}`,
});

function output(person: IDataObject, before: readonly number[], forNow: readonly number[]): IDataObject {
	const { groups } = membershipOf(person);
	return {
		id: person.id,
		first_name: person.first_name,
		last_name: person.last_name,
		enabled: person.enabled,
		groups: [...groups],
		added: groups.filter((one) => !before.includes(one)),
		removed: before.filter((one) => !groups.includes(one)),
		groupsForNow: groups.filter((one) => forNow.includes(one)),
	};
}
