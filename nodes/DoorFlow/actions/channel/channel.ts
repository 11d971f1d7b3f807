import type { IDataObject } from 'n8n-workflow';

import { flag, notice, type Field } from '../../../shared/field';
import { DoorFlowError } from '../../../shared/problem';
import type { Call } from '../../call';
import { channelId } from '../../fields';
import type { Answer, Prepared } from '../operation';

/** A door, as DoorFlow gives one. */
export const DOOR: Answer = {
	all: [
		'id',
		'name',
		'mac_address',
		'status',
		'unit',
		'model',
		'model_long',
		'serial_number',
		'card_format',
		'pin_format',
		'freescale_version',
		'pic_version',
		'reader_device_class_name',
		'site_id',
		'created_at',
		'updated_at',
		'sync',
		'lockdown',
		'mode',
		'auto_unlock',
	],
	simple: ['id', 'name', 'status', 'mode', 'lockdown', 'auto_unlock', 'sync', 'site_id', 'updated_at'],
};

/** What became of asking a door to open. */
export const ADMISSION: Answer = {
	all: [
		'id',
		'status',
		'channel_id',
		'person_id',
		'requested_at',
		'completed_at',
		'door_controller',
		'person',
		'result',
		'reason',
		'admission_request_id',
	],
	simple: ['result', 'reason', 'admission_request_id', 'channel_id', 'person_id', 'completed_at'],
};

/**
 * Sends a command to the chosen door. Not sent twice, unless that does the same: a door that gets a command again may
 * open again.
 *
 * @param command the last part of the path
 * @param doing what it does, as in "unlock the door"
 * @param more the door, where it is not that of the panel's field, and whether it may be sent again when no answer came
 * @returns sends it and gives the door as it is afterwards. It throws DoorFlowError also when the door itself refuses
 *   (DoorFlow: 400 with the door as it is)
 */
export function command(
	call: Call,
	command: string,
	doing: string,
	body?: IDataObject,
	more: { readonly id?: string; readonly repeatable?: true } = {},
): Prepared {
	const { id = call.need(channelId), ...how } = more;
	const send = async (): Promise<IDataObject> => {
		const answer = await call.request({
			method: 'POST',
			path: `/api/3/channels/${id}/${command}`,
			...(body === undefined ? {} : { body }),
			...how,
			about: { doing, target: { thing: 'door', id } },
		});
		return answer.body;
	};
	return { keys: [id], send };
}

export const restrictedNotice = (text: string): Field =>
	notice(
		'dangerNotice',
		`${text} Needs the permission "Control Doors (Restricted)", which DoorFlow approves manually for each application.`,
	);

export const waitForResult = flag({
	displayName: 'Wait for Result',
	name: 'waitForResult',
	default: true,
	description:
		'Whether to wait until the door has answered (2 minutes at most) and return whether it opened. If off, the workflow continues at once with the ID of the request.',
});

/** DoorFlow: an admission request settles, or times out after 2 minutes. A little is added for the last look. */
const WAIT_MS = 125_000;
const FIRST_LOOK_MS = 300;
const LONGEST_LOOK_MS = 3_000;

/**
 * Asks a door to open once and, if wanted, waits for what became of it.
 *
 * @param command `admit` or `admit_person`
 * @returns sends it and gives the admission request; `result` is admitted, denied, offline, timeout or (not waited
 *   for) pending
 */
export function admit(call: Call, command: 'admit' | 'admit_person', body?: IDataObject): Prepared {
	const id = call.need(channelId);
	const waits = call.setting(waitForResult);
	return { keys: [id], send: async () => await askAndWait(call, id, waits, command, body) };
}

async function askAndWait(
	call: Call,
	id: string,
	waits: boolean,
	command: 'admit' | 'admit_person',
	body: IDataObject | undefined,
): Promise<IDataObject> {
	const asked = await askToAdmit(call, id, command, body);
	if ('denied' in asked) return asked.denied;
	const requestId = asked.request.admission_request_id;
	const first: IDataObject = { ...asked.request, result: asked.request.status ?? 'pending' };
	if (!waits || (typeof requestId !== 'number' && typeof requestId !== 'string')) return first;

	const end = Date.now() + WAIT_MS;
	for (let look = FIRST_LOOK_MS; Date.now() < end; look = Math.min(look * 1.5, LONGEST_LOOK_MS)) {
		await call.api.pause(look);
		const { body: request } = await call.request({
			method: 'GET',
			path: `/api/3/admission_requests/${String(requestId)}`,
			about: {
				doing: 'see whether the door opened',
				target: { thing: 'admission request', id: String(requestId) },
			},
		});
		if (request.status !== 'pending') return { ...request, result: request.status };
	}
	return { ...first, result: 'timeout' };
}

/** DoorFlow: 403 with a reason when the person may not pass; that is an answer of the door, not a failure of the node. */
async function askToAdmit(
	call: Call,
	id: string,
	command: 'admit' | 'admit_person',
	body: IDataObject | undefined,
): Promise<{ request: IDataObject } | { denied: IDataObject }> {
	const about = { doing: 'open the door', target: { thing: 'door', id } };
	const outcome = await call.ask<IDataObject>({
		method: 'POST',
		path: `/api/3/channels/${id}/${command}`,
		...(body === undefined ? {} : { body }),
		about,
	});
	if (!('problem' in outcome)) return { request: outcome.body };
	const { problem } = outcome;
	if (problem.status === 403 && problem.reason !== undefined) {
		return { denied: { result: 'denied', reason: problem.reason, channel_id: Number(id), ...(body ?? {}) } };
	}
	throw new DoorFlowError(problem);
}
