import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

import { cleanEnvironment, N8N_1, N8N_VERSION } from '../harness/install';

const root = resolve(__dirname, '..');
const tsx = resolve(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
const jest = resolve(root, 'node_modules', 'jest', 'bin', 'jest.js');

/** Of the tests of the editor: the credential, the ten clicks, and the lists that load by themselves. */
const FIRST_HOUR = 'press Connect|ten clicks|the groups load';

/**
 * The walk of the demo in each supported n8n; in the older one, which the other tests leave out, the examples, the first hour
 * in its editor, and the load of expiring tokens, because it refreshes without a lock.
 */
const STEPS: ReadonlyArray<readonly [what: string, run: readonly string[], env: Record<string, string>]> = [
	[`the demo in n8n ${N8N_1}`, [tsx, 'scripts/demo.ts'], { DOORFLOW_N8N_VERSION: N8N_1 }],
	[`the demo in n8n ${N8N_VERSION}`, [tsx, 'scripts/demo.ts'], { DOORFLOW_N8N_VERSION: N8N_VERSION }],
	// After the demo, which builds the package.
	[
		`the examples in n8n ${N8N_1}`,
		[jest, '--selectProjects', 'e2e', '--testPathPatterns', 'e2e/examples'],
		{ DOORFLOW_N8N_VERSION: N8N_1 },
	],
	[
		`the first hour in the editor of n8n ${N8N_1}`,
		[jest, '--selectProjects', 'e2e', '--testPathPatterns', 'e2e/editor', '--testNamePattern', FIRST_HOUR],
		{ DOORFLOW_N8N_VERSION: N8N_1 },
	],
	[`expiring tokens in n8n ${N8N_1}`, [tsx, 'reliability/main.ts', 'compat'], {}],
];

let failed = 0;
for (const [what, run, env] of STEPS) {
	console.log(`== ${what}`);
	const { status } = spawnSync(process.execPath, run, {
		cwd: root,
		stdio: 'inherit',
		env: cleanEnvironment(env),
	});
	if (status !== 0) failed++;
	console.log(status === 0 ? `✓ ${what}` : `✗ ${what}`);
}
process.exit(failed === 0 ? 0 : 1);
