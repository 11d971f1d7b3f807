import { SCOPES } from '../../sandbox/authority';
import { startSandbox } from '../../sandbox/server';
import { call, connect, sandbox, status, type Json, useSandbox } from './sandboxClient';

useSandbox();

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
