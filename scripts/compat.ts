import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

import { cleanEnvironment, N8N_VERSION } from './lib/install';

/** The newest n8n this is tried with, and the last of the line before. */
const VERSIONS = [N8N_VERSION, '1.123.81'];

const root = resolve(__dirname, '..');
const failed: string[] = [];
for (const version of VERSIONS) {
	console.log(`\n== The demo in n8n ${version}`);
	const demo = spawnSync(process.execPath, [join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs'), join(root, 'scripts', 'demo.ts')], {
		cwd: root,
		stdio: ['ignore', 'inherit', 'inherit'],
		env: cleanEnvironment({ DOORFLOW_N8N_VERSION: version }),
	});
	if (demo.status !== 0) failed.push(version);
}
console.log(failed.length === 0 ? `\nWorks in n8n ${VERSIONS.join(' and ')}.` : `\nDoes not work in n8n ${failed.join(' and ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
