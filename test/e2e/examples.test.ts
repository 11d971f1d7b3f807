import { createHmac, randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { decide } from '../../sandbox/doors';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import type { Door, Row } from '../../sandbox/store';
import { visitorsGroup } from '../../harness/house';
import { example, N8n, until, type WorkflowFile } from '../../harness/n8n';
import { ChatModel } from './chatModel';
import { Mailbox } from './mailbox';
import { spreadsheet } from './spreadsheet';

/** Taking the connection away comes last. */
const LAST = 'connection-watch';
const EXAMPLES = readdirSync(join(__dirname, '..', '..', 'examples'))
	.filter((name) => name.endsWith('.json'))
	.map((name) => name.replace(/\.json$/, ''))
	.sort((one, other) => Number(one === LAST) - Number(other === LAST));

/** What the stickers tell a user to tick, for all examples together. */
const PERMISSIONS = [
	'account.person',
	'account.credential_type.readonly',
	'account.group.readonly',
	'account.channel.readonly',
	'account.channel.admit',
	'account.event.access.readonly',
	'account.reservation',
	'account.group_reservation',
	'account.sync',
];
const HR_KEY: string = randomUUID();
const DESK = `desk:${randomUUID()}`;
const SLACK_SECRET: string = randomUUID();
const DAY_MS = 86_400_000;
/** n8n takes no answer from what looks like a program that only previews links. */
const BROWSER = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
/** n8n 1 checks in the editor what n8n 2 checks when a workflow is published, and starts a sub-workflow that is not active. */
const IS_N8N_1 = process.env.DOORFLOW_N8N_VERSION?.startsWith('1.') ?? false;

let sandbox: Sandbox;
let n8n: N8n;
const credential = { id: '', name: 'DoorFlow: Harbour House' };
/** The credentials that the stickers tell a user to create. */
const accounts: Record<string, { id: string; name: string }> = {};

beforeAll(async () => {
	sandbox = await startSandbox({
		config: { syncLimitSeconds: 0, requireSync: true, accountTimeZone: 'UTC' },
	});
	// The days that are counted here are the same days there, at any time of the year.
	n8n = await N8n.start({ env: { GENERIC_TIMEZONE: 'UTC' } });
	credential.id = await n8n.connect(sandbox.url, credential.name, PERMISSIONS);
	await create('httpHeaderAuth', { name: 'X-HR-Key', value: HR_KEY });
	const [user, password] = DESK.split(':');
	await create('httpBasicAuth', { user, password });
});
afterAll(async () => {
	await n8n?.stop();
	await sandbox?.stop();
});

async function create(type: string, data: object): Promise<void> {
	const { id } = await n8n.rest<{ id: string }>('POST', '/credentials', { name: type, type, data });
	accounts[type] = { id, name: type };
}

type Node = WorkflowFile['nodes'][number];
type Filled = Record<string, Record<string, unknown>>;

/**
 * The same message as a request to the sandbox's outbox; every expression stays as it is in the example.
 *
 * @param isDown the service behind this node does not answer
 */
function toOutbox(node: Node, isDown: boolean): Node {
	const { parameters } = node;
	const fields: Record<string, Record<string, unknown>> = {
		'n8n-nodes-base.slack': {
			to: (parameters.channelId as { value?: unknown } | undefined)?.value,
			text: parameters.text,
		},
		'n8n-nodes-base.twilio': { to: parameters.to, text: parameters.message },
		'n8n-nodes-base.emailSend': {
			to: parameters.toEmail,
			subject: parameters.subject,
			text: parameters.text ?? parameters.html,
			files: '={{ Object.values($binary ?? {}).map((file) => file.fileName).join() }}',
		},
	};
	const message = fields[node.type];
	if (!message) return node;
	const body = Object.entries(message).map(([name, value]) => ({ name, value }));
	return {
		...node,
		type: 'n8n-nodes-base.httpRequest',
		typeVersion: 4.2,
		parameters: {
			method: 'POST',
			url: isDown ? 'http://127.0.0.1:9/' : `${sandbox.url}/_sandbox/outbox`,
			sendBody: true,
			bodyParameters: { parameters: body },
			options: {},
		},
	};
}

/** The same review by mail: the message, the buttons and the wait stay as they are in the example. */
function toMail(node: Node): Node {
	if (node.type !== 'n8n-nodes-base.slackHitlTool') return node;
	const { message, approvalOptions, options } = node.parameters;
	const addresses = { fromEmail: 'n8n@harbour.example', toEmail: 'guards@harbour.example' };
	return {
		...node,
		type: 'n8n-nodes-base.emailSendHitlTool',
		typeVersion: 2.1,
		parameters: { ...addresses, subject: 'Approve', message, approvalOptions, options },
	};
}

/** Chooses the credential that a node asks for, as a user does. */
function withAccount(node: Node): Node {
	const wanted =
		{ headerAuth: 'httpHeaderAuth', basicAuth: 'httpBasicAuth' }[String(node.parameters.authentication)] ??
		{ 'n8n-nodes-base.emailSendHitlTool': 'smtp', '@n8n/n8n-nodes-langchain.lmChatOpenAi': 'openAiApi' }[
			node.type
		];
	return wanted ? { ...node, credentials: { [wanted]: accounts[wanted] } } : node;
}

/**
 * Imports and activates an example: messages go to the outbox, accounts are chosen, nothing else is exchanged.
 *
 * @param filled parameters that are filled in or shortened, by the name of the node
 * @param options.again gives it addresses of its own, beside one that is active already
 * @param options.down nodes whose service does not answer
 */
async function activate(
	name: string,
	filled: Filled = {},
	{ again = false, down = [] }: { again?: boolean; down?: string[] } = {},
): Promise<{ id: string; webhookId: string }> {
	const file = await example(name);
	const nodes = file.nodes.map((node) => {
		const own = again && node.webhookId !== undefined ? { ...node, webhookId: randomUUID() } : node;
		const complete = { ...own, parameters: { ...own.parameters, ...filled[node.name] } };
		return withAccount(toMail(toOutbox(complete, down.includes(node.name))));
	});
	const id = await n8n.importWorkflow({ ...file, nodes }, credential, `${sandbox.url}/_sandbox/outbox`);
	await n8n.activate(id);
	return { id, webhookId: nodes.find(({ webhookId }) => webhookId !== undefined)?.webhookId ?? '' };
}

/** A workflow that others start, and that tells of the events it gets. */
async function activateRecorder(to: string): Promise<string> {
	const outbox = `${sandbox.url}/_sandbox/outbox`;
	const file: WorkflowFile = {
		name: `Recorder: ${to}`,
		nodes: [
			{
				parameters: { inputSource: 'passthrough' },
				type: 'n8n-nodes-base.executeWorkflowTrigger',
				typeVersion: 1.1,
				position: [0, 0],
				id: randomUUID(),
				name: 'Start',
			},
			{
				parameters: {
					method: 'POST',
					url: outbox,
					sendBody: true,
					bodyParameters: {
						parameters: [
							{ name: 'to', value: to },
							{ name: 'text', value: '={{ $json.event }}' },
						],
					},
					options: {},
				},
				type: 'n8n-nodes-base.httpRequest',
				typeVersion: 4.2,
				position: [220, 0],
				id: randomUUID(),
				name: 'Tell',
			},
		],
		connections: { Start: { main: [[{ node: 'Tell', type: 'main', index: 0 }]] } },
		settings: { executionOrder: 'v1' },
	};
	const id = await n8n.importWorkflow(file, credential, outbox);
	if (!IS_N8N_1) await n8n.activate(id);
	return id;
}

/** From now on DoorFlow's webhooks go to this workflow. */
async function listen(webhookId: string): Promise<void> {
	const url = `${n8n.url}/webhook/${webhookId}/webhook`;
	await until(
		'the webhook to be registered',
		async () => (await fetch(url, { method: 'POST', body: '[]' })).status === 401,
	);
	sandbox.store.config.webhookUrl = url;
}

/** Fills in a form and sends it. */
async function submit(
	url: string,
	values: ReadonlyArray<File | string>,
	headers: Record<string, string> = {},
): Promise<Response> {
	await until('the form', async () => (await fetch(url, { headers })).ok);
	const form = new FormData();
	values.forEach((value, index) => form.set(`field-${index}`, value));
	return await fetch(url, { method: 'POST', body: form, headers });
}

const messages = (to: string, containing = ''): Array<Record<string, unknown>> =>
	sandbox.store.outbox.filter((one) => String(one.to).includes(to) && String(one.text).includes(containing));
const message = async (to: string, containing = ''): Promise<Record<string, unknown>> =>
	await until(`a message to ${to}`, async () => messages(to, containing)[0]);
/** Waits until a workflow has run so many times. */
const ran = async (id: string, times: number, status = 'success'): Promise<string> =>
	await until(`${times} runs`, async () => {
		const done = (await n8n.executions(id)).filter((one) => one.status === status);
		return done.length >= times ? done[0]?.id : undefined;
	});

const people = (): Row[] => [...sandbox.store.people.values()];
const personBy = (field: string, value: string): Row | undefined =>
	people().find((one) => one[field] === value);
const credentialsOf = (person: Row | undefined): string[] =>
	[...sandbox.store.credentials.values()]
		.filter((one) => one.person_id === person?.id)
		.map(({ value }) => String(value));
const door = (id: number): Door => sandbox.store.doors.get(id) as Door;
/** What a door would decide, without an event. */
const shown = (id: number, value: string, at?: number): number =>
	decide(sandbox.store, door(id), value, at).code;
const pinIn = (text: unknown): string => /PIN for today is (\d{4,7})\.$/.exec(String(text))?.[1] ?? 'none';

/** What becomes of the first name https://evil.example/4711. */
const LINKLESS = /^Hello httpsevilexample, your PIN for today is \d{4,7}\.$/;

/** A day from today on, as a form sends it. */
const dayIn = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
/** As messages name a day. */
const dayInWords = (day: string): string => {
	const words = (options: Intl.DateTimeFormatOptions): string =>
		new Date(day).toLocaleDateString('en-GB', { timeZone: 'UTC', ...options });
	return `${words({ weekday: 'long' })}, ${words({ day: 'numeric', month: 'long' })}`;
};
const at = (day: string, time: string): number => Date.parse(`${day}T${time}:00Z`);

/** Somebody signs in for the first time. @returns the PIN of the message, which opens today and not tomorrow */
async function visit(url: string, first: string, email: string, mobile: string): Promise<string> {
	await submit(url, [first, 'Guest', email, mobile]);
	const { text } = await message(mobile);
	expect(text).toMatch(new RegExp(`^Hello ${first}, your PIN for today is \\d{4,7}\\.$`));
	const pin = pinIn(text);
	expect(shown(1340, pin)).toBe(11);
	// The booking has ended: no access (27), or out of hours (21) once the wider validity of the record is over, too.
	expect([21, 27]).toContain(shown(1340, pin, Date.now() + DAY_MS));
	return pin;
}

/** Does something while one thing of the account has another name. */
async function renamed(
	list: readonly object[],
	field: string,
	name: string,
	...steps: Array<() => Promise<unknown>>
): Promise<void> {
	const one = list.find((candidate) => (candidate as Record<string, unknown>)[field] === name) as Record<
		string,
		unknown
	>;
	one[field] = 'another name';
	for (const step of steps) await step();
	one[field] = name;
}

/** In place of a schedule for which nobody can wait. */
const everyTwoSeconds = { rule: { interval: [{ field: 'seconds', secondsInterval: 2 }] } };

/** What can only be seen after a while. */
const later: Record<string, () => Promise<void>> = {};

const scenarios: Record<string, () => Promise<void>> = {
	'visitor-check-in': async () => {
		// Without its group it can't be published: n8n names the field.
		if (!IS_N8N_1)
			await expect(activate('visitor-check-in', {}, { again: true })).rejects.toThrow('groupIds');
		const { webhookId } = await activate('visitor-check-in', {
			'Check In Until Tonight': { groupIds: [visitorsGroup(sandbox)] },
		});
		const url = `${n8n.url}/form/${webhookId}`;
		const pin = await visit(url, 'Vera', 'Vera@visitor.example', '+44 7700 900001');
		expect(personBy('system_id', 'visitor-vera@visitor.example-447700900001')).toMatchObject({
			last_name: 'Guest',
		});
		// Signing in again on the same day keeps the PIN; who types another visitor's address does not get theirs.
		await submit(url, ['Vera', 'Guest', 'VERA@visitor.example', '+44 (7700) 900001']);
		expect(pinIn((await message('+44 (7700) 900001')).text)).toBe(pin);
		await submit(url, ['Eve', 'Dropper', 'vera@visitor.example', '+44 7700 900002']);
		expect(pinIn((await message('+44 7700 900002')).text)).not.toBe(pin);
		expect(personBy('system_id', 'visitor-vera@visitor.example-447700900001')).toMatchObject({
			first_name: 'Vera',
		});
		// A name that is a link is none in the message.
		await submit(url, ['https://evil.example/4711', 'Guest', 'eve@visitor.example', '+44 7700 900003']);
		expect((await message('+44 7700 900003')).text).toMatch(LINKLESS);
		// Nobody signs in as an employee.
		const ada = { ...personBy('email', 'ada.okafor@harbour.example') };
		await submit(url, ['Mallory', 'Thief', 'ada.okafor@harbour.example', '+44 Malice']);
		await message('+44 Malice');
		expect(personBy('email', 'ada.okafor@harbour.example')).toEqual(ada);
	},

	'visitor-check-in-sms': async () => {
		const { webhookId, id } = await activate('visitor-check-in-sms');
		const url = `${n8n.url}/form/${webhookId}`;
		const pin = await visit(url, 'Walter', 'walter@visitor.example', '+44 Walter');
		// Who signs in again on the same day is the same person with the same PIN.
		await submit(url, ['Walter', 'Guest', 'WALTER@visitor.example', '+44-Walter']);
		expect(pinIn((await message('+44-Walter')).text)).toBe(pin);
		expect(people().filter((one) => one.first_name === 'Walter')).toHaveLength(1);
		await submit(url, ['https://evil.example/4711', 'Guest', 'eve@visitor.example', '+44 Eve']);
		expect((await message('+44 Eve')).text).toMatch(LINKLESS);
		await submit(url, ['Mallory', 'Thief', 'ada.okafor@harbour.example', '+44 Mallory']);
		const mallorys = pinIn((await message('+44 Mallory')).text);
		expect(decide(sandbox.store, door(1340), mallorys).person?.first_name).toBe('Mallory');
		expect(personBy('email', 'ada.okafor@harbour.example')).toMatchObject({
			first_name: 'Ada',
			valid_to: null,
		});
		await renamed(
			sandbox.store.groups,
			'name',
			'Visitors',
			async () => await submit(url, ['Gerd', 'Groupless', 'gerd@visitor.example', '+44 Gerd']),
			async () => await ran(id, 1, 'error'),
		);
		expect(personBy('first_name', 'Gerd')).toBeUndefined();
	},

	'visitor-list-from-spreadsheet': async () => {
		const { webhookId } = await activate('visitor-list-from-spreadsheet', {
			'Check In the Guests': { groupIds: [visitorsGroup(sandbox)] },
		});
		const url = `${n8n.url}/form/${webhookId}`;
		const day = dayIn(1);
		const heads = ['First name', 'Last name', 'Email', 'Mobile'];
		const guests = Array.from('ABCDEFGHIJ', (letter, index) => [
			`Guest${letter}`,
			'Listed',
			`guest${index}@list.example`,
			`+44 7700 9100${index}0`,
		]);
		const handIn = async (host: string, rows: Array<Array<number | string>>): Promise<unknown> => {
			const file = new File([spreadsheet([heads, ...rows])], 'guests.xlsx');
			await submit(url, [file, 'Hanna.Host', host, day]);
			return (await message(host)).text;
		};
		const syncs = (): number =>
			sandbox.control.requests().filter(({ method, path }) => method === 'POST' && path === '/api/3/sync')
				.length;
		const before = syncs();
		expect(await handIn('host once', guests)).toBe(`10 of 10 guests are checked in for ${dayInWords(day)}.`);
		expect(syncs()).toBe(before + 1);
		const told = async (mobile: string, times = 1): Promise<string> => {
			const texts = await until(`message ${times} to ${mobile}`, async () => {
				const all = messages(mobile);
				return all.length === times ? all.map(({ text }) => String(text)) : undefined;
			});
			return texts.at(-1) ?? '';
		};
		const pins: string[] = [];
		for (const [first, , , mobile] of guests) {
			const pin = /Your PIN for the doors is (\d{4,7})\./.exec(await told(String(mobile)))?.[1] ?? 'none';
			expect(await told(String(mobile))).toBe(
				`Hello ${first}, HannaHost expects you on ${dayInWords(day)}. Your PIN for the doors is ${pin}. It works from 08:00 to 18:00.`,
			);
			const opens = ['07:59', '10:00', '18:01'].map((time) => shown(1340, pin, at(day, time)) === 11);
			expect([first, ...opens]).toEqual([first, false, true, false]);
			pins.push(pin);
		}
		expect(new Set(pins).size).toBe(10);

		// Again, with a mobile that Excel made a number of, and a row that lacks its mobile.
		const more = [...guests, ['Nomi', 'Number', 'nomi@list.example', 447700910999], ['Lara', 'Lost']];
		expect(await handIn('host again', more)).toMatch(
			new RegExp(
				`^11 of 12 guests are checked in for ${dayInWords(day)}\\. Not checked in: Lara Lost \\(\\S`,
			),
		);
		expect(await told('447700910999')).toMatch(/^Hello Nomi, /);
		for (const [index, [, , , mobile]] of guests.entries())
			expect(await told(String(mobile), 2)).toContain(` ${pins[index]}.`);
		expect(people().filter(({ last_name: last }) => last === 'Listed')).toHaveLength(10);
		expect(personBy('first_name', 'Lara')).toBeUndefined();
	},

	'second-visit': async () => {
		const group = { groupIds: [visitorsGroup(sandbox)] };
		const first = await activate('visitor-check-in', { 'Check In Until Tonight': group }, { again: true });
		const { webhookId } = await activate('second-visit', { 'Book That Day': group });
		const mobile = '+44 7700 900055';
		const pin = await visit(`${n8n.url}/form/${first.webhookId}`, 'Yara', 'yara@visitor.example', mobile);
		const book = async (day: string): Promise<string> => {
			await submit(`${n8n.url}/form/${webhookId}`, ['Yara', 'Guest', 'Yara@visitor.example', mobile, day]);
			const { text } = await message(mobile, dayInWords(day));
			const told = /Your PIN is (\d{4,7})\.$/.exec(String(text))?.[1] ?? 'none';
			expect(text).toBe(
				`Hello Yara, you can come in on ${dayInWords(day)} from 08:00 to 18:00. Your PIN is ${told}.`,
			);
			return told;
		};
		// Booked while the first visit is running: one PIN for both, which opens nothing in between.
		const day = dayIn(2);
		expect(await book(day)).toBe(pin);
		const opens = (value: string, when?: number): boolean => shown(1340, value, when) === 11;
		expect([opens(pin), opens(pin, at(dayIn(1), '10:00')), opens(pin, at(day, '10:00'))]).toEqual([
			true,
			false,
			true,
		]);
		// Both visits are over: the next one has a PIN of its own.
		sandbox.store.bookings.settle(at(dayIn(3), '00:00'));
		const next = await book(dayIn(4));
		expect(next).not.toBe(pin);
		expect([opens(pin, at(dayIn(4), '10:00')), opens(next, at(dayIn(4), '10:00'))]).toEqual([false, true]);
		await n8n.deactivate(first.id);
	},

	'visitor-arrival': async () => {
		await listen((await activate('visitor-arrival')).webhookId);
		sandbox.control.present({ channelId: 1340, value: '41000' });
		expect((await message('reception', 'Ada')).text).toBe('Ada Okafor came in through Main Entrance.');
	},

	'arrival-to-slack': async () => {
		const { webhookId, id } = await activate('arrival-to-slack', {
			'Tell the Channel': { channelId: { __rl: true, mode: 'name', value: '#arrivals' } },
		});
		await listen(webhookId);
		sandbox.control.present({ channelId: 1343, value: '41028999' });
		sandbox.control.present({ channelId: 1341, value: '41007' });
		expect((await message('#arrivals')).text).toBe('Bruno Lindqvist came in through Reception.');
		await ran(id, 1);
		expect(messages('#arrivals')).toHaveLength(1);
	},

	'event-router': async () => {
		const again = { again: true };
		const routed = { channelId: { value: '#routed' } };
		const reception = await activate('visitor-arrival', {}, again);
		const slack = await activate('arrival-to-slack', { 'Tell the Channel': routed }, again);
		const alarm = await activate(
			'door-alarm-escalation',
			{
				'Tell the Channel': routed,
				'SMS to the Guard': { to: 'guard routed' },
				'Wait for a Name': { resumeAmount: 1, resumeUnit: 'seconds' },
			},
			again,
		);
		const credentials = await activateRecorder('credentials routed');
		const gone = await activateRecorder('gone');
		// Without a workflow to start it can't be published: n8n names the nodes.
		if (!IS_N8N_1) await expect(activate('event-router', {}, again)).rejects.toThrow('Granted');
		const starts = (id: string): Record<string, unknown> => ({
			workflowId: { __rl: true, mode: 'id', value: id },
		});
		const router = async (granted: string): Promise<string> => {
			const { id, webhookId } = await activate(
				'event-router',
				{
					Granted: starts(granted),
					Denied: starts(gone),
					Door: starts(alarm.id),
					Credential: starts(credentials),
					Other: starts(credentials),
				},
				again,
			);
			await listen(webhookId);
			return id;
		};

		const first = await router(reception.id);
		sandbox.control.present({ channelId: 1340, value: '41007' });
		expect((await message('reception', 'Bruno')).text).toBe('Bruno Lindqvist came in through Main Entrance.');
		const checkIn = await activate(
			'visitor-check-in',
			{ 'Check In Until Tonight': { groupIds: [visitorsGroup(sandbox)] } },
			again,
		);
		const form = ['Rita', 'Routed', 'rita@visitor.example', '+44 7700 900077'];
		await submit(`${n8n.url}/form/${checkIn.webhookId}`, form);
		await message('credentials routed', 'credentialCreated');
		await n8n.deactivate(checkIn.id);
		await n8n.deactivate(first);

		// One request with two events, and the first of them starts a workflow that is not there any more.
		const second = await router(slack.id);
		await n8n.deleteWorkflow(gone);
		sandbox.control.config({ webhookBatch: 2 });
		sandbox.control.present({ channelId: 1343, value: '41028999' });
		sandbox.control.door({ channelId: 1350, state: 'forced' });
		expect((await message('guard routed')).text).toMatch(/^Alarm: Loading Bay was forced open\. /);
		const failed = await n8n.executionText(await ran(second, 1, 'error'));
		expect(failed).toContain('A workflow was not started: ');
		sandbox.control.config({ webhookBatch: 1 });
		// Who is let in, and a door that is closed again, are no alarm.
		sandbox.control.door({ channelId: 1350, state: 'normal' });
		sandbox.control.present({ channelId: 1341, value: '41007' });
		expect((await message('#routed', 'came in')).text).toBe('Bruno Lindqvist came in through Reception.');
		await ran(alarm.id, 1);
		expect(messages('guard routed')).toHaveLength(1);
		await n8n.deactivate(second);
	},

	'door-alarm-escalation': async () => {
		const numbers = (name: string): Filled => ({
			'Tell the Channel': { channelId: { value: `#${name}` } },
			'Say Who Takes Care': { channelId: { value: `#${name}` } },
			'SMS to the Guard': { to: `guard ${name}` },
			'SMS to the Manager': { to: `manager ${name}` },
		});
		const alone = await activate(
			'door-alarm-escalation',
			{ ...numbers('alone'), 'Wait for a Name': { resumeAmount: 2, resumeUnit: 'seconds' } },
			{ again: true, down: ['Tell the Channel'] },
		);
		await listen(alone.webhookId);
		sandbox.control.door({ channelId: 1351, state: 'heldOpen' });
		// Slack is out of order: the others are told all the same.
		await message('guard alone');
		expect(messages('#alone')).toEqual([]);

		const { webhookId, id } = await activate('door-alarm-escalation', numbers('here'));
		await listen(webhookId);
		sandbox.control.door({ channelId: 1350, state: 'forced' });
		const told = await message('#here', 'Alarm: Loading Bay was forced open.');
		const link = /(http\S+)$/.exec(String(told.text))?.[1] ?? '';
		expect((await message('guard here')).text).toBe(
			`Alarm: Loading Bay was forced open. Take care of it: ${link}`,
		);
		await until('the run to wait', async () => (await n8n.executions(id))[0]?.status === 'waiting');
		// A program that looks at the link for a preview answers nothing.
		expect(await (await fetch(link)).text()).toContain('Who is taking care of it?');
		expect((await n8n.executions(id))[0]?.status).toBe('waiting');
		await submit(link, ['Gita Guard']);
		expect((await message('#here', 'is taking care')).text).toBe(
			'Gita Guard is taking care of it: Loading Bay was forced open.',
		);
		await ran(id, 1);
		expect(messages('manager here')).toEqual([]);

		// n8n looks for waits that are over once a minute: the others run meanwhile.
		later['door-alarm-escalation'] = async () => {
			expect((await message('manager alone')).text).toBe(
				'Nobody took care of an alarm: Warehouse Side Door is held open.',
			);
			expect(messages('#alone', 'is taking care')).toEqual([]);
		};
	},

	'contractor-90-days': async () => {
		const { webhookId } = await activate('contractor-90-days', {
			'Tell Reception': { toEmail: 'desk@contractors.example' },
		});
		const url = `${n8n.url}/form/${webhookId}`;
		const headers = { Authorization: `Basic ${Buffer.from(DESK).toString('base64')}` };
		await submit(url, ['Conny', 'Tractor', 'conny@works.example', 'Works Ltd', '77001234'], headers);
		expect((await fetch(url, { method: 'POST', body: new FormData() })).status).toBe(401);
		const mail = await message('desk@contractors.example');
		const end = new Date(Date.now() + 90 * DAY_MS);
		expect(mail.subject).toBe('Contractor: Conny Tractor');
		expect(mail.text).toContain(`(Works Ltd) may use the card until ${end.getUTCDate()} `);
		expect(shown(1350, '77001234')).toBe(10);
		expect(shown(1341, '77001234')).toBe(27);
		expect(shown(1350, '77001234', Date.now() + 89 * DAY_MS)).toBe(10);
		expect(shown(1350, '77001234', Date.now() + 92 * DAY_MS)).toBe(21);
		await submit(url, ['Conny', 'Tractor', 'Conny@works.example', 'Works Ltd', '77001234'], headers);
		await until('the second mail', async () => messages('desk@contractors.example').length === 2);
		expect(people().filter((one) => one.first_name === 'Conny')).toHaveLength(1);
		// Without the names that the account has, nobody gets a card.
		for (const [list, field, name] of [
			[sandbox.store.groups, 'name', 'Contractors'],
			[sandbox.store.credentialTypes, 'slug', 'card'],
		] as const) {
			await renamed(list, field, name, async () =>
				expect(
					await (
						await submit(url, ['Nora', 'Nameless', 'nora@works.example', 'Works Ltd', '4711'], headers)
					).text(),
				).toMatch(/problem|error/i),
			);
			expect(personBy('first_name', 'Nora')).toBeUndefined();
		}
		// Ada's card stays Ada's, and nothing of the other one stays behind.
		const answer = await submit(
			url,
			['Ulla', 'Unlucky', 'ulla@works.example', 'Works Ltd', '48151600'],
			headers,
		);
		expect(await answer.text()).toMatch(/problem|error/i);
		expect(personBy('first_name', 'Ulla')).toBeUndefined();
		expect([...sandbox.store.groupReservations.values()]).not.toContainEqual(
			expect.objectContaining({ person_id: null }),
		);
		expect(decide(sandbox.store, door(1340), '48151600').person?.first_name).toBe('Ada');
	},

	'leaver-from-hr': async () => {
		await activate('leaver-from-hr');
		const url = `${n8n.url}/webhook/doorflow-leaver`;
		await until('the webhook', async () => (await fetch(url, { method: 'POST' })).status === 403);
		const leave = async (email?: unknown): Promise<{ status: number; body: Record<string, unknown> }> => {
			const answer = await fetch(url, {
				method: 'POST',
				headers: { 'Content-Type': 'application/json', 'X-HR-Key': HR_KEY },
				body: JSON.stringify({ email }),
			});
			return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
		};
		const before = JSON.stringify(people());
		expect(await leave('nobody@harbour.example')).toEqual({
			status: 404,
			body: { revoked: false, message: 'DoorFlow knows nobody with this address. Nothing was changed.' },
		});
		// A part of an address is nobody's address.
		for (const part of ['reya.nilsen@harbour.example', '@', 'harbour.example'])
			expect((await leave(part)).status).toBe(part.startsWith('reya') ? 404 : 400);
		for (const nothing of ['', undefined, null, '   ']) expect((await leave(nothing)).status).toBe(400);
		expect(JSON.stringify(people())).toBe(before);

		const freya = personBy('email', 'freya.nilsen@harbour.example') as Row;
		const twin = sandbox.store.addPerson({
			first_name: 'Freya',
			last_name: 'Other',
			email: 'freya.nilsen@harbour.example',
			groups: [],
		});
		expect(await leave('freya.nilsen@harbour.example')).toEqual({
			status: 409,
			body: {
				revoked: false,
				message: expect.stringContaining('Several people have this address. Nothing was changed'),
			},
		});
		expect([freya.enabled, twin.enabled]).toEqual([true, true]);

		const chen = personBy('email', 'chen.wei@harbour.example');
		expect(shown(1340, '48151602')).toBe(10);
		expect(await leave(' Chen.Wei@Harbour.example ')).toEqual({
			status: 200,
			body: {
				revoked: true,
				personId: chen?.id,
				credentialsRemoved: 2,
				groupsRemoved: 2,
				synced: true,
				onDoors: true,
				doorsMissing: [],
				message: 'The access has ended, and the doors know it.',
			},
		});
		expect(chen?.enabled).toBe(false);
		expect(credentialsOf(chen)).toEqual([]);
		expect(shown(1340, '48151602')).toBe(20);
		expect(shown(1340, '41014')).toBe(24);

		sandbox.control.config({ failurePath: 'DELETE .*/credentials/', failureStatus: 422 });
		const failed = await leave('bruno.lindqvist@harbour.example');
		sandbox.control.config({ failurePath: '' });
		expect(failed.status).toBe(502);
		expect(failed.body.revoked).toBe(false);
		expect(failed.body.message).toMatch(/^DoorFlow did not carry it out completely: \S.*Send it again/);
		expect((await leave('bruno.lindqvist@harbour.example')).body).toMatchObject({
			revoked: true,
			credentialsRemoved: 2,
		});
	},

	'events-to-spreadsheet': async () => {
		const { store } = sandbox;
		const yesterday = new Date(Date.now() - DAY_MS);
		const day = yesterday.toISOString().slice(0, 10);
		for (const [index, [at, who]] of [
			[`${new Date(Date.now() - 2 * DAY_MS).toISOString().slice(0, 10)}T12:00:00Z`, 'Before Yesterday'],
			[`${day}T00:00:00Z`, 'Zero Hour'],
			[`${day}T18:30:00Z`, 'Yesterday Evening'],
			[`${day}T19:30:00Z`, '=IMPORTDATA("https://evil.example")'],
		].entries()) {
			store.events.splice(index, 0, {
				...store.makeEvent(11, 'Admitted: PIN', door(1340)),
				created_at: at,
				person_name: who,
			});
		}
		store.addEvent(11, 'Admitted: PIN', door(1340), personBy('first_name', 'Freya'));
		const { id } = await activate('events-to-spreadsheet', {
			'Every Night': everyTwoSeconds,
			'Send the File': { toEmail: 'reports@harbour.example' },
		});
		const mail = await message('reports@harbour.example');
		await n8n.deactivate(id);
		expect(mail).toMatchObject({
			files: `door-events-${day}.xlsx`,
			text: '3 events. The spreadsheet is attached.',
		});
		const run = await n8n.executionText(await ran(id, 1));
		const file = await storedFile(run);
		expect(file.subarray(0, 2).toString()).toBe('PK');
		for (const there of [
			'Time',
			'Door',
			'Person',
			'Event',
			'Zero Hour',
			'Yesterday Evening',
			`${day} 18:30:00`,
			'Main Entrance',
			'Admitted: PIN',
		])
			expect([there, file.includes(there)]).toEqual([there, true]);
		// Text that a spreadsheet would take for a formula begins with an apostrophe.
		expect(file.toString()).toMatch(/>(?:'|&apos;|&#39;)=IMPORTDATA\(/);
		for (const absent of ['Before Yesterday', 'Freya'])
			expect([absent, file.includes(absent)]).toEqual([absent, false]);
	},

	'access-review-quarterly': async () => {
		const { store } = sandbox;
		const { id: gone } = store.addPerson({
			first_name: 'Dora',
			last_name: 'Dormant',
			created_at: new Date(Date.now() - 200 * DAY_MS).toISOString(),
		});
		store.addCredential(gone, 32, '9900112233');
		const { id } = await activate('access-review-quarterly', {
			'Every Quarter': everyTwoSeconds,
			'Send the File': { toEmail: 'review@harbour.example' },
		});
		const mail = await message('review@harbour.example');
		await n8n.deactivate(id);
		expect(mail.files).toMatch(/^access-review-\d{4}-\d\d-\d\d\.xlsx$/);
		expect(mail.text).toMatch(
			new RegExp(`^${people().length} people, \\d+ to check\\. The spreadsheet is attached\\.$`),
		);
		const file = await storedFile(await n8n.executionText(await ran(id, 1)));
		for (const there of ['Look At', 'Dora Dormant', 'dormant', '…2233', 'Ada Okafor'])
			expect([there, file.includes(there)]).toEqual([there, true]);
		for (const { value } of store.credentials.values())
			if (value) expect([value, file.includes(value)]).toEqual([value, false]);
	},

	'hr-list-nightly': async () => {
		const { store } = sandbox;
		for (let index = 0; index < 12; index++)
			store.addPerson({
				first_name: 'Night',
				last_name: `Shift ${index}`,
				system_id: `N-${index}`,
				email: `n${index}@harbour.example`,
				department: 'Sales',
				groups: [1],
			});
		const list = Array.from({ length: 12 }, (_, index) => ({
			id: `N-${index + 1}`,
			firstName: 'Night',
			lastName: `Shift ${index + 1}`,
			email: `n${index + 1}@harbour.example`,
			department: index === 0 ? 'Marketing' : 'Sales',
		}));
		const server = createServer((_request, response) => {
			response.writeHead(200, { 'Content-Type': 'application/json' });
			response.end(JSON.stringify(list));
		});
		await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
		const before = JSON.stringify(people());
		const channel = { channelId: { value: '#people' } };
		const own = { scopePrefix: 'N-' };
		const { id } = await activate('hr-list-nightly', {
			'Every Night': everyTwoSeconds,
			'List From HR': { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` },
			Plan: own,
			'Carry It Out': own,
			'Show the Plan': channel,
			'Say What Was Done': channel,
		});
		const told = await message('#people');
		await n8n.deactivate(id);
		expect(String(told.text).split('\n').slice(0, 5)).toEqual([
			'Sync from list, dry run: nothing was written.',
			'1 create, 1 update, 1 revoke access, 10 unchanged.',
			'• update: Night Shift 1 (department)',
			'• create: Night Shift 12',
			'• revoke access: Night Shift 0',
		]);
		expect(JSON.stringify(people())).toBe(before);
		// What HR has by the time of the answer is not what was approved.
		const [, changedLater] = list;
		if (changedLater) changedLater.department = 'Nobody approved this';
		const link = /(http\S+)$/.exec(String(told.text))?.[1] ?? '';
		await until('the run to wait', async () =>
			(await n8n.executions(id)).some(({ status }) => status === 'waiting'),
		);
		await submit(link, ['Petra Personnel', 'Yes']);
		const done = await message('#people', 'Approved by Petra Personnel.');
		expect(done.text).toContain('1 create, 1 update, 1 revoke access, 10 unchanged.');
		expect(done.text).toContain('The doors are being updated.');
		expect(personBy('system_id', 'N-0')).toMatchObject({ enabled: false, groups: [] });
		expect(personBy('system_id', 'N-1')).toMatchObject({ department: 'Marketing' });
		expect(personBy('system_id', 'N-2')).toMatchObject({ department: 'Sales' });
		expect(personBy('system_id', 'N-12')).toMatchObject({ first_name: 'Night' });
		server.close();
	},

	'visitor-retention': async () => {
		const { store } = sandbox;
		const old = new Date(Date.now() - 40 * DAY_MS).toISOString();
		const visitor = (name: string, more: object = {}): Row => {
			const fields = { first_name: name, last_name: 'Past', job_title: 'Visitor', created_at: old };
			const row = store.addPerson({ ...fields, ...more });
			row.updated_at = old;
			return row;
		};
		const gone = visitor('Gone');
		const recent = visitor('Recent');
		recent.updated_at = new Date().toISOString();
		const staff = visitor('Staff', { groups: [1] });
		const booked = visitor('Booked');
		store.bookings.bookGroups({
			person_id: booked.id,
			start_time: new Date(Date.now() + DAY_MS).toISOString(),
			end_time: new Date(Date.now() + 2 * DAY_MS).toISOString(),
			group_ids: [1],
		});
		booked.updated_at = old;
		const stays = [recent, staff, booked];
		const settings = (mayDelete: boolean, most: number): Filled => ({
			'Every Week': everyTwoSeconds,
			Settings: {
				assignments: {
					assignments: [
						{ id: 'days', name: 'days', value: 30, type: 'number' },
						{ id: 'most', name: 'most', value: most, type: 'number' },
						{ id: 'delete', name: 'delete', value: mayDelete, type: 'boolean' },
					],
				},
			},
			'Say Who Is Deleted': { toEmail: `deleted${most}@harbour.example` },
			'Say Who Would Be': { toEmail: `plan${most}@harbour.example` },
		});
		// As it comes it deletes nobody; nor where there are more than allowed.
		for (const [mayDelete, most] of [
			[false, 20],
			[true, 0],
		] as const) {
			const { id } = await activate('visitor-retention', settings(mayDelete, most));
			const plan = await message(`plan${most}@harbour.example`);
			await n8n.deactivate(id);
			expect(plan.text).toContain('Nothing was deleted.');
			expect(plan.text).toContain(`- Gone Past (ID ${gone.id})`);
			for (const { first_name: name } of stays) expect(plan.text).not.toContain(`${String(name)} Past`);
			expect(store.people.has(gone.id)).toBe(true);
		}
		const { id } = await activate('visitor-retention', settings(true, 20));
		const mail = await message('deleted20@harbour.example');
		await n8n.deactivate(id);
		expect(mail.text).toContain('- Gone Past');
		expect(mail.text).not.toContain('NOT deleted');
		expect(store.people.has(gone.id)).toBe(false);
		for (const one of stays)
			expect([one.first_name, store.people.has(one.id)]).toEqual([one.first_name, true]);
	},

	'lockdown-by-two': async () => {
		const url = `${n8n.url}/webhook/doorflow-lockdown`;
		const send = async (
			user: string,
			text: string,
			key = SLACK_SECRET,
			at = Date.now(),
		): Promise<{ status: number; text: string }> => {
			const body = new URLSearchParams({
				command: '/lockdown',
				user_id: user,
				user_name: 'x y',
				text,
			}).toString();
			const timestamp = String(Math.floor(at / 1000));
			const signature = createHmac('sha256', key).update(`v0:${timestamp}:${body}`).digest('hex');
			const answer = await fetch(url, {
				method: 'POST',
				body,
				headers: {
					'Content-Type': 'application/x-www-form-urlencoded',
					'X-Slack-Request-Timestamp': timestamp,
					'X-Slack-Signature': `v0=${signature}`,
				},
			});
			const read = await answer.text();
			return {
				status: answer.status,
				text: answer.ok || answer.status === 401 ? String((JSON.parse(read) as { text: string }).text) : read,
			};
		};
		const lockedDown = (): number[] =>
			[...sandbox.store.doors.values()].filter(({ lockdown }) => lockdown !== null).map(({ id }) => id);
		const settings = (doors: string): unknown => ({
			assignments: [
				{ id: 'doors', name: 'doors', value: doors, type: 'string' },
				{ id: 'people', name: 'people', value: 'U1, U2', type: 'string' },
			],
		});
		const channel = { channelId: { value: '#security' } };
		const filled = (doors: string): Filled => ({
			Signature: { secret: SLACK_SECRET },
			Settings: { assignments: settings(doors) },
			'Ask a Second Person': channel,
			'Tell Everybody': channel,
			'Say What Failed': channel,
		});

		// As it comes: whoever knows this file knows its placeholder, too.
		const raw = await activate('lockdown-by-two');
		await until('the command', async () => (await send('U1', '')).status !== 404);
		const placeholder = (await example('lockdown-by-two')).nodes.find(({ name }) => name === 'Signature')
			?.parameters.secret;
		expect(await send('U1', '', String(placeholder))).toEqual({
			status: 401,
			text: 'The signing secret of the Slack app is not filled in yet.',
		});
		await n8n.deactivate(raw.id);

		// No door filled in is no door, never all of them.
		for (const doors of ['', ' , ', 'REPLACE: IDs', '1342, Reception']) {
			const { id } = await activate('lockdown-by-two', filled(doors));
			await until('the command', async () => (await send('U9', '')).status === 200);
			for (const [user, text] of [
				['U1', ''],
				['U2', 'confirm'],
			] as const)
				expect((await send(user, text)).text).toBe(
					'The doors to lock down are not filled in. Nothing was done.',
				);
			await n8n.deactivate(id);
		}
		expect(messages('#security')).toEqual([]);

		const { id } = await activate('lockdown-by-two', filled('1342, 1343, 999999'));
		await until('the command', async () => (await send('U9', '')).status === 200);
		expect(await send('U1', '', 'guessed')).toEqual({
			status: 401,
			text: 'This request is not signed by Slack.',
		});
		expect((await send('U1', '', SLACK_SECRET, Date.now() - 301_000)).status).toBe(401);
		expect((await send('U9', '')).text).toContain('You are not one of the people');
		const finished = async (): Promise<void> =>
			void (await until('all runs to end', async () =>
				(await n8n.executions(id)).every(({ status }) => status === 'success'),
			));
		await finished();
		expect((await send('U2', 'confirm')).text).toContain('Nobody asked for a lockdown');
		expect((await send('U1', '')).text).toContain('Another person must confirm');
		expect((await message('#security')).text).toContain('<@U1> asks to lock down doors 1342, 1343, 999999.');
		await finished();
		expect((await send('U1', 'confirm')).text).toContain('You asked for it yourself');
		expect((await send('U9', 'confirm')).text).toContain('You are not one of the people');
		await finished();
		expect(lockedDown()).toEqual([]);
		expect((await send('U2', ' Confirm')).text).toContain('Confirmed');
		expect((await message('#security', '<@U1> and <@U2>')).text).toBe(
			'<@U1> and <@U2> locked down: Meeting Room, Server Room.',
		);
		expect((await message('#security', 'NOT')).text).toMatch(/^Door 999999 is NOT locked down: \S/);
		expect(lockedDown()).toEqual([1342, 1343]);
		expect(shown(1343, '41000')).toBe(22);
		expect(shown(1340, '41000')).toBe(11);
		// Confirmed once is used up.
		await finished();
		expect((await send('U2', 'confirm')).text).toContain('Nobody asked for a lockdown');
	},

	'muster-list': async () => {
		const { webhookId } = await activate('muster-list', {
			'Who Is In': { entryChannelIds: ['1340'], exitChannelIds: ['1341'], safeChannelIds: ['1342'] },
			'Mail the List': { toEmail: 'wardens@harbour.example' },
		});
		const url = `${n8n.url}/form/${webhookId}`;
		const headers = { Authorization: `Basic ${Buffer.from(DESK).toString('base64')}` };
		const pass = (channelId: number, person: Row): void =>
			void sandbox.store.addEvent(10, 'Admitted: card', door(channelId), person);
		const list = async (which: string): Promise<Record<string, unknown>> => {
			const before = messages('wardens@harbour.example').length;
			await submit(url, [which], headers);
			return await until('the list', async () => messages('wardens@harbour.example')[before]);
		};
		const [bobby, sam, otto, vera] = ['<b>Bobby</b> & "Co"', 'Sam', 'Otto', 'Vera'].map((first_name) =>
			sandbox.store.addPerson({ first_name, last_name: 'Muster', groups: [2] }),
		) as [Row, Row, Row, Row];
		for (const person of [bobby, sam, otto]) pass(1340, person);
		pass(1341, otto);
		const hour = (count: number): string => new Date(Date.now() + count * 3_600_000).toISOString();
		sandbox.store.bookings.bookGroups({
			person_id: vera.id,
			start_time: hour(-1),
			end_time: hour(1),
			group_ids: [2],
		});

		const all = await list('Everybody, to print');
		expect((await fetch(url, { method: 'POST', body: new FormData() })).status).toBe(401);
		expect(all.subject).toMatch(/^Muster list: \d+ in, \d+ not seen, 0 safe \(\d\d:\d\d\)$/);
		// Names are text, whatever they hold.
		expect(all.text).not.toContain('<b>');
		const line = (mail: Record<string, unknown>, name: string): string =>
			String(mail.text)
				.split('<tr>')
				.find((one) => one.includes(name)) ?? 'nobody';
		const BOBBY = '&#60;b&#62;Bobby&#60;/b&#62; &#38; &#34;Co&#34; Muster';
		expect(line(all, BOBBY)).toMatch(/☐.*Main Entrance \d\d:\d\d.*Came in through Main Entrance/);
		expect(line(all, 'Otto Muster')).toContain('Left through Reception');
		expect(line(all, 'Vera Muster')).toContain('was not seen');

		pass(1342, sam);
		expect(line(await list('Everybody, to print'), 'Sam Muster')).toContain('☑');
		const missing = await list('Who is still missing');
		expect(missing.subject).toMatch(/^Still missing: [1-9]/);
		expect(
			[BOBBY, 'Vera Muster', 'Sam Muster', 'Otto Muster'].map((name) => line(missing, name) !== 'nobody'),
		).toEqual([true, true, false, false]);
		pass(1342, bobby);
		expect(line(await list('Who is still missing'), BOBBY)).toBe('nobody');
	},

	'agent-with-approval': async () => {
		// The review of tool calls is not there in n8n 1: the workflow can be imported, and does nothing.
		if (IS_N8N_1) {
			await expect(activate('agent-with-approval')).rejects.toThrow('n8n answered 400 to PATCH');
			return;
		}
		const mailbox = await Mailbox.start();
		const model = await ChatModel.start({
			tool: 'Open_the_Door_Once',
			input: { toolParameters: {}, hitlParameters: {} },
		});
		await create('openAiApi', { apiKey: 'none', url: model.url });
		await create('smtp', {
			user: '',
			password: '',
			host: '127.0.0.1',
			port: mailbox.port,
			secure: false,
			disableStartTls: true,
		});
		const door = { channelId: { __rl: true, mode: 'id', value: '1340' } };
		const headers = {
			Authorization: `Basic ${Buffer.from(DESK).toString('base64')}`,
			'Content-Type': 'application/json',
		};
		const opened = (): number =>
			sandbox.control.requests().filter(({ method, path }) => method === 'POST' && path.includes('/admit'))
				.length;
		const before = opened();
		/** Somebody asks; the guard reads the mail and follows one of its links. */
		const ask = async (
			{ id, webhookId }: { id: string; webhookId: string },
			decision: 'false' | 'true',
		): Promise<string> => {
			const url = `${n8n.url}/webhook/${webhookId}/chat`;
			const body = JSON.stringify({
				action: 'sendMessage',
				sessionId: randomUUID(),
				chatInput: 'A courier stands at the main entrance. Please open.',
			});
			await until('the chat', async () => (await fetch(url, { method: 'POST', body })).status === 401);
			const [mails, told, done, opens] = [mailbox.mails.length, model.told.length, await count(id), opened()];
			void fetch(url, { method: 'POST', body, headers }).then(
				async (answer) => await answer.text(),
				() => undefined,
			);
			const mail = await until('the mail to the guards', async () => mailbox.mails[mails]);
			expect(mail).toContain('The agent wants to use "Open_the_Door_Once".');
			await until('the run to wait', async () =>
				(await n8n.executions(id)).some(({ status }) => status === 'waiting'),
			);
			expect([opened(), model.told.length]).toEqual([opens, told]);
			const links = [...mail.matchAll(/href="([^"]+)"/g)].map(([, link = '']) =>
				link.replaceAll('&amp;', '&'),
			);
			const link = links.find((one) => one.includes(`approved=${decision}`)) ?? 'none';
			// A link with another answer than was signed is none.
			const forged = link.replace(/approved=\w+/, decision === 'true' ? 'approved=false' : 'approved=true');
			expect((await fetch(forged, { headers: BROWSER })).status).toBeGreaterThanOrEqual(400);
			expect((await fetch(link, { headers: BROWSER })).status).toBe(200);
			await until('the run to end', async () => (await count(id)) > done);
			return model.told.at(-1) ?? '';
		};
		const count = async (id: string): Promise<number> =>
			(await n8n.executions(id)).filter(({ status }) => status === 'success').length;

		const agent = await activate('agent-with-approval', { 'Open the Door Once': door });
		expect(await ask(agent, 'false')).toContain('rejected the tool call');
		expect(opened()).toBe(before);
		expect(await ask(agent, 'true')).toContain('admit');
		expect(opened()).toBe(before + 1);
		await n8n.deactivate(agent.id);

		// The other lock: with the switch off, no approval opens the door.
		const held = await activate(
			'agent-with-approval',
			{ 'Open the Door Once': { ...door, allowDoorControlAndDeletion: false } },
			{ again: true },
		);
		expect(await ask(held, 'true')).toContain('is not allowed for AI agents in this tool');
		expect(opened()).toBe(before + 1);
		await n8n.deactivate(held.id);
		model.stop();
		mailbox.stop();
	},

	'connection-watch': async () => {
		// n8n refuses one time that comes more often than once a minute, but takes many.
		const everyOtherSecond = Array.from({ length: 30 }, (_, index) => ({
			mode: 'custom',
			cronExpression: `${index * 2} * * * * *`,
		}));
		const { id } = await activate('connection-watch', {
			'DoorFlow Polling Trigger': { pollTimes: { item: everyOtherSecond } },
			'Mail: Lost': { toEmail: 'lost@it.example' },
			'Mail: Back': { toEmail: 'back@it.example' },
		});
		const polls = (): number =>
			sandbox.control.requests().filter(({ path }) => path.startsWith('/api/3/events')).length;
		const before = polls();
		await until('a poll', async () => polls() > before);
		sandbox.control.revokeApplication();
		const lost = await message('lost@it.example');
		expect(lost.text).toContain('needs to be reconnected');
		await n8n.reconnect(credential.id);
		expect((await message('back@it.example')).text).toMatch(
			/^The connection was lost on \d+ \w+ \d\d:\d\d and works again\./,
		);
		await ran(id, 2);
		await n8n.deactivate(id);
		expect(messages('lost@it.example')).toHaveLength(1);
		expect(messages('back@it.example')).toHaveLength(1);
	},
};

/** The first file that a run made. */
async function storedFile(run: string): Promise<Buffer> {
	const id = /filesystem-v2:[\w:/.-]+/.exec(run)?.[0];
	if (id === undefined) return Buffer.from(/UEsDB[\w+/=]+/.exec(run)?.[0] ?? '', 'base64');
	return await n8n.download(`/binary-data?id=${encodeURIComponent(id)}&action=download`);
}

describe.each(EXAMPLES)('%s', (name) => {
	test('does in a real n8n what its notes say', async () => {
		const scenario = scenarios[name];
		if (!scenario) throw new Error(`examples/${name}.json has no scenario here`);
		await scenario();
	});
});

test('door-alarm-escalation: if nobody answers, the manager gets an SMS', async () => {
	const check = later['door-alarm-escalation'];
	if (!check) throw new Error('The scenario has not come so far');
	await check();
});
