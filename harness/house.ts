import { join, resolve } from 'node:path';

import { DEFAULT_SCOPES } from '../nodes/shared/permissions';
import type { Sandbox } from '../sandbox/server';
import { command } from './install';
import { example, until, type N8n, type WorkflowFile } from './n8n';
import { openPair } from './pair';

/** What the credential asks for when nothing is ticked. */
export const SCOPES = [...DEFAULT_SCOPES];

/** n8n, the sandbox and the two example workflows, connected and active. */
export interface House {
	readonly sandbox: Sandbox;
	readonly n8n: N8n;
	readonly credential: { readonly id: string; readonly name: string };
	readonly checkIn: { readonly id: string; readonly formUrl: string };
	readonly arrival: { readonly id: string; readonly webhookUrl: string };
	stop(): Promise<void>;
}

/**
 * Builds the package.
 *
 * @param root of another state of the project; this one by default
 */
export async function build(root = resolve(__dirname, '..')): Promise<void> {
	console.log('Building …');
	await command(
		'Building',
		process.execPath,
		[join(root, 'node_modules', 'gulp', 'bin', 'gulp.js'), 'build'],
		{ cwd: root },
	);
}

/**
 * Starts everything on loopback.
 *
 * @param options.ports fixed ones; free ones by default
 */
export async function openHouse(
	options: { n8nPort?: number; sandboxPort?: number; env?: Record<string, string>; version?: string } = {},
): Promise<House> {
	console.log('Starting the sandbox and n8n …');
	return await openPair(
		{
			sandbox: { port: options.sandboxPort ?? 0 },
			n8n: {
				...(options.n8nPort === undefined ? {} : { port: options.n8nPort }),
				...(options.env ? { env: options.env } : {}),
				...(options.version ? { version: options.version } : {}),
			},
		},
		furnish,
	);
}

/**
 * Moves the sandbox as its page does.
 *
 * @param path behind `/_sandbox/`
 */
export async function control(
	sandbox: Sandbox,
	path: string,
	body: object = {},
): Promise<Record<string, unknown>> {
	const answer = await fetch(`${sandbox.url}/_sandbox/${path}`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(body),
	});
	return (await answer.json()) as Record<string, unknown>;
}

/** Connects n8n to the sandbox, imports and activates the example workflows. */
async function furnish(sandbox: Sandbox, n8n: N8n): Promise<Omit<House, 'stop'>> {
	const name = 'DoorFlow: Harbour House';
	console.log('Connecting through OAuth and importing the example workflows …');
	const credential = { id: await n8n.connect(sandbox.url, name, SCOPES), name };
	const outbox = `${sandbox.url}/_sandbox/outbox`;
	const checkInFile = withGroup(await example('visitor-check-in'), sandbox);
	const arrivalFile = await example('visitor-arrival');
	const checkInId = await n8n.importWorkflow(checkInFile, credential, outbox);
	const arrivalId = await n8n.importWorkflow(arrivalFile, credential, outbox);
	await n8n.activate(checkInId);
	await n8n.activate(arrivalId);
	const webhookUrl = `${n8n.url}/webhook/${arrivalFile.nodes.find(({ type }) => type.endsWith('doorFlowTrigger'))?.webhookId}/webhook`;
	const formUrl = `${n8n.url}/form/${checkInFile.nodes.find(({ type }) => type.endsWith('formTrigger'))?.webhookId}`;
	// The addresses answer a moment after the activation.
	await until(
		'the webhook to be registered',
		async () => (await fetch(webhookUrl, { method: 'POST', body: '[]' })).status === 401,
	);
	await until('the form to be registered', async () => (await fetch(formUrl)).ok);
	sandbox.store.config.webhookUrl = webhookUrl;
	return {
		sandbox,
		n8n,
		credential,
		checkIn: { id: checkInId, formUrl },
		arrival: { id: arrivalId, webhookUrl },
	};
}

/** The ID of the group whose doors visitors may open. */
export const visitorsGroup = (sandbox: Sandbox): string =>
	String(sandbox.store.groups.find(({ name }) => name === 'Visitors')?.id);

/** The check-in with the group of the visitors chosen, as its note asks for. */
export function withGroup(file: WorkflowFile, sandbox: Sandbox): WorkflowFile {
	return {
		...file,
		nodes: file.nodes.map((node) =>
			node.parameters.operation === 'checkIn'
				? { ...node, parameters: { ...node.parameters, groupIds: [visitorsGroup(sandbox)] } }
				: node,
		),
	};
}

/** Fills in and sends the visitor's form, as a browser does. */
export async function signIn(
	house: House,
	visitor: { first: string; last: string; email: string; mobile: string },
): Promise<void> {
	const form = new FormData();
	[visitor.first, visitor.last, visitor.email, visitor.mobile].forEach((value, index) =>
		form.set(`field-${index}`, value),
	);
	const answer = await fetch(house.checkIn.formUrl, { method: 'POST', body: form });
	if (!answer.ok)
		throw new Error(`The form was not taken (${answer.status}): ${(await answer.text()).slice(0, 300)}`);
}

/** The message to somebody, once it is in the outbox. */
export async function messageTo(house: House, to: string, containing = ''): Promise<string> {
	const message = await until(`a message to ${to}`, async () =>
		house.sandbox.store.outbox.find((one) => one.to === to && String(one.text).includes(containing)),
	);
	return String(message.text);
}
