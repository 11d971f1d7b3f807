import { execFileSync } from 'node:child_process';

import { N8N_VERSION, installN8n } from '../harness/install';
import { until } from '../harness/n8n';
import { lastRun, PATIENCE_MS, pollingWorkflow, runsSince, type Plant } from '../harness/plant';
import type { Store } from '../sandbox/store';
import { count } from './counts';
import type { Outcome } from './faults';

const MINUTE_MS = 60_000;

/** Somebody is let in. @returns the event's id */
function happens(plant: Plant, store: Store, minutesAgo = 0): number {
	const door = [...store.doors.values()][0];
	if (!door) throw new Error('There is no door.');
	const event = plant.sandbox.control.present({ channelId: door.id, value: '41000' });
	if (minutesAgo !== 0) {
		event.created_at = new Date(Date.now() - minutesAgo * MINUTE_MS).toISOString();
		// Brings the list into the order of its times again.
		store.release(door);
	}
	return event.id;
}

/** What n8n keeps of a workflow's nodes, made unreadable while n8n does not run. */
async function breakState(plant: Plant, workflowId: string): Promise<void> {
	const { node } = await installN8n();
	const program = `const { DatabaseSync } = require('node:sqlite');
		const { changes } = new DatabaseSync(process.argv[1]).prepare('UPDATE workflow_entity SET staticData = ? WHERE id = ?').run(process.argv[2], process.argv[3]);
		if (changes !== 1) throw new Error('There is no such workflow.');`;
	const broken = JSON.stringify({
		'node:DoorFlow Polling Trigger': { position: { reached: 'yesterday' }, lostSince: 7 },
	});
	execFileSync(node, [
		'--no-warnings',
		'-e',
		program,
		`${plant.n8n.folder}/.n8n/database.sqlite`,
		broken,
		workflowId,
	]);
}

/** The polling trigger in a real n8n, looking every five seconds, in all that makes polls difficult. */
export async function polls(plant: Plant): Promise<Outcome[]> {
	const { sandbox, n8n, credential } = plant;
	const [first, second] = sandbox.stores as readonly [Store, Store];
	sandbox.control.config({ webhookUrl: '' });
	const old = [happens(plant, first, 5), happens(plant, second, 5)];
	const workflowId = await n8n.importWorkflow(pollingWorkflow(), credential, '');
	const looks = (): number =>
		sandbox.control.requests().filter(({ path, status }) => path.includes('/events?') && status === 200)
			.length;
	/** Until so many polls have read what there is since now; two, because one may be under way. */
	const polled = async (times = 2): Promise<void> => {
		const before = looks();
		await until('the polls', async () => looks() >= before + times, PATIENCE_MS);
	};
	await n8n.activate(workflowId);
	await polled(1);
	const begin = await lastRun(plant);
	const text = async (): Promise<string> =>
		(
			await Promise.all(
				(await runsSince(plant, begin, workflowId)).map(
					async ({ id }) => await n8n.executionText(String(id)),
				),
			)
		).join('\n');
	const outcomes: Outcome[] = [];
	const told: number[] = [];

	/** Waits until what was raised is out, and looks whether more came than that. */
	const tell = async (what: string, ids: readonly number[], note = '', said?: RegExp): Promise<void> => {
		const name = `Polling, n8n ${N8N_VERSION}: ${what}`;
		console.log(`• ${name}`);
		told.push(...ids);
		await until(
			'all to be out',
			async () => count(ids, await runsSince(plant, begin, workflowId)).lost === 0,
			PATIENCE_MS,
		).catch(() => undefined);
		await polled();
		const runs = await runsSince(plant, begin, workflowId);
		const known = new Set([...told, ...old].map(String));
		const strange = runs.flatMap(({ emitted }) => emitted).filter((id) => !known.has(id));
		const again = count(told, runs).twice;
		const early = count(old, runs).emitted;
		if (strange.length > 0 || early > 0)
			throw new Error(`${name}: events that nobody waited for: ${strange.join(', ')}; old ones: ${early}`);
		if (said && !said.test(await text())) throw new Error(`${name}: no run says ${said}`);
		const outcome = {
			name,
			...count(ids, runs),
			twice: again,
			note,
		};
		console.log(`  ${JSON.stringify(outcome)}`);
		outcomes.push(outcome);
	};

	await tell(
		'an event that its door reports ten minutes late',
		[happens(plant, first, 10)],
		'`late` is true',
		/late\\*":true/,
	);
	await tell('an event dated a year ahead, and what happens after it', [
		happens(plant, first, -365 * 24 * 60),
		happens(plant, first),
	]);

	sandbox.control.config({ latencyMs: 4000 });
	const slow = [happens(plant, first), happens(plant, first), happens(plant, first)];
	await until(
		'a poll to be skipped',
		async () => (await n8n.log()).includes('the last poll is still running'),
		PATIENCE_MS,
	);
	slow.push(happens(plant, first));
	await tell('polls that take longer than the time between two', slow, 'the next one is skipped');
	sandbox.control.config({ latencyMs: 0 });

	await n8n.kill();
	const away = [happens(plant, first), happens(plant, first, 10)];
	await n8n.startAgain();
	await tell('n8n killed (SIGKILL), events meanwhile, and started again', away, 'one of them late');

	await n8n.kill();
	await breakState(plant, workflowId);
	await n8n.startAgain();
	await polled();
	await tell(
		'the stored state is unreadable',
		[happens(plant, first)],
		'goes on from then, without old events',
	);

	old.push(happens(plant, second));
	await n8n.reconnect(credential.id, second.account.id);
	await polled();
	const here = happens(plant, second);
	await tell(
		'the credential is connected to another account',
		[here],
		'new events carry its ID, none of its old ones came',
		new RegExp(second.account.id),
	);

	await n8n.deactivate(workflowId);
	return outcomes;
}
