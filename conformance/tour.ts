import { DateTime } from 'luxon';

import { CLIENT, SCOPES } from '../sandbox/authority';

const REDIRECT = 'http://localhost:3000/callback';
/** Nobody's: nothing but an account's own name may be read with it. */
const POOR_SCOPE = 'account.shift.readonly';

type Json = Record<string, unknown>;

/**
 * Goes through every operation of the sandbox, and into every failure that is described.
 *
 * @param config sets the sandbox's knobs
 * @param move brings a door into a state
 * @throws Error when the sandbox cannot be reached
 */
export async function tour(
	url: string,
	config: (wish: Json) => void,
	move: (channelId: number, state: string) => void,
): Promise<void> {
	const form = async (
		path: string,
		fields: Record<string, string>,
		headers: Record<string, string> = {},
	): Promise<Json> =>
		(await (
			await fetch(`${url}${path}`, { method: 'POST', headers, body: new URLSearchParams(fields) })
		).json()) as Json;
	const secret = { client_id: CLIENT.id, client_secret: CLIENT.secret };
	const authorize = async (scope: string, more: Record<string, string> = {}): Promise<string> => {
		const query = new URLSearchParams({
			client_id: CLIENT.id,
			redirect_uri: REDIRECT,
			response_type: 'code',
			scope,
			state: 's',
			...more,
		});
		const answer = await fetch(`${url}/oauth/authorize?${query}`, { redirect: 'manual' });
		return new URL(answer.headers.get('location') ?? REDIRECT).searchParams.get('code') ?? '';
	};
	const connect = async (scope: string): Promise<Json> =>
		await form('/oauth/token', {
			...secret,
			grant_type: 'authorization_code',
			code: await authorize(scope, { consent: 'auto' }),
			redirect_uri: REDIRECT,
		});

	await authorize('x', { redirect_uri: 'https://elsewhere.example/' });
	await form('/oauth/token', {
		...secret,
		grant_type: 'authorization_code',
		code: 'none',
		redirect_uri: REDIRECT,
	});
	await form('/oauth/token', {
		...secret,
		client_secret: 'wrong',
		grant_type: 'refresh_token',
		refresh_token: 'none',
	});
	const poor = await connect(POOR_SCOPE);
	let { access_token: access, refresh_token: refresh } = await connect(SCOPES.join(' '));
	({ access_token: access, refresh_token: refresh } = await form('/oauth/token', {
		...secret,
		grant_type: 'refresh_token',
		refresh_token: String(refresh),
	}));

	const send = async (
		method: string,
		path: string,
		body?: unknown,
		token: unknown = access,
	): Promise<Json> => {
		const answer = await fetch(`${url}${path}`, {
			method,
			headers: {
				Authorization: `Bearer ${String(token)}`,
				...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
			},
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		const text = await answer.text();
		return text.startsWith('{') ? (JSON.parse(text) as Json) : {};
	};
	/** An operation in success, without a token, without the permission, and with DoorFlow in trouble. */
	const api = async (method: string, path: string, body?: unknown): Promise<Json> => {
		await send(method, `/api/3/${path}`, body, 'wrong');
		await send(method, `/api/3/${path}`, body, poor.access_token);
		config({ failurePath: '/api/', failureStatus: 500 });
		await send(method, `/api/3/${path}`, body);
		config({ failurePath: '' });
		return await send(method, `/api/3/${path}`, body);
	};
	const fails = async (method: string, path: string, body?: unknown): Promise<void> =>
		void (await send(method, `/api/3/${path}`, body));

	await send('GET', '/oauth/token/info');
	await send('GET', '/oauth/token/info', undefined, 'wrong');
	for (const path of [
		'account',
		'people',
		'credentials',
		'credential_types',
		'channels',
		'events',
		'groups',
		'roles',
		'sites',
		'reservations',
		'group_reservations',
		'notification_rules',
	])
		await api('GET', path);

	const person = await api('POST', 'people', {
		first_name: 'Con',
		last_name: 'Formity',
		email: 'con@formity.example',
		group_ids: [2],
		valid_to: '2099-01-01T00:00:00Z',
	});
	const own = `people/${String(person.id)}`;
	await fails('POST', 'people', {});
	await api('GET', own);
	await api('PUT', own, { department: 'Checks', image_base64: Buffer.from('photo').toString('base64') });
	await fails('PUT', own, { email: 'nonsense' });
	const pin = await api('POST', `${own}/credentials`, {
		person_credential: { credential_type_id: 31, value: '******' },
	});
	await fails('POST', `${own}/credentials`, {
		person_credential: { credential_type_id: 31, value: '******' },
	});
	await fails('POST', `${own}/credentials`, { person_credential: { credential_type_id: 32, value: '' } });
	await api('GET', `${own}/credentials`);
	await api('GET', `${own}/credentials/${String(pin.id)}`);
	await api('PUT', `${own}/credentials/${String(pin.id)}`, { person_credential: { value: '******' } });
	await fails('PUT', `${own}/credentials/${String(pin.id)}`, { person_credential: { value: '1' } });
	const pass = await send('POST', `/api/3/${own}/credentials`, {
		person_credential: { credential_type_id: 34 },
	});
	await send('POST', `/api/3/${own}/credentials`, { person_credential: { credential_type_id: 33 } });
	await fails('DELETE', `${own}/credentials/${String(pass.id)}`);

	const [events] = [
		await (
			await fetch(`${url}/api/3/events?level=debug`, {
				headers: { Authorization: `Bearer ${String(access)}` },
			})
		).json(),
	] as [Json[]];
	await api('GET', `events/${String(events[0]?.id)}`);
	await fails('GET', 'events?event_codes=999');

	await api('GET', 'channels/1340');
	const admission = await api('POST', 'channels/1340/admit');
	await api('GET', `admission_requests/${String(admission.admission_request_id)}`);
	await api('POST', 'channels/1340/admit_person', { person_id: person.id });
	await fails('POST', 'channels/1340/admit_person', {
		person_id: (await send('POST', '/api/3/people', { first_name: 'No', last_name: 'Way' })).id,
	});
	await new Promise((done) => setTimeout(done, 30));
	await fails('GET', `admission_requests/${String(admission.admission_request_id)}`);
	await api('POST', 'channels/1341/unlock', { relock_at: '2099-01-01T00:00:00Z' });
	await fails('POST', 'channels/1341/admit');
	await api('POST', 'channels/1341/normal');
	await api('POST', 'channels/1341/lockdown', { card_lockdown: true });
	await api('POST', 'channels/1341/unlockdown');
	move(1350, 'offline');
	for (const name of ['normal', 'lockdown', 'unlockdown']) await fails('POST', `channels/1350/${name}`);
	await api('POST', 'channels/1341/auto_unlock', { shift_id: 10 });
	await fails('POST', 'channels/1341/auto_unlock', { shift_id: 999 });
	await api('POST', 'channels/1341/regenerate_encryption_key');
	await api('POST', 'channels/1341/remove_encryption_key');

	const day = DateTime.now().plus({ days: 2 }).toISODate();
	const window = { person_id: person.id, start_time: `${day}T10:00:00Z`, end_time: `${day}T11:00:00Z` };
	const reservation = await api('POST', 'reservations', { ...window, channel_ids: [1340] });
	await fails('POST', 'reservations', { ...window, channel_ids: [] });
	const booking = await api('POST', 'group_reservations', {
		group_reservation: { ...window, group_ids: [1] },
	});
	await fails('POST', 'group_reservations', { group_reservation: { ...window, group_ids: [] } });
	await fails('GET', 'reservations');
	await fails('GET', 'group_reservations');
	await api('DELETE', `reservations/${String(reservation.id)}`);
	await api('DELETE', `group_reservations/${String(booking.id)}`);

	const rule = {
		name: 'Forced',
		call_back_url: 'https://example.com/hook',
		match_event_codes: [32],
		match_controller_ids: [1340],
	};
	const made = await api('POST', 'notification_rules', rule);
	await fails('POST', 'notification_rules', {});
	await api('GET', `notification_rules/${String(made.id)}`);
	await fails('GET', 'notification_rules');
	await api('PUT', `notification_rules/${String(made.id)}`, rule);
	await fails('PUT', `notification_rules/${String(made.id)}`, {});
	await api('DELETE', `notification_rules/${String(made.id)}`);

	await api('POST', 'sync');
	// Without a change there is nothing to sync, and so nothing to limit.
	await api('PUT', `people/${String(person.id)}`, { notes: 'Changed after the sync' });
	await fails('POST', 'sync');

	await api('DELETE', `${own}/credentials/${String(pin.id)}`);
	for (const [method, path, body] of [
		['GET', 'people/1'],
		['PUT', 'people/1', { first_name: 'x' }],
		['DELETE', 'people/1'],
		['GET', `${own}/credentials/none`],
		['PUT', `${own}/credentials/none`, { person_credential: { value: '1' } }],
		['DELETE', `${own}/credentials/none`],
		['GET', 'events/1'],
		['GET', 'admission_requests/1'],
		['GET', 'channels/1'],
		...[
			'admit',
			'unlock',
			'normal',
			'lockdown',
			'unlockdown',
			'auto_unlock',
			'regenerate_encryption_key',
			'remove_encryption_key',
		].map((name) => ['POST', `channels/1/${name}`]),
		['POST', 'channels/1/admit_person', { person_id: person.id }],
		['DELETE', 'reservations/1'],
		['DELETE', 'group_reservations/1'],
		['GET', 'notification_rules/1'],
		['PUT', 'notification_rules/1', rule],
		['DELETE', 'notification_rules/1'],
	] as Array<[string, string, unknown?]>) {
		await fails(method, path, body);
	}
	await api('DELETE', own);

	const basic = (value: string): { Authorization: string } => ({
		Authorization: `Basic ${Buffer.from(`${CLIENT.id}:${value}`).toString('base64url')}`,
	});
	await form('/oauth/revoke', { token: String(refresh) }, basic('wrong'));
	await form(
		'/oauth/revoke',
		{ token: String(refresh), token_type_hint: 'refresh_token' },
		basic(CLIENT.secret),
	);
}
