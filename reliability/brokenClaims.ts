import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { cell, fill, table } from '../documentation/markdown';
import { startChild } from '../harness/child';
import { runCommand } from '../harness/command';
import { CLAIMS, type Claim } from './claims';
import { inCopy, whileBroken } from './mutated';

/**
 * `npm run test:claims`: breaks each claim of docs/security.md in its own way, in a copy of the project, and sees whether
 * the test that the page names turns red. Before that, all of these tests have to be green. Writes the outcome into the
 * page. With words as arguments, only the claims that have one of them in their test, demand or fault; the page keeps what
 * it has of the others.
 */
const DOCUMENT = join(resolve(__dirname, '..'), 'docs', 'security.md');

const RED = 'red';

/** What jest writes of a run. */
interface Report {
	readonly testResults: ReadonlyArray<{
		/** Of the file as a whole, when it could not be run. */
		readonly message: string;
		readonly assertionResults: ReadonlyArray<{ readonly status: string; readonly fullName: string }>;
	}>;
}

interface Counts {
	readonly green: number;
	readonly red: number;
	/** What happened where no test ran. */
	readonly problem: string;
}

/** The names of tests as jest's `-t` wants them: what a table fills in may be anything. */
const pattern = (tests: readonly string[]): string =>
	[...new Set(tests)]
		.map((test) =>
			test
				.split(/%[dijs]/)
				.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
				.join('.*'),
		)
		.map((test) => `(?:^|.* )${test}$`)
		.join('|');

/** @returns all that it printed */
const node = async (folder: string, args: readonly string[]): Promise<string> =>
	(await startChild(process.execPath, args, { cwd: folder }).ended).said;

/** Runs tests of one file. */
async function run(folder: string, file: string, tests: readonly string[]): Promise<Counts> {
	const [project = ''] = file.split('/');
	const report = join(folder, 'report.json');
	await rm(report, { force: true });
	// The real n8n installs what was built.
	const built =
		project === 'e2e' ? await node(folder, ['node_modules/gulp/bin/gulp.js', 'build']) : undefined;
	const said = await node(folder, [
		'node_modules/jest/bin/jest.js',
		...['--selectProjects', project, '--runInBand', '--json', '--outputFile', report],
		...['-t', pattern(tests), '--runTestsByPath', `test/${file}.test.ts`],
	]);
	const written = await readFile(report, 'utf8').catch(() => undefined);
	if (written === undefined) return { green: 0, red: 0, problem: `${built ?? ''}\n${said}` };
	const { testResults } = JSON.parse(written) as Report;
	const all = testResults.flatMap(({ assertionResults }) => assertionResults);
	const count = (status: string): number => all.filter((one) => one.status === status).length;
	return {
		green: count('passed'),
		red: count('failed'),
		problem: testResults.map(({ message }) => message).join('\n'),
	};
}

const isMeant = (words: readonly string[], { file, test, demand, what }: Claim): boolean =>
	words.length === 0 || words.some((word) => `${file} ${test} ${demand} ${what}`.includes(word));

const cellsOf = ({ what, test, file }: Claim): string =>
	`| ${cell(what)} | ${cell(`[${test}](../test/${file}.test.ts)`)} |`;

/** @param outcomes of the claims that were tried */
async function writeDown(outcomes: ReadonlyMap<Claim, string>): Promise<void> {
	const page = await readFile(DOCUMENT, 'utf8');
	const lines = page.split('\n');
	const before = (claim: Claim): string | undefined =>
		lines.find((line) => line.startsWith(cellsOf(claim)))?.slice(cellsOf(claim).length, -1);
	const all = CLAIMS.map((claim) => outcomes.get(claim) ?? before(claim)?.trim() ?? 'not tried yet');
	const red = all.filter((outcome) => outcome === RED).length;
	const head = `${all.length} ways to break a claim, last tried on ${new Date().toISOString().slice(0, 10)}: ${red} turned their test red.`;
	const rows = CLAIMS.map(({ what, test, file }, index) => [
		what,
		`[${test}](../test/${file}.test.ts)`,
		all[index] ?? '',
	]);
	await writeFile(
		DOCUMENT,
		fill(page, { claims: [head, '', table(['What is broken', 'Test', 'Result'], rows)].join('\n') }),
	);
}

async function main(): Promise<void> {
	const words = process.argv.slice(2);
	const claims = CLAIMS.filter((claim) => isMeant(words, claim));
	if (claims.length === 0) throw new Error(`No claim has ${words.join(' or ')} in it.`);
	const outcomes = new Map<Claim, string>();
	const missed: string[] = [];
	await inCopy(async (folder) => {
		for (const file of new Set(claims.map((claim) => claim.file))) {
			const tests = claims.filter((claim) => claim.file === file).map(({ test }) => test);
			const { green, red, problem } = await run(folder, file, tests);
			console.log(`${file}, unbroken: ${green} green, ${red} red`);
			if (green < new Set(tests).size || red > 0) throw new Error(`${file} is not green:\n${problem}`);
		}
		for (const claim of claims) {
			const { what, edits, file, test } = claim;
			const { green, red, problem } = await whileBroken(
				folder,
				what,
				edits,
				async () => await run(folder, file, [test]),
			);
			// What can't even be loaded shows nothing; nor does a real n8n that doesn't start.
			const isFound = red > 0 && (!file.startsWith('e2e/') || problem.includes('expect('));
			console.log(`${isFound ? '✓' : '✗'} ${what} | ${test}: ${green} green, ${red} red`);
			if (isFound) console.log(problem.split('\n').slice(0, 20).join('\n'));
			if (!isFound) missed.push(`${what}: ${test}\n${problem}`);
			outcomes.set(claim, isFound ? RED : 'GREEN');
		}
	});
	await writeDown(outcomes);
	if (missed.length > 0) throw new Error(`Not noticed:\n${missed.join('\n')}`);
}

runCommand(main);
