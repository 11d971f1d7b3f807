import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * `npm test` and `npm run check`: types, lint and tests side by side, each line with the name of what it comes from.
 * Goes on when one fails, so that one run shows all that is wrong. Arguments: the test projects to run.
 */
const root = resolve(__dirname, '..');
const projects = process.argv.slice(2);
const CHECKS: Record<string, readonly string[]> = {
	types: ['npm', 'run', '--silent', 'typecheck'],
	lint: ['npm', 'run', '--silent', 'lint'],
	tests: [process.execPath, 'node_modules/jest/bin/jest.js', '--selectProjects', ...projects],
};
/** So often, in milliseconds, a check that prints nothing of itself is said to be under way. */
const STILL_MS = 15_000;

const begun = Date.now();
const say = (name: string, text: string): void =>
	console.log(`${name.padEnd(6)}${String(Math.round((Date.now() - begun) / 1000)).padStart(4)} s  ${text}`);

async function check(name: string, [program = '', ...args]: readonly string[]): Promise<boolean> {
	say(name, 'begins');
	let saidAt = Date.now();
	const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
	const still = setInterval(() => {
		if (Date.now() - saidAt < STILL_MS) return;
		saidAt = Date.now();
		say(name, 'under way');
	}, 1000);
	for (const input of [child.stdout, child.stderr])
		createInterface({ input }).on('line', (line) => {
			saidAt = Date.now();
			say(name, line);
		});
	const code = await new Promise<number | null>((done) => child.once('close', done));
	clearInterval(still);
	say(name, code === 0 ? '✓ good' : '✗ FAILED');
	return code === 0;
}

async function main(): Promise<void> {
	mkdirSync(resolve(root, '.cache'), { recursive: true });
	const good = await Promise.all(
		Object.entries(CHECKS).map(async ([name, command]) => await check(name, command)),
	);
	const failed = Object.keys(CHECKS).filter((_, index) => !good[index]);
	console.log(failed.length === 0 ? '✓ all good' : `✗ failed: ${failed.join(', ')}`);
	process.exitCode = failed.length === 0 ? 0 : 1;
}

void main();
