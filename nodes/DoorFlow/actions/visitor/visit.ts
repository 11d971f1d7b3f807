import { sleep, type IDataObject } from 'n8n-workflow';

import { LISTS, noneIfForbidden, type List, type NamedList } from '../../../shared/lists';
import type { About } from '../../../shared/problem';
import type { Call } from '../../call';
import type { Undo } from './undo';

/** What the panel asks for. */
export interface Wanted {
	readonly byDoors: boolean;
	/** Of the doors or groups. */
	readonly ids: readonly number[];
	readonly issue: 'card' | 'none' | 'pin';
	/** Undefined where the account's own PIN type is to be found. */
	readonly credentialTypeId?: number;
	/** For a card alone. */
	readonly cardNumber?: string;
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
}

interface Making {
	readonly path: string;
	readonly body: IDataObject;
	readonly about: About;
	/** As in "group reservation". */
	readonly thing: string;
	/** Finds what this makes, should it be there. */
	readonly look: (call: Call) => Promise<IDataObject | undefined>;
	/** Told when it was taken back. */
	readonly gone?: (made: IDataObject) => void;
}

/** When to look again, in milliseconds, for what DoorFlow may still be at work on. */
const LOOKS_MS = [0, 1000, 2000];

/**
 * Creates something. Where it is not known whether DoorFlow carried it out, what is there then is taken up, so that it
 * is used or taken back like everything else. It is not begun once the execution is cancelled, but what was sent is waited for.
 *
 * @throws DoorFlowError when it was not made
 */
export async function make(
	{ call, undo }: Visit,
	{ path, body, about, thing, look, gone }: Making,
): Promise<IDataObject> {
	const outcome = await call.ask({ method: 'POST', path, body, about, whenCancelled: 'finish' });
	if ('problem' in outcome && !outcome.mayBeDone) return call.fail(outcome.problem);
	const last = call.evenWhenCancelled();
	const made = 'problem' in outcome ? await lookFor(last, look, outcome.problem.status) : outcome.body;
	undo.add(made ? `created the ${thing} ${String(made.id)}` : `perhaps created the ${thing}`, async () => {
		const there = made ?? (await look(last));
		if (!there) return undefined;
		const id = String(there.id);
		await last.request({
			method: 'DELETE',
			path: `${path}/${id}`,
			about: { doing: `take the ${thing} back`, target: { thing, id } },
		});
		gone?.(there);
		return `created the ${thing} ${id}`;
	});
	return made ?? ('problem' in outcome ? call.fail(outcome.problem) : outcome.body);
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

interface Change {
	readonly path: string;
	readonly body: IDataObject;
	/** What to set again to take it back. */
	readonly before: IDataObject;
	readonly about: About;
	/** As in "changed the person 12". */
	readonly what: string;
}

/** Changes something that is there. @throws DoorFlowError */
export async function change(
	{ call, undo }: Visit,
	{ path, body, before, about, what }: Change,
): Promise<IDataObject> {
	const outcome = await call.ask({ method: 'PUT', path, body, about, whenCancelled: 'finish' });
	if (!('problem' in outcome) || outcome.mayBeDone) {
		undo.add(what, async () => {
			await call.evenWhenCancelled().request({ method: 'PUT', path, body: before, about });
			return what;
		});
	}
	return 'problem' in outcome ? call.fail(outcome.problem) : outcome.body;
}

/** DoorFlow: this many bookings, credentials or credential types a page. */
const PER_PAGE = 500;

/**
 * All that a list of bookings, credentials or credential types holds.
 *
 * @param path of the list
 * @param about why it is read, and the scope that needs if it is not the operation's
 * @throws DoorFlowError
 */
export async function listAll(call: Call, path: string, about: About): Promise<IDataObject[]> {
	return await readAll(call, { path, what: 'what is there', perPage: PER_PAGE }, about);
}

async function readAll(call: Call, list: List, about: Partial<About> = {}): Promise<IDataObject[]> {
	return await call.api.list(list, { about, send: async (request) => await call.request<unknown>(request) });
}

/**
 * What the visitor may open, with names for a message. Read once an execution.
 *
 * @returns `doors` or `groups`; a name is null where the connection may not read it
 * @throws DoorFlowError when nothing is chosen, or the names can't be read for another reason
 */
export async function namesOf(call: Call, { byDoors, ids }: Wanted): Promise<IDataObject> {
	const names = await call.api.once(
		byDoors ? 'door names' : 'group names',
		async () => await readNames(call, byDoors ? LISTS.doors : LISTS.groups),
	);
	return { [byDoors ? 'doors' : 'groups']: ids.map((id) => ({ id, name: names.get(id) ?? null })) };
}

async function readNames(call: Call, list: NamedList): Promise<Map<number, string>> {
	const entries = await readAll(call, list).catch(noneIfForbidden);
	return new Map(entries.map((entry) => [Number(entry.id), list.name(entry)]));
}
