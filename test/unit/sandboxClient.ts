import { SCOPES } from '../../sandbox/authority';
import type { Config } from '../../sandbox/config';
import { startSandbox, type Sandbox } from '../../sandbox/server';

export type Json = Record<string, unknown>;

export const REDIRECT = 'http://localhost:3000/callback';
export const CLIENT = { client_id: 'sandbox-client', client_secret: 'sandbox-secret' };

/** The one of the test that runs. */
export let sandbox: Sandbox;

/** Gives each test of the file a sandbox of its own, whose doors know everything at once unless told otherwise. */
export function useSandbox(config: Partial<Config> = {}): void {
	beforeEach(async () => {
		sandbox = await startSandbox({
			config: {
				redeliverAfterMs: 60,
				inviteMs: 20,
				admitDelayMs: 10,
				syncLimitSeconds: 0,
				requireSync: false,
				...config,
			},
		});
	});
	afterEach(async () => await sandbox.stop());
}

export async function authorize(query: Record<string, string> = {}): Promise<URL> {
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

export async function token(body: Record<string, string>): Promise<{ status: number; body: Json }> {
	const answer = await fetch(`${sandbox.url}/oauth/token`, {
		method: 'POST',
		body: new URLSearchParams({ ...CLIENT, ...body }),
	});
	return { status: answer.status, body: (await answer.json()) as Json };
}

export const exchange = async (code: string, more: Record<string, string> = {}) =>
	await token({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT, ...more });
export const refresh = async (refreshToken: unknown) =>
	await token({ grant_type: 'refresh_token', refresh_token: String(refreshToken) });

export async function connect(
	query: Record<string, string> = {},
): Promise<{ access: string; refresh: string }> {
	const code = (await authorize(query)).searchParams.get('code') ?? '';
	const { body } = await exchange(code);
	return { access: String(body.access_token), refresh: String(body.refresh_token) };
}

export async function call(
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

export const status = async (access: string): Promise<number> =>
	(await call(access, 'GET', '/api/3/account')).status;

/** Shows a door a credential. @returns the code of the event */
export const present = (channelId: number, value: unknown): number =>
	sandbox.control.present({ channelId, value }).event_code as number;
