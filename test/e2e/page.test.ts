import { createHmac } from 'node:crypto';
import { copyFileSync, mkdirSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core';

import { startBrowser } from '../../harness/browser';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { HANGS_MS } from '../../harness/n8n';
import { until } from '../until';

const PICTURES = 'artifacts';
const CLIENT = { client_id: 'sandbox-client', client_secret: 'sandbox-secret' };
const SCOPES = [
	'account.person',
	'account.channel.readonly',
	'account.channel.admit',
	'account.event.access.readonly',
	'account.sync',
];
const HOSTILE = '<img src=x onerror="document.title=\'owned\'">';

interface Received {
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
}

let sandbox: Sandbox;
let browser: Browser;
/** Gets the webhooks, and is the application's redirect address. */
let receiver: Server;
let receiverUrl: string;
let answerWith = 200;
let received: Received[] = [];
const elsewhere: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
	mkdirSync(PICTURES, { recursive: true });
	receiver = createServer((request, response) => {
		const parts: Buffer[] = [];
		request.on('data', (part: Buffer) => parts.push(part));
		request.on('end', () => {
			if (request.method === 'POST')
				received.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
			response.writeHead(request.method === 'POST' ? answerWith : 200, { 'Content-Type': 'text/html' });
			response.end('<link rel="icon" href="data:,">');
		});
	});
	await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
	receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
	browser = await startBrowser();
});

afterAll(async () => {
	await browser?.close();
	receiver?.closeAllConnections();
	receiver?.close();
});

beforeEach(async () => {
	answerWith = 200;
	received = [];
	sandbox = await startSandbox({
		config: {
			webhookUrl: `${receiverUrl}/hook`,
			redeliverAfterMs: 150,
			inviteMs: 60_000,
			syncLimitSeconds: 0,
			// What a door does not know yet has a test of its own.
			requireSync: false,
		},
	});
});

afterEach(async () => {
	for (const context of browser.contexts()) await context.close();
	await sandbox.stop();
	// Of all tests: nothing was asked of any other machine, and the browser had nothing to complain about.
	expect(elsewhere.splice(0)).toEqual([]);
	expect(complaints.splice(0)).toEqual([]);
});

async function open(options: BrowserContextOptions = {}, path = ''): Promise<Page> {
	const page = await (
		await browser.newContext({ viewport: { width: 1400, height: 1000 }, reducedMotion: 'reduce', ...options })
	).newPage();
	page.setDefaultTimeout(HANGS_MS);
	page.on('request', (request) => {
		const { protocol, hostname } = new URL(request.url());
		if (protocol !== 'data:' && hostname !== '127.0.0.1') elsewhere.push(request.url());
	});
	page.on('console', (message) => {
		if (message.type() === 'error') complaints.push(message.text());
	});
	page.on('pageerror', (error) => complaints.push(error.message));
	await page.goto(path.startsWith('http') ? path : `${sandbox.url}/${path}`);
	if (path === '') await page.getByRole('article', { name: 'Main Entrance' }).waitFor();
	return page;
}

const authorizeUrl = (): string =>
	`${sandbox.url}/oauth/authorize?${new URLSearchParams({ client_id: CLIENT.client_id, redirect_uri: `${receiverUrl}/callback`, response_type: 'code', scope: SCOPES.join(' '), state: 'st' })}`;

async function token(code: string | null): Promise<string> {
	const answer = await fetch(`${sandbox.url}/oauth/token`, {
		method: 'POST',
		body: new URLSearchParams({
			...CLIENT,
			grant_type: 'authorization_code',
			code: code ?? '',
			redirect_uri: `${receiverUrl}/callback`,
		}),
	});
	return String(((await answer.json()) as { access_token: string }).access_token);
}

async function connect(): Promise<string> {
	const answer = await fetch(`${authorizeUrl()}&consent=auto`, { redirect: 'manual' });
	return await token(new URL(answer.headers.get('location') ?? '').searchParams.get('code'));
}

const api = async (access: string, url: string): Promise<number> =>
	(await fetch(url, { headers: { Authorization: `Bearer ${access}` } })).status;

/** Presses Tab until something is focused, as somebody without a mouse does. */
async function tabTo(page: Page, target: Locator, key = 'Tab'): Promise<void> {
	for (let presses = 0; presses < 150; presses++) {
		if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return;
		await page.keyboard.press(key);
	}
	throw new Error('Tab never led there');
}

const isFocused = async (target: Locator): Promise<boolean> =>
	await target.evaluate((element) => element === element.ownerDocument.activeElement);
const door = (page: Page, name: string): Locator => page.getByRole('article', { name });
const event = (page: Page, text: string): Locator =>
	page.locator('#events > li').filter({ hasText: text }).first();

/** What is wrong with the page for those who do not see it, or not well. Runs in the browser, hence a text. */
const FAULTS = `(() => {
	const faults = [];
	const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
	const rgba = (color) => {
		canvas.clearRect(0, 0, 1, 1);
		canvas.fillStyle = color;
		canvas.fillRect(0, 0, 1, 1);
		return [...canvas.getImageData(0, 0, 1, 1).data];
	};
	const ground = (element) => {
		for (let one = element; one; one = one.parentElement) {
			const color = rgba(getComputedStyle(one).backgroundColor);
			if (color[3] === 255) return color;
		}
		return [255, 255, 255];
	};
	const light = (color) => {
		const [red, green, blue] = color.slice(0, 3).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
		return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
	};
	const named = (element) => element.getAttribute('aria-label') || [...(element.labels ?? [])].map((label) => label.textContent).join('') || element.textContent;
	for (const element of document.querySelectorAll('input:not([type=hidden]), select, button, summary, a, [role=region], [role=group]')) if (!named(element).trim()) faults.push('no name: ' + element.outerHTML.slice(0, 120));
	for (const element of document.querySelectorAll('input:not([type=hidden]), select')) if (!element.getAttribute('aria-label') && element.labels.length === 0) faults.push('no label: ' + element.outerHTML.slice(0, 120));
	for (const element of document.querySelectorAll('[aria-labelledby], [aria-describedby]')) for (const id of (element.getAttribute('aria-labelledby') ?? element.getAttribute('aria-describedby')).split(' ')) if (!document.getElementById(id)) faults.push('points nowhere: ' + id);
	const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
	for (const id of new Set(ids)) if (ids.filter((one) => one === id).length > 1) faults.push('twice: ' + id);
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	let texts = 0;
	while (walker.nextNode()) {
		const element = walker.currentNode.parentElement;
		if (!walker.currentNode.textContent.trim() || !element.checkVisibility({ visibilityProperty: true }) || element.closest('.skip, noscript, option, optgroup')) continue;
		texts++;
		const style = getComputedStyle(element);
		const [one, other] = [light(rgba(style.color)), light(ground(element))];
		const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
		if (ratio < 4.5) faults.push('contrast ' + ratio.toFixed(2) + ': ' + element.textContent.trim().slice(0, 60));
	}
	for (const element of document.querySelectorAll('.chip, button, h4')) if (element.offsetHeight > 64 || element.scrollWidth > element.clientWidth + 1 && element.tagName !== 'SPAN') faults.push('squeezed: ' + element.textContent);
	if (texts < 10) faults.push('no text was looked at');
	return faults;
})()`;

const faults = async (page: Page): Promise<string[]> => (await page.evaluate(FAULTS)) as string[];
const overflows = async (page: Page): Promise<boolean> =>
	(await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')) as boolean;
const picture = async (page: Page, name: string, fullPage = false): Promise<void> => {
	await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage });
	// With `npm run pictures`, the one that the README shows.
	const shown = process.env.DOORFLOW_PICTURES;
	if (shown && name === 'sandbox') copyFileSync(`${PICTURES}/${name}.png`, `${shown}/${name}.png`);
};

/** Doors in every state, people of every kind. */
function furnish(): void {
	const { control, store } = sandbox;
	const vera = store.addPerson({
		first_name: 'Vera',
		last_name: 'Guest',
		email: 'vera@visitor.example',
		groups: [2],
		valid_from: new Date(Date.now() - 3_600_000).toISOString(),
		valid_to: new Date(Date.now() + 4 * 3_600_000).toISOString(),
	});
	store.addCredential(vera.id, 31, '73915');
	const hassan = store.addPerson({
		first_name: 'Hassan',
		last_name: 'Mobile',
		email: 'hassan@harbour.example',
		groups: [1],
	});
	store.addCredential(hassan.id, 34);
	store.addPerson({ first_name: 'Lena', last_name: 'Leaver', email: 'lena@harbour.example', enabled: false });
	const [start, end] = [-1, 2].map((hours) => new Date(Date.now() + hours * 3_600_000).toISOString());
	store.bookings.bookDoors({
		person_id: vera.id,
		start_time: start,
		end_time: end,
		channel_ids: [1342],
	});
	const meeting = store.doors.get(1342);
	const server = store.doors.get(1343);
	if (meeting) meeting.mode = { description: 'unlock', relock_at: end, change_stamp: null };
	if (server)
		server.lockdown = {
			message: '',
			card_lockdown: { state: true },
			rex_lockdown: { state: false },
			aux_lockdown: { state: false },
		};
	control.present({ channelId: 1341, value: '41014' });
	control.door({ channelId: 1350, state: 'heldOpen' });
	control.present({ channelId: 1343, value: '41007' });
	control.door({ channelId: 1341, state: 'offline' });
	control.present({ channelId: 1341, value: '41000' });
	control.door({ channelId: 1351, state: 'forced' });
	control.present({ channelId: 1340, value: '999999' });
	control.present({ channelId: 1340, value: '73915' });
	control.post({
		to: '+44 7700 900123',
		text: 'Welcome, Vera. Your PIN for today is 73915. It opens until 18:00.',
	});
	control.post({ to: 'reception', text: 'Vera Guest came in through Main Entrance.' });
	control.config({ requireSync: true });
	store.changePerson(vera, { notes: 'Is met at reception' });
}

describe('at a door, with the keyboard alone', () => {
	test('Tab to a door, type a PIN, Enter: let in; a wrong one is refused; the picker fills the field', async () => {
		const page = await open();
		const input = page.getByLabel('PIN or card number at Main Entrance');
		await tabTo(page, input);
		await page.keyboard.type('41000');
		await page.keyboard.press('Enter');
		await door(page, 'Main Entrance')
			.getByRole('status')
			.filter({ hasText: 'Admitted: PIN – Ada Okafor' })
			.waitFor();
		expect(await isFocused(input)).toBe(true);
		await page.keyboard.type('999999');
		await page.keyboard.press('Enter');
		await door(page, 'Main Entrance')
			.getByRole('status')
			.filter({ hasText: 'Rejected: unknown PIN' })
			.waitFor();
		await event(page, 'Rejected: unknown PIN').getByText('Refused').waitFor();
		await tabTo(page, page.getByLabel('Credential to present at Main Entrance'), 'Shift+Tab');
		await page.keyboard.type('Bruno');
		await page.keyboard.press('ArrowDown');
		expect(await input.inputValue()).toBe('48151601');
		await page.keyboard.press('Tab');
		await page.keyboard.press('Enter');
		await door(page, 'Main Entrance')
			.getByRole('status')
			.filter({ hasText: 'Admitted: card – Bruno Lindqvist' })
			.waitFor();
		await input.fill('');
		await page.keyboard.press('Enter');
		await door(page, 'Main Entrance').getByText('Choose a credential or type a PIN first.').waitFor();
	});

	test('force, close, take offline: the door says so in words, and focus stays', async () => {
		const page = await open();
		const side = door(page, 'Warehouse Side Door');
		const force = side.getByRole('button', { name: 'Force open: Warehouse Side Door' });
		await side.getByText('Closed and locked').waitFor();
		await tabTo(page, force);
		await page.keyboard.press('Enter');
		await side.getByText('Forced open', { exact: true }).waitFor();
		expect(sandbox.store.doors.get(1351)?.sensor).toBe('forced');
		expect([await isFocused(force), await force.getAttribute('aria-pressed')]).toEqual([true, 'true']);
		await event(page, 'Door forced open').getByText('Alarm').waitFor();
		await tabTo(page, side.getByRole('button', { name: 'Close: Warehouse Side Door' }), 'Shift+Tab');
		await page.keyboard.press('Space');
		await side.getByText('Closed and locked').waitFor();
		await tabTo(page, side.getByRole('button', { name: 'Take offline: Warehouse Side Door' }));
		await page.keyboard.press('Enter');
		await side.getByText('Offline', { exact: true }).waitFor();
		await side.getByLabel('PIN or card number at Warehouse Side Door').fill('41000');
		await page.keyboard.press('Enter');
		await side.getByText('decided offline; DoorFlow hears of it later').waitFor();
		await side.getByText('Offline, 1 waiting').waitFor();
		await side.getByRole('button', { name: 'Bring online: Warehouse Side Door' }).press('Enter');
		await event(page, 'Admitted: PIN – Ada Okafor').waitFor();
	});

	test('what happens elsewhere is announced, and disturbs neither typing nor an open event', async () => {
		const page = await open();
		await event(page, 'request to exit').locator('summary').press('Enter');
		const input = page.getByLabel('PIN or card number at Reception');
		await input.focus();
		await page.keyboard.type('410');
		sandbox.control.present({ channelId: 1340, value: '41007' });
		sandbox.store.addPerson({ first_name: 'Nora', last_name: 'New' });
		await page
			.locator('#announcer')
			.filter({ hasText: 'Main Entrance: Admitted: PIN – Bruno Lindqvist' })
			.waitFor();
		await page.getByRole('heading', { name: 'Nora New' }).waitFor();
		expect(await isFocused(input)).toBe(true);
		await page.keyboard.type('00');
		await page.keyboard.press('Enter');
		await door(page, 'Reception').getByText('Admitted: PIN – Ada Okafor').first().waitFor();
		expect(await event(page, 'request to exit').locator('details').getAttribute('open')).toBe('');
	});
});

describe('webhooks', () => {
	test('an event opens to its signed webhook, whose signature verifies; its state follows the deliveries', async () => {
		const access = await connect();
		answerWith = 500;
		const page = await open();
		await page.getByLabel('PIN or card number at Main Entrance').fill('41000');
		await page.keyboard.press('Enter');
		const line = event(page, 'Admitted: PIN – Ada Okafor');
		await line.getByText(/Answered 500/).waitFor();
		const summary = line.locator('summary');
		await tabTo(page, summary);
		await page.keyboard.press('Enter');
		await line.getByRole('heading', { name: 'Signed webhook' }).waitFor();
		answerWith = 200;
		await line.getByText(/Not acknowledged yet/).waitFor();
		await line.locator('.attempts').getByText('answered 500').first().waitFor();
		await line.locator('.attempts').getByText('answered 200').first().waitFor();

		const { resource, ack_token: ackToken } = (
			JSON.parse(received[0]?.body ?? '') as Array<Record<string, string>>
		)[0] as Record<string, string>;
		expect(await api(access, String(resource))).toBe(200);
		await line.getByText(/^Acknowledged/).waitFor();
		await line.getByText('DoorFlow won’t send it again').waitFor();
		expect(await isFocused(summary)).toBe(true);

		const shown = async (name: string): Promise<string> =>
			await line.locator(`[data-header="${name}"]`).innerText();
		const [timestamp, signature] = [await shown('Timestamp'), await shown('Signature')];
		const wire = received.find(({ headers }) => headers.signature === signature);
		expect(wire?.headers.timestamp).toBe(timestamp);
		expect(
			createHmac('sha256', CLIENT.client_secret).update(`${timestamp}.${wire?.body}`).digest('hex'),
		).toBe(signature);
		expect(await shown('POST')).toBe(`${receiverUrl}/hook`);
		expect(await line.locator('pre').getAttribute('data-body')).toBe(
			wire?.body.replaceAll(String(ackToken), `${ackToken?.slice(0, 4)}…`),
		);
		const all = await page.content();
		for (const secret of [...sandbox.secrets(), ackToken, access]) expect(all).not.toContain(secret);
		await page.setViewportSize({ width: 1400, height: 1400 });
		await line.scrollIntoViewIfNeeded();
		await line.screenshot({ path: `${PICTURES}/sandbox-webhook.png` });
		expect(await faults(page)).toEqual([]);
	});

	test('a credential’s webhook is in the stream; without a connection or after a revocation there is none', async () => {
		const page = await open();
		await event(page, 'Admitted: card').locator('summary').press('Enter');
		await event(page, 'Admitted: card').getByText('None was sent.').waitFor();
		const access = await connect();
		answerWith = 503;
		await fetch(`${sandbox.url}/api/3/people/1005/credentials`, {
			method: 'POST',
			headers: { Authorization: `Bearer ${access}`, 'Content-Type': 'application/json' },
			body: JSON.stringify({ person_credential: { credential_type_id: 32, value: 'W-1' } }),
		});
		await event(page, 'Credential created: Card – Edwin Marsh')
			.getByText(/Answered 503/)
			.waitFor();
		sandbox.control.revokeApplication();
		await event(page, 'Credential created')
			.getByText(/Given up/)
			.waitFor();
	});
});

describe('what a door does not know yet', () => {
	test.each(['light', 'dark'] as const)(
		'is counted at the door, in words, until a sync brings it there (%s)',
		async (colorScheme) => {
			const access = await connect();
			sandbox.control.config({ requireSync: true, syncTakesMs: 1500 });
			const page = await open({ colorScheme });
			const send = async (path: string, body: object): Promise<number> =>
				(
					await fetch(`${sandbox.url}/api/3/${path}`, {
						method: 'POST',
						headers: { Authorization: `Bearer ${access}`, 'Content-Type': 'application/json' },
						body: JSON.stringify(body),
					})
				).status;
			const lacking = page.locator('#doors').getByText('not on this door yet');
			expect(await lacking.count()).toBe(0);
			await send('people', { first_name: 'Nora', last_name: 'New', group_ids: [2] });
			await door(page, 'Main Entrance').getByText('1 change not on this door yet').waitFor();
			const { id } = sandbox.store.everybody().at(-1) as { id: number };
			for (const [type, value] of [
				[31, '70707'],
				[32, 'N-1'],
			] as const)
				await send(`people/${id}/credentials`, {
					person_credential: { credential_type_id: type, value },
				});
			await door(page, 'Main Entrance').getByText('3 changes not on this door yet').waitFor();
			expect(await lacking.count()).toBe(6);
			await page.getByLabel('PIN or card number at Main Entrance').fill('70707');
			await page.keyboard.press('Enter');
			await door(page, 'Main Entrance').getByText('Rejected: unknown PIN').first().waitFor();
			await door(page, 'Main Entrance').scrollIntoViewIfNeeded();
			await picture(page, `sandbox-unsynced-${colorScheme}`);
			expect(await faults(page)).toEqual([]);
			expect(await overflows(page)).toBe(false);

			sandbox.control.door({ channelId: 1341, state: 'offline' });
			expect(await send('sync', {})).toBe(200);
			await door(page, 'Main Entrance').getByText('Syncing').waitFor();
			await until('the sync', async () => (await lacking.count()) === 1);
			await door(page, 'Reception').getByText('3 changes not on this door yet').waitFor();
			await page.getByLabel('PIN or card number at Main Entrance').press('Enter');
			await door(page, 'Main Entrance').getByText('Admitted: PIN – Nora New').first().waitFor();
			await page.getByRole('button', { name: 'Bring online: Reception' }).press('Enter');
			await until('Reception to catch up', async () => (await lacking.count()) === 0);
		},
	);
});

describe('application, tokens and knobs', () => {
	test('expire and revoke with the keyboard; revoking asks first', async () => {
		const access = await connect();
		const page = await open();
		const count = (name: string): Locator =>
			page.locator('#counts div').filter({ hasText: name }).locator('dd');
		await page.locator('#connection').filter({ hasText: 'Application connected' }).waitFor();
		expect([await count('Issued').innerText(), await count('Valid now').innerText()]).toEqual(['1', '1']);
		expect(await count('Access token ends in').innerText()).toMatch(/^(59 min \d+ s|1 h 0 min)$/);
		expect(await api(access, `${sandbox.url}/api/3/account`)).toBe(200);
		await tabTo(page, page.getByRole('button', { name: 'Expire all access tokens' }));
		await page.keyboard.press('Enter');
		await page.getByText('All access tokens have expired.').waitFor();
		await count('Valid now').filter({ hasText: '0' }).waitFor();
		expect(await api(access, `${sandbox.url}/api/3/account`)).toBe(401);

		const revoke = page.getByRole('button', { name: 'Revoke the application …' });
		await tabTo(page, revoke);
		await page.keyboard.press('Enter');
		const dialog = page.getByRole('dialog', { name: 'Revoke the application?' });
		await dialog.waitFor();
		expect(await isFocused(dialog.getByRole('button', { name: 'Cancel' }))).toBe(true);
		await page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'hidden' });
		expect([sandbox.control.tokens().connected, await isFocused(revoke)]).toEqual([true, true]);
		await page.keyboard.press('Enter');
		await tabTo(page, dialog.getByRole('button', { name: 'Revoke', exact: true }));
		await picture(page, 'sandbox-revoke');
		await page.keyboard.press('Enter');
		await page.locator('#connection').filter({ hasText: 'Nobody is connected' }).waitFor();
		await page.getByText('Revoked. The application can’t do anything').waitFor();
		expect(sandbox.control.tokens().connected).toBe(false);
		await page.getByRole('link', { name: 'How to connect' }).press('Enter');
		await page.getByText('Not connected to Harbour House').waitFor();
		await page.getByText('press Connect (client ID sandbox-client, secret sandbox-secret)').waitFor();
	});

	test('the knobs show the settings as they are, and set them; wrong ones are refused in words', async () => {
		sandbox.control.config({ latencyMs: 7, failureRate: 0.25, rotation: 'lenient' });
		const page = await open();
		const latency = page.getByLabel('Delay of every response, in ms');
		const failures = page.getByLabel('Requests that fail, in %');
		const address = page.getByLabel('Send webhooks to');
		expect([
			await latency.inputValue(),
			await failures.inputValue(),
			await page.getByLabel('A refresh token that was used').inputValue(),
			await address.inputValue(),
		]).toEqual(['7', '25', 'lenient', `${receiverUrl}/hook`]);
		await latency.fill('20');
		await page.getByLabel('Access tokens are valid for, in seconds').fill('90');
		await page.getByLabel('Requests per second before 429').fill('12');
		await page.getByLabel('A refresh token that was used').selectOption('reuse-detection');
		// Somebody else turns knobs at the same time: the one that is being changed here waits, the other follows.
		sandbox.control.config({ latencyMs: 9, failureRate: 0.5 });
		await page.locator('#settings').getByText('0.5', { exact: true }).waitFor({ state: 'attached' });
		expect(await failures.inputValue()).toBe('50');
		expect(await latency.inputValue()).toBe('20');
		await latency.press('Enter');
		await page.getByText('Applied.').waitFor();
		expect(sandbox.store.config).toMatchObject({
			latencyMs: 20,
			failureRate: 0.5,
			accessTokenSeconds: 90,
			rateLimitPerSecond: 12,
			rotation: 'reuse-detection',
		});
		await failures.fill('150');
		await failures.press('Enter');
		await page
			.locator('#knobs-said')
			.getByText(/100/)
			.or(page.locator('#knobs-said').filter({ hasText: '100' }))
			.first()
			.waitFor();
		await page.getByRole('button', { name: 'Undo changes' }).click();
		expect(await failures.inputValue()).toBe('50');
		await address.fill('ftp://127.0.0.1/');
		await address.press('Enter');
		await page
			.getByText('webhookUrl must be empty or an address that starts with http:// or https://')
			.waitFor();
		expect(sandbox.store.config.webhookUrl).toBe(`${receiverUrl}/hook`);
		await page.getByRole('button', { name: 'No faults' }).click();
		await page.getByText('No delay, no failures, no limit.').waitFor();
		expect(sandbox.store.config).toMatchObject({ latencyMs: 0, failureRate: 0, rateLimitPerSecond: 0 });
		complaints.splice(0).forEach((text) => expect(text).toContain('400 (Bad Request)'));
	});

	test('reset asks first; the other account has its own doors, people and events; empty lists say what to do', async () => {
		const page = await open();
		await page.getByText('No messages yet. Present a credential').waitFor();
		sandbox.control.post({ to: 'x', text: 'hello' });
		await page.getByText('hello').waitFor();
		await page.getByLabel('Find').fill('nobody of this name');
		await page.getByText('Nobody with that name').waitFor();
		await page.getByLabel('Find').fill('48151602');
		await page.getByText('1 of 6 people').waitFor();
		await page.getByLabel('Find').fill('');
		await page.getByRole('button', { name: 'Reset …' }).press('Enter');
		await tabTo(page, page.getByRole('dialog').getByRole('button', { name: 'Reset' }));
		await page.keyboard.press('Enter');
		await page.getByText('No messages yet.').waitFor();
		await page.getByLabel('Account', { exact: true }).selectOption('Studio Nine');
		await page.getByLabel('PIN or card number at Street Door').fill('52000');
		await page.keyboard.press('Enter');
		await door(page, 'Street Door').getByText('Admitted: PIN – Mira Sol').first().waitFor();
		expect(await door(page, 'Main Entrance').count()).toBe(0);
		await page.getByRole('heading', { name: 'Theo Guest' }).waitFor();
	});
});

describe('the consent page', () => {
	test('says who asks for what, in which account; denying and allowing lead back', async () => {
		const page = await open({}, authorizeUrl());
		await page.getByRole('heading', { name: 'Allow access to Harbour House?' }).waitFor();
		for (const text of [
			'sandbox-client',
			'Create, change and delete people, their PINs, cards and mobile credentials',
			'account.person',
			'remotely (restricted)',
			new URL(receiverUrl).host,
		])
			await page.getByText(text).first().waitFor();
		expect(await faults(page)).toEqual([]);
		await picture(page, 'sandbox-consent');
		await tabTo(page, page.getByRole('button', { name: 'Deny' }));
		await page.keyboard.press('Enter');
		await page.waitForURL(({ pathname }) => pathname === '/callback');
		expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
		expect(sandbox.control.tokens().connected).toBe(false);

		await page.goto(authorizeUrl());
		await page.getByRole('radio', { name: 'Harbour House' }).focus();
		await page.keyboard.press('ArrowDown');
		await page.getByRole('heading', { name: 'Allow access to Studio Nine?' }).waitFor();
		await tabTo(page, page.getByRole('button', { name: 'Allow' }));
		await page.keyboard.press('Enter');
		await page.waitForURL(({ pathname }) => pathname === '/callback');
		const access = await token(new URL(page.url()).searchParams.get('code'));
		const account = (await (
			await fetch(`${sandbox.url}/api/3/account`, { headers: { Authorization: `Bearer ${access}` } })
		).json()) as { name: string };
		expect(account.name).toBe('Studio Nine');
	});

	test('on a phone and in the dark; hostile wishes are text', async () => {
		const url = new URL(authorizeUrl());
		url.searchParams.set('scope', `account.sync constructor ${HOSTILE.replaceAll(' ', '/')}`);
		url.searchParams.set('state', HOSTILE);
		const page = await open({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' }, url.href);
		await page.getByText('<img/src=x/onerror').waitFor();
		expect(await page.locator('img[src=x]').count()).toBe(0);
		expect(await page.getByText('A permission that does not exist here').count()).toBe(2);
		expect(await overflows(page)).toBe(false);
		expect(await faults(page)).toEqual([]);
		await picture(page, 'sandbox-consent-phone', true);
	});
});

describe('to look at', () => {
	test('hostile names stay text everywhere', async () => {
		await connect();
		const person = sandbox.store.addPerson({
			first_name: HOSTILE,
			last_name: '</script>',
			email: `${HOSTILE}@x.example`,
		});
		sandbox.store.addCredential(person.id, 32, HOSTILE);
		const somewhere = sandbox.store.doors.get(1342);
		if (somewhere) somewhere.name = HOSTILE;
		const page = await open();
		sandbox.control.present({ channelId: 1342, value: HOSTILE });
		sandbox.control.post({ to: HOSTILE, text: HOSTILE });
		await event(page, HOSTILE).locator('summary').press('Enter');
		await event(page, HOSTILE).getByRole('heading', { name: 'Signed webhook' }).waitFor();
		await page.locator('#outbox').getByText(`To ${HOSTILE}`).waitFor();
		await page.locator('#people').getByRole('heading', { name: HOSTILE }).waitFor();
		expect([await page.locator('img[src=x]').count(), await page.title()]).toEqual([0, 'DoorFlow sandbox']);
		await page.setViewportSize({ width: 360, height: 740 });
		expect(await overflows(page)).toBe(false);
	});

	test.each([
		['sandbox', { colorScheme: 'light' }],
		['sandbox-dark', { colorScheme: 'dark' }],
		['sandbox-phone', { colorScheme: 'light', viewport: { width: 360, height: 740 }, hasTouch: true }],
	] as Array<[string, BrowserContextOptions]>)(
		'%s: every state has a word, can be read, and nothing has to be scrolled sideways',
		async (name, options) => {
			await connect();
			const page = await open(options);
			furnish();
			for (const [where, text] of [
				['Meeting Room', 'Unlocked until'],
				['Server Room', 'Lockdown'],
				['Reception', 'Offline, 1 waiting'],
				['Loading Bay', 'Held open'],
				['Warehouse Side Door', 'Forced open'],
			] as const)
				await door(page, where).locator('.chips').getByText(text).waitFor();
			await page.locator('#people').getByText('invited').waitFor();
			await page.getByText('Disabled').waitFor();
			await page.getByText(/Now to .*: Meeting Room/).waitFor();
			await event(page, 'Admitted: PIN – Vera Guest')
				.getByText(/Not acknowledged/)
				.waitFor();
			await picture(page, name);
			await picture(page, `${name}-whole`, true);
			await event(page, 'Admitted: PIN – Vera Guest').locator('summary').press('Enter');
			await page.getByText('All settings').press('Enter');
			await page.getByText('Permissions granted').press('Enter');
			expect(await faults(page)).toEqual([]);
			expect(await overflows(page)).toBe(false);
		},
	);

	test('however far one scrolls, no part of the page lies over another', async () => {
		const page = await open({ viewport: { width: 1400, height: 900 } });
		for (const place of ['Messages', 'Faults', 'Events']) {
			await page.getByRole('link', { name: place, exact: true }).click();
			const boxes = await page.locator('main > section').evaluateAll((sections) =>
				sections.map(
					(section) =>
						section.getBoundingClientRect().toJSON() as {
							left: number;
							right: number;
							top: number;
							bottom: number;
						},
				),
			);
			const over = boxes.flatMap((one, index) =>
				boxes
					.slice(index + 1)
					.filter(
						(other) =>
							one.left < other.right - 1 &&
							other.left < one.right - 1 &&
							one.top < other.bottom - 1 &&
							other.top < one.bottom - 1,
					),
			);
			expect([place, over]).toEqual([place, []]);
		}
	});

	test('nothing moves for those who asked for it, and a stopped sandbox is told of', async () => {
		const page = await open();
		const moving = "getComputedStyle(document.querySelector('.leaf')).transitionDuration";
		expect(await page.evaluate(moving)).toBe('0s');
		await page.emulateMedia({ reducedMotion: 'no-preference' });
		expect(await page.evaluate(moving)).toBe('0.45s');
		await sandbox.stop();
		await page.locator('#connection').filter({ hasText: 'The sandbox does not answer' }).waitFor();
		await page.getByLabel('PIN or card number at Main Entrance').fill('41000');
		await page.keyboard.press('Enter');
		await door(page, 'Main Entrance')
			.getByText('The sandbox does not answer. Is it still running?')
			.waitFor();
		complaints.length = 0;
	});
});
