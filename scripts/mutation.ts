import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { fill, table } from '../documentation/markdown';
import { EXPLAINED } from '../test/mutation/explained';

/**
 * `npm run test:mutation`: breaks what guards doors, one small change at a time, and writes docs/mutation.md and its line in
 * docs/security.md. Red when a file scores below 90 %, when a change that no test notices is not explained, and when an
 * explanation explains nothing. With files as arguments, those alone, and nothing is written; with `--last`, what was tried
 * last is read again.
 */
const ROOT = resolve(__dirname, '..');
const LEAST_PERCENT = 90;
/** Longer code is cut down to what differs. */
const WHOLE = 60;
const AROUND = 40;

interface Place {
	readonly line: number;
	readonly column: number;
}

interface Mutant {
	readonly location: { readonly start: Place; readonly end: Place };
	readonly replacement?: string;
	readonly status: string;
}

interface Report {
	readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

const oneLine = (code: string): string => code.replace(/\s+/g, ' ');
const short = (code: string): string => (code.length > WHOLE ? `${code.slice(0, WHOLE)}…` : code);

/** A change as it is named in {@link EXPLAINED}: what stands before it in its line, itself, and what stands behind it. */
function nameOf(source: string, { location, replacement = '' }: Mutant): string {
	const lines = source.split('\n');
	const at = ({ line, column }: Place): number =>
		lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0) + column - 1;
	let [from, to, after] = [at(location.start), at(location.end), oneLine(replacement)];
	if (to - from > WHOLE && after.length > WHOLE) {
		while (source[from] === after[0]) [from, after] = [from + 1, after.slice(1)];
		while (source[to - 1] === after.at(-1) && after !== '') [to, after] = [to - 1, after.slice(0, -1)];
	}
	const before = oneLine(source.slice(source.lastIndexOf('\n', from - 1) + 1, from).trimStart());
	const behind = oneLine(source.slice(to).split('\n', 1)[0] ?? '');
	const change = `${short(oneLine(source.slice(from, to)))} → ${short(after)}`;
	const [left, right] = [before.slice(-AROUND), behind.slice(0, AROUND)];
	// Words are not cut in two, unless there is little else.
	const begin = left === before ? left : left.replace(/^\S{0,20}\s/, '');
	const end = right === behind ? right : right.replace(/\s\S{0,20}$/, '');
	return `${begin}«${change}»${end}`.trim();
}

/** What became of the changes to one file. */
function resultOf([path, { source, mutants }]: [string, Report['files'][string]]) {
	const tried = mutants.filter(({ status }) => !['Ignored', 'CompileError'].includes(status));
	const left = tried.filter(({ status }) => status !== 'Killed' && status !== 'Timeout');
	const percent = tried.length === 0 ? 100 : (100 * (tried.length - left.length)) / tried.length;
	const survivors = [...new Set(left.map((mutant) => nameOf(source, mutant)))];
	return { path, tried: tried.length, left: left.length, percent, survivors };
}

function run(files: readonly string[]): void {
	const { status } = spawnSync(
		process.execPath,
		[
			'node_modules/@stryker-mutator/core/bin/stryker.js',
			'run',
			'test/mutation/stryker.config.mjs',
			'--force',
			...(files.length === 0 ? [] : ['--mutate', files.join(',')]),
		],
		{ cwd: ROOT, stdio: 'inherit' },
	);
	if (status !== 0) throw new Error('Stryker could not be run.');
}

function write(path: string, sections: Readonly<Record<string, string>>): void {
	const document = resolve(ROOT, path);
	writeFileSync(document, fill(readFileSync(document, 'utf8'), sections));
}

function main(): void {
	const isAgain = process.argv[2] === '--last';
	const files = process.argv.slice(isAgain ? 3 : 2);
	if (!isAgain) run(files);
	const report = JSON.parse(readFileSync(resolve(ROOT, '.cache/mutation.json'), 'utf8')) as Report;
	const results = Object.entries(report.files)
		.map(resultOf)
		.filter(({ path }) => files.length === 0 || files.includes(path))
		.sort((one, other) => one.path.localeCompare(other.path));
	const reasonFor = (path: string, survivor: string): string | undefined => EXPLAINED[path]?.[survivor];
	const wrong = results.flatMap(({ path, percent, survivors }) => [
		...(percent < LEAST_PERCENT ? [`${path}: ${percent.toFixed(1)} % is too little`] : []),
		...survivors
			.filter((survivor) => reasonFor(path, survivor) === undefined)
			.map((survivor) => `${path}: no test notices ${survivor}`),
		...Object.keys(EXPLAINED[path] ?? {})
			.filter((survivor) => !survivors.includes(survivor))
			.map((survivor) => `${path}: explained, but noticed: ${survivor}`),
	]);

	const rowOf = (name: string, tried: number, left: number): string[] => [
		name,
		String(tried),
		String(tried - left),
		`${((100 * (tried - left)) / Math.max(1, tried)).toFixed(1)} %`,
	];
	const sum = (what: 'left' | 'tried'): number => results.reduce((all, one) => all + one[what], 0);
	const scores = results.map(({ path, tried, left }) => rowOf(`[${path}](../${path})`, tried, left));
	scores.push(rowOf('**All**', sum('tried'), sum('left')));
	for (const row of scores) console.log(row.join('  '));
	if (files.length === 0) {
		const survivors = results.flatMap((one) =>
			one.survivors.map((survivor) => [
				`[${one.path.split('/').at(-1) ?? ''}](../${one.path})`,
				`\`\`${survivor}\`\``,
				reasonFor(one.path, survivor) ?? '**Not explained**',
			]),
		);
		const sections = {
			scores: table(['File', 'Changes', 'Noticed', 'Score'], scores),
			survivors: table(['File', 'Change', "Why it doesn't matter"], survivors),
		};
		write('docs/mutation.md', sections);
		const [, changes = '', noticed = '', score = ''] = scores.at(-1) ?? [];
		const mutation = `At the last count, the tests noticed ${noticed} of ${changes} changes: ${score}.`;
		write('docs/security.md', { mutation });
	}
	for (const line of wrong) console.error(`✗ ${line}`);
	process.exitCode = wrong.length === 0 ? 0 : 1;
}

main();
