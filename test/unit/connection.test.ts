import type { IDataObject } from 'n8n-workflow';

import { keptTokens, readConnection } from '../../nodes/DoorFlowTrigger/connection';
import { tokenOf } from '../../nodes/shared/api';
import { startAfresh } from '../../nodes/shared/processWide';
import { credentialFor, Webhook } from './webhook';

const API = 'https://api.doorflow.com';
const good = credentialFor(API);
const fails = async (): Promise<never> => await Promise.reject(new Error('SQLITE_BUSY: database is locked'));
const tokenIs = (token: unknown) => ({ ...good, oauthTokenData: { access_token: token } as IDataObject });

let webhook: Webhook;
beforeEach(() => {
	jest.useFakeTimers();
	startAfresh();
	webhook = new Webhook(() => good);
});
afterEach(() => jest.useRealTimers());

/** So much time passes for n8n. */
const passes = (milliseconds: number): unknown => jest.setSystemTime(Date.now() + milliseconds);
const connected = (accessToken = 'token-1', keys = ['client-secret']) => ({
	ok: true,
	connection: {
		hosts: { api: API, authorize: 'https://admin.doorflow.com' },
		keys,
		token: tokenOf({ access_token: accessToken }),
	},
});
const unread = { ok: false, passing: true, reason: expect.stringContaining("couldn't read") };

describe('what is read', () => {
	const read = async (data: IDataObject) => await readConnection(new Webhook(() => data).context);

	test('both secrets may sign, the one for webhooks first; what is empty or no text signs nothing', async () => {
		expect(await read({ ...good, webhookSecret: 'hook' })).toEqual(
			connected('token-1', ['hook', 'client-secret']),
		);
		for (const webhookSecret of ['', 5, null, undefined, {}])
			expect(await read({ ...good, webhookSecret } as IDataObject)).toEqual(connected());
		expect(await read({ ...good, clientSecret: '', webhookSecret: 'hook' })).toEqual(
			connected('token-1', ['hook']),
		);
	});

	test.each([
		['no secret at all', { ...good, clientSecret: '' }, 'neither a client secret nor'],
		['an address elsewhere', { ...good, baseUrl: 'https://evil.example' }, 'is not an address of DoorFlow'],
		['no token', tokenIs(undefined), 'is not connected yet'],
		['an empty token', tokenIs(''), 'is not connected yet'],
		['a token that is no text', tokenIs(5), 'is not connected yet'],
		['nothing of a token', { ...good, oauthTokenData: undefined }, 'is not connected yet'],
	])('with %s it can not be used, for good', async (_what, data, reason) => {
		expect(await read(data as IDataObject)).toEqual({
			ok: false,
			passing: false,
			reason: expect.stringContaining(reason),
		});
	});

	test('that n8n can not read it may pass', async () => {
		expect(await readConnection(new Webhook(fails).context)).toEqual(unread);
	});
});

describe('how long it is kept', () => {
	test('30 seconds; and 5 for who asks for a fresh one', async () => {
		const at = async (milliseconds: number, fresh?: 'fresh'): Promise<number> => {
			startAfresh();
			webhook = new Webhook(() => good);
			await webhook.connection();
			passes(milliseconds);
			expect(await webhook.connection(fresh)).toEqual(connected());
			return webhook.reads;
		};
		expect(await at(29_999)).toBe(1);
		expect(await at(30_000)).toBe(2);
		expect(await at(4_999, 'fresh')).toBe(1);
		expect(await at(5_000, 'fresh')).toBe(2);
	});

	test('what was read is what counts then', async () => {
		await webhook.connection();
		webhook.credential = () => tokenIs('token-2');
		expect(await webhook.connection()).toEqual(connected());
		passes(30_000);
		expect(await webhook.connection()).toEqual(connected('token-2'));
	});

	test('one that can not be used is read, and said in the log, once in 5 seconds', async () => {
		webhook.credential = () => tokenIs('');
		for (const [milliseconds, reads] of [
			[0, 1],
			[4_999, 1],
			[1, 2],
		] as const) {
			passes(milliseconds);
			expect(await webhook.connection()).toMatchObject({ ok: false, passing: false });
			expect([webhook.reads, webhook.logs.length]).toEqual([reads, reads]);
		}
		expect(webhook.logs[0]).toEqual([
			'error',
			expect.stringMatching(/^DoorFlow Trigger refuses webhooks: .*is not connected yet/),
		]);
	});

	test('each credential has its own, and so has a node without one', async () => {
		await webhook.connection();
		webhook.credentialId = 'cred-2';
		webhook.credential = () => tokenIs('of another');
		expect(await webhook.connection()).toEqual(connected('of another'));
		webhook.credentialId = undefined;
		webhook.credential = fails;
		expect(await webhook.connection()).toEqual(unread);
		webhook.credentialId = 'cred-1';
		expect(await webhook.connection()).toEqual(connected());
		Object.assign(webhook.context, { getNode: () => ({ credentials: {} }) });
		expect(await webhook.connection()).toEqual(unread);
	});

	test('however many ask, it is read once at a time', async () => {
		const all = await Promise.all(Array.from({ length: 10 }, async () => await webhook.connection()));
		expect(all).toEqual(Array(10).fill(connected()));
		expect(webhook.reads).toBe(1);
		passes(30_000);
		await webhook.connection();
		expect(webhook.reads).toBe(2);
	});
});

describe('when it can not be read', () => {
	test('the good one is used for 5 minutes, and asked for again every 5 seconds', async () => {
		await webhook.connection();
		webhook.credential = fails;
		passes(30_000);
		expect(await webhook.connection()).toEqual(connected());
		expect(webhook.reads).toBe(2);
		passes(4_999);
		await webhook.connection();
		expect(webhook.reads).toBe(2);
		passes(1);
		await webhook.connection();
		expect(webhook.reads).toBe(3);
		// Not even that is waited for by who needs a fresh one.
		await webhook.connection('fresh');
		expect(webhook.reads).toBe(4);
		passes(300_000 - 35_000 - 1);
		expect(await webhook.connection()).toEqual(connected());
		expect(webhook.logs).toEqual([]);
		passes(5_000);
		expect(await webhook.connection()).toEqual(unread);
		expect(webhook.logs).toHaveLength(1);
	});

	test('after exactly 5 minutes it is too old', async () => {
		await webhook.connection();
		webhook.credential = fails;
		passes(300_000);
		expect(await webhook.connection()).toEqual(unread);
	});

	test('what turned out bad is not covered by what was good', async () => {
		await webhook.connection();
		webhook.credential = () => ({ ...good, baseUrl: 'https://evil.example' });
		passes(30_000);
		expect(await webhook.connection()).toMatchObject({ ok: false, passing: false });
	});

	test('one that never was good is not used', async () => {
		webhook.credential = fails;
		expect(await webhook.connection()).toEqual(unread);
	});
});

describe('the tokens that are shared', () => {
	const facts = (accessToken: string) => ({
		hosts: { api: API, authorize: 'https://admin.doorflow.com' },
		...tokenOf({ access_token: accessToken }),
		secrets: [accessToken, 'client-secret'],
	});

	test('are those in memory, and after a renewal those that n8n has stored', async () => {
		const tokens = keptTokens(webhook.context);
		expect(await tokens.current()).toEqual(facts('token-1'));
		webhook.credential = () => tokenIs('token-2');
		passes(29_999);
		expect(await tokens.current()).toEqual(facts('token-1'));
		expect(await tokens.renewed()).toEqual(facts('token-2'));
		expect(await tokens.current()).toEqual(facts('token-2'));
		expect(webhook.reads).toBe(2);
		passes(30_000);
		await tokens.current();
		expect(webhook.reads).toBe(3);
	});

	test('who needs a fresh one gets what was read in the last 5 seconds', async () => {
		const tokens = keptTokens(webhook.context);
		await tokens.current();
		webhook.credential = () => tokenIs('token-2');
		passes(4_999);
		expect(await tokens.current('fresh')).toEqual(facts('token-1'));
		passes(1);
		expect(await tokens.current()).toEqual(facts('token-1'));
		expect(await tokens.current('fresh')).toEqual(facts('token-2'));
	});

	test('a reading that began before the renewal does not count as one after it', async () => {
		let finish: (data: IDataObject) => void = () => undefined;
		webhook.credential = async () => await new Promise<IDataObject>((done) => (finish = done));
		const before = webhook.connection();
		const renewed = keptTokens(webhook.context).renewed();
		webhook.credential = () => tokenIs('token-2');
		finish(good);
		expect(await before).toEqual(connected());
		expect(await renewed).toEqual(facts('token-2'));
	});

	test('after a renewal, one that can not be read is tried four times, later each time', async () => {
		await webhook.connection();
		webhook.credential = fails;
		const renewed = keptTokens(webhook.context).renewed();
		const failed = expect(renewed).rejects.toMatchObject({
			problem: {
				kind: 'unavailable',
				message: "The DoorFlow credential can't be used",
				description: unread.reason,
			},
		});
		for (const [milliseconds, reads] of [
			[99, 2],
			[1, 3],
			[199, 3],
			[1, 4],
			[399, 4],
			[1, 5],
		] as const) {
			await jest.advanceTimersByTimeAsync(milliseconds);
			expect(webhook.reads).toBe(reads);
		}
		await failed;
		await jest.advanceTimersByTimeAsync(10_000);
		expect(webhook.reads).toBe(5);
	});

	test('what can be read the second time is used; what is bad is not tried again', async () => {
		webhook.credential = fails;
		const tokens = keptTokens(webhook.context);
		const renewed = tokens.renewed();
		await jest.advanceTimersByTimeAsync(50);
		webhook.credential = () => good;
		await jest.advanceTimersByTimeAsync(50);
		expect(await renewed).toEqual(facts('token-1'));
		const { reads } = webhook;
		webhook.credential = () => tokenIs('');
		await expect(tokens.renewed()).rejects.toMatchObject({
			problem: { kind: 'misconfigured', description: expect.stringContaining('is not connected yet') },
		});
		expect(webhook.reads).toBe(reads + 1);
	});
});
