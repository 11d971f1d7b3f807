import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { fill, table } from '../documentation/markdown';
import { startChild } from '../harness/child';
import { runCommand } from '../harness/command';
import { percent, type Report } from '../test/engine/reach';
import { inCopy, whileBroken } from './mutated';
import { MUTATIONS, type Mutation } from './visitMutations';

/**
 * `npm run test:visits`: many random sequences of visits against the oracle of test/engine/visitModel.test.ts, then each
 * old fault put back, to see whether the sequences find it. Uses all cores. Writes both into docs/reliability.md.
 * Arguments: the number of sequences (100,000 without one), or `mutations` for the second part alone.
 */
const ROOT = resolve(__dirname, '..');
const DOCUMENT = join(ROOT, 'docs', 'reliability.md');
const SEQUENCES = 100_000;
/** As many as `npm test` runs. */
const SEQUENCES_OF_A_TEST = 2000;

/** So often, in milliseconds, a line says how far the sequences have come. */
const PROGRESS_MS = 10_000;

/** The test of visits, running in a process of its own. */
interface Running {
	/** How far it has come; undefined before the first report. */
	report(): Promise<Report | undefined>;
	/** How it went. @throws Error with what the test said when it did not begin */
	readonly ended: Promise<Report>;
	stop(): void;
}

/**
 * Begins the test of visits.
 *
 * @param folder where the package is
 * @param seed of the sequences, so that they are the same again
 */
async function begin(folder: string, sequences: number, seed: number): Promise<Running> {
	const reportFolder = await mkdtemp(join(tmpdir(), 'visits-'));
	const path = join(reportFolder, 'report.json');
	const { ended, stop } = startChild(
		process.execPath,
		[
			join(ROOT, 'node_modules/jest/bin/jest.js'),
			...['--selectProjects', 'engine', '--runInBand'],
			...['--testPathPatterns', 'visitModel', '-t', 'node alone'],
		],
		{
			cwd: folder,
			env: {
				...process.env,
				VISIT_SEQUENCES: String(sequences),
				VISIT_REPORT: path,
				SEED: String(seed),
			},
		},
	);
	let last: Report | undefined;
	// At the end the file is gone, and what it said last stays.
	const report = async (): Promise<Report | undefined> => {
		const text = await readFile(path, 'utf8').catch(() => undefined);
		if (text !== undefined) last = JSON.parse(text) as Report;
		return last;
	};
	const end = async (): Promise<Report> => {
		const { code, said } = await ended;
		await report();
		await rm(reportFolder, { recursive: true });
		if (last && last.problem === undefined && last.sequences === sequences && code === 0) return last;
		if (last?.problem !== undefined) return last;
		throw new Error(`The test of visits did not come to an end:\n${said}`);
	};
	return { report, ended: end(), stop };
}

/** Of several runs, what they have done together. */
function added(reports: readonly Report[]): Report {
	const sum = (of: (report: Report) => number): number => reports.reduce((all, one) => all + of(one), 0);
	return {
		sequences: sum(({ sequences }) => sequences),
		requests: sum(({ requests }) => requests),
		faults: sum(({ faults }) => faults),
		problem: reports.find(({ problem }) => problem !== undefined)?.problem,
		happened: (reports[0]?.happened ?? []).map(([what], index) => [
			what,
			sum(({ happened }) => happened[index]?.[1] ?? 0),
		]),
	};
}

const count = (number: number): string => number.toLocaleString('en');

async function writeDown(sections: Readonly<Record<string, string>>): Promise<void> {
	await writeFile(DOCUMENT, fill(await readFile(DOCUMENT, 'utf8'), sections));
}

/** @returns what all cores did together, begun at the same time. @throws Error with what a sequence failed with */
async function onAllCores(sequences: number): Promise<Report> {
	const began = Date.now();
	const seed = began % 1_000_000_000;
	const cores = Math.min(availableParallelism(), sequences);
	const runs = await Promise.all(
		Array.from({ length: cores }, async (_, core) => {
			const share = Math.floor(sequences / cores) + Number(core < sequences % cores);
			return await begin(ROOT, share, seed + core);
		}),
	);
	console.log(`${count(sequences)} sequences of visits in ${cores} processes, seeds from ${seed}`);
	const progress = setInterval(() => {
		void Promise.all(runs.map(async (one) => await one.report())).then((reports) => {
			const { sequences: begun, requests, faults } = added(reports.filter((one) => one !== undefined));
			const seconds = Math.round((Date.now() - began) / 1000);
			console.log(
				`${seconds} s  ${count(begun)} of ${count(sequences)} sequences, ${count(requests)} requests, ${count(faults)} of them failed or killed`,
			);
		});
	}, PROGRESS_MS);
	try {
		return added(
			await Promise.all(
				runs.map(async ({ ended }) => {
					const report = await ended;
					if (report.problem !== undefined)
						throw new Error(`Sequence ${report.sequences} of one process failed:\n${report.problem}`);
					return report;
				}),
			),
		);
	} finally {
		clearInterval(progress);
		for (const one of runs) one.stop();
		await Promise.allSettled(runs.map(async ({ ended }) => await ended));
	}
}

async function many(wanted: number): Promise<void> {
	const began = Date.now();
	const { sequences, requests, faults, happened } = await onAllCores(wanted);
	const minutes = Math.max(1, Math.round((Date.now() - began) / 60_000));
	const figures = `${count(sequences)} sequences with ${count(requests)} requests, ${count(faults)} of which were made to fail or cut off with their process`;
	await writeDown({
		visits: [
			`${figures}; ${new Date().toISOString().slice(0, 10)}, ${minutes} minutes on ${availableParallelism()} cores: none in which a door did otherwise than the rules say.`,
			'',
			table(
				['What happened in them', 'in % of the sequences'],
				happened.map(([what, times]) => [what, String(percent(times, sequences))]),
			),
		].join('\n'),
	});
	console.log(`✓ ${figures}`);
}

/** @param folder a copy of the project. @returns the row of the document */
async function findsOf(folder: string, { row, what, edits }: Mutation): Promise<string[]> {
	const { sequences, problem } = await whileBroken(
		folder,
		what,
		edits,
		async () => await (await begin(folder, SEQUENCES_OF_A_TEST, 1)).ended,
	);
	const told = [row, what, problem === undefined ? 'no' : `in sequence ${sequences}`];
	console.log(`${told.join(' | ')}\n${problem ?? ''}\n`);
	return told;
}

async function mutations(): Promise<void> {
	const rows: string[][] = [];
	const left = [...MUTATIONS.entries()];
	// All to their end, also when one fails: they clean up behind themselves.
	const ended = await Promise.allSettled(
		Array.from({ length: availableParallelism() }, async () => {
			await inCopy(async (folder) => {
				for (let next = left.shift(); next; next = left.shift())
					rows[next[0]] = await findsOf(folder, next[1]);
			});
		}),
	);
	for (const one of ended) if (one.status === 'rejected') throw one.reason;
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
