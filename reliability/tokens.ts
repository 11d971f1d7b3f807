import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

import { until, type WorkflowFile } from '../harness/n8n';
import { lastRun, PATIENCE_MS, raise, runsSince, type Plant } from '../harness/plant';

const LOAD_PATH = 'reliability-load';

/** A webhook whose entries become items, and a DoorFlow node that asks for a person for each. */
function loadWorkflow(): WorkflowFile {
	return {
		name: 'Load',
		nodes: [
			{
				parameters: {
					httpMethod: 'POST',
					path: LOAD_PATH,
					responseMode: 'lastNode',
					responseData: 'allEntries',
					options: {},
				},
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				position: [0, 0],
				id: 'load-hook',
				name: 'Hook',
				webhookId: '6f3b6a52-4a8e-4c0e-9b8c-0d5f4f3e1b09',
			},
			{
				parameters: { fieldToSplitOut: 'body.ids', options: {} },
				type: 'n8n-nodes-base.splitOut',
				typeVersion: 1,
				position: [220, 0],
				id: 'load-split',
				name: 'Each',
			},
			{
				parameters: {
					resource: 'person',
					operation: 'get',
					personId: { __rl: true, mode: 'id', value: "={{ $json['body.ids'] }}" },
					options: { concurrency: 1 },
				},
				type: 'n8n-nodes-doorflow.doorFlow',
				typeVersion: 1,
				position: [440, 0],
				id: 'load-person',
				name: 'Person',
				onError: 'continueRegularOutput',
			},
		] as WorkflowFile['nodes'],
		connections: {
			Hook: { main: [[{ node: 'Each', type: 'main', index: 0 }]] },
			Each: { main: [[{ node: 'Person', type: 'main', index: 0 }]] },
		},
		settings: { executionOrder: 'v1' },
	};
}

/** Waits for the answer for as long as it takes: Node's fetch gives up after five minutes. */
async function postPatiently(url: string, body: object): Promise<{ status: number; text: string }> {
	return await new Promise((done, failed) => {
		const headers = { 'Content-Type': 'application/json' };
		const sending = request(url, { method: 'POST', headers }, (answer) => {
			let text = '';
			answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
			answer.once('end', () => done({ status: answer.statusCode ?? 0, text })).once('error', failed);
		});
		sending.once('error', failed).end(JSON.stringify(body));
	});
}

/** A workflow that sends requests to DoorFlow when it is asked to. */
export interface Load {
	readonly workflowId: string;
	/** Starts executions at the same time with so many requests each. @returns what came back for each request */
	run(executions: number, requestsEach: number): Promise<Array<{ error?: unknown }>>;
}

export async function installLoad(plant: Plant): Promise<Load> {
	const workflowId = await plant.n8n.importWorkflow(loadWorkflow(), plant.credential, '');
	await plant.n8n.activate(workflowId);
	const url = `${new URL(plant.webhookUrl).origin}/webhook/${LOAD_PATH}`;
	const post = async (count: number): Promise<{ status: number; text: string }> =>
		await postPatiently(url, { ids: Array.from({ length: count }, () => 1001) });
	await until('the load webhook to be registered', async () => (await post(1)).status === 200, PATIENCE_MS);
	return {
		workflowId,
		run: async (executions, requestsEach) => {
			const answers = await Promise.all(
				Array.from({ length: executions }, async () => {
					const { status, text } = await post(requestsEach);
					if (status !== 200)
						return Array.from({ length: requestsEach }, () => ({
							error: `status ${status}: ${text.slice(0, 200)}`,
						}));
					const entries = JSON.parse(text) as Array<{ error?: unknown }>;
					// Whatever did not come back counts as failed.
					return Array.from({ length: requestsEach }, (_, index) => entries[index] ?? { error: 'no answer' });
				}),
			);
			return answers.flat();
		},
	};
}

export interface TokenOutcome {
	readonly where: string;
	readonly requests: number;
	readonly failed: number;
	readonly refreshes: number;
	/** Refreshes that were sent with a token that was used before. */
	readonly dead: number;
	readonly survived: boolean;
}

/**
 * 20 executions at the same time while the access token expires every two seconds.
 *
 * @param rotation of the sandbox: with `reuse-detection`, a used refresh token that comes again ends the connection
 */
export async function expiringTokens(
	plant: Plant,
	load: Load,
	where: string,
	rotation: 'reuse-detection' | 'strict',
	requests = 2000,
): Promise<TokenOutcome> {
	console.log(`• ${where}: ${requests} requests by 20 executions, tokens of 2 s, rotation ${rotation}`);
	plant.sandbox.control.config({ accessTokenSeconds: 2, rotation, latencyMs: 30 });
	plant.sandbox.control.expireTokens();
	const before = plant.sandbox.control.tokens();
	const results = await load.run(20, requests / 20);
	const after = plant.sandbox.control.tokens();
	plant.sandbox.control.config({ accessTokenSeconds: 3600, rotation: 'strict', latencyMs: 0 });
	const failures = results.filter(({ error }) => error !== undefined);
	const outcome = {
		where,
		requests: results.length,
		failed: failures.length,
		refreshes: after.refreshed - before.refreshed,
		dead: after.refused - before.refused,
		survived: after.connected,
	};
	console.log(
		`  ${JSON.stringify(outcome)}${failures[0] ? ` first failure: ${JSON.stringify(failures[0].error)}` : ''}`,
	);
	return outcome;
}

export interface DeadEnd {
	readonly message: string;
	/** Refreshes that were tried in the 20 executions after. */
	readonly tries: number;
	readonly worksAfterReconnect: boolean;
}

/** n8n ends between DoorFlow's new tokens and their storing: nobody has the new ones, and the old ones are used. */
export async function killedBeforeStoring(plant: Plant, load: Load): Promise<DeadEnd> {
	console.log('• n8n killed between the new token and its storing');
	const { control } = plant.sandbox;
	control.config({ tokenAnswerDelayMs: 3000 });
	control.expireTokens();
	const before = control.tokens().refreshed;
	const broken = load.run(1, 1).catch(() => []);
	await until('the refresh to reach DoorFlow', async () => control.tokens().refreshed > before, PATIENCE_MS);
	await plant.n8n.kill();
	await broken;
	control.config({ tokenAnswerDelayMs: 0 });
	await plant.n8n.startAgain();
	await until(
		'the load webhook to be back',
		async () =>
			(await load.run(1, 1).catch(() => [{ error: 'status 404' }])).every(
				({ error }) => !String(error).startsWith('status'),
			),
		PATIENCE_MS,
	);
	const refused = control.tokens().refused;
	const results = await load.run(20, 1);
	const tries = control.tokens().refused - refused;
	const message = String(results[0]?.error ?? '');
	await plant.n8n.reconnect(plant.credential.id);
	const worksAfterReconnect = (await load.run(1, 1)).every(({ error }) => error === undefined);
	const outcome = { message, tries, worksAfterReconnect };
	console.log(`  ${JSON.stringify(outcome)}`);
	return outcome;
}

export interface Disconnected {
	readonly action: string;
	readonly webhookStatus: number;
	readonly startedByWebhook: number;
	readonly polling: string;
}

/** Account → Disconnect, and what then happens to actions, webhooks and polling. */
export async function disconnect(plant: Plant, load: Load, pollingId: string): Promise<Disconnected> {
	console.log('• Account → Disconnect');
	const file: WorkflowFile = {
		name: 'Disconnect',
		nodes: [
			{
				parameters: { httpMethod: 'POST', path: 'disconnect', responseMode: 'lastNode', options: {} },
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				position: [0, 0],
				id: 'disconnect-hook',
				name: 'Hook',
				webhookId: '6f3b6a52-4a8e-4c0e-9b8c-0d5f4f3e1b0a',
			},
			{
				parameters: { resource: 'account', operation: 'disconnect' },
				type: 'n8n-nodes-doorflow.doorFlow',
				typeVersion: 1,
				position: [220, 0],
				id: 'disconnect',
				name: 'Disconnect',
			},
		],
		connections: { Hook: { main: [[{ node: 'Disconnect', type: 'main', index: 0 }]] } },
		settings: { executionOrder: 'v1' },
	};
	const id = await plant.n8n.importWorkflow(file, plant.credential, '');
	await plant.n8n.activate(id);
	const polled = (await plant.n8n.executions(pollingId)).length;
	const url = `${new URL(plant.webhookUrl).origin}/webhook/disconnect`;
	const answer = await until(
		'the disconnect webhook',
		async () => {
			const response = await fetch(url, { method: 'POST' });
			return response.status === 404 ? undefined : response;
		},
		PATIENCE_MS,
	);
	if (!answer.ok) throw new Error(`Disconnect failed: ${await answer.text()}`);
	const before = await lastRun(plant);
	const action = String((await load.run(1, 1))[0]?.error ?? 'it still worked');
	// DoorFlow itself sends nothing any more; this one was on its way.
	const [event] = raise(plant.sandbox, 1);
	const late = await plant.sandbox.control.sendAnyway(Number(event));
	await pause(1000);
	const startedByWebhook = (await runsSince(plant, before, plant.workflowId)).length;
	await until(
		'the polling trigger to tell',
		async () => (await plant.n8n.executions(pollingId)).length > polled,
		PATIENCE_MS,
	);
	const last = (await plant.n8n.executions(pollingId))[0];
	const polling = /connectionLost/.exec(await plant.n8n.executionText(last?.id ?? ''))?.[0] ?? 'nothing';
	await plant.n8n.reconnect(plant.credential.id);
	const outcome = { action, webhookStatus: late, startedByWebhook, polling };
	console.log(`  ${JSON.stringify(outcome)}`);
	return outcome;
}
