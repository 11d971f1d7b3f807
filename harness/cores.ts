import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { alone, CACHE, cleanEnvironment, command, fresh, installNode } from './install';

const run = promisify(execFile);
const ROOT = resolve(__dirname, '..');

/** A version of n8n, with the two of its libraries that execute nodes. */
export interface Core {
	readonly n8n: string;
	readonly core: string;
	readonly workflow: string;
}

/** Old and new, each side of what changed for nodes. The newest on the registry comes to it. */
export const CORES: readonly Core[] = [
	{ n8n: '1.66.0', core: '1.66.0', workflow: '1.65.0' },
	{ n8n: '1.88.0', core: '1.87.0', workflow: '1.86.0' },
	{ n8n: '1.113.3', core: '1.112.1', workflow: '1.110.0' },
	{ n8n: '1.119.2', core: '1.118.1', workflow: '1.116.0' },
	{ n8n: '1.123.81', core: '1.122.48', workflow: '1.120.31' },
	{ n8n: '2.0.3', core: '2.0.2', workflow: '2.0.1' },
	{ n8n: '2.20.12', core: '2.20.6', workflow: '2.20.3' },
	{ n8n: '2.30.8', core: '2.30.4', workflow: '2.30.2' },
	{ n8n: '2.38.7', core: '2.38.2', workflow: '2.38.1' },
	{ n8n: '2.41.1', core: '2.41.1', workflow: '2.41.0' },
];

/** n8n before 1.94 asks for a range of it, the newest of which does not fit any more. */
const OVERRIDES = { 'zod-to-json-schema': '3.23.5' };

/** The newest n8n whose libraries the registry has. @returns undefined when that is one of {@link CORES}, or it can't be asked */
export async function newestCore(): Promise<Core | undefined> {
	const view = async (what: string, ...fields: string[]): Promise<unknown> =>
		JSON.parse(
			(await run('npm', ['view', what, ...fields, '--json'], { env: cleanEnvironment(), cwd: ROOT })).stdout,
		);
	try {
		const facts = (await view('n8n@latest', 'version', 'dependencies')) as {
			version: string;
			dependencies: Record<string, string>;
		};
		const newest: Core = {
			n8n: facts.version,
			core: facts.dependencies['n8n-core'] ?? '',
			workflow: facts.dependencies['n8n-workflow'] ?? '',
		};
		if (CORES.some(({ n8n }) => n8n === newest.n8n)) return undefined;
		// A version can be there before its libraries are, and a registry can lack some.
		for (const library of [`n8n-core@${newest.core}`, `n8n-workflow@${newest.workflow}`])
			await view(library, 'version');
		return newest;
	} catch (error) {
		console.log(
			`  the newest n8n is not known: ${error instanceof Error ? error.message.split('\n')[0] : ''}`,
		);
		return undefined;
	}
}

const folderOf = ({ n8n }: Core): string => join(CACHE, `core-${n8n}`);

/**
 * Installs the two libraries into the cache, unless they are there: 75 to 430 MB, half a minute to three.
 *
 * @throws Error when the registry does not have them; the next call starts over
 */
export async function installCore(core: Core): Promise<void> {
	const folder = folderOf(core);
	const marker = join(folder, '.installed');
	if (existsSync(marker)) return;
	const { path } = await installNode();
	await alone(async () => {
		if (existsSync(marker)) return;
		const [major = 0, minor = 0] = core.n8n.split('.').map(Number);
		await fresh(folder, {
			dependencies: { 'n8n-core': core.core, 'n8n-workflow': core.workflow },
			...(major < 2 && minor < 94 ? { overrides: OVERRIDES } : {}),
		});
		await command(
			`Installing the libraries of n8n ${core.n8n}`,
			'npm',
			['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
			{ cwd: folder, env: cleanEnvironment({ PATH: path }) },
		);
		await writeFile(marker, '');
	});
}

/** One thing that was tried: what, and why it failed if it did. */
export interface Checked {
	readonly name: string;
	readonly failure?: string;
}

/**
 * Tries the built package in the engine of one n8n, in a process of its own.
 *
 * @param core installed before
 * @param sandbox the URL of a sandbox of its own
 * @returns what was tried
 * @throws Error when that process does not come to an end of its own
 */
export async function tryInCore(core: Core, sandbox: string): Promise<Checked[]> {
	const folder = folderOf(core);
	const copy = join(folder, 'under-test');
	await rm(copy, { recursive: true, force: true });
	// Beside the libraries, so that the package finds those of this n8n and not those of the repository.
	for (const name of ['dist', 'index.js', 'package.json'])
		await cp(join(ROOT, name), join(copy, name), { recursive: true });
	const { node, path } = await installNode();
	const { stdout } = await run(
		node,
		[
			join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs'),
			join(ROOT, 'harness', 'checkCore.ts'),
			folder,
			sandbox,
		],
		{ env: cleanEnvironment({ PATH: path, N8N_LOG_LEVEL: 'silent' }), maxBuffer: 10_000_000 },
	);
	const line = stdout.split('\n').find((one) => one.startsWith('CHECKED '));
	if (!line) throw new Error(`Nothing was checked: ${stdout.slice(-1000)}`);
	return JSON.parse(line.slice(8)) as Checked[];
}
