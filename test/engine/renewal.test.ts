import { engine, locator, useEngine } from './useEngine';

useEngine();

const get = { resource: 'person', operation: 'get', personId: locator(1001) };

/** Until a request has arrived at the sandbox so many times. */
const arrival = async (wanted: string, times = 1): Promise<void> =>
	await new Promise<void>((done) => {
		let count = 0;
		const { news } = engine.sandbox.store.shared;
		const listener = (request: string): void => {
			if (request !== wanted || ++count < times) return;
			news.off('arrived', listener);
			done();
		};
		news.on('arrived', listener);
	});

test('an expired token is refreshed once for many items at the same time, and stored', async () => {
	const { refreshed } = await engine.control<{ refreshed: number }>('tokens');
	const old = engine.tokens;
	await engine.control('expire-tokens', {});
	const { items, error } = await engine.run(
		{ ...get, options: { concurrency: 10 } },
		{ items: Array.from({ length: 30 }, () => ({ json: {} })) },
	);
	expect(error).toBeUndefined();
	expect(items).toHaveLength(30);
	expect(await engine.control('tokens')).toMatchObject({ refreshed: refreshed + 1, refused: 0 });
	expect(engine.tokens.refresh_token).not.toBe(old.refresh_token);
});

test('an execution that is cancelled while it renews the token cancels no other', async () => {
	await engine.control('expire-tokens', {});
	await engine.control('config', { tokenAnswerDelayMs: 400 });
	const renewing = arrival('POST /oauth/token');
	const other = arrival('GET /api/3/people/1001', 2);
	const cancelled = engine.run(get, { cancelWhen: Promise.all([renewing, other]) });
	const { items, error } = await engine.run(get);
	await cancelled;
	await engine.control('config', { tokenAnswerDelayMs: 0 });
	expect(error).toBeUndefined();
	expect(items[0]).toMatchObject({ id: 1001 });
});

test('a lost race takes up the token that another process stored', async () => {
	const stale = structuredClone(engine.credentials.data);
	await engine.control('expire-tokens', {});
	await engine.run(get);
	const fresh = engine.credentials.data;
	// This process still sees the old token, five times more after it was refused: the winner's machine is busy, or n8n's
	// database. Then it finds what the winner stored.
	engine.credentials.data = stale;
	let refused = false;
	let reads = 0;
	const read = engine.credentials.getDecrypted.bind(engine.credentials);
	const reading = jest.spyOn(engine.credentials, 'getDecrypted').mockImplementation(async () => {
		if (refused && ++reads > 5) engine.credentials.data = fresh;
		return await read();
	});
	const asked = arrival('POST /oauth/token').then(() => (refused = true));
	const { items, error } = await engine.run(get);
	await asked;
	reading.mockRestore();
	expect(reads).toBeGreaterThan(5);
	expect(error).toBeUndefined();
	expect(items[0]).toMatchObject({ id: 1001 });
});

test('a missing permission is named in the words of the credential', async () => {
	const kept = structuredClone(engine.credentials.data);
	await engine.connect(['account.group.readonly']);
	const { error } = await engine.run(get);
	engine.credentials.data = kept;
	expect(error?.message).toContain('the permission "Read People and Credentials" may be missing');
});

test('a revoked connection asks to reconnect, without a storm, and no error holds a token', async () => {
	await engine.control('revoke-application', {});
	const { error, run } = await engine.run(get, {
		items: Array.from({ length: 10 }, () => ({ json: {} })),
		continueOnFail: true,
	});
	expect(error).toBeUndefined();
	const errors = run.data.resultData.runData['Under Test']?.[0]?.data?.main?.[0]?.map(
		({ json }) => json.error,
	);
	expect(new Set(errors)).toEqual(
		new Set(['The DoorFlow credential "Harbour House" needs to be reconnected']),
	);
	const { refused } = await engine.control<{ refused: number }>('tokens');
	expect(refused).toBeLessThanOrEqual(3);
	const text = JSON.stringify(run);
	for (const secret of [engine.tokens.access_token, engine.tokens.refresh_token, 'sandbox-secret'])
		expect(text).not.toContain(secret);
	await engine.connect();
	expect((await engine.run(get)).items[0]).toMatchObject({ id: 1001 });
});
