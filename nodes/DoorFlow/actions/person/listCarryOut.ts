import type { IDataObject } from 'n8n-workflow';

import { inOrder } from '../../../shared/inOrder';
import { textOf } from '../../../shared/lists';
import { DoorFlowError, type Problem } from '../../../shared/problem';
import type { Call } from '../../call';
import { changeGroupsNow, inTurnWith } from './groups';
import { Revocation } from './revocation';
import { HOPELESS } from './steps';
import { createPerson, updatePerson } from './write';
import { writes, type Plan, type Step } from './listPlan';

/** What became of a step. */
export interface Result {
	readonly step: Step;
	readonly applied: boolean;
	/** Of somebody who was created. */
	readonly personId?: unknown;
	readonly problem?: Problem;
}

/** What writing needs beside the plan. */
export interface Means {
	/** The call of an item; of any item for somebody who is not on the list. */
	readonly callOf: (item: number | undefined) => Call;
	/** Adds the photo of an item. @throws DoorFlowError when the file can't be read any more */
	readonly photoOf: (item: number | undefined) => Promise<IDataObject>;
	/** How many people at a time. */
	readonly atOnce: number;
	/** Bookings of everybody, where the plan takes them away. */
	readonly bookings: {
		readonly groupReservations?: readonly IDataObject[];
		readonly reservations?: readonly IDataObject[];
	};
}

/** What keeps a door open longest comes first; new people last. */
const RANK: Readonly<Record<string, number>> = {
	revokeAccess: 0,
	disable: 0,
	update: 1,
	enable: 2,
	create: 3,
};

/** The order of writing: whoever must give up an address first comes before whoever gets it. */
function ordered(steps: readonly Step[]): Step[] {
	const byItem = new Map(steps.map((step) => [step.item, step]));
	const result = new Set<Step>();
	const take = (step: Step): void => {
		if (step.after !== undefined) {
			const first = byItem.get(step.after);
			if (first && !result.has(first)) take(first);
		}
		result.add(step);
	};
	for (const step of [...steps].sort((one, other) => (RANK[one.action] ?? 0) - (RANK[other.action] ?? 0)))
		take(step);
	return [...result];
}

/**
 * Writes what a plan says, several people at a time. A failure stays with its person.
 *
 * @returns what became of each step, in the order of the plan
 * @throws DoorFlowError when the execution is stopped
 */
export async function carryOut({ steps }: Plan, means: Means): Promise<Result[]> {
	const results = new Map<Step, Promise<Result>>();
	const written = new Map<Step, Result>();
	let hopeless: Problem | undefined;
	const write = async (step: Step): Promise<Result> => {
		const first = steps.find(({ item }) => step.after !== undefined && item === step.after);
		if (first) await results.get(first);
		if (hopeless) return { step, applied: false, problem: hopeless };
		return await writeOne(step, means).then(
			(personId) => ({ step, applied: true, personId }),
			(error: unknown) => {
				if (!(error instanceof DoorFlowError) || error.problem.kind === 'cancelled') throw error;
				const { problem } = error;
				if (HOPELESS.includes(problem.kind)) hopeless = problem;
				return { step, applied: false, problem };
			},
		);
	};
	await inOrder(ordered(steps.filter(writes)), means.atOnce, async (step) => {
		const result = write(step);
		results.set(step, result);
		written.set(step, await result);
	});
	return steps.map((step) => written.get(step) ?? { step, applied: false });
}

/** @returns the id of the person */
async function writeOne(step: Step, { callOf, photoOf, bookings }: Means): Promise<unknown> {
	const { action, person, body, groups, booked, setsPhoto } = step;
	const call = callOf(step.item);
	const fields = async (): Promise<IDataObject> => ({
		...body,
		...(setsPhoto ? await photoOf(step.item) : {}),
	});
	if (!person) return (await createPerson(call, await fields())).id;
	const id = textOf(person.id);
	await inTurnWith(call, person, async (now) => {
		if (action === 'revokeAccess') {
			await new Revocation(call, now, bookings).carryOut({
				removesGroups: true,
				deletesCredentials: false,
			});
			return;
		}
		const change = async (): Promise<void> => {
			if (groups) await changeGroupsNow(call, id, groups, booked);
		};
		// Nobody is enabled with groups that are to be taken away, and nobody waits for that to be disabled.
		if (action !== 'disable') await change();
		const written = await fields();
		if (Object.keys(written).length > 0) await updatePerson(call, id, written);
		if (action === 'disable') await change();
	});
	return person.id;
}
