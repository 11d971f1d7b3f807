import { createHmac } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';

import { verified } from '../../nodes/DoorFlowTrigger/verified';
import { startAfresh } from '../../nodes/shared/processWide';
import { credentialFor, Webhook } from './webhook';

const good = credentialFor('https://api.doorflow.com');
const body = Buffer.from('[]');
const seconds = (): string => String(Math.floor(Date.now() / 1000));

let webhook: Webhook;
beforeEach(() => {
	jest.useFakeTimers({ now: 1_795_000_000_000 });
	startAfresh();
	webhook = new Webhook(() => good);
});
afterEach(() => jest.useRealTimers());

/** A request comes in that was signed so. */
async function comes({ key = 'client-secret', timestamp = seconds(), signature = '' } = {}) {
	webhook.request.headers = {
		timestamp,
		signature: signature || createHmac('sha256', key).update(`${timestamp}.`).update(body).digest('hex'),
	};
	return await verified(webhook.context, body, 300);
}
const accepted = {
	connection: expect.objectContaining({ token: expect.objectContaining({ accessToken: 'token-1' }) }),
};
const refused = (reason: string) => ({ status: 401, reason: `The request was refused: ${reason}.` });

test('what DoorFlow signed is accepted; n8n reads the credential for the first only', async () => {
	expect(await comes()).toEqual(accepted);
	expect(await comes()).toEqual(accepted);
	expect(webhook.reads).toBe(1);
});

test('what it did not sign is refused, and the words say why', async () => {
	const ago = (past: number): string => String(Number(seconds()) - past);
	expect(await comes({ key: 'other' })).toEqual(refused('its signature does not fit'));
	expect(await comes({ timestamp: 'now' })).toEqual(refused('its timestamp is not a number of seconds'));
	expect(await comes({ timestamp: '' })).toEqual(refused('it is not signed'));
	expect(await comes({ timestamp: ago(301) })).toEqual(
		refused('its timestamp is too far from the current time'),
	);
	expect(await comes({ timestamp: ago(300) })).toEqual(accepted);
	expect(await comes({ timestamp: ago(-302) })).toEqual(
		refused('its timestamp is too far from the current time'),
	);
	webhook.request.headers = {};
	expect(await verified(webhook.context, body, 300)).toEqual(refused('it is not signed'));
});

test('a new secret works at once; forged requests have the credential read once in 5 seconds', async () => {
	await comes();
	webhook.credential = () => ({ ...good, clientSecret: 'new' }) as IDataObject;
	jest.setSystemTime(Date.now() + 5_000);
	expect(await comes({ key: 'new' })).toEqual(accepted);
	expect(webhook.reads).toBe(2);
	for (let times = 0; times < 10; times++)
		expect(await comes({ key: 'other' })).toHaveProperty('status', 401);
	expect(webhook.reads).toBe(2);
	jest.setSystemTime(Date.now() + 5_000);
	await comes({ key: 'other' });
	expect(webhook.reads).toBe(3);
});

test('for what no key could make right, the credential is not read again', async () => {
	await comes();
	jest.setSystemTime(Date.now() + 5_000);
	for (const timestamp of ['', 'now', '1']) expect(await comes({ timestamp })).toHaveProperty('status', 401);
	expect(webhook.reads).toBe(1);
});

test('a secret that was taken away signs nothing half a minute later', async () => {
	await comes();
	webhook.credential = () => ({ ...good, clientSecret: 'new' }) as IDataObject;
	jest.setSystemTime(Date.now() + 29_999);
	expect(await comes()).toEqual(accepted);
	jest.setSystemTime(Date.now() + 1);
	expect(await comes()).toEqual(refused('its signature does not fit'));
});

test('without a usable credential nothing is accepted; where it may pass, DoorFlow is to send it again', async () => {
	webhook.credential = () => ({ ...good, clientSecret: '' });
	expect(await comes({ key: '' })).toEqual({
		status: 401,
		reason: 'This webhook is not set up, so nothing is accepted.',
	});
	startAfresh();
	webhook.credential = async () => await Promise.reject(new Error('SQLITE_BUSY'));
	expect(await comes()).toEqual({
		status: 503,
		reason: "This webhook can't be checked at the moment. Send it again.",
	});
});
