import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { SCOPES } from '../../sandbox/authority';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { times } from '../times';
import { until } from '../until';

type Json = Record<string, unknown>;

const REDIRECT = 'http://localhost:3000/callback';
const CLIENT = { client_id: 'sandbox-client', client_secret: 'sandbox-secret' };

let sandbox: Sandbox;
beforeEach(async () => {
	sandbox = await startSandbox({
		config: { redeliverAfterMs: 60, inviteMs: 20, admitDelayMs: 10, syncLimitSeconds: 0 },
	});
});
afterEach(async () => await sandbox.stop());

async function authorize(query: Record<string, string> = {}): Promise<URL> {
	const all = new URLSearchParams({
		client_id: CLIENT.client_id,
		redirect_uri: REDIRECT,
		response_type: 'code',
		scope: SCOPES.join(' '),
		state: 'st',
		consent: 'auto',
		...query,
	});
	const answer = await fetch(`${sandbox.url}/oauth/authorize?${all}`, { redirect: 'manual' });
	expect(answer.status).toBe(302);
	return new URL(answer.headers.get('location') ?? '');
}

async function token(body: Record<string, string>): Promise<{ status: number; body: Json }> {
	const answer = await fetch(`${sandbox.url}/oauth/token`, {
		method: 'POST',
		body: new URLSearchParams({ ...CLIENT, ...body }),
	});
	return { status: answer.status, body: (await answer.json()) as Json };
}

const exchange = async (code: string, more: Record<string, string> = {}) =>
	await token({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT, ...more });
const refresh = async (refreshToken: unknown) =>
	await token({ grant_type: 'refresh_token', refresh_token: String(refreshToken) });

async function connect(query: Record<string, string> = {}): Promise<{ access: string; refresh: string }> {
	const code = (await authorize(query)).searchParams.get('code') ?? '';
	const { body } = await exchange(code);
	return { access: String(body.access_token), refresh: String(body.refresh_token) };
}

async function call(
	access: string,
	method: string,
	path: string,
	body?: unknown,
): Promise<{ status: number; body: Json & Json[]; headers: Headers }> {
	const answer = await fetch(path.startsWith('http') ? path : `${sandbox.url}${path}`, {
		method,
		headers: {
			Authorization: `Bearer ${access}`,
			...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
		},
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	const text = await answer.text();
	return {
		status: answer.status,
		headers: answer.headers,
		body: (answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text) as never,
	};
}

const status = async (access: string): Promise<number> =>
	(await call(access, 'GET', '/api/3/account')).status;

describe('OAuth', () => {
	test('the consent page names the application’s wishes and both accounts; denying leads back', async () => {
		const query = new URLSearchParams({
			client_id: CLIENT.client_id,
			redirect_uri: REDIRECT,
			response_type: 'code',
			scope: 'account.sync',
			state: '"><script>',
		});
		const page = await fetch(`${sandbox.url}/oauth/authorize?${query}`);
		const text = await page.text();
		expect(text).toContain('Harbour House');
		expect(text).toContain('Studio Nine');
		expect(text).toContain('sandbox-client');
		expect(text).toContain('Tell the doors about changes at once<code>account.sync');
		expect(text).toContain('sent back to localhost:3000');
		expect(text).not.toContain('<script>');
		const denied = await fetch(`${sandbox.url}/oauth/authorize`, {
			method: 'POST',
			redirect: 'manual',
			body: new URLSearchParams([...query, ['decision', 'deny']]),
		});
		const back = new URL(denied.headers.get('location') ?? '');
		expect([back.searchParams.get('error'), back.searchParams.get('state')]).toEqual([
			'access_denied',
			'"><script>',
		]);
	});

	test.each([
		[{ client_id: 'other' }, 'There is no application'],
		[{ redirect_uri: 'https://evil.example/cb' }, 'not registered'],
		[{ redirect_uri: 'http://localhost.evil.example/cb' }, 'not registered'],
		[{ redirect_uri: 'http://localhost:99999/cb' }, 'not registered'],
	])('%j is told to the user and leads nowhere', async (more, text) => {
		const query = new URLSearchParams({
			client_id: CLIENT.client_id,
			redirect_uri: REDIRECT,
			response_type: 'code',
			scope: 'account.sync',
			consent: 'auto',
			...more,
		});
		const answer = await fetch(`${sandbox.url}/oauth/authorize?${query}`, { redirect: 'manual' });
		expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
		expect(await answer.text()).toContain(text);
	});

	test('unknown and unapproved permissions are refused', async () => {
		expect((await authorize({ scope: 'account.everything' })).searchParams.get('error')).toBe(
			'invalid_scope',
		);
		sandbox.control.config({ restrictedApproved: false });
		expect((await authorize({ scope: 'account.channel.admit' })).searchParams.get('error')).toBe(
			'invalid_scope',
		);
		expect((await authorize({ scope: 'account.sync' })).searchParams.get('code')).toBeTruthy();
	});

	test('a code works once, with its redirect URI, the secret and the verifier', async () => {
		const code = async (query = {}): Promise<string> =>
			(await authorize(query)).searchParams.get('code') ?? '';
		const used = await code();
		expect((await exchange(used)).status).toBe(200);
		expect(await exchange(used)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
		expect((await exchange(await code(), { redirect_uri: 'http://localhost:3000/other' })).status).toBe(400);
		expect(await exchange(await code(), { client_secret: 'wrong' })).toMatchObject({
			status: 401,
			body: { error: 'invalid_client' },
		});
		const verifier = randomBytes(32).toString('base64url');
		const pkce = {
			code_challenge: createHash('sha256').update(verifier).digest('base64url'),
			code_challenge_method: 'S256',
		};
		expect((await exchange(await code(pkce))).status).toBe(400);
		expect((await exchange(await code(pkce), { code_verifier: `${verifier}x` })).status).toBe(400);
		expect(await exchange(await code(pkce), { code_verifier: verifier })).toMatchObject({
			status: 200,
			body: { token_type: 'Bearer', expires_in: 3600 },
		});
	});

	test('rotation strict: the old refresh token is dead at once, also for one of two that race', async () => {
		const first = await connect();
		const racers = await Promise.all([
			refresh(first.refresh),
			refresh(first.refresh),
			refresh(first.refresh),
		]);
		expect(racers.map((one) => one.status).sort()).toEqual([200, 400, 400]);
		expect(racers.find((one) => one.status === 400)?.body.error).toBe('invalid_grant');
		const winner = racers.find((one) => one.status === 200)?.body;
		expect((await refresh(winner?.refresh_token)).status).toBe(200);
		expect(sandbox.control.tokens()).toMatchObject({ refreshed: 2, refused: 2 });
	});

	test('rotation lenient: the old one dies when the new access token is first used', async () => {
		sandbox.control.config({ rotation: 'lenient' });
		const first = await connect();
		const next = await refresh(first.refresh);
		expect((await refresh(first.refresh)).status).toBe(200);
		expect(await status(String(next.body.access_token))).toBe(200);
		expect((await refresh(first.refresh)).status).toBe(400);
		expect((await refresh(next.body.refresh_token)).status).toBe(200);
	});

	test('rotation with reuse detection: a dead one used again ends the whole grant, and only this', async () => {
		sandbox.control.config({ rotation: 'reuse-detection' });
		const other = await connect();
		const first = await connect();
		const next = await refresh(first.refresh);
		expect((await refresh(first.refresh)).status).toBe(400);
		expect(await status(String(next.body.access_token))).toBe(401);
		expect((await refresh(next.body.refresh_token)).status).toBe(400);
		expect(await status(other.access)).toBe(200);
	});

	test('revoking the refresh token ends all access tokens of the grant; an unknown token is no error', async () => {
		const revoke = async (value: string, secret = CLIENT.client_secret): Promise<number> =>
			(
				await fetch(`${sandbox.url}/oauth/revoke`, {
					method: 'POST',
					headers: {
						Authorization: `Basic ${Buffer.from(`${CLIENT.client_id}:${secret}`).toString('base64url')}`,
					},
					body: new URLSearchParams({ token: value, token_type_hint: 'refresh_token' }),
				})
			).status;
		const first = await connect();
		const next = await refresh(first.refresh);
		expect(await revoke(String(next.body.refresh_token), 'wrong')).toBe(403);
		expect(await status(first.access)).toBe(200);
		expect([await revoke('unknown'), await revoke(String(next.body.refresh_token))]).toEqual([200, 200]);
		expect([
			await status(first.access),
			await status(String(next.body.access_token)),
			(await refresh(next.body.refresh_token)).status,
		]).toEqual([401, 401, 400]);
	});

	test('expired tokens are refused in the documented way; the refresh token lives on', async () => {
		const { access, refresh: refreshToken } = await connect();
		expect(await status(access)).toBe(200);
		sandbox.control.expireTokens();
		expect(await call(access, 'GET', '/oauth/token/info')).toMatchObject({
			status: 401,
			body: { error: 'invalid_token', error_description: expect.any(String) },
		});
		expect((await refresh(refreshToken)).status).toBe(200);
	});

	test('a scope lets do what it says; managing includes reading', async () => {
		const { access } = await connect({ scope: 'account.person account.channel.readonly' });
		const person = await call(access, 'GET', '/api/3/people/1001');
		const admit = await call(access, 'POST', '/api/3/channels/1340/admit');
		const request = await call(access, 'GET', '/api/3/admission_requests/1');
		expect([person.status, admit.status, request.status]).toEqual([200, 403, 403]);
		expect(admit.body.error_description).toContain('account.channel.admit');
		const reader = await connect({ scope: 'account.person.readonly' });
		expect((await call(reader.access, 'DELETE', '/api/3/people/1001')).status).toBe(403);
	});

	test('the account chosen on the consent page is the one that one sees', async () => {
		const { access } = await connect({ account: 'stdN9qk' });
		expect((await call(access, 'GET', '/oauth/token/info')).body).toMatchObject({
			account_id: 'stdN9qk',
			resource_owner_id: 88,
		});
		expect((await call(access, 'GET', '/api/3/credential_types')).body.map(({ slug }) => slug)).toEqual([
			'door_code',
			'fob',
		]);
		expect((await call(access, 'GET', '/api/3/people/1001')).status).toBe(404);
		expect((await call(access, 'GET', '/api/3/account')).body.time_zone).toBe('America/New_York');
	});
});

describe('rules of the API', () => {
	let access: string;
	beforeEach(async () => {
		({ access } = await connect());
	});
	const create = async (body: object) => await call(access, 'POST', '/api/3/people', body);
	const named = { first_name: 'Nam', last_name: 'Ed' };

	test.each([
		[{}, ['first_name', 'last_name']],
		[{ ...named, email: 'nonsense' }, ['email']],
		[{ ...named, email: 'ADA.okafor@harbour.example' }, ['email']],
		[{ ...named, enabled: 'yes' }, ['enabled']],
		[{ ...named, valid_from: '2026-02-30' }, ['valid_from']],
		[{ ...named, valid_from: '2026-03-02', valid_to: '2026-03-01' }, ['valid_to']],
		[{ ...named, group_ids: [99] }, ['group_ids']],
		[{ ...named, role_ids: 'all' }, ['role_ids']],
		[{ ...named, organisation_id: 'x' }, ['organisation_id']],
		[{ ...named, image_base64: '<svg>' }, ['image_base64']],
		[{ ...named, pin: '123' }, ['pin']],
		[{ ...named, pin: '41000' }, ['pin']],
		[{ ...named, notes: 5 }, ['notes']],
	])('a person like %j is refused for %j', async (body, fields) => {
		const before = sandbox.store.people.size;
		const answer = await create(body);
		expect([answer.status, Object.keys(answer.body.errors as object)]).toEqual([422, fields]);
		expect(sandbox.store.people.size).toBe(before);
	});

	test('e-mail and system ID are unique, may be kept, and are free again afterwards', async () => {
		const first = await create({ ...named, email: 'One@x.example', system_id: 's-1' });
		expect((await create({ ...named, email: 'one@X.example' })).status).toBe(422);
		expect((await create({ ...named, system_id: 's-1' })).body.errors).toEqual({
			system_id: ['has already been taken'],
		});
		expect(
			(
				await call(access, 'PUT', `/api/3/people/${first.body.id}`, {
					email: 'one@x.example',
					system_id: 's-1',
				})
			).status,
		).toBe(201);
		expect(
			(await call(access, 'PUT', `/api/3/people/${first.body.id}`, { email: 'two@x.example', system_id: '' }))
				.body,
		).toMatchObject({ system_id: null });
		expect((await create({ ...named, email: 'one@x.example', system_id: 's-1' })).status).toBe(201);
	});

	test('a credential may be set through the person, by the slug of its type', async () => {
		const { body: person } = await create({ ...named, pin: '******', card: 'C-1' });
		const list = async (): Promise<Json[]> =>
			(await call(access, 'GET', `/api/3/people/${person.id}/credentials`)).body;
		expect((await list()).map(({ label, value }) => [label, value])).toEqual([
			['PIN', expect.stringMatching(/^\d{4,7}$/)],
			['Card', 'C-1'],
		]);
		expect(person).not.toHaveProperty('pin');
		await call(access, 'PUT', `/api/3/people/${person.id}`, { pin: '7171', card: null });
		expect((await list()).map(({ value }) => value)).toEqual(['7171']);
		sandbox.control.config({ personCredentialFields: true });
		expect((await call(access, 'GET', `/api/3/people/${person.id}`)).body).toMatchObject({
			pin: '7171',
			card: null,
		});
	});

	test('credentials: one of a type, PINs of the demanded length that nobody else has', async () => {
		const { body: person } = await create(named);
		const add = async (credential: object) =>
			await call(access, 'POST', `/api/3/people/${person.id}/credentials`, { person_credential: credential });
		expect((await add({ credential_type_id: 99 })).body.errors).toHaveProperty('credential_type_id');
		for (const value of ['123', '12345678', 'abcd', '', null, '41000'])
			expect((await add({ credential_type_id: 31, value })).status).toBe(422);
		sandbox.control.config({ pinLength: 6 });
		expect((await add({ credential_type_id: 31, value: '1234' })).body.errors).toEqual({
			value: ['must be 6 digits in length'],
		});
		const pin = await add({ credential_type_id: 31, value: '******' });
		expect([pin.status, pin.body.value]).toEqual([201, expect.stringMatching(/^\d{6}$/)]);
		expect(await add({ credential_type_id: 31, value: '******' })).toMatchObject({
			status: 409,
			body: { id: pin.body.id },
		});
		expect((await call(access, 'GET', `/api/3/people/1001/credentials/${pin.body.id}`)).status).toBe(404);
		expect(
			(await call(access, 'DELETE', `/api/3/people/${person.id}/credentials/${pin.body.id}`)).status,
		).toBe(200);
		expect((await add({ credential_type_id: 31, value: pin.body.value })).status).toBe(201);
	});

	test('an invitation becomes active; its deletion takes a while', async () => {
		const { body: person } = await create(named);
		const pass = await call(access, 'POST', `/api/3/people/${person.id}/credentials`, {
			person_credential: { credential_type_id: 34 },
		});
		expect(pass.body).toMatchObject({ status: 'invited', url: expect.stringMatching(/^https:/) });
		const path = `/api/3/people/${person.id}/credentials/${pass.body.id}`;
		expect((await call(access, 'PUT', path, { person_credential: { value: '1' } })).status).toBe(422);
		const record = sandbox.store.credentials.get(String(pass.body.id));
		await until('the activation', () => record?.status === 'active');
		expect((await call(access, 'GET', path)).body).not.toHaveProperty('url');
		sandbox.control.config({ inviteMs: 200 });
		expect((await call(access, 'DELETE', path)).status).toBe(202);
		expect((await call(access, 'GET', path)).body.status).toBe('revoking');
		await until('the revocation', () => record?.status === 'revoked');
		expect((await call(access, 'GET', path)).status).toBe(404);
	});

	test('reservations: same day where the account is, known doors, in the future', async () => {
		const day = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
		const book = async (fields: object) =>
			await call(access, 'POST', '/api/3/reservations', {
				person_id: 1001,
				start_time: `${day}T10:00:00Z`,
				end_time: `${day}T11:00:00Z`,
				channel_ids: [1340],
				...fields,
			});
		const errors = async (fields: object): Promise<string[]> =>
			Object.keys(((await book(fields)).body.errors ?? {}) as object);
		expect((await book({})).status).toBe(201);
		expect((await book({ channel_ids: undefined, door_controller_ids: [1341] })).body.channel_ids).toEqual([
			1341,
		]);
		expect(await errors({ channel_ids: [] })).toEqual(['channel_ids']);
		expect(await errors({ channel_ids: [2340] })).toEqual(['channel_ids']);
		expect(await errors({ person_id: 9 })).toEqual(['person_id']);
		expect(await errors({ end_time: `${day}T10:00:00Z` })).toEqual(['end_time']);
		expect(await errors({ start_time: '2020-01-01T10:00:00Z', end_time: '2020-01-01T11:00:00Z' })).toEqual([
			'end_time',
		]);
		sandbox.control.config({ accountTimeZone: 'Asia/Tokyo' });
		// 23:30 to 00:30 in Tokyo.
		expect(await errors({ start_time: `${day}T14:30:00Z`, end_time: `${day}T15:30:00Z` })).toEqual([
			'end_time',
		]);
		sandbox.control.config({ accountTimeZone: 'Europe/London' });
		expect((await book({ start_time: `${day}T14:30:00Z`, end_time: `${day}T15:30:00Z` })).status).toBe(201);
	});

	test('a group reservation makes a member for its time', async () => {
		const { body: person } = await create(named);
		const group_reservation = {
			person_id: person.id,
			start_time: new Date(Date.now() - 1000).toISOString(),
			end_time: new Date(Date.now() + 60_000).toISOString(),
			group_ids: [2],
		};
		const { body: booked } = await call(access, 'POST', '/api/3/group_reservations', { group_reservation });
		expect(booked.state).toBe('active');
		expect((await call(access, 'GET', `/api/3/people/${person.id}`)).body.groups).toEqual([2]);
		await call(access, 'DELETE', `/api/3/group_reservations/${booked.id}`);
		expect((await call(access, 'GET', `/api/3/people/${person.id}`)).body.groups).toEqual([]);
		expect((await call(access, 'GET', '/api/3/group_reservations')).body).toEqual([]);
	});

	test('admissions: only in normal mode, only for whom the door opens, found under the id of their event', async () => {
		await call(access, 'POST', '/api/3/channels/1341/unlock', {});
		expect(await call(access, 'POST', '/api/3/channels/1341/admit')).toMatchObject({
			status: 400,
			body: { id: 1341, mode: { description: 'unlock' } },
		});
		const stranger = (await create({ ...named, group_ids: [3] })).body.id;
		const admitPerson = async (channel: number, person_id: unknown) =>
			await call(access, 'POST', `/api/3/channels/${channel}/admit_person`, { person_id });
		expect(await admitPerson(1342, stranger)).toMatchObject({
			status: 403,
			body: { error: 'Access denied', reason: expect.stringContaining('access') },
		});
		expect((await admitPerson(1340, stranger)).body.reason).toContain('credentials');
		expect((await admitPerson(1340, 424242)).status).toBe(404);
		sandbox.control.config({ admitOutcome: { '1340': 'denied' } });
		for (const [channel, outcome, code] of [
			[1340, 'denied', 51],
			[1342, 'admitted', 50],
		] as const) {
			const { body } = await admitPerson(channel, 1001);
			const id = Number(body.admission_request_id);
			await until('the outcome', () => sandbox.store.admissions.get(id)?.status === outcome);
			expect((await call(access, 'GET', `/api/3/admission_requests/${id}`)).body).toMatchObject({
				status: outcome,
				person: { id: 1001 },
			});
			expect((await call(access, 'GET', `/api/3/events/${id}`)).body).toMatchObject({
				event_code: code,
				channel_id: channel,
			});
		}
	});

	test('a door can not be left open by a time that can not be read', async () => {
		expect((await call(access, 'POST', '/api/3/channels/1340/unlock', { relock_at: 'soon' })).status).toBe(
			400,
		);
		expect((await call(access, 'GET', '/api/3/channels/1340')).body.mode).toMatchObject({
			description: 'normal',
		});
	});

	test('one sync in a while; the next one is told when', async () => {
		sandbox.control.config({ syncLimitSeconds: 30 });
		await create(named);
		expect((await call(access, 'GET', '/api/3/account')).body.sync).toMatchObject({ status: 'pending' });
		expect((await call(access, 'POST', '/api/3/sync')).status).toBe(200);
		expect((await call(access, 'GET', '/api/3/account')).body.sync).toMatchObject({ status: 'complete' });
		const limited = await call(access, 'POST', '/api/3/sync');
		expect([limited.status, limited.body.error, limited.headers.get('retry-after')]).toEqual([
			429,
			'rate_limited',
			String(limited.body.retry_in),
		]);
	});

	test('events: codes, doors, names, level and order', async () => {
		const ids = async (query: string): Promise<unknown[]> =>
			(await call(access, 'GET', `/api/3/events?${query}`)).body.map(({ event_code: code }) => code);
		sandbox.control.present({ channelId: 1341, value: '41007' });
		sandbox.control.present({ channelId: 1342, value: '9999' });
		sandbox.control.door({ channelId: 1343, state: 'forced' });
		sandbox.control.door({ channelId: 1343, state: 'offline' });
		expect(await ids('sort=ASC')).toEqual([10, 13, 11, 24]);
		expect(await ids('')).toEqual([24, 11, 13, 10]);
		expect(await ids('level=debug&sort=ASC')).toEqual([10, 13, 11, 24, 3]);
		expect(await ids('event_codes=32,24')).toEqual([32, 24]);
		expect(await ids('channels=1341,1342')).toEqual([24, 11, 13]);
		expect(await ids('first_name=bruno&last_name=LINDQVIST')).toEqual([11]);
		expect(await ids(`since=${new Date(Date.now() + 5000).toISOString()}`)).toEqual([]);
		expect(await call(access, 'GET', '/api/3/events?event_codes=10,50,x')).toMatchObject({
			status: 400,
			body: { error_description: expect.stringContaining('50, x') },
		});
	});

	test('since is the account’s time, since_utc is not', async () => {
		sandbox.control.config({ accountTimeZone: 'Asia/Tokyo' });
		const count = async (query: string): Promise<number> =>
			(await call(access, 'GET', `/api/3/people?${query}`)).body.length;
		const clock = new Date(Date.now() + 3_600_000).toISOString().slice(0, 19);
		expect([await count(`since=${clock}`), await count(`since_utc=${clock}`)]).toEqual([6, 0]);
	});

	test('what is not there, and what can not be read, is answered in the documented form', async () => {
		expect(await call(access, 'GET', '/api/3/nothing')).toMatchObject({
			status: 404,
			body: { error: 'not_found' },
		});
		for (const id of ['abc', '1e3', '-1', '99999999999999999999'])
			expect((await call(access, 'GET', `/api/3/people/${id}`)).status).toBe(404);
		const broken = await fetch(`${sandbox.url}/api/3/people`, {
			method: 'POST',
			headers: { Authorization: `Bearer ${access}`, 'Content-Type': 'application/json' },
			body: '{',
		});
		expect([broken.status, await broken.json()]).toEqual([
			400,
			{ error: 'bad_request', error_description: expect.any(String) },
		]);
	});
});

describe('trouble on demand', () => {
	test('the rate limit is exact in each second of the clock', async () => {
		const { access } = await connect();
		sandbox.control.config({ rateLimitPerSecond: 5 });
		const seconds = new Map<string, number>();
		const until = Date.now() + 2100;
		while (Date.now() < until) {
			const answers = await Promise.all(
				Array.from({ length: 10 }, async () => await call(access, 'GET', '/api/3/groups')),
			);
			for (const answer of answers)
				expect(
					answer.status === 200 || (answer.status === 429 && answer.headers.get('retry-after') === '1'),
				).toBe(true);
		}
		for (const { at, status: code } of sandbox.control.requests())
			if (code === 200) seconds.set(at.slice(0, 19), (seconds.get(at.slice(0, 19)) ?? 0) + 1);
		// The list has the time of the answer, so one answer may slip into the next second; but never more in all than allowed.
		const total = [...seconds.values()].reduce((sum, one) => sum + one, 0);
		expect(total).toBeGreaterThanOrEqual(10);
		expect(total).toBeLessThanOrEqual(5 * (seconds.size + 1));
	});

	test('a dropped answer, though the request was carried out', async () => {
		const { access } = await connect();
		sandbox.control.config({ dropAfterWrite: true });
		await expect(
			call(access, 'POST', '/api/3/people', { first_name: 'Lost', last_name: 'Answer' }),
		).rejects.toThrow();
		expect(sandbox.store.everybody().at(-1)).toMatchObject({ first_name: 'Lost' });
		expect(await status(access)).toBe(200);
	});

	test.each([
		['never', false, false],
		['before', true, true],
		['after', false, true],
	])('silence: the request is carried out %s the silence', async (silentWrite, during, afterwards) => {
		const { access } = await connect();
		sandbox.control.config({ silentPath: 'POST /api/3/people$', silentWrite });
		const isThere = (): boolean => sandbox.store.everybody().at(-1)?.first_name === 'Silent';
		const said: string[] = [];
		sandbox.store.shared.news.on('silent', (request: string) => said.push(request));
		const client = new AbortController();
		const asked = fetch(`${sandbox.url}/api/3/people`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${access}` },
			body: JSON.stringify({ first_name: 'Silent', last_name: 'Request' }),
			signal: client.signal,
		});
		await until('the silence', () => said.length > 0);
		expect([said, isThere()]).toEqual([['POST /api/3/people'], during]);
		client.abort();
		await expect(asked).rejects.toThrow('aborted');
		if (afterwards) await until('the request to be carried out', isThere);
		// An answer to another request, so that the sandbox had its turn.
		const answered = await status(access);
		expect([isThere(), answered]).toEqual([afterwards, 200]);
	});

	test('many people and events (in the long run, 100,000) are there in a moment and can be listed', async () => {
		const { access } = await connect();
		const many = times(10_000, 100_000);
		sandbox.control.config({ seedPeople: many, seedEvents: many });
		const last = await call(access, 'GET', `/api/3/people?per_page=100&page=${many / 100}`);
		expect([last.headers.get('total'), last.body.length]).toEqual([String(many), 100]);
		expect((await call(access, 'GET', `/api/3/events?n=1000&page=${many / 1000}`)).body).toHaveLength(1000);
		expect(new Set(sandbox.store.emails.keys()).size).toBe(many);
	});

	test('requests are listed with names of fields, never with values or tokens', async () => {
		const { access } = await connect();
		await call(access, 'POST', '/api/3/people/1004/credentials', {
			person_credential: { credential_type_id: 32, value: 'SECRETCARD' },
		});
		await call(access, 'GET', '/api/3/events/1?ack_token=SECRETACK');
		const text = JSON.stringify(await (await fetch(`${sandbox.url}/_sandbox/requests`)).json());
		for (const secret of [...sandbox.secrets(), 'SECRETCARD', 'SECRETACK', CLIENT.client_secret])
			expect(text).not.toContain(secret);
		expect(sandbox.control.requests().at(-2)).toMatchObject({
			method: 'POST',
			status: 201,
			fields: ['person_credential'],
		});
	});
});

describe('the control API', () => {
	const post = async (
		path: string,
		body?: unknown,
		headers: Record<string, string> = {},
	): Promise<{ status: number; body: Json }> => {
		const answer = await fetch(`${sandbox.url}/_sandbox/${path}`, {
			method: 'POST',
			headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		return { status: answer.status, body: (await answer.json()) as Json };
	};

	test('wrong wishes are explained', async () => {
		expect(await post('config', { latency: 1 })).toMatchObject({
			status: 400,
			body: { error: expect.stringContaining('Unknown setting: latency. Known: webhookUrl') },
		});
		expect(await post('config', { rotation: 'x' })).toMatchObject({
			status: 400,
			body: { error: expect.stringContaining('strict') },
		});
		expect((await post('present', { channelId: 1, value: '1' })).status).toBe(404);
		expect((await post('present', { channelId: 1340 })).status).toBe(400);
		expect(await post('door', { channelId: 1340, state: 'ajar' })).toMatchObject({
			status: 404,
			body: { error: expect.stringContaining('heldOpen') },
		});
	});

	test('a page elsewhere can not move it', async () => {
		expect((await post('revoke-application', undefined, { Origin: 'http://evil.example' })).status).toBe(403);
		expect((await post('reset', undefined, { Origin: sandbox.url })).status).toBe(200);
	});

	test('reset forgets what happened, not the connection', async () => {
		const { access } = await connect();
		await call(access, 'DELETE', '/api/3/people/1001');
		await post('config', { latencyMs: 1, webhookSecret: 'hidden' });
		await post('outbox', { to: 'x', text: 'y' });
		expect(JSON.stringify(await (await fetch(`${sandbox.url}/_sandbox/state`)).json())).not.toContain(
			'hidden',
		);
		expect((await post('reset')).status).toBe(200);
		expect([
			sandbox.store.people.has(1001),
			sandbox.store.config.latencyMs,
			sandbox.control.outbox(),
			sandbox.control.requests(),
		]).toEqual([true, 0, [], []]);
		expect(await status(access)).toBe(200);
	});

	test('the state has what the page shows, and the stream tells of news', async () => {
		const state = sandbox.control.state();
		expect(state).toMatchObject({
			account: { name: 'Harbour House' },
			accounts: [{ connected: false }, { name: 'Studio Nine' }],
			tokens: { issued: 0, live: 0, connected: false, liveUntil: null, granted: [] },
			peopleCount: 6,
		});
		expect((state.doors as Json[])[0]).toMatchObject({
			siteName: 'Quayside',
			mode: 'normal',
			online: true,
			sensor: 'normal',
			lastEvent: { event_code: 10 },
		});
		expect((state.people as Json[])[0]).toMatchObject({
			name: 'Ada Okafor',
			groups: ['Staff'],
			credentials: [{ type: 'pin', value: '41000' }, { type: 'card' }],
		});
		const stream = await fetch(`${sandbox.url}/_sandbox/stream`);
		const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
		let heard = '';
		const hear = async (what: string): Promise<void> => {
			while (!heard.includes(what)) {
				const part = await reader?.read();
				if (!part || part.done) throw new Error(`The stream ended without ${what}`);
				heard += part.value;
			}
		};
		await hear('event: state\n');
		sandbox.control.present({ channelId: 1340, value: '41000' });
		await hear('event: event\ndata: {"id"');
		sandbox.control.post({ to: 'x', text: 'hello' });
		await hear('event: outbox\n');
		await connect();
		await hear('event: tokens\ndata: {"issued":1');
		const { liveUntil, granted } = sandbox.control.state().tokens as { liveUntil: string; granted: string[] };
		expect(Math.abs(Date.parse(liveUntil) - Date.now() - 3_600_000)).toBeLessThan(10_000);
		expect(granted).toEqual(SCOPES);
		expect(sandbox.control.state('stdN9qk')).toMatchObject({
			tokens: { liveUntil: null, granted: [] },
			account: { name: 'Studio Nine' },
		});
		sandbox.control.expireTokens();
		expect(sandbox.control.state().tokens).toMatchObject({ live: 0, liveUntil: null, connected: true });
		await reader?.cancel();
	});

	test('what a door without contact decides comes later, with its time', async () => {
		const { access } = await connect();
		sandbox.control.door({ channelId: 1350, state: 'offline' });
		const late = sandbox.control.present({ channelId: 1350, value: '41000' });
		late.created_at = '2026-11-20T08:00:00Z';
		expect((await call(access, 'GET', `/api/3/events/${late.id}`)).status).toBe(404);
		sandbox.control.door({ channelId: 1350, state: 'online' });
		expect((await call(access, 'GET', `/api/3/events/${late.id}`)).body).toMatchObject({ event_code: 11 });
		expect((await call(access, 'GET', '/api/3/events?sort=ASC')).body[0]?.id).toBe(late.id);
	});

	test('a busy port is an error that one can read', async () => {
		await expect(startSandbox({ port: sandbox.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
		await expect(startSandbox({ config: { latencyMs: -1 } })).rejects.toThrow('latencyMs must be a number');
	});
});

describe('webhooks', () => {
	interface Received {
		readonly headers: IncomingHttpHeaders;
		readonly text: string;
		readonly notifications: Array<Record<string, string>>;
	}
	let receiver: Server;
	let received: Received[];
	let access: string;
	beforeEach(async () => {
		received = [];
		receiver = createServer((request, response) => {
			const parts: Buffer[] = [];
			request.on('data', (part: Buffer) => parts.push(part));
			request.on('end', () => {
				const text = Buffer.concat(parts).toString();
				received.push({ headers: request.headers, text, notifications: JSON.parse(text) as never });
				response.end();
			});
		});
		await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
		sandbox.control.config({
			webhookUrl: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
		});
		({ access } = await connect());
	});
	afterEach(async () => {
		receiver.closeAllConnections();
		await new Promise((resolve) => receiver.close(resolve));
	});
	const notifications = () => received.flatMap((one) => one.notifications);
	const quiet = async (): Promise<void> => {
		await new Promise((resolve) => setTimeout(resolve, 200));
	};

	test('signed, repeated with the time of each delivery, until fetched with the ack_token', async () => {
		const event = sandbox.control.present({ channelId: 1340, value: '41000' });
		await until('two deliveries', () => received.length >= 2);
		for (const { headers, text } of received) {
			expect(Math.abs(Number(headers.timestamp) - Date.now() / 1000)).toBeLessThan(10);
			expect(headers.signature).toBe(
				createHmac('sha256', CLIENT.client_secret)
					.update(`${String(headers.timestamp)}.${text}`)
					.digest('hex'),
			);
		}
		const [notification] = notifications();
		expect(notification).toEqual({
			action: 'CREATE',
			resource: `${sandbox.url}/api/3/events/${event.id}?ack_token=${notification?.ack_token}`,
			resource_type: 'Event',
			resource_id: String(event.id),
			account_id: 'hrbrHs7',
			ack_token: expect.any(String),
		});
		expect((await call(access, 'GET', `/api/3/events/${event.id}`)).status).toBe(200);
		const [delivery] = sandbox.control.deliveries();
		expect(delivery).toMatchObject({ acknowledged: false, dropped: false });
		// What the page shows of it is what was sent, but for the ack_token.
		expect(
			delivery?.attempts
				.slice(0, 2)
				.map(({ status: answered, timestamp, signature }) => [answered, timestamp, signature]),
		).toEqual(received.slice(0, 2).map(({ headers }) => [200, headers.timestamp, headers.signature]));
		const ack = String(notification?.ack_token);
		expect(delivery?.body).toBe(received[0]?.text.replaceAll(ack, `${ack.slice(0, 4)}…`));
		expect(JSON.stringify([sandbox.control.state(), sandbox.control.deliveries()])).not.toContain(ack);
		const seen = received.length;
		await until('another delivery', () => received.length > seen);
		expect((await call(access, 'GET', String(notification?.resource))).status).toBe(200);
		expect(sandbox.control.deliveries()[0]?.acknowledged).toBe(true);
		// While another one is repeated, this one is not; first, what was on its way arrives.
		const other = sandbox.control.present({ channelId: 1340, value: '41000' });
		const told = (id: number): number =>
			notifications().filter(({ resource_id: one }) => one === String(id)).length;
		await until('another event', () => told(other.id) >= 2);
		const after = told(event.id);
		await until('another event, repeated', () => told(other.id) >= 5);
		expect(told(event.id)).toBe(after);
	});

	test('the secret, the clock and the address of resources are as configured', async () => {
		sandbox.control.config({
			webhookSecret: 'own',
			clockSkewSeconds: -240,
			publicBaseUrl: 'https://doorflow.example/',
		});
		sandbox.control.door({ channelId: 1340, state: 'forced' });
		await until('a delivery', () => received.length > 0);
		const [one] = received as [Received];
		expect(Math.abs(Number(one.headers.timestamp) + 240 - Date.now() / 1000)).toBeLessThan(10);
		expect(one.headers.signature).toBe(
			createHmac('sha256', 'own')
				.update(`${String(one.headers.timestamp)}.${one.text}`)
				.digest('hex'),
		);
		expect(one.notifications[0]).toMatchObject({
			resource_type: 'PerimeterEvent',
			resource: expect.stringMatching(/^https:\/\/doorflow\.example\/api\/3\/events\/\d+\?ack_token=/),
		});
	});

	test('credentials: created, changed, deleted; the gone one answers 404 and is acknowledged all the same', async () => {
		const { body: made } = await call(access, 'POST', '/api/3/people/1005/credentials', {
			person_credential: { credential_type_id: 32, value: 'W-1' },
		});
		const path = `/api/3/people/1005/credentials/${made.id}`;
		await call(access, 'PUT', path, { person_credential: { value: 'W-2' } });
		await call(access, 'DELETE', path);
		await until('all three', () => new Set(notifications().map(({ action }) => action)).size === 3);
		const destroyed = notifications().find(({ action }) => action === 'DESTROY');
		expect(destroyed).toMatchObject({ resource_type: 'PersonCredential', resource_id: made.id });
		expect((await call(access, 'GET', String(destroyed?.resource))).status).toBe(404);
		expect(sandbox.control.deliveries().find(({ action }) => action === 'DESTROY')?.acknowledged).toBe(true);
	});

	test('deleting a person tells of each of their credentials', async () => {
		await call(access, 'DELETE', '/api/3/people/1001');
		expect(sandbox.control.deliveries().map(({ action }) => action)).toEqual(['DESTROY', 'DESTROY']);
	});

	test('several travel together when that is allowed', async () => {
		sandbox.control.config({ webhookBatch: 10, redeliverAfterMs: 60_000 });
		for (let count = 0; count < 25; count++) sandbox.control.present({ channelId: 1340, value: '41000' });
		await until('all of them', () => notifications().length === 25);
		expect(received.map((one) => one.notifications.length).sort()).toEqual([10, 10, 5]);
		expect(new Set(notifications().map(({ resource_id: id }) => id)).size).toBe(25);
	});

	test('revoking ends them at once, what was undelivered included', async () => {
		sandbox.control.present({ channelId: 1340, value: '41000' });
		await until('the first delivery', () => received.length > 0);
		sandbox.control.revokeApplication();
		expect(sandbox.control.deliveries()[0]).toMatchObject({ acknowledged: false, dropped: true });
		await quiet();
		const seen = received.length;
		sandbox.control.present({ channelId: 1340, value: '41000' });
		await quiet();
		expect(received.length).toBe(seen);
	});

	test('nobody is told without the permission that fits', async () => {
		sandbox.control.revokeApplication();
		const poor = await connect({ scope: 'account.person' });
		sandbox.control.present({ channelId: 1340, value: '41000' });
		await call(poor.access, 'POST', '/api/3/people/1005/credentials', {
			person_credential: { credential_type_id: 32, value: 'W-3' },
		});
		expect(sandbox.control.deliveries().map(({ resourceType }) => resourceType)).toEqual([
			'PersonCredential',
		]);
	});

	test('two accounts share the address; neither acknowledges for the other', async () => {
		sandbox.control.present({ channelId: 2340, value: '52000' });
		expect(sandbox.control.deliveries()).toEqual([]);
		const other = await connect({ account: 'stdN9qk' });
		sandbox.control.present({ channelId: 2340, value: '52000' });
		await until('the delivery', () => notifications().length > 0);
		const [notification] = notifications();
		expect(notification?.account_id).toBe('stdN9qk');
		expect((await call(access, 'GET', String(notification?.resource))).status).toBe(404);
		expect(sandbox.control.deliveries()[0]?.acknowledged).toBe(false);
		expect((await call(other.access, 'GET', String(notification?.resource))).status).toBe(200);
		expect(sandbox.control.deliveries()[0]?.acknowledged).toBe(true);
	});

	test('all of them once more on demand, acknowledged or not', async () => {
		const events = [1340, 1341].map((channelId) => sandbox.control.present({ channelId, value: '41000' }));
		await until('both', () => new Set(notifications().map(({ resource_id: id }) => id)).size === 2);
		for (const { resource } of notifications()) await call(access, 'GET', String(resource));
		await quiet();
		received.length = 0;
		expect(await sandbox.control.redeliver({ times: 3, shuffle: true })).toEqual({ 200: 6 });
		expect(
			notifications()
				.map(({ resource_id: id }) => id)
				.sort(),
		).toEqual(events.flatMap(({ id }) => [id, id, id].map(String)).sort());
	});
});
