import { checkInAtOnce, type AtOnce } from '../harness/checkIns';
import type { QueuePlant } from '../harness/queue';
import { count, type Counts } from './counts';
import { idle, lastRun, raise, runsSince, settled } from '../harness/plant';

export interface QueueOutcome extends Counts {
	/** Places where a token or secret was found in clear. */
	readonly leaks: string[];
	/** 30 check-ins at once. */
	readonly checkIns: AtOnce;
}

/** Events through all processes, deliveries repeated on other workers, and what all processes leave behind. */
export async function queueChecks(plant: QueuePlant): Promise<QueueOutcome> {
	console.log('• Events through webhook process and workers');
	const before = await lastRun(plant);
	const ids = raise(plant.sandbox, 100);
	await settled(plant, ids, 'queue');
	console.log('  … each delivered twice more');
	await plant.sandbox.control.redeliver({ times: 2, shuffle: true });
	await idle(plant, 'queue');
	const counts = count(ids, await runsSince(plant, before, plant.workflowId));
	console.log(`  ${JSON.stringify(counts)}`);

	console.log('• 30 check-ins at once');
	await plant.sandbox.control.config({ syncLimitSeconds: 30 });
	const checkIns = await checkInAtOnce(plant, 30, new URL(plant.webhookUrl).origin);
	console.log(`  ${JSON.stringify(checkIns)}`);

	console.log('• Tokens and secrets in logs, Redis and the database');
	const secrets = [...plant.sandbox.secrets(), 'sandbox-secret'];
	const places = {
		log: await plant.n8n.log(),
		redis: await plant.redisDump(),
		database: await plant.databaseDump(),
	};
	// The search can fail: what is known to be there is found.
	for (const [place, known] of [
		['log', 'doorFlow'],
		['redis', 'bull'],
		['database', 'accessGranted'],
	] as const) {
		if (!places[place].includes(known))
			throw new Error(`The search in ${place} finds nothing, not even "${known}".`);
	}
	const leaks = Object.entries(places).flatMap(([place, content]) =>
		secrets.some((secret) => content.includes(secret)) ? [place] : [],
	);
	console.log(`  ${secrets.length} tokens and secrets, found in: ${leaks.join(', ') || 'none'}`);
	return { ...counts, leaks, checkIns };
}
