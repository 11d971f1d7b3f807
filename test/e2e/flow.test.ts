import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { checkInAtOnce } from '../../harness/checkIns';
import { control, messageTo, openHouse, signIn, type House } from '../../harness/house';
import { until } from '../../harness/n8n';
import { addTrigger, triggerWorkflow } from '../../harness/plant';

let house: House;
/** Stands for a host that must never see the token. */
let foreign: Server | undefined;
beforeAll(async () => {
	house = await openHouse();
});
afterAll(async () => {
	foreign?.close();
	await house?.stop();
});

const pins: string[] = [];

async function visit(first: string): Promise<string> {
	await signIn(house, {
		first,
		last: 'Guest',
		email: `${first.toLowerCase()}@visitor.example`,
		mobile: `+44 ${first}`,
	});
	const pin = /PIN for today is (\d{4,7})\./.exec(await messageTo(house, `+44 ${first}`))?.[1] ?? '';
	pins.push(pin);
	return pin;
}

const sign = (body: Buffer | string, timestamp: string, key = 'sandbox-secret'): string =>
	createHmac('sha256', key).update(`${timestamp}.`).update(body).digest('hex');

describe('a visit in a real n8n', () => {
	test('form → person → PIN → message; PIN at the door → webhook → message; acknowledged', async () => {
		const pin = await visit('Vera');
		const event = await control(house.sandbox, 'present', { channelId: 1340, value: pin });
		expect(event.event_code).toBe(11);
		expect(await messageTo(house, 'reception', 'Vera')).toBe('Vera Guest came in through Main Entrance.');
		await until(
			'the acknowledgement',
			async () =>
				house.sandbox.store.deliveries.find(({ resourceId }) => resourceId === String(event.id))
					?.acknowledged,
		);
	});

	test('an expired access token is refreshed; the rotated refresh token was stored', async () => {
		// Each check-in waits for its own sync; DoorFlow's 30 seconds between two are not what is tried here.
		await control(house.sandbox, 'config', { syncLimitSeconds: 1 });
		for (const first of ['Walter', 'Xenia']) {
			await control(house.sandbox, 'expire-tokens');
			await visit(first);
		}
		const tokens = (await (await fetch(`${house.sandbox.url}/_sandbox/tokens`)).json()) as Record<
			string,
			number
		>;
		expect(tokens).toMatchObject({ refreshed: 2, refused: 0 });
	});

	test('a redelivered event starts the flow once', async () => {
		// On record, but no webhook of the sandbox tells of it: the ones below do.
		const { store } = house.sandbox;
		const { id } = store.addEvent(11, 'Admitted: PIN', store.doors.get(1341), store.everybody().at(-1));
		const notification = {
			action: 'CREATE',
			resource: `${house.sandbox.url}/api/3/events/${id}`,
			resource_type: 'Event',
			resource_id: String(id),
			account_id: house.sandbox.store.account.id,
			ack_token: 'same',
		};
		const messages = (): number =>
			house.sandbox.store.outbox.filter(({ text }) => String(text).includes('through Reception')).length;
		const before = messages();
		for (let time = 0; time < 3; time++) {
			const body = JSON.stringify([notification]);
			const timestamp = String(Math.floor(Date.now() / 1000));
			const answer = await fetch(house.arrival.webhookUrl, {
				method: 'POST',
				headers: {
					'Content-Type': 'application/json',
					Signature: sign(body, timestamp),
					Timestamp: timestamp,
				},
				body,
			});
			expect(answer.status).toBe(200);
			await until('its execution', async () =>
				(await house.n8n.executions(house.arrival.id)).every(({ status }) => status === 'success'),
			);
		}
		await until('the message', async () => messages() > before);
		expect(messages()).toBe(before + 1);
	});
});

test.each([1, 1.1])(
	'a trigger of version %d takes what is signed, whatever kind of body it is said to be, and nothing else',
	async (typeVersion) => {
		const { store } = house.sandbox;
		const { nodes, ...file } = triggerWorkflow({}, randomUUID());
		const { workflowId, webhookUrl } = await addTrigger(house.n8n, house.credential, {
			...file,
			nodes: nodes.map((node, index) => (index === 0 ? { ...node, typeVersion } : node)),
		});
		const types = ['application/json', 'application/json; charset=utf-8', 'text/plain', undefined];
		for (const type of types) {
			const { id } = store.addEvent(11, 'Admitted: PIN', store.doors.get(1341), store.everybody().at(-1));
			const resource = `${house.sandbox.url}/api/3/events/${id}`;
			const body = Buffer.from(
				JSON.stringify([
					{
						action: 'CREATE',
						resource,
						resource_type: 'Event',
						resource_id: String(id),
						account_id: store.account.id,
						ack_token: `v${id}`,
					},
				]),
			);
			const timestamp = String(Math.floor(Date.now() / 1000));
			const signature = sign(body, timestamp);
			const send = async (said: string): Promise<number> => {
				const headers = { Timestamp: timestamp, Signature: said, ...(type ? { 'Content-Type': type } : {}) };
				return (await fetch(webhookUrl, { method: 'POST', headers, body })).status;
			};
			const forged = signature.replace(/^./, (one) => (one === '0' ? '1' : '0'));
			expect([type, await send(forged), await send(signature)]).toEqual([type, 401, 200]);
		}
		await until('a run for each', async () => {
			const runs = await house.n8n.executions(workflowId);
			return runs.filter(({ status }) => status === 'success').length === types.length;
		});
	},
);

describe('a rush at reception', () => {
	test('30 check-ins in 30 executions at once share at most two syncs, and all are synced', async () => {
		await control(house.sandbox, 'config', { syncLimitSeconds: 30 });
		const { otherwise, ...counts } = await checkInAtOnce(house, 30);
		await control(house.sandbox, 'config', { syncLimitSeconds: 1 });
		console.log(JSON.stringify(counts));
		expect(otherwise).toEqual([]);
		expect(counts.synced).toBe(30);
		expect(counts.syncs).toBeGreaterThanOrEqual(1);
		// Two, but where the machine is so busy that n8n does not save all of them within 30 seconds.
		expect(counts.syncs).toBeLessThanOrEqual(counts.needed);
	});
});

describe('1,000 forged or broken webhooks', () => {
	test('none starts an execution, none crashes n8n, no token leaves; a good one passes afterwards', async () => {
		const leaked: string[] = [];
		foreign = createServer((request, response) => {
			leaked.push(`${request.url} ${JSON.stringify(request.headers)}`);
			response.end('{}');
		}).listen(0, '127.0.0.1');
		await until('the foreign server', async () => foreign?.listening);
		const foreignPort = (foreign.address() as AddressInfo).port;
		const { id } = (await control(house.sandbox, 'present', { channelId: 1342, value: pins[1] })) as {
			id: number;
		};
		await messageTo(house, 'reception', 'Meeting Room');
		const executions = async (): Promise<number> => (await house.n8n.executions(house.arrival.id)).length;
		const before = await executions();
		const api = house.sandbox.url;
		const port = new URL(api).port;
		const good = {
			action: 'CREATE',
			resource: `${api}/api/3/events/${id}?ack_token=n`,
			resource_type: 'Event',
			resource_id: String(id),
			account_id: house.sandbox.store.account.id,
			ack_token: 'n',
		};
		const text = JSON.stringify([good]);
		const now = (offset = 0): string => String(Math.floor(Date.now() / 1000) + offset);
		type Forged = { body: string; headers: Record<string, string> };
		const signed = (body: string, timestamp = now(), key?: string): Forged => ({
			body,
			headers: { Timestamp: timestamp, Signature: sign(body, timestamp, key) },
		});
		const withSignature = (change: (signature: string) => string): Forged => {
			const { body, headers } = signed(text);
			return { body, headers: { ...headers, Signature: change(headers.Signature ?? '') } };
		};
		const altered = (change: (body: string) => string): Forged => ({ ...signed(text), body: change(text) });
		const at = (resource: unknown): Forged => signed(JSON.stringify([{ ...good, resource }]));
		const kinds: Record<string, () => Forged> = {
			'no headers': () => ({ body: text, headers: {} }),
			'no signature': () => ({ body: text, headers: { Timestamp: now() } }),
			'no timestamp': () => ({ body: text, headers: { Signature: sign(text, now()) } }),
			'empty signature': () => withSignature(() => ''),
			'short signature': () => withSignature((signature) => signature.slice(2)),
			'long signature': () => withSignature((signature) => `${signature}00`),
			'upper-case signature': () =>
				withSignature((signature) => signature.toUpperCase().replace(/^\d+$/, 'A')),
			'signature of another key': () => signed(text, now(), 'guessed'),
			'signature of an empty key': () => signed(text, now(), ''),
			'prefixed signature': () => withSignature((signature) => `sha256=${signature}`),
			'no hex': () => withSignature((signature) => `z${signature.slice(1)}`),
			'old timestamp': () => signed(text, now(-301)),
			// Far enough ahead that a request which waits on a busy machine is still in the future.
			'future timestamp': () => signed(text, now(600)),
			'text timestamp': () => signed(text, 'now'),
			'float timestamp': () => signed(text, `${now()}.5`),
			'negative timestamp': () => signed(text, `-${now()}`),
			'duplicate timestamps': () => signed(text, `${now()}, ${now()}`),
			milliseconds: () => signed(text, `${now()}000`),
			'one byte changed': () => altered((body) => body.replace('CREATE', 'CREATF')),
			're-serialized': () => altered((body) => JSON.stringify(JSON.parse(body), null, 1)),
			'trailing space': () => altered((body) => `${body} `),
			'empty body': () => altered(() => ''),
			'empty signed body': () => signed(''),
			'not JSON': () => signed('hello'),
			'an empty array': () => signed('[]'),
			'a number': () => signed('7'),
			null: () => signed('null'),
			'deep nesting': () => signed('['.repeat(5000) + ']'.repeat(5000)),
			'wrong types': () => signed(JSON.stringify([{ ...good, resource_id: { a: 1 } }])),
			'a foreign host': () => at(`http://127.0.0.1:${foreignPort}/api/3/events/${id}`),
			'another scheme': () => at(`https://127.0.0.1:${port}/api/3/events/${id}`),
			'a file': () => at('file:///etc/passwd'),
			'the user-info trick': () => at(`http://127.0.0.1:${port}@127.0.0.1:${foreignPort}/api/3/events/${id}`),
			'a backslash': () => at(`http://127.0.0.1:${port}\\@127.0.0.1:${foreignPort}/api/3/events/${id}`),
			'a unicode host': () => at(`http://127。0。0。1:${foreignPort}/api/3/events/${id}`),
			'a path outside the API': () => at(`${api}/api/3/../../_sandbox/state`),
			'no address': () => at(''),
			'an address that is a list': () => at([`${api}/api/3/events/${id}`]),
		};
		const names = Object.keys(kinds);
		expect(names.length).toBeGreaterThanOrEqual(20);
		const answers = new Map<string, Set<number>>();
		const send = async (name: string): Promise<void> => {
			const { body, headers } = (kinds[name] as () => Forged)();
			const answer = await fetch(house.arrival.webhookUrl, {
				method: 'POST',
				headers: { 'Content-Type': 'application/json', ...headers },
				body,
			});
			await answer.arrayBuffer();
			answers.set(name, (answers.get(name) ?? new Set()).add(answer.status));
		};
		const queue = Array.from({ length: 1000 }, (_, index) => names[index % names.length] as string);
		await Promise.all(
			Array.from({ length: 20 }, async () => {
				for (let name = queue.pop(); name !== undefined; name = queue.pop()) await send(name);
			}),
		);
		for (const [name, statuses] of answers)
			for (const status of statuses) expect([name, status >= 400 && status < 500]).toEqual([name, true]);
		expect(leaked).toEqual([]);
		expect(await executions()).toBe(before);
		await control(house.sandbox, 'present', { channelId: 1343, value: pins[1] });
		expect(await messageTo(house, 'reception', 'Server Room')).toContain('Walter Guest');
		// Had one of the thousand been let in late, there would be more than the good one's by now.
		await until('the good one to end', async () =>
			(await house.n8n.executions(house.arrival.id)).every(({ status }) => status === 'success'),
		);
		expect(await executions()).toBe(before + 1);
		expect(leaked).toEqual([]);
	});
});

/** n8n stores a run as one flat list in which a text that is a number points to another entry; this reads it back. */
function unflatten(text: string): unknown {
	const list = JSON.parse(text) as unknown[];
	const done = new Map<number, unknown>();
	const at = (index: number): unknown => {
		const entry = list[index];
		if (typeof entry !== 'object' || entry === null) return entry;
		if (done.has(index)) return done.get(index);
		const copy: Record<string, unknown> | unknown[] = Array.isArray(entry) ? [] : {};
		done.set(index, copy);
		for (const [key, value] of Object.entries(entry)) {
			(copy as Record<string, unknown>)[key] = typeof value === 'string' ? at(Number(value)) : value;
		}
		return copy;
	};
	return at(0);
}

/** Everything a run recorded about failures: what stands under `error`, `errorDetails` and the like, at any depth. */
function failures(run: unknown): string {
	const found: string[] = [];
	const seen = new Set<unknown>();
	const walk = (value: unknown, failed: boolean): void => {
		if (typeof value === 'string' && failed) found.push(value);
		if (typeof value !== 'object' || value === null || seen.has(value)) return;
		seen.add(value);
		// The failures come first: what is reachable from both is counted as one.
		const entries = Object.entries(value).sort(
			([one], [other]) => Number(/^error/i.test(other)) - Number(/^error/i.test(one)),
		);
		for (const [key, inner] of entries) walk(inner, failed || /^error/i.test(key));
	};
	walk(run, false);
	return found.join('\n');
}

describe('secrets', () => {
	test('no token, secret or PIN in logs, errors or records where it does not belong', async () => {
		// Errors of every kind, each with what must not be repeated at hand.
		const doorFlow = (name: string, parameters: object): object => ({
			parameters,
			name,
			id: name,
			type: 'n8n-nodes-doorflow.doorFlow',
			typeVersion: 1,
			position: [0, 0],
			credentials: { doorFlowOAuth2Api: house.credential },
			onError: 'continueRegularOutput',
		});
		const locator = (value: string) => ({ __rl: true, mode: 'id', value });
		const ownPin = await visit('Yara');
		const planted = `planted-${randomUUID()}`;
		const nodes = [
			{
				parameters: { path: 'errors', httpMethod: 'POST', responseMode: 'lastNode' },
				name: 'Hook',
				id: 'hook',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				position: [0, 0],
				webhookId: '6f3b6a52-4a8e-4c0e-9b8c-0d5f4f3e1a99',
			},
			doorFlow('Not found', { resource: 'person', operation: 'get', personId: locator('999999') }),
			doorFlow('Conflict', {
				resource: 'credential',
				operation: 'create',
				personId: locator('1001'),
				credentialTypeId: locator('31'),
				valueMode: 'set',
				value: '={{ $("Hook").first().json.body.pin }}',
			}),
			doorFlow('Taken', {
				resource: 'credential',
				operation: 'create',
				personId: locator('1006'),
				credentialTypeId: locator('32'),
				valueMode: 'set',
				value: '={{ $("Hook").first().json.body.pin }}',
			}),
			doorFlow('Typed', {
				resource: 'credential',
				operation: 'create',
				personId: locator('1001'),
				credentialTypeId: locator('31'),
				valueMode: 'set',
				value: ownPin,
			}),
			doorFlow('Not allowed', { resource: 'channel', operation: 'unlock', channelId: locator('1340') }),
			{
				parameters: {
					url: 'http://127.0.0.1:9/elsewhere',
					authentication: 'predefinedCredentialType',
					nodeCredentialType: 'doorFlowOAuth2Api',
					options: {},
				},
				name: 'Elsewhere',
				id: 'elsewhere',
				type: 'n8n-nodes-base.httpRequest',
				typeVersion: 4.2,
				position: [0, 0],
				credentials: { doorFlowOAuth2Api: house.credential },
				onError: 'continueRegularOutput',
			},
		] as Array<{ name: string }>;
		const connections = Object.fromEntries(
			nodes
				.slice(0, -1)
				.map(({ name }, index) => [
					name,
					{ main: [[{ node: nodes[index + 1]?.name, type: 'main', index: 0 }]] },
				]),
		);
		const { id } = await house.n8n.rest<{ id: string }>('POST', '/workflows', {
			name: 'Errors',
			nodes,
			connections,
			settings: {},
		});
		await house.n8n.activate(id);
		const url = `${house.n8n.url}/webhook/errors`;
		const tryIt = async (): Promise<Response> =>
			await fetch(url, {
				method: 'POST',
				headers: { 'Content-Type': 'application/json' },
				body: JSON.stringify({ pin: ownPin, planted }),
			});
		await until('the error workflow', async () => (await tryIt()).status === 200);
		await control(house.sandbox, 'config', { failurePath: '/api/3/people', failureStatus: 500 });
		await tryIt();
		await control(house.sandbox, 'config', { failurePath: '' });
		for (let renewal = 0; renewal < 2; renewal++) {
			await control(house.sandbox, 'expire-tokens');
			await tryIt();
		}
		await control(house.sandbox, 'revoke-application');
		await tryIt();

		const runs = await Promise.all(
			(await house.n8n.executions()).map(async (one) => await house.n8n.executionText(one.id)),
		);
		const records = runs.join('\n');
		const errorTexts = runs
			.map((run) => failures(unflatten((JSON.parse(run) as { data: string }).data)))
			.join('\n');
		expect(errorTexts).toContain('The person already has a credential of this type');
		expect(errorTexts).toContain('needs to be reconnected');
		expect(errorTexts).toContain('Control Doors (Restricted)');
		expect(errorTexts).toContain('does not know the person');
		// Other nodes may send the token to the API host only.
		expect(errorTexts).toContain('restricted from accessing 127.0.0.1:9');
		const secrets = [...house.sandbox.secrets(), 'sandbox-secret'];
		expect(secrets.length).toBeGreaterThan(6);
		const log = await house.n8n.log();
		const database = await house.n8n.database();
		// The searches can fail: what was planted, or is known to be there, is found.
		for (const place of [database, records]) expect(place).toContain(planted);
		expect(records).toContain(ownPin);
		expect(log).toContain('doorFlow');
		expect(failures({ runData: { Node: [{ json: { error: `PIN ${ownPin} is taken` } }] } })).toContain(
			ownPin,
		);
		for (const [place, content] of Object.entries({ log, database, records, errorTexts })) {
			for (const secret of secrets) expect([place, content.includes(secret)]).toEqual([place, false]);
		}
		expect(pins.every((pin) => /^\d{4,7}$/.test(pin))).toBe(true);
		for (const [place, content] of Object.entries({ log, errorTexts })) {
			for (const pin of pins)
				expect([place, new RegExp(`(?<![0-9a-f])${pin}(?![0-9a-f])`).test(content)]).toEqual([place, false]);
		}
	});
});
