import { createHash, randomBytes } from 'node:crypto';

import {
	authorize,
	call,
	CLIENT,
	connect,
	exchange,
	REDIRECT,
	refresh,
	sandbox,
	status,
	useSandbox,
} from './sandboxClient';

useSandbox();

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
		expect(text).toContain('Send changes to the doors at once<code>account.sync');
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
