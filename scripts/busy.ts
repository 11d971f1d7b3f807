import { spawn, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** `npm run test:busy`: `npm test`, or the script that is named, with ten busy loops beside it: who holds only on a quiet machine? */
const LOOPS = 10;
const root = resolve(__dirname, '..');

const loops = Array.from({ length: LOOPS }, () =>
	// Each ends by itself when this process is gone, so that none is left behind by a kill.
	spawn(
		process.execPath,
		[
			'-e',
			`for (;;) { const end = Date.now() + 1000; while (Date.now() < end); process.kill(${process.pid}, 0); }`,
		],
		{ stdio: 'ignore' },
	),
);
console.log(`${LOOPS} busy loops: ${loops.map(({ pid }) => pid).join(' ')}`);
const begun = Date.now();
const script = process.argv[2] ?? 'test';
const { status } = spawnSync('npm', ['run', script], { cwd: root, stdio: 'inherit' });
for (const loop of loops) loop.kill('SIGKILL');
console.log(
	`npm run ${script} with ${LOOPS} busy loops beside it: ${Math.round((Date.now() - begun) / 1000)} s`,
);
process.exitCode = status ?? 1;
