import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv from 'ajv';
import { DateTime } from 'luxon';
import { parse } from 'yaml';

import { CLIENT, SCOPES } from '../sandbox/authority';
import { startSandbox, type Exchange } from '../sandbox/server';

/**
 * Compares the sandbox, and what the nodes send to it, with DoorFlow's own API description. Give its path in
 * DOORFLOW_OPENAPI; the description is DoorFlow's and not part of this project. `--sandbox-only` leaves out the nodes,
 * which take about a minute and a half.
 */

interface Response {
	$ref?: string;
	headers?: Record<string, unknown>;
	content?: Record<string, unknown>;
}

interface OpenApiOperation {
	operationId: string;
	parameters?: Array<{ name: string; in: string; required?: boolean }>;
	requestBody?: { content: Record<string, unknown> };
	responses: Record<string, Response>;
}

interface Description {
	paths: Record<string, Record<string, OpenApiOperation>>;
	components: { responses: Record<string, Response> };
}

const root = resolve(__dirname, '..');
const REDIRECT = 'http://localhost:3000/callback';
/** Nobody's: nothing but an account's own name may be read with it. */
const POOR_SCOPE = 'account.shift.readonly';

const pointer = (...parts: string[]): string =>
	parts.map((part) => `/${encodeURIComponent(part.replace(/~/g, '~0').replace(/\//g, '~1'))}`).join('');

/** Runs every operation of the node in n8n's engine, in success and failure. */
function exchangesOfNodes(): Exchange[] {
	const file = join(root, 'artifacts', 'exchanges.jsonl');
	mkdirSync(join(root, 'artifacts'), { recursive: true });
	rmSync(file, { force: true });
	console.log('Running every operation of the node in the engine (about a minute and a half) …');
	const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
	const run = spawnSync(
		process.execPath,
		[jest, '--selectProjects', 'engine', '--testPathPatterns', 'operations', '--silent'],
		{
			cwd: root,
			env: { ...process.env, DOORFLOW_EXCHANGES: file },
			stdio: ['ignore', 'inherit', 'inherit'],
		},
	);
	if (run.status !== 0) throw new Error('The engine test failed, so there is nothing to compare.');
	const lines = readFileSync(file, 'utf8').trim().split('\n');
	return lines.map((line) => JSON.parse(line) as Exchange);
}

/** Goes through all operations of the sandbox without the nodes, and into every failure that is described. */
async function exchangesOfSandbox(): Promise<Exchange[]> {
	const exchanges: Exchange[] = [];
	const sandbox = await startSandbox({
		config: { admitDelayMs: 5, inviteMs: 20 },
		onExchange: (exchange) => exchanges.push(exchange),
	});
	try {
		await tour(
			sandbox.url,
			(wish) => void sandbox.control.config(wish),
			(channelId, state) => void sandbox.control.door({ channelId, state }),
		);
	} finally {
		await sandbox.stop();
	}
	return exchanges;
}

type Json = Record<string, unknown>;

async function tour(
	url: string,
	config: (wish: Json) => void,
	move: (channelId: number, state: string) => void,
): Promise<void> {
	const form = async (
		path: string,
		fields: Record<string, string>,
		headers: Record<string, string> = {},
	): Promise<Json> =>
		(await (
			await fetch(`${url}${path}`, { method: 'POST', headers, body: new URLSearchParams(fields) })
		).json()) as Json;
	const secret = { client_id: CLIENT.id, client_secret: CLIENT.secret };
	const authorize = async (scope: string, more: Record<string, string> = {}): Promise<string> => {
		const query = new URLSearchParams({
			client_id: CLIENT.id,
			redirect_uri: REDIRECT,
			response_type: 'code',
			scope,
			state: 's',
			...more,
		});
		const answer = await fetch(`${url}/oauth/authorize?${query}`, { redirect: 'manual' });
		return new URL(answer.headers.get('location') ?? REDIRECT).searchParams.get('code') ?? '';
	};
	const connect = async (scope: string): Promise<Json> =>
		await form('/oauth/token', {
			...secret,
			grant_type: 'authorization_code',
			code: await authorize(scope, { consent: 'auto' }),
			redirect_uri: REDIRECT,
		});

	await authorize('x', { redirect_uri: 'https://elsewhere.example/' });
	await form('/oauth/token', {
		...secret,
		grant_type: 'authorization_code',
		code: 'none',
		redirect_uri: REDIRECT,
	});
	await form('/oauth/token', {
		...secret,
		client_secret: 'wrong',
		grant_type: 'refresh_token',
		refresh_token: 'none',
	});
	const poor = await connect(POOR_SCOPE);
	let { access_token: access, refresh_token: refresh } = await connect(SCOPES.join(' '));
	({ access_token: access, refresh_token: refresh } = await form('/oauth/token', {
		...secret,
		grant_type: 'refresh_token',
		refresh_token: String(refresh),
	}));

	const send = async (
		method: string,
		path: string,
		body?: unknown,
		token: unknown = access,
	): Promise<Json> => {
		const answer = await fetch(`${url}${path}`, {
			method,
			headers: {
				Authorization: `Bearer ${String(token)}`,
				...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
			},
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		const text = await answer.text();
		return text.startsWith('{') ? (JSON.parse(text) as Json) : {};
	};
	/** An operation in success, without a token, without the permission, and with DoorFlow in trouble. */
	const api = async (method: string, path: string, body?: unknown): Promise<Json> => {
		await send(method, `/api/3/${path}`, body, 'wrong');
		await send(method, `/api/3/${path}`, body, poor.access_token);
		config({ failurePath: '/api/', failureStatus: 500 });
		await send(method, `/api/3/${path}`, body);
		config({ failurePath: '' });
		return await send(method, `/api/3/${path}`, body);
	};
	const fails = async (method: string, path: string, body?: unknown): Promise<void> =>
		void (await send(method, `/api/3/${path}`, body));

	await send('GET', '/oauth/token/info');
	await send('GET', '/oauth/token/info', undefined, 'wrong');
	for (const path of [
		'account',
		'people',
		'credentials',
		'credential_types',
		'channels',
		'events',
		'groups',
		'roles',
		'sites',
		'reservations',
		'group_reservations',
		'notification_rules',
	])
		await api('GET', path);

	const person = await api('POST', 'people', {
		first_name: 'Con',
		last_name: 'Formity',
		email: 'con@formity.example',
		group_ids: [2],
		valid_to: '2099-01-01T00:00:00Z',
	});
	const own = `people/${String(person.id)}`;
	await fails('POST', 'people', {});
	await api('GET', own);
	await api('PUT', own, { department: 'Checks', image_base64: Buffer.from('photo').toString('base64') });
	await fails('PUT', own, { email: 'nonsense' });
	const pin = await api('POST', `${own}/credentials`, {
		person_credential: { credential_type_id: 31, value: '******' },
	});
	await fails('POST', `${own}/credentials`, {
		person_credential: { credential_type_id: 31, value: '******' },
	});
	await fails('POST', `${own}/credentials`, { person_credential: { credential_type_id: 32, value: '' } });
	await api('GET', `${own}/credentials`);
	await api('GET', `${own}/credentials/${String(pin.id)}`);
	await api('PUT', `${own}/credentials/${String(pin.id)}`, { person_credential: { value: '******' } });
	await fails('PUT', `${own}/credentials/${String(pin.id)}`, { person_credential: { value: '1' } });
	const pass = await send('POST', `/api/3/${own}/credentials`, {
		person_credential: { credential_type_id: 34 },
	});
	await send('POST', `/api/3/${own}/credentials`, { person_credential: { credential_type_id: 33 } });
	await fails('DELETE', `${own}/credentials/${String(pass.id)}`);

	const [events] = [
		await (
			await fetch(`${url}/api/3/events?level=debug`, {
				headers: { Authorization: `Bearer ${String(access)}` },
			})
		).json(),
	] as [Json[]];
	await api('GET', `events/${String(events[0]?.id)}`);
	await fails('GET', 'events?event_codes=999');

	await api('GET', 'channels/1340');
	const admission = await api('POST', 'channels/1340/admit');
	await api('GET', `admission_requests/${String(admission.admission_request_id)}`);
	await api('POST', 'channels/1340/admit_person', { person_id: person.id });
	await fails('POST', 'channels/1340/admit_person', {
		person_id: (await send('POST', '/api/3/people', { first_name: 'No', last_name: 'Way' })).id,
	});
	await new Promise((done) => setTimeout(done, 30));
	await fails('GET', `admission_requests/${String(admission.admission_request_id)}`);
	await api('POST', 'channels/1341/unlock', { relock_at: '2099-01-01T00:00:00Z' });
	await fails('POST', 'channels/1341/admit');
	await api('POST', 'channels/1341/normal');
	await api('POST', 'channels/1341/lockdown', { card_lockdown: true });
	await api('POST', 'channels/1341/unlockdown');
	move(1350, 'offline');
	for (const name of ['normal', 'lockdown', 'unlockdown']) await fails('POST', `channels/1350/${name}`);
	await api('POST', 'channels/1341/auto_unlock', { shift_id: 10 });
	await fails('POST', 'channels/1341/auto_unlock', { shift_id: 999 });
	await api('POST', 'channels/1341/regenerate_encryption_key');
	await api('POST', 'channels/1341/remove_encryption_key');

	const day = DateTime.now().plus({ days: 2 }).toISODate();
	const window = { person_id: person.id, start_time: `${day}T10:00:00Z`, end_time: `${day}T11:00:00Z` };
	const reservation = await api('POST', 'reservations', { ...window, channel_ids: [1340] });
	await fails('POST', 'reservations', { ...window, channel_ids: [] });
	const booking = await api('POST', 'group_reservations', {
		group_reservation: { ...window, group_ids: [1] },
	});
	await fails('POST', 'group_reservations', { group_reservation: { ...window, group_ids: [] } });
	await fails('GET', 'reservations');
	await fails('GET', 'group_reservations');
	await api('DELETE', `reservations/${String(reservation.id)}`);
	await api('DELETE', `group_reservations/${String(booking.id)}`);

	const rule = {
		name: 'Forced',
		call_back_url: 'https://example.com/hook',
		match_event_codes: [32],
		match_controller_ids: [1340],
	};
	const made = await api('POST', 'notification_rules', rule);
	await fails('POST', 'notification_rules', {});
	await api('GET', `notification_rules/${String(made.id)}`);
	await fails('GET', 'notification_rules');
	await api('PUT', `notification_rules/${String(made.id)}`, rule);
	await fails('PUT', `notification_rules/${String(made.id)}`, {});
	await api('DELETE', `notification_rules/${String(made.id)}`);

	await api('POST', 'sync');
	await fails('POST', 'sync');

	await api('DELETE', `${own}/credentials/${String(pin.id)}`);
	for (const [method, path, body] of [
		['GET', 'people/1'],
		['PUT', 'people/1', { first_name: 'x' }],
		['DELETE', 'people/1'],
		['GET', `${own}/credentials/none`],
		['PUT', `${own}/credentials/none`, { person_credential: { value: '1' } }],
		['DELETE', `${own}/credentials/none`],
		['GET', 'events/1'],
		['GET', 'admission_requests/1'],
		['GET', 'channels/1'],
		...[
			'admit',
			'unlock',
			'normal',
			'lockdown',
			'unlockdown',
			'auto_unlock',
			'regenerate_encryption_key',
			'remove_encryption_key',
		].map((name) => ['POST', `channels/1/${name}`]),
		['POST', 'channels/1/admit_person', { person_id: person.id }],
		['DELETE', 'reservations/1'],
		['DELETE', 'group_reservations/1'],
		['GET', 'notification_rules/1'],
		['PUT', 'notification_rules/1', rule],
		['DELETE', 'notification_rules/1'],
	] as Array<[string, string, unknown?]>) {
		await fails(method, path, body);
	}
	await api('DELETE', own);

	const basic = (value: string): { Authorization: string } => ({
		Authorization: `Basic ${Buffer.from(`${CLIENT.id}:${value}`).toString('base64url')}`,
	});
	await form('/oauth/revoke', { token: String(refresh) }, basic('wrong'));
	await form(
		'/oauth/revoke',
		{ token: String(refresh), token_type_hint: 'refresh_token' },
		basic(CLIENT.secret),
	);
}

/** Compares exchanges with the description. */
class Comparison {
	readonly operations = new Set<string>();

	/** Operation and status, such as `getPerson 404`. */
	readonly reached = new Set<string>();

	readonly differences = new Map<string, number>();

	requests = 0;

	answers = 0;

	private readonly ajv = new Ajv({ strict: false, allErrors: true });

	private readonly validators = new Map<string, ReturnType<Ajv['compile']>>();

	constructor(private readonly description: Description) {
		this.ajv.addFormat(
			'date-time',
			(text: string) => /T.*(Z|[+-]\d\d:?\d\d)$/.test(text) && DateTime.fromISO(text).isValid,
		);
		this.ajv.addFormat('email', /^[^@\s]+@[^@\s]+$/);
		this.ajv.addFormat('uri', (text: string) => URL.canParse(text));
		this.ajv.addSchema({ $id: 'doorflow', ...description });
	}

	/** @param forced whether failures were forced on operations that may not have them */
	look(exchange: Exchange, forced: boolean): void {
		const method = exchange.method.toLowerCase();
		const path = this.pathOf(exchange.route);
		const operation = path === undefined ? undefined : this.description.paths[path]?.[method];
		if (!path || !operation) {
			// The consent page posts to itself, which the description leaves out.
			return this.differ(`${exchange.method} ${exchange.route}: not in the description`);
		}
		const name = operation.operationId;
		this.operations.add(name);
		this.request(name, operation, exchange, pointer('paths', path, method));
		const response = operation.responses[String(exchange.status)];
		const made = (exchange.body as { error?: string } | null)?.error === 'failure';
		if (!response) {
			if (!made && (!forced || exchange.status < 400))
				this.differ(`${name}: answers ${exchange.status}, which is not described`);
			return;
		}
		this.answers++;
		this.reached.add(`${name} ${exchange.status}`);
		if (forced && made) return;
		const place = response.$ref
			? response.$ref.slice(1)
			: pointer('paths', path, method, 'responses', String(exchange.status));
		this.response(
			name,
			exchange,
			response.$ref
				? (this.description.components.responses[response.$ref.split('/').at(-1) ?? ''] ?? {})
				: response,
			place,
		);
	}

	all(): string[] {
		return Object.values(this.description.paths).flatMap((methods) =>
			Object.values(methods).map(({ operationId }) => operationId),
		);
	}

	/** What the description has and nobody came across. */
	unreached(): string[] {
		const described = Object.values(this.description.paths).flatMap((methods) =>
			Object.values(methods).flatMap(({ operationId, responses }) =>
				Object.keys(responses).map((status) => `${operationId} ${status}`),
			),
		);
		return described.filter((one) => !this.reached.has(one));
	}

	describedAnswers(): number {
		return this.unreached().length + this.reached.size;
	}

	private request(name: string, operation: OpenApiOperation, exchange: Exchange, place: string): void {
		this.requests++;
		const parameters = (operation.parameters ?? []).filter((one) => one.in === 'query');
		const query = (exchange.query ?? {}) as Record<string, unknown>;
		for (const parameter of Object.keys(query)) {
			// Ours, to consent without a page.
			if (parameter !== 'consent' && !parameters.some((one) => one.name === parameter))
				this.differ(`${name}: the query parameter ${parameter} is not described`);
		}
		if (exchange.status >= 400) return;
		for (const { name: needed, required } of parameters)
			if (required && !(needed in query)) this.differ(`${name}: the query parameter ${needed} is missing`);
		const [type] = Object.keys(operation.requestBody?.content ?? {});
		if (type === undefined || exchange.requestBody === undefined || exchange.requestBody === null) return;
		for (const error of this.errors(
			`${place}${pointer('requestBody', 'content', type, 'schema')}`,
			exchange.requestBody,
		))
			this.differ(`${name}: request ${error}`);
	}

	private response(name: string, exchange: Exchange, response: Response, place: string): void {
		const what = `${name}: answer ${exchange.status}`;
		for (const header of Object.keys(response.headers ?? {})) {
			const asked = (exchange.query as Record<string, unknown> | undefined)?.skip_pagination;
			const value = exchange.headers[header.toLowerCase()];
			if (asked === undefined && !/^\d+$/.test(String(value)))
				this.differ(`${what} lacks the header ${header}`);
		}
		const types = Object.keys(response.content ?? {});
		const sent = String(exchange.headers['content-type'] ?? '').split(';')[0] ?? '';
		if (types.length > 0 && !types.includes(sent))
			this.differ(`${what} is ${sent || 'of no type'}, not ${types.join(' or ')}`);
		if (sent !== 'application/json' || !types.includes(sent)) return;
		for (const error of this.errors(`${place}${pointer('content', sent, 'schema')}`, exchange.body))
			this.differ(`${what} ${error}`);
	}

	private errors(place: string, value: unknown): string[] {
		const validate = this.validators.get(place) ?? this.ajv.compile({ $ref: `doorflow#${place}` });
		this.validators.set(place, validate);
		return validate(value)
			? []
			: (validate.errors ?? []).map(
					({ instancePath, message }) =>
						`${instancePath.replace(/\/\d+/g, '/*') || '(whole)'} ${message ?? ''}`,
				);
	}

	private pathOf(route: string): string | undefined {
		const parts = route.split('/');
		return Object.keys(this.description.paths).find((candidate) => {
			const other = candidate.split('/');
			return (
				other.length === parts.length &&
				other.every((part, index) =>
					parts[index]?.startsWith(':') ? part.startsWith('{') : part === parts[index],
				)
			);
		});
	}

	private differ(text: string): void {
		this.differences.set(text, (this.differences.get(text) ?? 0) + 1);
	}
}

function report(title: string, comparison: Comparison): void {
	const { operations, requests, answers, differences } = comparison;
	const missing = comparison.all().filter((name) => !operations.has(name));
	console.log(
		`\n${title}: ${requests} requests and ${answers} answers compared, of ${operations.size} of ${comparison.all().length} operations.`,
	);
	if (missing.length > 0) console.log(`Operations not seen: ${missing.join(', ')}.`);
	console.log(`Described answers reached: ${comparison.reached.size} of ${comparison.describedAnswers()}.`);
	console.log(
		differences.size === 0
			? 'No difference.'
			: `Differences:\n${[...differences].map(([text, count]) => `- ${text} (${count}×)`).join('\n')}`,
	);
}

async function main(): Promise<void> {
	const file = process.env.DOORFLOW_OPENAPI ?? '';
	if (!existsSync(file)) throw new Error("Put the path of DoorFlow's openapi.yaml into DOORFLOW_OPENAPI.");
	const description = parse(readFileSync(file, 'utf8')) as Description;

	const sandbox = new Comparison(description);
	for (const exchange of await exchangesOfSandbox()) sandbox.look(exchange, false);
	report('The sandbox', sandbox);
	console.log(`Not reached: ${sandbox.unreached().join(', ') || 'none'}.`);

	const nodes = new Comparison(description);
	if (!process.argv.includes('--sandbox-only')) {
		for (const exchange of exchangesOfNodes()) nodes.look(exchange, true);
		report('The nodes', nodes);
	}
	const complete = sandbox.operations.size === sandbox.all().length;
	if (!complete || sandbox.differences.size + nodes.differences.size > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
});
