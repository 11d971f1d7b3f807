import type { Sandbox } from '../sandbox/server';
import { SCOPES } from './house';
import { N8n, until, type WorkflowFile } from './n8n';
import { openPair } from './pair';
import type { Run } from './runs';

export const REDELIVER_MS = 10_000;
/** For what has to come in the end, on however busy a machine. */
export const PATIENCE_MS = 600_000;
const TRIGGER_PATH = '6f3b6a52-4a8e-4c0e-9b8c-0d5f4f3e1b01';

/** A trigger and nothing behind it that takes time. */
function withThen(name: string, trigger: WorkflowFile['nodes'][number]): WorkflowFile {
	const then = {
		parameters: {},
		type: 'n8n-nodes-base.noOp',
		typeVersion: 1,
		position: [220, 0],
		id: 'then',
		name: 'Then',
	};
	return {
		name,
		nodes: [trigger, then],
		connections: { [trigger.name]: { main: [[{ node: then.name, type: 'main', index: 0 }]] } },
		settings: { executionOrder: 'v1' },
	};
}

/** A DoorFlow Trigger and nothing behind it that takes time. */
export function triggerWorkflow(parameters: object = {}, webhookId = TRIGGER_PATH): WorkflowFile {
	return withThen(`Events ${webhookId.slice(-2)}`, {
		parameters: { events: [], ...parameters },
		type: 'n8n-nodes-doorflow.doorFlowTrigger',
		typeVersion: 1.1,
		position: [0, 0],
		id: `trigger-${webhookId.slice(-2)}`,
		name: 'DoorFlow Trigger',
		webhookId,
	});
}

const MANUAL_PATH = '6f3b6a52-4a8e-4c0e-9b8c-0d5f4f3e1b02';

/** A DoorFlow Trigger whose events are confirmed by the last node of the workflow, within a minute. */
export function manualWorkflow(): WorkflowFile {
	// A shorter time than the tolerance would count as that long.
	const options = { confirmWithinSeconds: 60, toleranceSeconds: 60 };
	const file = triggerWorkflow({ acknowledge: 'manual', options }, MANUAL_PATH);
	return {
		...file,
		nodes: [
			...file.nodes,
			{
				parameters: {
					resource: 'event',
					operation: 'acknowledge',
					resourceUrl: '={{ $json.acknowledgeUrl }}',
				},
				type: 'n8n-nodes-doorflow.doorFlow',
				typeVersion: 1,
				position: [440, 0],
				id: 'confirm',
				name: 'Confirm',
			},
		],
		connections: { ...file.connections, Then: { main: [[{ node: 'Confirm', type: 'main', index: 0 }]] } },
	};
}

/** A DoorFlow Polling Trigger that looks every five seconds: n8n wants a minute between two looks, but takes several plans. */
export function pollingWorkflow(): WorkflowFile {
	const item = Array.from({ length: 12 }, (_, index) => ({
		mode: 'custom',
		cronExpression: `${index * 5} * * * * *`,
	}));
	return withThen('Polling', {
		parameters: { events: [], pollTimes: { item } },
		type: 'n8n-nodes-doorflow.doorFlowPollingTrigger',
		typeVersion: 1,
		position: [0, 0],
		id: 'polling',
		name: 'DoorFlow Polling Trigger',
	});
}

/** A real n8n, a sandbox, and a workflow that a DoorFlow Trigger starts. */
export interface Plant {
	readonly sandbox: Sandbox;
	readonly n8n: N8n;
	readonly credential: { readonly id: string; readonly name: string };
	readonly workflowId: string;
	readonly webhookUrl: string;
	stop(): Promise<void>;
}

export async function openPlant(
	options: {
		version?: string;
		env?: Record<string, string>;
		nodeArguments?: string[];
		packageFolder?: string;
	} = {},
): Promise<Plant> {
	return await openPair(
		{
			// An impatient sender alone would keep n8n busy: it takes some 40 webhooks a second here, whatever they hold.
			sandbox: { config: { redeliverAfterMs: REDELIVER_MS } },
			n8n: { ...options, env: { N8N_LOG_LEVEL: 'info', ...options.env } },
		},
		async (sandbox, n8n) => {
			const credential = { id: await n8n.connect(sandbox.url, 'DoorFlow', SCOPES), name: 'DoorFlow' };
			const { workflowId, webhookUrl } = await addTrigger(n8n, credential, triggerWorkflow());
			sandbox.store.config.webhookUrl = webhookUrl;
			return { sandbox, n8n, credential, workflowId, webhookUrl };
		},
	);
}

/**
 * Imports and activates a workflow that begins with a DoorFlow Trigger, and waits until its webhook answers.
 *
 * @param origin where webhooks are taken, if not by n8n's main process
 */
export async function addTrigger(
	n8n: N8n,
	credential: Plant['credential'],
	file: WorkflowFile,
	origin = n8n.url,
): Promise<{ workflowId: string; webhookUrl: string }> {
	const workflowId = await n8n.importWorkflow(file, credential, '');
	await n8n.activate(workflowId);
	const webhookUrl = `${origin}/webhook/${file.nodes[0]?.webhookId}/webhook`;
	await registered(webhookUrl);
	return { workflowId, webhookUrl };
}

export async function registered(webhookUrl: string): Promise<void> {
	await until(
		'the webhook to be registered',
		async () =>
			await fetch(webhookUrl, { method: 'POST', body: '[]' }).then(
				({ status }) => status === 401,
				() => false,
			),
		PATIENCE_MS,
	);
}

/** So many people show their card at a door at the same time. @returns the events' ids */
export function raise(sandbox: Sandbox, count: number): number[] {
	return Array.from({ length: count }, () =>
		Number(sandbox.control.present({ channelId: 1340, value: '41000' }).id),
	);
}

export function acknowledged(sandbox: Sandbox, ids: readonly number[]): number {
	const done = new Set(
		sandbox.store.deliveries.filter((one) => one.acknowledged).map(({ resourceId }) => resourceId),
	);
	return ids.filter((id) => done.has(String(id))).length;
}

/** Waits until DoorFlow holds nothing back any more, and n8n works on nothing. Says how far it is. */
export async function settled(
	plant: Plant,
	ids: readonly number[],
	what: string,
	timeoutMs = PATIENCE_MS,
): Promise<void> {
	const started = Date.now();
	let said = started;
	await until(
		`${what}: all ${ids.length} events to be acknowledged`,
		async () => {
			if (Date.now() - said > 10_000) {
				said = Date.now();
				console.log(
					`  … ${what}: ${acknowledged(plant.sandbox, ids)} of ${ids.length} acknowledged (${Math.round((said - started) / 1000)} s)`,
				);
			}
			return acknowledged(plant.sandbox, ids) === ids.length;
		},
		timeoutMs,
	);
	await idle(plant, what);
}

export async function idle(plant: Plant, what: string): Promise<void> {
	await until(
		`${what}: n8n to be idle`,
		async () =>
			(await plant.n8n.runs()).every(({ status }) => status !== 'new' && status !== 'running') || undefined,
		PATIENCE_MS,
	);
}

/** The runs since a moment, of some workflows. */
export async function runsSince(plant: Plant, afterId: number, ...workflowIds: string[]): Promise<Run[]> {
	return (await plant.n8n.runs(afterId)).filter(
		({ workflowId }) => workflowIds.length === 0 || workflowIds.includes(workflowId),
	);
}

export async function lastRun(plant: Plant): Promise<number> {
	return Math.max(0, ...(await plant.n8n.runs()).map(({ id }) => id));
}
