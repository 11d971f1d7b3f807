import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { fill, table } from '../documentation/markdown';
import { runCommand } from '../harness/command';
import { inCopy, whileBroken } from './mutated';
import { MUTATIONS } from './visitMutations';

/**
 * `npm run test:visits`: many random sequences of visits against the oracle of test/engine/visitModel.test.ts, then each
 * old fault put back, to see whether the sequences find it. Writes both into docs/reliability.md. Arguments: the number
 * of sequences (100,000 without one), or `mutations` for the second part alone.
 */
const ROOT = resolve(__dirname, '..');
const DOCUMENT = join(ROOT, 'docs', 'reliability.md');
const SEQUENCES = 100_000;
/** As many as `npm test` runs. */
const SEQUENCES_OF_A_TEST = 2000;

/** What the test writes for its reader. */
interface Report {
	/** Begun before it failed, or all. */
	readonly sequences: number;
	/** What a sequence failed with, if one did. */
	readonly problem?: string;
	/** What happened, in how many of a hundred sequences. */
	readonly shares: ReadonlyArray<readonly [string, number]>;
}

/**
 * Runs the test of visits.
 *
 * @param folder where the package is
 * @param seed of the sequences, so that they are the same again; undefined for others each time
 * @throws Error with what the test said when it did not come to an end
 */
async function run(folder: string, sequences: number, isLoud: boolean, seed?: number): Promise<Report> {
	const reportFolder = await mkdtemp(join(tmpdir(), 'visits-'));
	const path = join(reportFolder, 'report.json');
	const child = spawn(
		process.execPath,
		[
			join(ROOT, 'node_modules/jest/bin/jest.js'),
			...[
				'--selectProjects',
				'engine',
				'--runInBand',
				'--testPathPatterns',
				'visitModel',
				'-t',
				'node alone',
			],
		],
		{
			cwd: folder,
			env: {
				...process.env,
				VISIT_SEQUENCES: String(sequences),
				VISIT_REPORT: path,
				...(seed === undefined ? {} : { SEED: String(seed) }),
			},
			stdio: ['ignore', 'pipe', 'pipe'],
		},
	);
	let said = '';
	for (const output of [child.stdout, child.stderr]) {
		output.setEncoding('utf8').on('data', (text: string) => {
			said += text;
			if (isLoud) process.stdout.write(text);
		});
	}
	await new Promise((done) => child.once('close', done));
	try {
		return JSON.parse(await readFile(path, 'utf8')) as Report;
	} catch {
		throw new Error(`The test of visits did not begin:\n${said}`);
	} finally {
		await rm(reportFolder, { recursive: true });
	}
}

async function writeDown(sections: Readonly<Record<string, string>>): Promise<void> {
	await writeFile(DOCUMENT, fill(await readFile(DOCUMENT, 'utf8'), sections));
}

async function many(sequences: number): Promise<void> {
	const began = Date.now();
	const { problem, sequences: begun, shares } = await run(ROOT, sequences, true);
	if (problem !== undefined) throw new Error(`Sequence ${begun} failed, see above.`);
	const minutes = Math.max(1, Math.round((Date.now() - began) / 60_000));
	await writeDown({
		visits: [
			`${begun.toLocaleString('en')} sequences, ${new Date().toISOString().slice(0, 10)}, ${minutes} minutes: none in which a door did otherwise than the rules say.`,
			'',
			table(
				['What happened in them', 'in % of the sequences'],
				shares.map(([what, share]) => [what, String(share)]),
			),
		].join('\n'),
	});
}

async function mutations(): Promise<void> {
	const rows: string[][] = [];
	await inCopy(async (folder) => {
		for (const { row, what, edits } of MUTATIONS) {
			const { sequences, problem } = await whileBroken(
				folder,
				what,
				edits,
				async () => await run(folder, SEQUENCES_OF_A_TEST, false, 1),
			);
			rows.push([row, what, problem === undefined ? 'no' : `in sequence ${sequences}`]);
			console.log(`${rows.at(-1)?.join(' | ')}\n${problem ?? ''}\n`);
		}
	});
	await writeDown({
		visitMutations: table(['What went wrong at the doors', 'What is put back', 'Found'], rows),
	});
	const missed = rows.filter(([, , found]) => found === 'no');
	if (missed.length > 0) throw new Error(`Not found: ${missed.map(([row]) => row).join('; ')}`);
}

async function main(): Promise<void> {
	const [wish] = process.argv.slice(2);
	if (wish !== 'mutations') {
		const sequences = Number(wish ?? SEQUENCES);
		if (!(Number.isInteger(sequences) && sequences > 0))
			throw new Error('Say a number of sequences, or mutations.');
		await many(sequences);
		if (wish !== undefined) return;
	}
	await mutations();
}

runCommand(main);
