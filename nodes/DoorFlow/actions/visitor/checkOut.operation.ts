import type { IDataObject } from 'n8n-workflow';

import { choice } from '../../../shared/field';
import type { About } from '../../../shared/problem';
import { toDoorFlowTime } from '../../../shared/time';
import type { Call } from '../../call';
import { personId } from '../../fields';
import type { Operation } from '../operation';

const mode = choice(
	{
		displayName: 'Afterwards',
		name: 'mode',
		default: 'disable',
		required: true,
		description: 'What becomes of the record',
	},
	[
		{ name: 'Disable the Person', value: 'disable', description: 'The record stays for the next visit' },
		{ name: 'Delete the Person', value: 'delete', description: 'DoorFlow keeps the record of past events' },
	],
);

export const checkOut: Operation = {
	name: 'checkOut',
	displayName: 'Check Out',
	action: 'Check a visitor out',
	description:
		'End all reservations of a visitor, take the credentials away, and disable or delete the person',
	permission: 'account.person',
	fields: [personId, mode],
	writes: true,
	syncByDefault: true,
	dangerous: true,
	prepare(call) {
		const id = call.need(personId);
		const deletes = call.setting(mode) === 'delete';
		return { keys: [id], send: async () => await endVisit(call, id, deletes) };
	},
};

/** Ends everything that lets the person in, what keeps a door open longest first. @throws DoorFlowError */
async function endVisit(call: Call, id: string, deletes: boolean): Promise<IDataObject> {
	const person = `/api/3/people/${id}`;
	const about: About = { doing: 'check the visitor out', target: { thing: 'person', id } };
	// First what keeps a door open for longest: without the person enabled, nothing else opens any.
	const ending = await call.ask({
		method: 'PUT',
		path: person,
		body: { enabled: false, valid_to: toDoorFlowTime(new Date()) },
		about,
	});
	// A visit called off before it began can not end now: DoorFlow wants the end after the start. Disabling is what counts.
	if ('problem' in ending && ending.problem.kind === 'invalid')
		await call.request({ method: 'PUT', path: person, body: { enabled: false }, about });
	else if ('problem' in ending) call.fail(ending.problem);
	const ended = {
		reservations: await endAll(call, '/api/3/reservations', Number(id), {
			doing: 'end the reservations',
			permission: 'account.reservation',
		}),
		groupReservations: await endAll(call, '/api/3/group_reservations', Number(id), {
			doing: 'end the group reservations',
			permission: 'account.group_reservation',
		}),
		credentials: await endAll(call, `${person}/credentials`, Number(id), {
			doing: 'take the credentials away',
		}),
	};
	if (deletes) await call.request({ method: 'DELETE', path: person, about });
	return { checkedOut: true, id: Number(id), deleted: deletes, ended };
}

/** Deletes all of a list that belong to the person. What is gone already counts as ended. */
async function endAll(call: Call, path: string, person: number, about: About): Promise<number> {
	const answer = await call.request<unknown>({
		method: 'GET',
		path,
		query: { skip_pagination: true },
		about,
	});
	const own = (Array.isArray(answer.body) ? (answer.body as IDataObject[]) : []).filter(
		(one) => one.person_id === person,
	);
	for (const { id } of own) {
		const outcome = await call.ask({ method: 'DELETE', path: `${path}/${String(id)}`, about });
		if ('problem' in outcome && outcome.problem.kind !== 'notFound') call.fail(outcome.problem);
	}
	return own.length;
}
