import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { until } from '../until';
import { call, CLIENT, connect, sandbox, useSandbox } from './sandboxClient';

useSandbox();

describe('webhooks', () => {
	interface Received {
		readonly headers: IncomingHttpHeaders;
		readonly text: string;
		readonly notifications: Array<Record<string, string>>;
	}
	let receiver: Server;
	let received: Received[];
	let access: string;
	let refusal: string | undefined;
	beforeEach(async () => {
		received = [];
		refusal = undefined;
		receiver = createServer((request, response) => {
			const parts: Buffer[] = [];
			request.on('data', (part: Buffer) => parts.push(part));
			request.on('end', () => {
				const text = Buffer.concat(parts).toString();
				received.push({ headers: request.headers, text, notifications: JSON.parse(text) as never });
				response.statusCode = refusal === undefined ? 200 : 503;
				response.end(refusal ?? 'OK');
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

	test('what a receiver says is kept where it refuses, and told with the answers', async () => {
		refusal = '{ "code": 503, "message": "Database is not ready!" }';
		sandbox.control.present({ channelId: 1340, value: '41000' });
		await until('an answer', () => (sandbox.control.deliveries()[0]?.attempts.length ?? 0) > 0);
		expect(sandbox.control.deliveries()[0]?.attempts[0]).toMatchObject({
			status: 503,
			said: 'Database is not ready!',
		});
		expect(await sandbox.control.redeliver({ times: 2 })).toEqual({ '503 “Database is not ready!”': 2 });
		refusal = `<html><body>a proxy's page\n\n  ${'x'.repeat(1000)}</body></html>`;
		const [[answer]] = Object.entries(await sandbox.control.redeliver({})) as [[string, number]];
		expect(answer).toMatch(/^503 “a proxy's page x{100,200}”$/);
		refusal = undefined;
		expect(await sandbox.control.redeliver({})).toEqual({ 200: 1 });
		await until('a success', () => sandbox.control.deliveries()[0]?.attempts.at(-1)?.status === 200);
		expect(sandbox.control.deliveries()[0]?.attempts.at(-1)?.said).toBe('');
		receiver.closeAllConnections();
		await new Promise((resolve) => receiver.close(resolve));
		expect(Object.keys(await sandbox.control.redeliver({}))).toEqual([
			expect.stringMatching(/^no answer \([A-Z_]+\)$/),
		]);
	});
});
