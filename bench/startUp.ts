import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { build } from '../harness/house';
import { installN8n } from '../harness/install';
import { alternate, find, ms, ratio, type Report, type Side, type Size } from './measure';

/** Requires a file in a new process whose n8n-workflow is loaded already, as n8n has it, and creates its class. */
const PROGRAM = `require(process.argv[2]);
	const started = process.hrtime.bigint();
	for (const one of Object.values(require(process.argv[1]))) if (typeof one === 'function') new one();
	console.log(Number(process.hrtime.bigint() - started) / 1e6);`;

function sizeOf(folder: string, wanted: (name: string) => boolean): number {
	return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
		const path = join(folder, entry.name);
		return sum + (entry.isDirectory() ? sizeOf(path, wanted) : wanted(entry.name) ? statSync(path).size : 0);
	}, 0);
}

export async function startUp({ runs }: Size): Promise<Report> {
	await build();
	const installed = await installN8n();
	const modules = resolve(dirname(installed.script), '..', '..');
	const root = resolve(__dirname, '..');
	const slack = join(modules, 'n8n-nodes-base', 'dist', 'nodes', 'Slack');
	const load =
		(file: string, workflow: string): Side =>
		async () => ({
			milliseconds: Number(
				execFileSync(installed.node, ['--no-warnings', '-e', PROGRAM, file, workflow], { encoding: 'utf8' }),
			),
		});
	const measured = await alternate(
		'start-up',
		{
			'this package: three nodes and the credential': load(
				join(root, 'index.js'),
				join(root, 'node_modules', 'n8n-workflow'),
			),
			"n8n's own Slack node": load(join(slack, 'Slack.node.js'), join(modules, 'n8n-workflow')),
		},
		runs,
	);
	const code = (name: string): boolean => name.endsWith('.js');
	const ours = find(measured, 'this package: three nodes and the credential');
	const other = find(measured, "n8n's own Slack node");
	const [size, otherSize] = [sizeOf(join(root, 'dist'), code), sizeOf(slack, code)];
	const kb = (bytes: number): string => `${Math.round(bytes / 1024)} KB`;
	return {
		name: 'startUp',
		about: 'loading in a new process that has n8n-workflow already; size of the JavaScript',
		measured,
		heads: ['', 'median', 'size of code'],
		rows: [
			[ours.side, ms(ours.medianMs), kb(size)],
			[other.side, ms(other.medianMs), kb(otherSize)],
		],
		verdicts: [
			{
				aim: 'faster than the Slack node',
				measured: ratio(ours.medianMs / other.medianMs),
				met: ours.medianMs < other.medianMs,
			},
			{ aim: 'smaller than the Slack node', measured: ratio(size / otherSize), met: size < otherSize },
		],
	};
}
