import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import autocannon from 'autocannon';

import { build, SCOPES } from '../harness/house';
import { installN8n, N8N_1 } from '../harness/install';
import { until, type WorkflowFile } from '../harness/n8n';
import { addTrigger, openPlant, raise, triggerWorkflow, type Plant } from '../harness/plant';
import { buildEarlier } from './before';
import {
	alternate,
	find,
	ms,
	ratio,
	type Report,
	type Sample,
	type Side,
	type Size,
	type Verdict,
} from './measure';
import { processorTime } from './processor';

const CONNECTIONS = 50;
/** How often in a row nothing may have changed, before a burst counts as over. */
const QUIET_LOOKS = 5;
const HAND = 'built by hand: Webhook, Crypto, If, Split Out, HTTP Request';
const BARE = 'bare Webhook node';
const ALONE_PATH = '6f3b6a52-4a8e-4c0e-9b8c-0d5f4f3e1b23';
const BARE_PATH = '6f3b6a52-4a8e-4c0e-9b8c-0d5f4f3e1b21';
const HAND_PATH = '6f3b6a52-4a8e-4c0e-9b8c-0d5f4f3e1b22';
const hook = (webhookId: string): WorkflowFile['nodes'][number] => ({
	parameters: { httpMethod: 'POST', path: webhookId, options: {} },
	type: 'n8n-nodes-base.webhook',
	typeVersion: 2,
	position: [0, 0],
	id: `hook-${webhookId.slice(-2)}`,
	name: 'Webhook',
	webhookId,
});

const bare: WorkflowFile = {
	name: 'Bare',
	nodes: [hook(BARE_PATH)],
	connections: {},
	settings: { executionOrder: 'v1' },
};

/** As one would build it without this package: check the signature, split, fetch each resource, which confirms it. */
function byHand(): WorkflowFile {
	const value = '={{ $json.headers.timestamp + "." + JSON.stringify($json.body) }}';
	return {
		name: 'By hand',
		nodes: [
			hook(HAND_PATH),
			{
				parameters: {
					action: 'hmac',
					type: 'SHA256',
					value,
					dataPropertyName: 'expected',
					secret: 'sandbox-secret',
				},
				type: 'n8n-nodes-base.crypto',
				typeVersion: 1,
				position: [200, 0],
				id: 'hand-crypto',
				name: 'Crypto',
			},
			{
				parameters: {
					conditions: {
						options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
						conditions: [
							{
								id: 'c',
								leftValue: '={{ $json.expected }}',
								rightValue: '={{ $json.headers.signature }}',
								operator: { type: 'string', operation: 'equals' },
							},
						],
						combinator: 'and',
					},
					options: {},
				},
				type: 'n8n-nodes-base.if',
				typeVersion: 2.2,
				position: [400, 0],
				id: 'hand-if',
				name: 'If',
			},
			{
				parameters: { fieldToSplitOut: 'body', options: {} },
				type: 'n8n-nodes-base.splitOut',
				typeVersion: 1,
				position: [600, 0],
				id: 'hand-split',
				name: 'Split Out',
			},
			{
				parameters: {
					url: '={{ $json.resource }}',
					authentication: 'predefinedCredentialType',
					nodeCredentialType: 'doorFlowOAuth2Api',
					options: {},
				},
				type: 'n8n-nodes-base.httpRequest',
				typeVersion: 4.2,
				position: [800, 0],
				id: 'hand-get',
				name: 'HTTP Request',
			},
		],
		connections: {
			Webhook: { main: [[{ node: 'Crypto', type: 'main', index: 0 }]] },
			Crypto: { main: [[{ node: 'If', type: 'main', index: 0 }]] },
			If: { main: [[{ node: 'Split Out', type: 'main', index: 0 }]] },
			'Split Out': { main: [[{ node: 'HTTP Request', type: 'main', index: 0 }]] },
		},
		settings: { executionOrder: 'v1' },
	};
}

/** How many runs of a workflow ended well, and how many are not at their end. */
async function ended(
	plant: Plant,
	workflowId: string,
): Promise<{ done: number; open: number; failed: number; last: number; lastId: number }> {
	const { node } = await installN8n();
	const query =
		"SELECT sum(status = 'success') AS done, sum(status IN ('new', 'running')) AS open, sum(status IN ('error', 'crashed')) AS failed, max(stoppedAt) AS last, max(id) AS lastId FROM execution_entity WHERE workflowId = ?";
	// n8n 1 writes its database in a way that keeps readers out meanwhile.
	const program = `const { DatabaseSync } = require('node:sqlite');
		process.stdout.write(JSON.stringify(new DatabaseSync(process.argv[1], { readOnly: true, timeout: 60_000 }).prepare(process.argv[2]).get(process.argv[3])));`;
	const row = JSON.parse(
		execFileSync(
			node,
			['--no-warnings', '-e', program, `${plant.n8n.folder}/.n8n/database.sqlite`, query, workflowId],
			{ encoding: 'utf8' },
		),
	) as {
		done: number | null;
		open: number | null;
		failed: number | null;
		last: string | null;
		lastId: number | null;
	};
	return {
		done: row.done ?? 0,
		open: row.open ?? 0,
		failed: row.failed ?? 0,
		last: row.last === null ? 0 : Date.parse(`${row.last.replace(' ', 'T')}Z`),
		lastId: row.lastId ?? 0,
	};
}

/** Sends signed notifications over 50 connections and waits until the last run has ended. */
async function send(plant: Plant, workflowId: string, url: string, count: number): Promise<Sample> {
	const before = await ended(plant, workflowId);
	plant.sandbox.control.config({ webhookUrl: '' });
	const ids = raise(plant.sandbox, count);
	const bodies = ids.map((id) =>
		JSON.stringify([
			{
				action: 'CREATE',
				resource: `${plant.sandbox.url}/api/3/events/${id}?ack_token=b${id}`,
				resource_type: 'Event',
				resource_id: String(id),
				account_id: plant.sandbox.store.account.id,
				ack_token: `b${id}`,
			},
		]),
	);
	const busyBefore = processorTime(plant.n8n.pid);
	const started = Date.now();
	const result = await autocannon({
		url,
		method: 'POST',
		connections: CONNECTIONS,
		amount: count,
		timeout: 60,
		requests: [
			{
				setupRequest: (request) => {
					const body = bodies.shift() ?? '[]';
					const timestamp = String(Math.floor(Date.now() / 1000));
					const signature = createHmac('sha256', 'sandbox-secret')
						.update(`${timestamp}.${body}`)
						.digest('hex');
					return { ...request, body, headers: { 'content-type': 'application/json', timestamp, signature } };
				},
			},
		],
	});
	// A run may hold several events, so that it is over when nothing has been under way for a while.
	let quiet = { looks: 0, finished: -1 };
	const after = await until(
		'all runs to end',
		async () => {
			const now = await ended(plant, workflowId);
			const finished = now.done + now.failed;
			quiet =
				now.open === 0 && finished === quiet.finished
					? { looks: quiet.looks + 1, finished }
					: { looks: 0, finished };
			return quiet.looks >= QUIET_LOOKS ? now : undefined;
		},
		300_000,
	);
	const busy = processorTime(plant.n8n.pid);
	const perEvent = (of: 'all' | 'main'): number =>
		busy && busyBefore ? Math.round((10 * (busy[of] - busyBefore[of])) / count) / 10 : NaN;
	const milliseconds = after.last - started;
	const runs = after.done + after.failed - before.done - before.failed;
	const lost = runs >= count ? 0 : await missing(plant, workflowId, before.lastId, ids);
	return {
		milliseconds,
		figures: {
			perSecond: Math.round((10_000 * count) / milliseconds) / 10,
			processor: perEvent('all'),
			mainThread: perEvent('main'),
			p99: result.latency.p99,
			not2xx: count - result['2xx'],
			runs,
			lost,
			failedRuns: after.failed - before.failed,
		},
	};
}

const ofBefore = (side: string, before: string): string => `${side}, ${before}`;

/** What the earlier code does with the same. */
async function sidesOf(old: Plant | undefined, count: number, before = ''): Promise<Record<string, Side>> {
	if (!old) return {};
	const alone = await addAlone(old);
	return {
		[ofBefore(OURS, before)]: async () => await send(old, old.workflowId, old.webhookUrl, count),
		[ofBefore(ALONE, before)]: async () => await send(old, alone.workflowId, alone.webhookUrl, count),
	};
}

/** How many events are in no run that ended well. */
async function missing(
	plant: Plant,
	workflowId: string,
	afterId: number,
	ids: readonly number[],
): Promise<number> {
	const runs = (await plant.n8n.runs(afterId)).filter(
		(run) => run.workflowId === workflowId && run.status === 'success',
	);
	const held = new Set(runs.flatMap((run) => run.held));
	return ids.filter((id) => !held.has(String(id))).length;
}

const OURS = 'DoorFlow Trigger';
const ALONE = 'DoorFlow Trigger, Combine When Busy off';
const env = { N8N_LOG_LEVEL: 'warn' };
const LAZY = 'N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE';
/**
 * n8n 2.41 sets up its engine for expressions before each run, and before each webhook that is not of its own Webhook node.
 * These set it up when an expression is to be resolved, or for the Webhook node as well.
 */
const OTHERS: Readonly<Record<string, NonNullable<Parameters<typeof openPlant>[0]>>> = {
	[LAZY]: { env: { ...env, [LAZY]: 'true' } },
	[`n8n ${N8N_1}`]: { env, version: N8N_1 },
};
const inOther = (side: string, other: string): string => `${side}; ${other}`;

/** A DoorFlow Trigger beside the first one, whose webhooks each start a run. */
const addAlone = async ({ n8n, credential }: Plant): Promise<Flow> =>
	await addTrigger(n8n, credential, triggerWorkflow({ options: { combineWhenBusy: false } }, ALONE_PATH));

export async function burst(size: Size): Promise<Report> {
	await build();
	if (size.before === undefined) return await measureBurst(size);
	const earlier = await buildEarlier(size.before);
	try {
		const plant = await openPlant({ env, packageFolder: earlier.folder });
		try {
			return await measureBurst(size, plant);
		} finally {
			await plant.stop();
		}
	} finally {
		await earlier.remove();
	}
}

interface Flow {
	readonly workflowId: string;
	readonly webhookUrl: string;
}

/** The trigger without combining, and what it is compared with. */
async function addFlows(plant: Plant): Promise<{ alone: Flow; floor: Flow; hand: Flow }> {
	// By default the token goes to DoorFlow's own host only; the hand-built flow sends it to the sandbox with HTTP Request.
	const name = 'For HTTP Request';
	const open = {
		id: await plant.n8n.connect(plant.sandbox.url, name, SCOPES, {
			allowedHttpRequestDomains: 'domains',
			allowedDomains: '127.0.0.1',
		}),
		name,
	};
	const add = async (file: WorkflowFile, path: string): Promise<Flow> => {
		const credentialed = {
			...file,
			nodes: file.nodes.map((node) =>
				node.type === 'n8n-nodes-base.httpRequest'
					? { ...node, credentials: { doorFlowOAuth2Api: open } }
					: node,
			),
		};
		const workflowId = await plant.n8n.importWorkflow(credentialed, open, '');
		await plant.n8n.activate(workflowId);
		const webhookUrl = `${plant.n8n.url}/webhook/${path}`;
		await until(
			`${file.name} to be registered`,
			async () =>
				(
					await fetch(webhookUrl, {
						method: 'POST',
						headers: { 'content-type': 'application/json' },
						body: '[]',
					})
				).status === 200,
		);
		return { workflowId, webhookUrl };
	};
	return {
		alone: await addAlone(plant),
		floor: await add(bare, BARE_PATH),
		hand: await add(byHand(), HAND_PATH),
	};
}

/**
 * @param old an n8n with the earlier code, which has nothing to do while the others are measured
 */
async function measureBurst(size: Size, old?: Plant): Promise<Report> {
	const plants: Plant[] = [];
	const open = async (options: Parameters<typeof openPlant>[0]): Promise<Plant> => {
		const plant = await openPlant(options);
		plants.push(plant);
		return plant;
	};
	try {
		const plant = await open({ env });
		const others: Record<string, Plant> = {};
		for (const [name, options] of Object.entries(OTHERS)) others[name] = await open(options);
		return await measureIn(plant, others, size, old);
	} finally {
		for (const plant of plants) await plant.stop();
	}
}

async function measureIn(
	plant: Plant,
	others: Readonly<Record<string, Plant>>,
	{ runs, events, before }: Size,
	old: Plant | undefined,
): Promise<Report> {
	const flows = await addFlows(plant);
	const count = events / runs;
	const sideOf =
		(where: Plant, { workflowId, webhookUrl }: Flow): Side =>
		async () =>
			await send(where, workflowId, webhookUrl, count);
	const sides: Record<string, Side> = {
		[OURS]: sideOf(plant, plant),
		[ALONE]: sideOf(plant, flows.alone),
		...(await sidesOf(old, count, before)),
		[HAND]: sideOf(plant, flows.hand),
		[BARE]: sideOf(plant, flows.floor),
	};
	for (const [name, other] of Object.entries(others)) {
		const { alone, hand } = await addFlows(other);
		sides[inOther(OURS, name)] = sideOf(other, other);
		sides[inOther(ALONE, name)] = sideOf(other, alone);
		sides[inOther(HAND, name)] = sideOf(other, hand);
	}
	const measured = await alternate('burst', sides, runs);
	const ours = find(measured, OURS);
	const bottom = find(measured, BARE);
	const speed = (one: string, other: string): number =>
		(find(measured, one).figures.perSecond ?? 0) / (find(measured, other).figures.perSecond ?? 1);
	const atLeast = (aim: string, least: number, one: string, other: string): Verdict => ({
		aim,
		measured: ratio(speed(one, other)),
		met: speed(one, other) >= least,
	});
	const wait = (ours.figures.p99 ?? 0) / (bottom.figures.p99 ?? 1);
	return {
		name: 'burst',
		about: `${events} signed notifications, ${count} a run, over ${CONNECTIONS} connections into a real n8n, to the end of the last run`,
		measured,
		heads: [
			'',
			'events a second',
			'÷ bare node',
			"n8n's processor time an event",
			'of that in its main thread',
			'p99 of the answer',
			'not 2xx',
			'runs',
			'events in no run',
			'failed runs',
		],
		rows: measured.map((one) => [
			one.side,
			String(one.figures.perSecond),
			ratio((one.figures.perSecond ?? 0) / (bottom.figures.perSecond ?? 1)),
			ms(one.figures.processor ?? NaN),
			ms(one.figures.mainThread ?? NaN),
			ms(one.figures.p99 ?? 0),
			String(one.figures.not2xx),
			String(one.figures.runs),
			String(one.figures.lost),
			String(one.figures.failedRuns),
		]),
		verdicts: [
			{
				aim: 'no event lost',
				measured: String(ours.figures.lost),
				met: ours.samples.every(({ figures }) => figures?.lost === 0),
			},
			atLeast("≥ 1.5 × the hand-built flow's events a second", 1.5, OURS, HAND),
			atLeast('≥ 1.0 × the same with Combine When Busy off', 1, ALONE, HAND),
			...Object.keys(others).map((name) =>
				atLeast(`≥ 1.0 × the same, ${name}`, 1, inOther(ALONE, name), inOther(HAND, name)),
			),
			...(before === undefined
				? []
				: [
						atLeast(`≥ 1.0 × ${before}`, 1, OURS, ofBefore(OURS, before)),
						atLeast(`≥ 1.0 × ${before} with Combine When Busy off`, 1, ALONE, ofBefore(ALONE, before)),
					]),
			{ aim: "p99 of the answer ≤ 1.5 × the bare node's", measured: ratio(wait), met: wait <= 1.5 },
		],
	};
}
