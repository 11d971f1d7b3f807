import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

import { cleanEnvironment, N8N_1, N8N_VERSION } from '../harness/install';

/** The walk of the demo in each supported n8n, and the load of expiring tokens in the one that refreshes without a lock. */
const STEPS: ReadonlyArray<
	readonly [what: string, script: string, args: readonly string[], env: Record<string, string>]
> = [
	[`the demo in n8n ${N8N_1}`, 'scripts/demo.ts', [], { DOORFLOW_N8N_VERSION: N8N_1 }],
	[`the demo in n8n ${N8N_VERSION}`, 'scripts/demo.ts', [], { DOORFLOW_N8N_VERSION: N8N_VERSION }],
	[`expiring tokens in n8n ${N8N_1}`, 'reliability/main.ts', ['compat'], {}],
];

const root = resolve(__dirname, '..');
const tsx = resolve(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
let failed = 0;
for (const [what, script, args, env] of STEPS) {
	console.log(`== ${what}`);
	const { status } = spawnSync(process.execPath, [tsx, script, ...args], {
		cwd: root,
		stdio: 'inherit',
		env: cleanEnvironment(env),
	});
	if (status !== 0) failed++;
	console.log(status === 0 ? `✓ ${what}` : `✗ ${what}`);
}
process.exit(failed === 0 ? 0 : 1);
