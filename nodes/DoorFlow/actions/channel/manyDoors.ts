import type { IDataObject } from 'n8n-workflow';

import { choice, shownAs } from '../../../shared/field';
import { hint } from '../../../shared/hint';
import { inOrder } from '../../../shared/inOrder';
import { LISTS, textOf } from '../../../shared/lists';
import { badInput, DoorFlowError, namedProblem, type Problem } from '../../../shared/problem';
import type { Call } from '../../call';
import { channelId, siteId } from '../../fields';
import type { AlsoNeeded, Answer, Prepared } from '../operation';
import { command, DOOR } from './channel';

/** What became of a door; of one door alone, the door itself as well. */
export const COMMANDED: Answer = {
	all: ['channelId', 'lockedDown', 'error', ...DOOR.all],
	simple: ['channelId', 'lockedDown', 'error', 'name', 'status', 'mode', 'lockdown', 'sync', 'site_id'],
};

/** As many as Items at Once allows at most: in a lockdown, every second counts. */
const DOORS_AT_ONCE = 20;

const target = choice(
	{
		displayName: 'Which Doors',
		name: 'target',
		default: 'door',
		required: true,
		description: 'Which doors to control. An empty choice never means all doors.',
	},
	[
		{ name: 'One Door', value: 'door' },
		{
			name: 'All Doors of a Site',
			value: 'site',
			description: 'All at once, with one row for each door. Also needs the permission "Read Doors".',
		},
		{
			name: 'All Doors of the Account',
			value: 'account',
			description: 'All at once, with one row for each door. Also needs the permission "Read Doors".',
		},
	],
);

const oneDoor = shownAs(channelId, { displayOptions: { show: { target: ['door'] } } });

const oneSite = shownAs(siteId, {
	description: 'The site whose doors to control, by ID. Site → Get Many returns the ID.',
	displayOptions: { show: { target: ['site'] } },
});

/** What says for which doors a command is. */
export const targetFields = [target, oneDoor, oneSite] as const;

/** Which doors there are must be read, unless one is named. */
export const MANY_DOORS: readonly AlsoNeeded[] = [
	{ permission: LISTS.doors.permission, when: (given) => given.setting(target) !== 'door' },
];

/** A command that may go to many doors. Sent twice, it does the same as once. */
export interface DoorCommand {
	/** The last part of the path. */
	readonly name: 'lockdown' | 'unlockdown';
	/** As in "lock the door down". */
	readonly doing: string;
	/** As in "locked down", of a door. */
	readonly done: string;
	readonly body?: IDataObject;
}

/**
 * Sends a command to one door, to those of a site, or to all.
 *
 * @returns sends it: the door as it is afterwards, or a row a door. A door that refuses keeps none of the others from
 *   getting the command; only when all refuse does it throw DoorFlowError
 * @throws DoorFlowError when the choice can't be read
 */
export function commandDoors(call: Call, what: DoorCommand): Prepared {
	const chosen = call.setting(target);
	if (chosen === 'door')
		return command(call, what.name, what.doing, what.body, { id: call.need(oneDoor), repeatable: true });
	const site = chosen === 'site' ? call.need(oneSite) : undefined;
	let doors: Promise<IDataObject[]> | undefined;
	const problems: Array<Problem | undefined> = [];
	return {
		keys: ['many doors'],
		confirm: async () => void (await (doors = doorsOf(call, site))),
		send: async () => await commandAll(call, what, await (doors ?? doorsOf(call, site)), problems),
		problemOfRow: (index) => problems[index],
	};
}

/** @throws DoorFlowError when there are none: a command for no door must not look as if it had been carried out */
async function doorsOf(call: Call, site: string | undefined): Promise<IDataObject[]> {
	const doors = await call.readList(LISTS.doors, {
		...(site === undefined ? {} : { query: { site_id: Number(site) } }),
		// Whatever DoorFlow lists, no door of another site is locked down.
		where: (door) => site === undefined || textOf(door.site_id) === site,
	});
	if (doors.length > 0) return doors;
	throw badInput(
		site === undefined ? 'The account has no doors' : `No door belongs to the site with ID "${site}"`,
		'Nothing was changed. Check the site, and whether the person who connected may see its doors.',
	);
}

/** What became of a door. Not an interface, which n8n does not take as the data of an item. */
type DoorRow = {
	readonly channelId: number;
	readonly name: string;
	/** Null where it is not known. */
	readonly lockedDown: boolean | null;
	readonly error: string | null;
};

/** @param problems is filled with what kept each door from it, in the order of the doors */
async function commandAll(
	call: Call,
	what: DoorCommand,
	doors: readonly IDataObject[],
	problems: Array<Problem | undefined>,
): Promise<DoorRow[]> {
	const refused: Problem[] = [];
	const rows = await inOrder(doors, DOORS_AT_ONCE, async (door, index): Promise<DoorRow> => {
		const id = textOf(door.id);
		const row = { channelId: Number(id), name: LISTS.doors.name(door) };
		const outcome = await call.ask({
			method: 'POST',
			path: `/api/3/channels/${id}/${what.name}`,
			...(what.body === undefined ? {} : { body: what.body }),
			repeatable: true,
			// Sent, its fate is to be known.
			whenCancelled: 'finish',
			about: { doing: what.doing, target: { thing: 'door', id } },
		});
		if (!('problem' in outcome)) {
			const now = proved(outcome.body, what);
			if (now.error !== null) problems[index] = namedProblem(notProved(what), row.name, id);
			return { ...row, ...now };
		}
		refused.push(outcome.problem);
		problems[index] = namedProblem(outcome.problem, row.name, id);
		return {
			...row,
			lockedDown: outcome.mayBeDone ? null : isLockedDown(door),
			error:
				door.status === 'offline' && outcome.problem.kind === 'invalid'
					? 'The door is offline and does not accept the command'
					: outcome.problem.message,
		};
	});
	const failed = rows
		.filter(({ error }) => error !== null)
		.map(({ name, channelId: id }) => name || String(id));
	const cancelled = refused.find(({ kind }) => kind === 'cancelled');
	const [problem] = refused;
	if (cancelled ?? (problem && refused.length === doors.length))
		throw noneOrCancelled(cancelled ?? (problem as Problem), what, failed, doors.length);
	if (failed.length > 0) {
		hint(
			call.context,
			`Not ${what.done}: ${failed.length} of ${doors.length} doors (${failed.join(', ')}). The rows say why.`,
		);
	}
	return rows;
}

const notProved = ({ done }: DoorCommand): Problem => ({
	kind: 'unexpected',
	message: `DoorFlow accepted the command, but does not list the door as ${done}`,
	description: 'Look at the door in DoorFlow, and try it.',
});

function noneOrCancelled(
	problem: Problem,
	{ done }: DoorCommand,
	failed: readonly string[],
	all: number,
): DoorFlowError {
	const message = `${failed.length === all ? 'No door is' : `${failed.length} of ${all} doors ${failed.length === 1 ? 'is' : 'are'} not`} ${done}: ${problem.message}`;
	return new DoorFlowError({
		...problem,
		message,
		description: `${problem.description} Doors: ${failed.join(', ')}.`,
	});
}

/** What the door says of itself in the answer; that is the proof, not the status alone. */
function proved(door: IDataObject, what: DoorCommand): Pick<DoorRow, 'error' | 'lockedDown'> {
	const wanted = what.name === 'lockdown';
	const lockedDown = door.lockdown === undefined ? wanted : isLockedDown(door);
	return {
		lockedDown,
		error: lockedDown === wanted ? null : notProved(what).message,
	};
}

/** Whether anything of a door is locked down, as DoorFlow lists it. */
function isLockedDown({ lockdown }: IDataObject): boolean {
	if (typeof lockdown !== 'object' || lockdown === null) return false;
	return Object.values(lockdown).some(
		(part) => typeof part === 'object' && part !== null && 'state' in part && part.state === true,
	);
}
