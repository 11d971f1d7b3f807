import { cpus, totalmem } from 'node:os';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { fill } from '../documentation/markdown';
import { runCommand } from '../harness/command';
import { build } from '../harness/house';
import { N8N_1, N8N_VERSION } from '../harness/install';
import { until } from '../harness/n8n';
import { openQueuePlant } from '../harness/queue';
import { table } from './counts';
import { crowd, faults, load, type LoadOutcome, type Outcome } from './faults';
import { openPlant, PATIENCE_MS, pollingWorkflow, type Plant } from '../harness/plant';
import { polls } from './polls';
import { queueChecks, type QueueOutcome } from './queueChecks';
import {
	disconnect,
	expiringTokens,
	installLoad,
	killedBeforeStoring,
	type DeadEnd,
	type Disconnected,
	type TokenOutcome,
} from './tokens';

const DOCUMENT = join(resolve(__dirname, '..'), 'docs', 'reliability.md');
const SIZES = { burst: 200, load: 2000 };

interface Results {
	/** Runs only the cases of events whose name contains it. */
	readonly only: string | undefined;
	faults: Outcome[];
	load?: LoadOutcome;
	tokens: TokenOutcome[];
	deadEnd?: DeadEnd;
	disconnected?: Disconnected;
	queue?: QueueOutcome;
}

const PARTS: Record<string, (results: Results) => Promise<void>> = {
	/** What becomes of events when something goes wrong. */
	events: async (results) =>
		await withPlant(await openPlant(), async (plant) => {
			results.faults.push(...(await faults(plant, SIZES, results.only)));
			if (results.only === undefined) results.load = await load(plant, SIZES);
			for (const one of results.faults)
				demand(
					one.lost === 0 && (one.twice === 0 || one.name.includes('manual acknowledgement')),
					`${one.name}: lost ${one.lost}, twice ${one.twice}`,
				);
			if (!results.load) return;
			const { lost, twice, emitted, answers, memory } = results.load;
			demand(
				lost === 0 && twice === 0 && emitted === SIZES.load,
				`load: lost ${lost}, twice ${twice}, emitted ${emitted}`,
			);
			demand(/^\d+ × 200$/.test(answers), `load: answers ${answers}`);
			demand(memory.late < memory.early * 1.5, `load: memory grew from ${memory.early} to ${memory.late} MB`);
		}),
	/** What makes polls difficult. */
	polls: async (results) =>
		await withPlant(await openPlant(), async (plant) => {
			const outcomes = await polls(plant);
			results.faults.push(...outcomes);
			for (const one of outcomes)
				demand(one.lost === 0 && one.twice === 0, `${one.name}: lost ${one.lost}, twice ${one.twice}`);
		}),
	/** Webhooks in the moment of expiry, with a lock for the refresh in n8n and without. */
	crowd: async (results) => {
		for (const version of [N8N_VERSION, N8N_1]) {
			await withPlant(await openPlant({ version }), async (plant) => {
				const outcome = await crowd(plant, `n8n ${version}`);
				results.faults.push(outcome);
				demand(
					outcome.lost === 0 &&
						outcome.twice === 0 &&
						outcome.note.startsWith('answered otherwise than 200: none'),
					`${outcome.name}: ${JSON.stringify(outcome)}`,
				);
			});
		}
	},
	/** Rotating tokens, a lost token, a revoked connection. */
	tokens: async (results) =>
		await withPlant(await openPlant(), async (plant) => {
			const work = await installLoad(plant);
			const where = `n8n ${N8N_VERSION}`;
			results.tokens.push(await expiringTokens(plant, work, where, 'strict'));
			results.tokens.push(await expiringTokens(plant, work, `${where}, reuse detection`, 'reuse-detection'));
			for (const one of results.tokens)
				demand(one.failed === 0 && one.dead === 0 && one.survived, `${one.where}: ${JSON.stringify(one)}`);
			results.deadEnd = await killedBeforeStoring(plant, work);
			demand(
				results.deadEnd.message.includes('needs to be reconnected') &&
					results.deadEnd.tries <= 1 &&
					results.deadEnd.worksAfterReconnect,
				JSON.stringify(results.deadEnd),
			);
			const pollingId = await plant.n8n.importWorkflow(pollingWorkflow(), plant.credential, '');
			await plant.n8n.activate(pollingId);
			await until(
				'the first poll',
				async () =>
					plant.sandbox.store.requests.some(
						({ path, status }) => path.includes('/events?') && status === 200,
					),
				PATIENCE_MS,
			);
			results.disconnected = await disconnect(plant, work, pollingId);
			const { action, webhookStatus, startedByWebhook, polling } = results.disconnected;
			demand(
				action.includes('needs to be reconnected') &&
					webhookStatus >= 400 &&
					startedByWebhook === 0 &&
					polling === 'connectionLost',
				JSON.stringify(results.disconnected),
			);
		}),
	/** The same on the n8n before 2.x, which refreshes without a lock. */
	compat: async (results) =>
		await withPlant(await openPlant({ version: N8N_1 }), async (plant) => {
			const outcome = await expiringTokens(plant, await installLoad(plant), `n8n ${N8N_1}`, 'strict');
			results.tokens.push(outcome);
			demand(outcome.failed === 0 && outcome.survived, JSON.stringify(outcome));
		}),
	/** Several processes. */
	queue: async (results) => {
		const plant = await openQueuePlant();
		await withPlant(plant, async () => {
			const work = await installLoad(plant);
			const outcome = await expiringTokens(plant, work, `n8n ${N8N_VERSION}, queue mode`, 'strict');
			results.tokens.push(outcome);
			demand(outcome.failed === 0 && outcome.dead === 0 && outcome.survived, JSON.stringify(outcome));
			results.queue = await queueChecks(plant);
			const { lost, twice, leaks, checkIns } = results.queue;
			demand(lost === 0 && twice === 0 && leaks.length === 0, JSON.stringify(results.queue));
			// One when the first is saved, one for each of the two rounds in which two workers with ten places each take
			// thirty, and one more, because those rounds need not begin together.
			demand(checkIns.otherwise.length === 0 && checkIns.syncs <= 4, JSON.stringify(checkIns));
		});
	},
};

const failures: string[] = [];

function demand(met: boolean, otherwise: string): void {
	if (met) return;
	failures.push(otherwise);
	console.error(`✗ ${otherwise}`);
}

async function withPlant(plant: Plant, work: (plant: Plant) => Promise<void>): Promise<void> {
	try {
		await work(plant);
	} catch (error) {
		console.error(
			(await plant.n8n.log())
				.split('\n')
				.filter((line) => /error|warn/i.test(line))
				.slice(-20)
				.join('\n'),
		);
		throw error;
	} finally {
		await plant.stop();
	}
}

/** Puts the figures between the marks of the document; its words stay. */
async function writeDown({
	faults: cases,
	load: burst,
	tokens,
	deadEnd,
	disconnected,
	queue,
}: Results): Promise<void> {
	const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${new Date().toISOString().slice(0, 10)}`;
	const sections: Record<string, string> = {
		machine: `Measured on ${machine}, n8n ${N8N_VERSION} with SQLite unless it says otherwise.`,
		faults: table(
			['What goes wrong', 'raised', 'emitted', 'emitted twice', 'only in crashed runs', 'lost', ''],
			cases.map((one) => [one.name, one.raised, one.emitted, one.twice, one.crashed, one.lost, one.note]),
		),
		load: burst
			? `${burst.raised} notifications over 50 connections: answers ${burst.answers}; emitted ${burst.emitted}, twice ${burst.twice}, lost ${burst.lost}; ${burst.perSecond} events a second to the end. Memory of n8n: ${burst.memory.early} MB in the second quarter, ${burst.memory.late} MB in the last, ${burst.memory.peak} MB at most.`
			: '',
		tokens: table(
			['Where', 'requests', 'failed', 'refreshes', 'refreshes with a dead token', 'connection survived'],
			tokens.map((one) => [
				one.where,
				one.requests,
				one.failed,
				one.refreshes,
				one.dead,
				one.survived ? 'yes' : 'no',
			]),
		),
		deadEnd: deadEnd
			? `After that, 20 executions ended with “${deadEnd.message}” and made ${deadEnd.tries} more attempt(s) to refresh. After *Connect* everything worked: ${deadEnd.worksAfterReconnect ? 'yes' : 'no'}.`
			: '',
		disconnect: disconnected
			? `An action then ended with “${disconnected.action}”. A webhook that was still on its way got status ${disconnected.webhookStatus} and started ${disconnected.startedByWebhook} executions. The DoorFlow Polling Trigger emitted \`${disconnected.polling}\`.`
			: '',
		queue: queue
			? `${queue.raised} events through a webhook process and two workers: emitted ${queue.emitted}, twice ${queue.twice}, lost ${queue.lost}; then each delivered twice more, in random order: twice ${queue.twice}. Tokens and secrets found in the logs of all processes, in Redis and in the database: ${queue.leaks.length}. 30 check-ins at once, with DoorFlow's limit of one sync in 30 seconds: ${queue.checkIns.synced} synced, by ${queue.checkIns.syncs} syncs.`
			: '',
	};
	await writeFile(DOCUMENT, fill(await readFile(DOCUMENT, 'utf8'), sections));
	console.log(`Written to ${DOCUMENT}`);
}

async function main(): Promise<void> {
	const { values, positionals: wished } = parseArgs({
		options: { only: { type: 'string' } },
		allowPositionals: true,
	});
	if (values.only !== undefined && wished.join() !== 'events')
		throw new Error(
			'Only the part events has cases to choose from: npm run reliability -- events --only SIGKILL',
		);
	const unknown = wished.filter((part) => !(part in PARTS));
	if (unknown.length > 0)
		throw new Error(
			`There is no part ${unknown.join(', ')}. Parts: ${Object.keys(PARTS).join(', ')}; all without a name.`,
		);
	await build();
	const results: Results = { only: values.only, faults: [], tokens: [] };
	for (const part of wished.length > 0 ? wished : Object.keys(PARTS)) {
		console.log(`== ${part}`);
		await PARTS[part]?.(results);
	}
	console.log(
		table(
			['case', 'raised', 'emitted', 'twice', 'crashed', 'lost'],
			results.faults.map((one) => [one.name, one.raised, one.emitted, one.twice, one.crashed, one.lost]),
		),
	);
	console.log(
		table(
			['where', 'requests', 'failed', 'refreshes', 'dead'],
			results.tokens.map((one) => [one.where, one.requests, one.failed, one.refreshes, one.dead]),
		),
	);
	if (failures.length > 0) throw new Error(`${failures.length} demand(s) not met:\n${failures.join('\n')}`);
	if (wished.length === 0) await writeDown(results);
}

runCommand(main);
