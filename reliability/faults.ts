import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

import { until } from '../harness/n8n';
import { inShort } from '../sandbox/webhooks';
import { count, type Counts } from './counts';
import {
	acknowledged,
	addTrigger,
	idle,
	lastRun,
	manualWorkflow,
	PATIENCE_MS,
	pollingWorkflow,
	raise,
	REDELIVER_MS,
	registered,
	runsSince,
	settled,
	type Plant,
} from '../harness/plant';

/** One thing that goes wrong, and what became of the events. */
export interface Outcome extends Counts {
	readonly name: string;
	readonly note: string;
}

/** Sizes of the cases; smaller ones for a quick look. */
export interface Sizes {
	readonly burst: number;
	readonly load: number;
}

type Case = (plant: Plant, sizes: Sizes) => Promise<Omit<Outcome, 'name'>>;

const knobs = (plant: Plant, wish: Record<string, unknown>): void => void plant.sandbox.control.config(wish);

/** Raises events, lets something happen once a fifth of them is through, and counts when all is quiet. */
async function burst(
	plant: Plant,
	size: number,
	what: string,
	midway: () => Promise<void> | void = () => undefined,
): Promise<Counts> {
	const before = await lastRun(plant);
	const ids = raise(plant.sandbox, size);
	await until(
		`${what}: a fifth to be through`,
		async () => acknowledged(plant.sandbox, ids) >= size / 5,
		PATIENCE_MS,
	);
	await midway();
	await settled(plant, ids, what);
	return count(ids, await runsSince(plant, before, plant.workflowId));
}

const CASES: Record<string, Case> = {
	'Nothing goes wrong': async (plant, { burst: size }) => ({
		...(await burst(plant, size, 'calm')),
		note: '',
	}),

	'n8n killed (SIGKILL) in the middle of a burst, and started again': async (plant, { burst: size }) => {
		const counts = await burst(plant, size, 'SIGKILL', async () => {
			await plant.n8n.kill();
			await pause(1000);
			await plant.n8n.startAgain();
			await registered(plant.webhookUrl);
		});
		return { ...counts, note: 'crashed: in runs that n8n marked as crashed, to be started again by hand' };
	},

	'The same with manual acknowledgement at the end of the workflow': async (plant, { burst: size }) => {
		const { workflowId, webhookUrl } = await addTrigger(plant.n8n, plant.credential, manualWorkflow());
		knobs(plant, { webhookUrl });
		const before = await lastRun(plant);
		const ids = raise(plant.sandbox, size / 2);
		await until(
			'manual: a fifth to be through',
			async () => acknowledged(plant.sandbox, ids) >= size / 10,
			PATIENCE_MS,
		);
		await plant.n8n.kill();
		const confirmed = new Set(
			plant.sandbox.store.deliveries.filter((one) => one.acknowledged).map(({ resourceId }) => resourceId),
		);
		await plant.n8n.startAgain();
		await registered(webhookUrl);
		await settled(plant, ids, 'manual');
		knobs(plant, { webhookUrl: plant.webhookUrl });
		const runs = await runsSince(plant, before, workflowId);
		const counts = count(ids, runs);
		const inCrashed = new Set(runs.filter(({ status }) => status === 'crashed').flatMap(({ held }) => held));
		const finished = new Set(
			runs.filter(({ status }) => status === 'success').flatMap(({ emitted }) => emitted),
		);
		const again = [...inCrashed].filter((id) => finished.has(id)).length;
		const unfinished = [...inCrashed].filter((id) => !finished.has(id));
		const unconfirmed = unfinished.filter((id) => !confirmed.has(id));
		if (unconfirmed.length > 0)
			throw new Error(`Never finished, and not confirmed when n8n was killed: ${unconfirmed.join(', ')}`);
		await plant.n8n.deactivate(workflowId);
		return {
			...counts,
			note: `${again} events of crashed runs came again and finished; the ${unfinished.length} that did not had been confirmed before n8n was killed, which only cut off its record of their runs`,
		};
	},

	'DoorFlow answers 500 to a third of all fetches': async (plant, { burst: size }) => {
		knobs(plant, { failurePath: '^GET /api/', failureStatus: 500, failureRate: 0.33 });
		const counts = await burst(plant, size, '500s');
		knobs(plant, { failurePath: '', failureRate: 0 });
		return { ...counts, note: '' };
	},

	'DoorFlow takes 5 s for each answer': async (plant, { burst: size }) => {
		knobs(plant, { latencyMs: 5000, redeliverAfterMs: 20_000 });
		const counts = await burst(plant, Math.round(size / 2), 'latency');
		knobs(plant, { latencyMs: 0, redeliverAfterMs: REDELIVER_MS });
		return { ...counts, note: '' };
	},

	'The access token expires in the middle of a burst': async (plant, { burst: size }) => {
		const before = plant.sandbox.control.tokens();
		const counts = await burst(plant, size, 'expiry', () => plant.sandbox.control.expireTokens());
		const after = plant.sandbox.control.tokens();
		return {
			...counts,
			note: `${after.refreshed - before.refreshed} refresh(es), ${after.refused - before.refused} with a dead token`,
		};
	},

	'The application is revoked in the middle of a burst, and connected again': async (
		plant,
		{ burst: size },
	) => {
		const pollingId = await plant.n8n.importWorkflow(pollingWorkflow(), plant.credential, '');
		await plant.n8n.activate(pollingId);
		// Its first look starts from now.
		await until(
			'the first poll',
			async () =>
				plant.sandbox.store.requests.some(({ path, status }) => path.includes('/events?') && status === 200),
			PATIENCE_MS,
		);
		await pause(1000);
		const before = await lastRun(plant);
		const ids = raise(plant.sandbox, size);
		await until(
			'a fifth to be through',
			async () => acknowledged(plant.sandbox, ids) >= size / 5,
			PATIENCE_MS,
		);
		plant.sandbox.control.revokeApplication();
		ids.push(...raise(plant.sandbox, size / 2));
		await until(
			'the loss to be told',
			async () => (await plant.n8n.executions(pollingId)).length > 0,
			PATIENCE_MS,
		);
		await plant.n8n.reconnect(plant.credential.id);
		const later = raise(plant.sandbox, size / 2);
		ids.push(...later);
		await settled(plant, later, 'reconnected');
		let counts = { raised: 0, emitted: 0, twice: 0, crashed: 0, lost: 0 };
		await until(
			'the polling trigger to have all',
			async () =>
				(counts = count(ids, await runsSince(plant, before, plant.workflowId, pollingId))).lost === 0,
			PATIENCE_MS,
		).catch(() => undefined);
		await idle(plant, 'revoked');
		const byWebhook = count(ids, await runsSince(plant, before, plant.workflowId));
		const byPolling = count(ids, await runsSince(plant, before, pollingId));
		await plant.n8n.deactivate(pollingId);
		return {
			...byPolling,
			emitted: count(ids, await runsSince(plant, before, plant.workflowId, pollingId)).emitted,
			lost: counts.lost,
			note: `DoorFlow sends nothing while revoked: the webhook brought ${byWebhook.emitted}, the polling trigger beside it ${byPolling.emitted}`,
		};
	},

	'500 notifications delivered three times more, in random order': async (plant, { burst: size }) => {
		knobs(plant, { redeliverAfterMs: 60_000 });
		const before = await lastRun(plant);
		plant.sandbox.control.forgetSent();
		const ids = raise(plant.sandbox, Math.max(500, size));
		await settled(plant, ids, 'first delivery');
		console.log('  … delivering everything three times more');
		const answers = await plant.sandbox.control.redeliver({ times: 3, shuffle: true });
		await idle(plant, 'redelivery');
		knobs(plant, { redeliverAfterMs: REDELIVER_MS });
		return {
			...count(ids, await runsSince(plant, before, plant.workflowId)),
			note: `answers: ${inWords(answers)}`,
		};
	},

	"DoorFlow's clock 4 minutes off": async (plant) => {
		knobs(plant, { clockSkewSeconds: 240 });
		const ahead = await burst(plant, 10, '4 minutes ahead');
		knobs(plant, { clockSkewSeconds: -240 });
		const behind = await burst(plant, 10, '4 minutes behind');
		knobs(plant, { clockSkewSeconds: 0 });
		return { ...sum(ahead, behind), note: 'accepted' };
	},

	"DoorFlow's clock 6 minutes off, then right": async (plant) => {
		const before = await lastRun(plant);
		const ids: number[] = [];
		for (const clockSkewSeconds of [360, -360]) {
			knobs(plant, { clockSkewSeconds });
			ids.push(...raise(plant.sandbox, 10));
			await pause(3000);
		}
		const refused = plant.sandbox.store.deliveries
			.slice(-20)
			.every(({ attempts }) => attempts.length > 0 && attempts.every(({ status }) => status === 401));
		const meanwhile = (await runsSince(plant, before)).length;
		knobs(plant, { clockSkewSeconds: 0 });
		await settled(plant, ids, 'clock right again');
		if (!refused || meanwhile > 0)
			throw new Error(`Webhooks 6 minutes off were let in: ${meanwhile} runs, all refused: ${refused}`);
		return {
			...count(ids, await runsSince(plant, before, plant.workflowId)),
			note: 'all refused with 401 and no run started; they came when the clock was right',
		};
	},
};

const sum = (one: Counts, other: Counts): Counts => ({
	raised: one.raised + other.raised,
	emitted: one.emitted + other.emitted,
	twice: one.twice + other.twice,
	crashed: one.crashed + other.crashed,
	lost: one.lost + other.lost,
});

const inWords = (answers: Readonly<Record<string, number>>): string =>
	Object.entries(answers)
		.map(([answer, times]) => `${times} × ${answer}`)
		.join(', ');

/** How n8n answered deliveries since a moment, and what it said where it did not take one. */
function answersSince(plant: Plant, since: string): Record<string, number> {
	const answers: Record<string, number> = {};
	for (const { attempts } of plant.sandbox.store.deliveries)
		for (const attempt of attempts) {
			if (attempt.at < since) continue;
			const answer = inShort(attempt);
			answers[answer] = (answers[answer] ?? 0) + 1;
		}
	return answers;
}

/** @returns what was answered other than 200, and how often */
function refusalsSince(plant: Plant, since: string): string {
	const others = Object.entries(answersSince(plant, since)).filter(([answer]) => answer !== '200');
	return inWords(Object.fromEntries(others));
}

/** @param only runs the cases whose name contains it; several such parts with commas between them */
export async function faults(plant: Plant, sizes: Sizes, only = ''): Promise<Outcome[]> {
	const outcomes: Outcome[] = [];
	for (const [name, run] of Object.entries(CASES)) {
		if (!only.split(',').some((part) => name.includes(part))) continue;
		console.log(`• ${name}`);
		const since = new Date().toISOString();
		const told = await run(plant, sizes);
		const refusals = refusalsSince(plant, since);
		const note = [told.note, refusals && `answered otherwise than 200: ${refusals}`]
			.filter(Boolean)
			.join('; ');
		const outcome = { name, ...told, note };
		console.log(
			`  raised ${outcome.raised}, emitted ${outcome.emitted}, twice ${outcome.twice}, in crashed runs ${outcome.crashed}, lost ${outcome.lost}${outcome.note ? ` (${outcome.note})` : ''}`,
		);
		outcomes.push(outcome);
	}
	return outcomes;
}

const WAVES = 5;
const IN_A_WAVE = 20;

/** Webhooks that come together in the moment in which the access token has expired, several times over. */
export async function crowd(plant: Plant, where: string): Promise<Outcome> {
	const name = `${IN_A_WAVE} webhooks in the moment in which the token expires, ${WAVES} times (${where})`;
	console.log(`• ${name}`);
	const since = new Date().toISOString();
	const before = await lastRun(plant);
	const tokens = plant.sandbox.control.tokens();
	const ids: number[] = [];
	for (let wave = 0; wave < WAVES; wave++) {
		plant.sandbox.control.expireTokens();
		const raised = raise(plant.sandbox, IN_A_WAVE);
		ids.push(...raised);
		await settled(plant, raised, 'crowd');
	}
	const refusals = refusalsSince(plant, since);
	const { refreshed, refused: dead } = plant.sandbox.control.tokens();
	const outcome = {
		name,
		...count(ids, await runsSince(plant, before, plant.workflowId)),
		note: `answered otherwise than 200: ${refusals || 'none'}; ${refreshed - tokens.refreshed} refresh(es), ${dead - tokens.refused} with a dead token`,
	};
	console.log(`  ${JSON.stringify(outcome)}`);
	return outcome;
}

export interface LoadOutcome extends Counts {
	readonly answers: string;
	readonly perSecond: number;
	/** Median of the memory (MB) in the second and in the last quarter of the time. */
	readonly memory: { readonly early: number; readonly late: number; readonly peak: number };
}

/** All at once, 50 connections at a time, none delivered a second time. */
export async function load(plant: Plant, sizes: Sizes): Promise<LoadOutcome> {
	console.log(`• ${sizes.load} notifications over 50 connections`);
	knobs(plant, { redeliverAfterMs: 600_000 });
	const before = await lastRun(plant);
	const since = new Date().toISOString();
	const samples: number[] = [];
	const sampling = setInterval(() => void memoryOf(plant.n8n.pid).then((mb) => samples.push(mb)), 250);
	const started = Date.now();
	const ids = raise(plant.sandbox, sizes.load);
	await settled(plant, ids, 'load').finally(() => clearInterval(sampling));
	const seconds = (Date.now() - started) / 1000;
	knobs(plant, { redeliverAfterMs: REDELIVER_MS });
	const quarter = Math.floor(samples.length / 4);
	const outcome = {
		...count(ids, await runsSince(plant, before, plant.workflowId)),
		answers: inWords(answersSince(plant, since)),
		perSecond: Math.round(sizes.load / seconds),
		memory: {
			early: median(samples.slice(quarter, 2 * quarter)),
			late: median(samples.slice(-quarter)),
			peak: Math.max(...samples),
		},
	};
	console.log(`  ${JSON.stringify(outcome)}`);
	return outcome;
}

async function memoryOf(pid: number): Promise<number> {
	const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
	return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

function median(values: number[]): number {
	return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
