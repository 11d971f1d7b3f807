import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';

import { signIn, startBrowser } from '../../harness/browser';
import { SCOPES, visitorsGroup } from '../../harness/house';
import { HANGS_MS, N8n, until, type WorkflowFile } from '../../harness/n8n';
import { addTrigger, pollingWorkflow, triggerWorkflow } from '../../harness/plant';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { foundIn, searched, tablesWith } from './searched';

const KEY = `signing key ${randomUUID()}/+"`;
const CLIENT_SECRET = 'sandbox-secret';
const PEOPLE = 8;
const PIN = 31;
const CARD = 32;
const PASSFLOW = 34;

let sandbox: Sandbox;
let n8n: N8n;
const credential = { id: '', name: 'DoorFlow: Harbour House' };

beforeAll(async () => {
	sandbox = await startSandbox({
		config: { webhookSecret: KEY, syncLimitSeconds: 0, personCredentialFields: true, inviteMs: 600_000 },
	});
	n8n = await N8n.start();
	credential.id = await n8n.connect(sandbox.url, credential.name, SCOPES, { webhookSecret: KEY });
});
afterAll(async () => {
	await n8n?.stop();
	await sandbox?.stop();
});

const locator = (value: number | string) => ({ __rl: true, mode: 'id', value: String(value) });

/** A workflow that a webhook starts, with one operation after the other, whatever becomes of them. */
function chain(name: string, operations: readonly object[], more: WorkflowFile['nodes'] = []): WorkflowFile {
	const nodes: WorkflowFile['nodes'] = [
		{
			parameters: { path: name.toLowerCase(), httpMethod: 'POST', responseMode: 'lastNode' },
			name: 'Hook',
			id: 'hook',
			type: 'n8n-nodes-base.webhook',
			typeVersion: 2,
			position: [0, 0],
			webhookId: randomUUID(),
		},
		...operations.map((parameters, index) => ({
			parameters: { ...parameters },
			name: `DoorFlow ${index}`,
			id: `doorflow-${index}`,
			type: 'n8n-nodes-doorflow.doorFlow',
			typeVersion: 1,
			position: [0, 0],
			onError: 'continueRegularOutput',
			alwaysOutputData: true,
			executeOnce: true,
		})),
		...more,
	];
	const next = (index: number): object => ({
		main: [[{ node: nodes[index + 1]?.name, type: 'main', index: 0 }]],
	});
	const connections = Object.fromEntries(nodes.slice(0, -1).map((node, index) => [node.name, next(index)]));
	return { name, nodes, connections, settings: { executionOrder: 'v1' } };
}

/**
 * Starts a {@link chain} and waits for its end.
 *
 * @param kind `webhook-test` where the editor is waiting for it
 */
async function start(
	{ name }: WorkflowFile,
	body: object,
	kind: 'webhook' | 'webhook-test' = 'webhook',
): Promise<void> {
	await until('the workflow to run', async () => {
		const answer = await fetch(`${n8n.url}/${kind}/${name.toLowerCase()}`, {
			method: 'POST',
			...(body instanceof FormData
				? { body }
				: { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
		});
		const text = await answer.text();
		if (answer.status !== 404 && !answer.ok) throw new Error(`${name}: ${answer.status} ${text}`);
		return answer.ok;
	});
}

/** Imports it. @returns what starts it and waits for its end */
async function activate(file: WorkflowFile): Promise<(body: object) => Promise<void>> {
	await n8n.activate(await n8n.importWorkflow(file, credential, ''));
	return async (body) => await start(file, body);
}

/** DoorFlow's administrator, who works beside n8n and waits with it while a token is renewed. */
async function admin(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
	const answer = await until('a token that is accepted', async () => {
		for (const token of sandbox.secrets().reverse()) {
			const one = await fetch(`${sandbox.url}/api/3/${path}`, {
				method,
				headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
				...(body === undefined ? {} : { body: JSON.stringify(body) }),
			});
			if (one.status !== 401) return one;
		}
		return undefined;
	});
	const text = await answer.text();
	if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
	return text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
}

const give = async (person: number, type: number, value?: string): Promise<Record<string, unknown>> =>
	await admin('POST', `people/${person}/credentials`, {
		person_credential: { credential_type_id: type, ...(value === undefined ? {} : { value }) },
	});

const quiet = async (): Promise<void> =>
	void (await until('all runs to end', async () =>
		(await n8n.executions()).every(({ status }) => ['error', 'success'].includes(status)),
	));
const delivered = async (): Promise<void> =>
	void (await until('all webhooks to be handled', async () =>
		sandbox.store.deliveries.every(({ acknowledged }) => acknowledged),
	));

const current = 'personId';
const person = { [current]: locator('={{ $("Hook").first().json.body.person }}') };
const READING = [
	{ resource: 'credential', operation: 'getAll', scope: 'person', returnAll: true, ...person },
	{ resource: 'credential', operation: 'getAll', scope: 'account', returnAll: true },
	{ resource: 'person', operation: 'get', ...person },
	{ resource: 'person', operation: 'getAll', returnAll: true },
	{ resource: 'person', operation: 'getAccess', ...person },
	{ resource: 'person', operation: 'update', updateFields: { notes: 'seen' }, ...person },
	{ resource: 'event', operation: 'getAll', returnAll: true },
];
/** What was read, as a file: n8n keeps such files beside its database. */
const TO_FILE: WorkflowFile['nodes'][number] = {
	parameters: { operation: 'toJson', options: {} },
	name: 'To File',
	id: 'to-file',
	type: 'n8n-nodes-base.convertToFile',
	typeVersion: 1.1,
	position: [0, 0],
};

const secrets = (): string[] => [...sandbox.secrets(), CLIENT_SECRET, KEY];

describe('after a day of credentials', () => {
	/** Made by others: nothing in n8n needs them. */
	const foreign: string[] = [];
	/** Made by a workflow, or given to it: whoever is to tell a visitor the PIN must have it. */
	const own: string[] = [];
	const typed = '7395162';

	test('no PIN, card number, link, token, client secret or signing key is where docs/security.md does not say', async () => {
		const { webhookUrl } = await addTrigger(n8n, credential, triggerWorkflow());
		sandbox.store.config.webhookUrl = webhookUrl;
		// The longest: shorter ones stand by chance where n8n keeps numbers of its own.
		sandbox.store.config.pinLength = 7;
		await n8n.activate(await n8n.importWorkflow(pollingWorkflow(), credential, ''));
		const read = await activate(chain('Reading', [...READING, READING[1] ?? {}], [TO_FILE]));
		const make = await activate(
			chain('Making', [
				{
					resource: 'credential',
					operation: 'create',
					credentialTypeId: locator(PIN),
					valueMode: 'generate',
					...person,
				},
				{
					resource: 'credential',
					operation: 'create',
					credentialTypeId: locator(CARD),
					valueMode: 'set',
					value: '={{ $("Hook").first().json.body.card }}',
					...person,
				},
				{
					resource: 'credential',
					operation: 'create',
					credentialTypeId: locator(PASSFLOW),
					...person,
				},
				{
					resource: 'visitor',
					operation: 'checkIn',
					matchBy: 'systemId',
					systemId: '=visitor-{{ $("Hook").first().json.body.person }}',
					firstName: 'Vera',
					lastName: 'Guest',
					accessBy: 'groups',
					groupIds: [visitorsGroup(sandbox)],
					endTime: new Date(Date.now() + 8 * 3_600_000).toISOString(),
					issue: 'pin',
				},
			]),
		);
		const type = await activate(
			chain('Typing', [
				{
					resource: 'credential',
					operation: 'create',
					credentialTypeId: locator(PIN),
					valueMode: 'set',
					value: typed,
					...person,
				},
			]),
		);

		const add = (first: string): number =>
			sandbox.store.addPerson({ first_name: first, last_name: 'Day', groups: [1] }).id;
		for (let hour = 0; hour < PEOPLE; hour++) {
			const id = add(`Hour ${hour}`);
			const pins = [`5${String(318_008 + hour * 7919)}`, `6${String(318_008 + hour * 7919)}`];
			const card = String(70_318_008 + hour * 7919);
			const { id: pinId } = await give(id, PIN, pins[0]);
			await give(id, CARD, card);
			const { url } = await give(id, PASSFLOW);
			foreign.push(...pins, card, String(url));
			sandbox.control.present({ channelId: 1340, value: pins[0] });
			sandbox.control.present({ channelId: 1340, value: card });
			await admin('PUT', `people/${id}/credentials/${String(pinId)}`, {
				person_credential: { value: pins[1] },
			});
			await read({ person: id });
			const other = add(`Made ${hour}`);
			const given = String(80_318_008 + hour * 7919);
			await make({ person: other, card: given });
			own.push(given);
			if (hour % 3 === 0) sandbox.control.expireTokens();
			if (hour % 2 === 0) await admin('DELETE', `people/${id}/credentials/${String(pinId)}`);
		}
		await type({ person: add('Typed') });
		for (const { value, url, person_id: holder } of sandbox.store.credentials.values()) {
			const first = sandbox.store.people.get(holder)?.first_name;
			if (!/^(Made|Vera)/.test(String(first))) continue;
			own.push(...[value, url].filter((one): one is string => typeof one === 'string'));
		}
		await delivered();
		await quiet();

		expect(
			sandbox.store.deliveries.filter((one) => one.resourceType === 'PersonCredential').length,
		).toBeGreaterThan(4 * PEOPLE);
		expect(new Set(foreign).size).toBe(4 * PEOPLE);
		expect(new Set(own).size).toBe(4 * PEOPLE);
		for (const link of [...foreign, ...own].filter((one) => !/^\d+$/.test(one)))
			expect(link).toMatch(/^https:/);
		expect(secrets().length).toBeGreaterThan(8);
		// All the places are there, and are searched.
		const files = (await searched(n8n)).join('\n');
		for (const file of ['database.sqlite', 'n8nEventLog', 'n8n.log', 'config', 'storage/workflows/'])
			expect([file, files]).toEqual([file, expect.stringContaining(file)]);

		expect(await foundIn(n8n, [...foreign, ...secrets()])).toEqual([]);
		const rows = await n8n.rows();
		expect(tablesWith(rows, [...foreign, ...secrets()])).toEqual([]);
		expect(tablesWith(rows, own)).toEqual(['execution_data of Making']);
		expect(tablesWith(rows, [typed])).toEqual([
			'execution_data of Typing',
			'workflow_entity',
			'workflow_history',
		]);
		const elsewhere = (await foundIn(n8n, [...own, typed])).filter((one) => !one.includes('database.sqlite'));
		expect(elsewhere).toEqual([]);
	});

	test('the search finds what is there, in whatever spelling', async () => {
		const planted = `planted/${randomUUID()}?"`;
		const base64 = Buffer.from(`xx${planted}`).toString('base64');
		const hex = Buffer.from(planted).toString('hex');
		const plant = await activate(chain('Planting', [{ resource: 'group', operation: 'getAll' }]));
		for (const one of [planted, encodeURIComponent(planted), base64, hex]) await plant({ one });
		await quiet();
		const found = (await foundIn(n8n, [planted])).map((one) => one.split(' as ')[1] ?? '');
		for (const one of [planted.replace('"', '\\"'), encodeURIComponent(planted), hex])
			expect(found).toContain(one);
		expect(found.some((one) => one.length > 20 && base64.includes(one))).toBe(true);
		expect(tablesWith(await n8n.rows(), [planted])).toEqual(['execution_data of Planting']);
	});

	test('with Include Secrets, the same search finds them, in the runs of that trigger and of that reading', async () => {
		const { webhookUrl } = await addTrigger(n8n, credential, {
			...triggerWorkflow({ options: { includeSecrets: true } }, '6f3b6a52-4a8e-4c0e-9b8c-0d5f4f3e1b42'),
			name: 'Telling',
		});
		sandbox.store.config.webhookUrl = webhookUrl;
		const reading = { ...READING[1], options: { includeSecrets: true } };
		const read = await activate(chain('Asking', [reading], [TO_FILE]));
		const { id } = sandbox.store.addPerson({ first_name: 'Told', last_name: 'Day', groups: [1] });
		const pin = '5999101';
		await give(id, PIN, pin);
		const { url } = await give(id, PASSFLOW);
		await delivered();
		await read({ person: id });
		await quiet();
		const rows = await n8n.rows();
		expect(tablesWith(rows, [pin])).toEqual(['execution_data of Asking', 'execution_data of Telling']);
		expect(tablesWith(rows, [String(url)])).toContain('execution_data of Telling');
		const found = (await foundIn(n8n, [pin])).map((one) => one.split(':')[0]);
		expect(found.some((one) => one?.startsWith('.n8n/database.sqlite'))).toBe(true);
		expect(found.some((one) => one?.includes('storage/workflows/'))).toBe(true);
	});
});

test('nothing that n8n sends to its editor holds a token, the client secret or the signing key', async () => {
	const { workflowId, webhookUrl } = await addTrigger(
		n8n,
		credential,
		triggerWorkflow({}, '6f3b6a52-4a8e-4c0e-9b8c-0d5f4f3e1b43'),
	);
	sandbox.store.config.webhookUrl = webhookUrl;
	const locators = [{ personId: locator(1001) }, { personId: locator(999_999) }];
	const read = await activate(
		chain(
			'Browsing',
			locators.map((one) => ({ resource: 'person', operation: 'get', ...one })),
		),
	);
	for (let renewal = 0; renewal < 2; renewal++) {
		sandbox.control.expireTokens();
		sandbox.control.present({ channelId: 1340, value: '41000' });
		await delivered();
		await read({});
	}
	await quiet();

	const types = await Promise.all(
		(['credentials', 'nodes'] as const).map(async (kind) => await n8n.types(kind)),
	);
	const own = types.flat().filter(({ name }) => /doorflow/i.test(name));
	const icons = own.flatMap((one) => Object.values((one as { iconUrl?: object }).iconUrl ?? {}) as string[]);
	expect(icons.length).toBeGreaterThan(3);
	const runs = (await n8n.executions()).map(({ id }) => `/rest/executions/${id}`);
	const sent: Array<{ table: string; workflow: null; text: string }> = [];
	for (const path of [
		'/types/credentials.json',
		'/types/nodes.json',
		'/schemas/n8n-nodes-doorflow.doorFlow/1.0.0/person/get.json',
		...icons.map((icon) => `/${icon}`),
		'/rest/credentials',
		`/rest/credentials/${credential.id}`,
		`/rest/credentials/${credential.id}?includeData=true`,
		`/rest/oauth2-credential/auth?id=${credential.id}`,
		'/rest/workflows',
		`/rest/workflows/${workflowId}`,
		'/rest/executions?limit=100',
		...runs,
	]) {
		const answer = await n8n.visit(`${n8n.url}${path}`);
		expect([path, answer.status]).toEqual([path, 200]);
		sent.push({ table: path, workflow: null, text: await answer.text() });
	}
	const groups = await n8n.rest('POST', '/dynamic-node-parameters/options', {
		path: 'parameters.groupIds',
		nodeTypeAndVersion: { name: 'n8n-nodes-doorflow.doorFlow', version: 1 },
		methodName: 'loadGroups',
		currentNodeParameters: {},
		credentials: { doorFlowOAuth2Api: credential },
	});
	sent.push({ table: 'groups', workflow: null, text: JSON.stringify(groups) });

	// It is all there, and is searched.
	const credentialData = `/rest/credentials/${credential.id}?includeData=true`;
	expect(tablesWith(sent, ['sandbox-client'])).toContain(credentialData);
	expect(tablesWith(sent, [sandbox.url])).toContain(credentialData);
	expect(tablesWith(sent, ['accessGranted']).filter((path) => runs.includes(path))).not.toEqual([]);
	expect(tablesWith(sent, ['does not know the person']).filter((path) => runs.includes(path))).not.toEqual(
		[],
	);
	expect(tablesWith(sent, ['Visitors'])).toContain('groups');
	expect(secrets().length).toBeGreaterThan(6);
	for (const token of sandbox.secrets()) expect(token.length).toBeGreaterThan(30);
	expect(tablesWith(sent, secrets())).toEqual([]);
});

describe('a browser with the editor open', () => {
	type Sent = Parameters<typeof tablesWith>[0][number];
	let browser: Browser;
	let page: Page;
	/** All that n8n answered to it, and each message that n8n pushed to it. */
	const sent: Sent[] = [];
	const got = (table: string, text: string): void => void sent.push({ table, workflow: null, text });
	const pushed = (...parts: readonly string[]): boolean =>
		sent.some(({ table, text }) => table === 'push' && parts.every((part) => text.includes(part)));

	beforeAll(async () => {
		browser = await startBrowser();
		page = await browser.newPage();
		page.setDefaultTimeout(HANGS_MS);
		page.on('response', (answer) => {
			const path = answer.url().slice(n8n.url.length);
			if (/^\/(?:rest|types)\//.test(path))
				void answer.text().then(
					(text) => got(path, text),
					// Nothing is left of an answer that the browser did not wait for.
					() => undefined,
				);
		});
		page.on('websocket', (socket) =>
			socket.on('framereceived', ({ payload }) => got('push', payload.toString('utf8'))),
		);
		await signIn(page, n8n);
	});
	afterAll(async () => await browser?.close());

	/** Opens a workflow, presses Execute Workflow, sends what n8n waits for then, and waits until the browser heard of the end. */
	async function execute(file: WorkflowFile, begin: () => Promise<unknown>): Promise<void> {
		const id = await n8n.importWorkflow(file, credential, '');
		await page.goto(`${n8n.url}/workflow/${id}`);
		await page.locator('[data-test-id="execute-workflow-button"]').click();
		await until('n8n to listen', async () =>
			sent.some(({ table, text }) => table.endsWith(`/${id}/run`) && text.includes('waitingForWebhook')),
		);
		await begin();
		await until('the end of the run to be told', async () => pushed('"executionFinished"', `"${id}"`));
	}

	test('receives no token, secret or signing key, and no PIN that nobody asked for, neither over HTTP nor by push', async () => {
		const { id } = sandbox.store.addPerson({ first_name: 'Looked-At', last_name: 'Day', groups: [1] });
		const pins = ['5999203', '5999204'];
		const { id: first } = await give(id, PIN, pins[0]);
		const { url } = await give(id, PASSFLOW);
		const reading = chain('Looking', [
			...READING,
			{ resource: 'credential', operation: 'get', credentialId: locator(String(first)), ...person },
			{ resource: 'person', operation: 'get', personId: locator(999_999) },
		]);
		await execute(reading, async () => await start(reading, { person: id }, 'webhook-test'));

		const path = '6f3b6a52-4a8e-4c0e-9b8c-0d5f4f3e1b45';
		sandbox.store.config.webhookUrl = `${n8n.url}/webhook-test/${path}/webhook`;
		await execute(triggerWorkflow({}, path), async () => {
			await admin('PUT', `people/${id}/credentials/${String(first)}`, {
				person_credential: { value: pins[1] },
			});
		});

		// It is all there, and is searched.
		const asked = ['/types/credentials.json', '/rest/credentials/', '/rest/workflows/', '/rest/executions/'];
		for (const path of asked)
			await until(`the editor to get ${path}`, async () =>
				sent.some(({ table, text }) => table.startsWith(path) && text.length > 100),
			);
		const data = '"nodeExecuteAfterData"';
		expect(pushed(data, '"DoorFlow Trigger"', '"credentialUpdated"', '••04')).toBe(true);
		expect(pushed(data, '"DoorFlow 0"', '••03')).toBe(true);
		expect(pushed(data, '"DoorFlow 2"', 'Looked-At')).toBe(true);
		expect(pushed(data, '"DoorFlow 8"', 'does not know the person')).toBe(true);
		expect(secrets().length).toBeGreaterThan(3);
		expect(tablesWith(sent, [...secrets(), ...pins, String(url)])).toEqual([]);

		const told = chain('Told', [{ ...READING[0], options: { includeSecrets: true } }]);
		await execute(told, async () => await start(told, { person: id }, 'webhook-test'));
		expect(tablesWith(sent, [pins[1] ?? ''])).toContain('push');
		expect(tablesWith(sent, [String(url)])).toContain('push');
	});
});

describe('what is deleted in n8n', () => {
	/** In all that n8n keeps, but for pages of its database file that are no longer used. */
	const kept = async (value: string): Promise<string[]> => [
		...tablesWith(await n8n.rows(), [value]),
		...(await foundIn(n8n, [value])).filter((one) => !one.includes('database.sqlite')),
	];

	test('an execution takes along its data and the photos in it', async () => {
		const mark = `photo-${randomUUID()}`;
		const name = `Vera ${randomUUID()}`;
		const form = new FormData();
		form.set('name', name);
		const head = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
		form.set('photo', new Blob([head, mark], { type: 'image/png' }), 'photo.png');
		const { id } = sandbox.store.addPerson({ first_name: 'Photo', last_name: 'Day', groups: [1] });
		const upload = await activate(
			chain('Photos', [
				{
					resource: 'person',
					operation: 'update',
					personId: locator(id),
					updateFields: { imageBinaryProperty: 'photo', notes: '={{ $json.body.name }}' },
				},
			]),
		);
		await upload(form);
		await quiet();
		expect(sandbox.store.people.get(id)?.notes).toBe(name);
		expect(await kept(mark)).toEqual([expect.stringContaining('binary_data')]);
		expect(await kept(name)).toEqual(['execution_data of Photos']);

		const runs = await n8n.executions();
		const texts = await Promise.all(runs.map(async ({ id: run }) => await n8n.executionText(run)));
		const ids = runs.map(({ id: run }) => run).filter((_, index) => texts[index]?.includes(name));
		expect(ids).toHaveLength(1);
		await n8n.rest('POST', '/executions/delete', { ids });
		expect(await kept(mark)).toEqual([]);
		expect(await kept(name)).toEqual([]);
	});

	test('a workflow takes along what its trigger remembers, which holds no names', async () => {
		const { workflowId: events, webhookUrl } = await addTrigger(
			n8n,
			credential,
			triggerWorkflow({}, '6f3b6a52-4a8e-4c0e-9b8c-0d5f4f3e1b44'),
		);
		sandbox.store.config.webhookUrl = webhookUrl;
		const polls = await n8n.importWorkflow({ ...pollingWorkflow(), name: 'Last Poll' }, credential, '');
		await n8n.activate(polls);
		const remembered = async () =>
			(await n8n.rows()).filter(({ table, text }) =>
				table === 'workflow_entity'
					? text.includes(polls) && text.includes('"node:DoorFlow Polling Trigger"')
					: table === 'processed_data' && text.includes(events),
			);
		// What happened before is not told.
		await until('the first poll', async () => (await remembered()).length > 0);
		const { person_name: who } = sandbox.control.present({ channelId: 1340, value: '41000' });
		expect(who).toMatch(/^\w+ \w+/);
		await delivered();
		await until('both to tell of it', async () => {
			const told = tablesWith(await n8n.rows(), [String(who)]);
			return ['Events 44', 'Last Poll'].every((name) => told.includes(`execution_data of ${name}`));
		});
		await quiet();
		expect(new Set((await remembered()).map(({ table }) => table)).size).toBe(2);
		expect(tablesWith(await remembered(), [String(who)])).toEqual([]);
		for (const id of [events, polls]) await n8n.deleteWorkflow(id);
		expect(await remembered()).toEqual([]);
		// What is left of them is their IDs, in n8n's own counters.
		expect(
			tablesWith(await n8n.rows(), [events, polls]).filter((table) =>
				/^(?:exec|processed|workflow_[eh])/.test(table),
			),
		).toEqual([]);
	});
});

describe('the connection', () => {
	/** Consents, and calls n8n back with another state. @returns what n8n's page says */
	const callback = async (change: (url: URL) => void): Promise<string> => {
		const authorize = await n8n.rest<string>('GET', `/oauth2-credential/auth?id=${credential.id}`);
		const consent = await fetch(`${authorize}&consent=auto`, { redirect: 'manual' });
		const url = new URL(consent.headers.get('location') ?? '');
		change(url);
		return await (await n8n.visit(url.href)).text();
	};
	const exchanges = (): number =>
		sandbox.control.requests().filter(({ path }) => path === '/oauth/token').length;

	test('a callback with a state that n8n did not give is refused, and no code is exchanged', async () => {
		const before = exchanges();
		const forged = Buffer.from(JSON.stringify({ token: 'forged', cid: credential.id })).toString('base64');
		const changes: Array<(url: URL) => void> = [
			(url) => url.searchParams.set('state', forged),
			(url) => url.searchParams.set('state', (url.searchParams.get('state') ?? '').slice(0, -8)),
			(url) => url.searchParams.delete('state'),
		];
		for (const change of changes) expect(await callback(change)).toMatch(/error|invalid|insufficient/i);
		expect(exchanges()).toBe(before);
		// The right one is taken, once.
		let right = '';
		expect(await callback((url) => void (right = url.href))).toMatch(/connected|success/i);
		expect(exchanges()).toBe(before + 1);
		expect(await (await n8n.visit(right)).text()).toMatch(/error|invalid/i);
		expect(exchanges()).toBe(before + 1);
	});

	test('another node sends the token to api.doorflow.com only, until somebody who may edit the credential allows more', async () => {
		const request = {
			parameters: {
				url: `${sandbox.url}/api/3/account`,
				authentication: 'predefinedCredentialType',
				nodeCredentialType: 'doorFlowOAuth2Api',
				options: {},
			},
			name: 'HTTP Request',
			id: 'http-request',
			type: 'n8n-nodes-base.httpRequest',
			typeVersion: 4.2,
			position: [0, 0],
			onError: 'continueRegularOutput',
			credentials: { doorFlowOAuth2Api: credential },
		};
		const ask = await activate(chain('Elsewhere', [], [request]));
		const asked = async (): Promise<Array<string | undefined>> => {
			const before = sandbox.control.requests().length;
			await ask({});
			return sandbox.control
				.requests()
				.slice(before)
				.filter(({ path }) => path === '/api/3/account')
				.map(({ status }) => String(status));
		};
		expect(await asked()).toEqual([]);
		const [run] = await n8n.executions();
		expect(await n8n.executionText(run?.id ?? '')).toContain('Domain not allowed');
		const { data } = await n8n.rest<{ data: object }>(
			'GET',
			`/credentials/${credential.id}?includeData=true`,
		);
		await n8n.rest('PATCH', `/credentials/${credential.id}`, {
			name: credential.name,
			type: 'doorFlowOAuth2Api',
			data: { ...data, allowedHttpRequestDomains: 'all' },
		});
		expect(await asked()).toEqual(['200']);
	});

	test("n8n's own Disconnect deletes the token from n8n: nodes ask to connect, and DoorFlow is not told", async () => {
		const stored = async (): Promise<unknown> =>
			(
				await n8n.rest<{ data: { oauthTokenData?: unknown } }>(
					'GET',
					`/credentials/${credential.id}?includeData=true`,
				)
			).data.oauthTokenData;
		expect(await stored()).toBeTruthy();
		await n8n.rest('DELETE', `/credentials/${credential.id}/oauth-token`);
		expect(await stored()).toBeFalsy();
		expect(sandbox.control.tokens().connected).toBe(true);
		const read = await activate(chain('Disconnected', [{ resource: 'account', operation: 'get' }]));
		await read({});
		const [run] = await n8n.executions();
		expect(await n8n.executionText(run?.id ?? '')).toContain('is not connected yet');
	});
});
