import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { CORES, installCore, newestCore, tryInCore, type Checked, type Core } from '../harness/cores';
import { build } from '../harness/house';
import { pushTo } from '../nodes/shared/pushTo';
import { startSandbox } from '../sandbox/server';

/**
 * `npm run test:versions`: the built package in the engines of old and new n8n, each with a sandbox of its own. With
 * versions as arguments, in those alone. With `--write`, the table of the README is made from what came out.
 */
const AT_ONCE = 2;
const README = join(resolve(__dirname, '..'), 'README.md');

async function tryOne(core: Core): Promise<Checked[]> {
	await installCore(core);
	const sandbox = await startSandbox({
		config: { syncLimitSeconds: 0, requireSync: false, admitDelayMs: 20 },
	});
	try {
		return await tryInCore(core, sandbox.url);
	} finally {
		await sandbox.stop();
	}
}

function write(rows: ReadonlyArray<readonly [Core, Checked[]]>): void {
	const byResult = new Map<string, string[]>();
	for (const [{ n8n }, checked] of rows) {
		const passed = checked.filter(({ failure }) => failure === undefined).length;
		pushTo(byResult, `${passed} of ${checked.length}`, n8n);
	}
	const table = [
		'| n8n | checks passed |',
		'|---|---|',
		...[...byResult].map(
			([result, all]) => `| ${all.join(', ')} | ${result}${all.length > 1 ? ' each' : ''} |`,
		),
	].join('\n');
	const text = readFileSync(README, 'utf8');
	const marked = /<!-- versions -->[\s\S]*?<!-- \/versions -->/;
	if (!marked.test(text)) throw new Error('README.md has no place for the table.');
	writeFileSync(README, text.replace(marked, `<!-- versions -->\n${table}\n<!-- /versions -->`));
}

async function main(): Promise<void> {
	const [wanted, options] = [false, true].map((dashed) =>
		process.argv.slice(2).filter((one) => one.startsWith('--') === dashed),
	) as [string[], string[]];
	await build();
	const newest = wanted.length > 0 ? undefined : await newestCore();
	const cores = [...CORES, ...(newest ? [newest] : [])].filter(
		({ n8n }) => wanted.length === 0 || wanted.includes(n8n),
	);
	const unknown = wanted.filter((version) => !cores.some(({ n8n }) => n8n === version));
	if (unknown.length > 0) throw new Error(`Not among the versions: ${unknown.join(', ')}`);
	const results = new Map<Core, Checked[]>();
	const queue = [...cores];
	const worker = async (): Promise<void> => {
		for (let core = queue.shift(); core; core = queue.shift()) {
			const begun = Date.now();
			const checked = await tryOne(core).catch((error: unknown) => [
				{ name: 'begins', failure: error instanceof Error ? error.message : String(error) },
			]);
			results.set(core, checked);
			const failed = checked.flatMap(({ name, failure }) =>
				failure === undefined ? [] : [{ name, failure }],
			);
			const seconds = Math.round((Date.now() - begun) / 1000);
			console.log(
				`${failed.length === 0 ? '✓' : '✗'} n8n ${core.n8n}: ${checked.length - failed.length} of ${checked.length} in ${seconds} s`,
			);
			for (const { name, failure } of failed)
				console.log(`    ✗ ${name}\n      ${failure.replaceAll('\n', '\n      ')}`);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, worker));
	const all = cores.map((core) => [core, results.get(core) ?? []] as const);
	if (options.includes('--write')) write(all);
	const bad = all.filter(([, checked]) => checked.some(({ failure }) => failure !== undefined));
	console.log(
		bad.length === 0
			? `✓ all ${all.length} versions`
			: `✗ failed in ${bad.map(([{ n8n }]) => n8n).join(', ')}`,
	);
	process.exitCode = bad.length === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : error);
	process.exit(1);
});
