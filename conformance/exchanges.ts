import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { startSandbox, type Exchange } from '../sandbox/server';
import { tour } from './tour';

const root = resolve(__dirname, '..');

/**
 * Runs every operation of the node in n8n's engine, in success and failure.
 *
 * @throws Error when one of these tests fails
 */
export function exchangesOfNodes(): Exchange[] {
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
export async function exchangesOfSandbox(): Promise<Exchange[]> {
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
