import { sleep, type IDataObject } from 'n8n-workflow';

import { textOf } from '../../../shared/lists';
import type { About, Problem } from '../../../shared/problem';
import type { Call } from '../../call';
import type { Undo } from './undo';

/** What the panel asks for. */
export interface Wanted {
	readonly byDoors: boolean;
	/** Of the doors or groups. */
	readonly ids: readonly number[];
	readonly issue: 'card' | 'mobile' | 'none' | 'pin';
	/** Undefined where the account's own type is to be found. */
	readonly credentialTypeId?: number;
	/** For a card alone. */
	readonly cardNumber?: string;
	readonly takeOverCard: boolean;
	readonly ifStanding: 'bookOnly' | 'refuse';
	readonly ifDisabled: 'enable' | 'refuse';
	readonly replaces: boolean;
	/** Whether what a visitor has already is neither replaced while a visit is open nor put out: an agent may not. */
	readonly keepsSecrets: boolean;
}

/** What the steps of a check-in work with. */
export interface Visit {
	readonly call: Call;
	readonly wanted: Wanted;
	readonly undo: Undo;
	/** Undefined for a visit that begins now. */
	readonly start: Date | undefined;
	readonly end: Date;
	/** The account's zone. */
	readonly zone: string;
	/** The paths of what this run made: nobody else's. */
	readonly made: Set<string>;
}

interface Making {
	readonly path: string;
	readonly body: IDataObject;
	readonly about: About;
	/** As in "group reservation". */
	readonly thing: string;
	/** Finds what this makes, should it be there although DoorFlow gave no answer. */
	readonly look: (call: Call) => Promise<IDataObject | undefined>;
	/** Why it is not to be taken back, if somebody else relies on it by now. */
	readonly needed?: (last: Call, made: IDataObject) => Promise<boolean>;
	/** What is to be done when it was taken back. */
	readonly gone?: (last: Call, made: IDataObject) => Promise<void>;
}

/** What DoorFlow refused was not made. */
type Made = { readonly made: IDataObject } | { readonly problem: Problem };

/** When to look again, in milliseconds, for what DoorFlow may still be at work on. */
const LOOKS_MS = [0, 1000, 2000];

/**
 * Creates something. Where it is not known whether DoorFlow carried it out, what is there then is taken up, so that it
 * is used or taken back like everything else. It is not begun once the execution is cancelled, but what was sent is waited for.
 *
 * @returns what was made, or why DoorFlow refused
 * @throws DoorFlowError when it is not known whether it was made, and nothing is found
 */
export async function make(
	{ call, undo, made: own }: Visit,
	{ path, body, about, thing, look, needed, gone }: Making,
): Promise<Made> {
	const outcome = await call.ask({ method: 'POST', path, body, about, whenCancelled: 'finish' });
	if ('problem' in outcome && !outcome.mayBeDone) return { problem: outcome.problem };
	const last = call.evenWhenCancelled();
	const made = 'problem' in outcome ? await lookFor(last, look, outcome.problem.status) : outcome.body;
	if (made) own.add(`${path}/${textOf(made.id)}`);
	undo.add(made ? `created the ${thing} ${textOf(made.id)}` : `perhaps created the ${thing}`, async () => {
		const there = made ?? (await look(last));
		if (!there) return undefined;
		const id = textOf(there.id);
		const what = `created the ${thing} ${id}`;
		if (await needed?.(last, there)) return { kept: what };
		const taken = await last.ask({
			method: 'DELETE',
			path: `${path}/${id}`,
			about: { doing: `take the ${thing} back`, target: { thing, id } },
		});
		if ('problem' in taken && taken.problem.kind !== 'notFound') last.fail(taken.problem);
		await gone?.(last, there);
		return what;
	});
	if (made) return { made };
	return 'problem' in outcome ? call.fail(outcome.problem) : { made: outcome.body };
}

async function lookFor(
	call: Call,
	look: Making['look'],
	status: number | undefined,
): Promise<IDataObject | undefined> {
	// With an answer of its own, DoorFlow is done with the request. Without, or with a gateway's, it may still be at it.
	const looks = status === 500 ? LOOKS_MS.slice(0, 1) : LOOKS_MS;
	for (const wait of looks) {
		await sleep(wait);
		// That the fate is unknown says more than why it could not be looked up.
		const found = await look(call).catch(() => undefined);
		if (found) return found;
	}
	return undefined;
}

/**
 * Whether DoorFlow refused a value because somebody has it already.
 *
 * @param field DoorFlow's name of it
 */
export const isTaken = ({ fields }: Problem, field: string): boolean =>
	(fields?.[field] ?? []).some((reason) => /already (?:been taken|in use)/i.test(reason));
