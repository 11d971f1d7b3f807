import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import { startChild } from './child';

/** The n8n that everything here is tried with. */
export const N8N_VERSION = '2.41.1';

/** The last n8n of the 1.x line that this package is tried with. */
export const N8N_1 = '1.123.81';

/** Some versions need a dependency from the registry instead of from a site of its own. */
const OVERRIDES: Readonly<Record<string, object>> = { [N8N_1]: { xlsx: '0.18.5' } };

export interface InstalledN8n {
	/** A real Node 24, whatever Node the machine has. */
	readonly node: string;
	/** The script that starts n8n. */
	readonly script: string;
	/** PATH with that Node first. */
	readonly path: string;
}

/** Kept outside the repository, so that a fresh clone starts in seconds on a machine that had one before. */
export const CACHE =
	process.env.N8N_DOORFLOW_CACHE ??
	join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'n8n-nodes-doorflow');

const NODE = join(CACHE, 'node24', 'node_modules', '.bin', 'node');
const PATH_WITH_NODE = [dirname(NODE), process.env.PATH ?? ''].join(delimiter);

/**
 * npm and jest hand their settings down to what they start; ignore-scripts or NODE_ENV=test are not meant for n8n. How
 * this machine reaches the internet (proxies and their certificates) is.
 */
export function cleanEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
	const kept = Object.entries(process.env).filter(
		([name]) =>
			!/^(npm_|NODE_|JEST_)/i.test(name) ||
			/^(npm_config_(registry|cache|userconfig|cafile|proxy|https_proxy|noproxy)|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA)$/i.test(
				name,
			),
	);
	return { ...Object.fromEntries(kept), ...extra };
}

/**
 * Runs a command and says every few seconds that it is still at it.
 *
 * @throws Error with the end of its output when it fails
 */
export async function command(
	what: string,
	file: string,
	args: string[],
	options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<string> {
	const started = Date.now();
	const { ended, stop } = startChild(file, args, {
		cwd: options.cwd,
		env: options.env ?? cleanEnvironment(),
	});
	// A process that is ended in the middle takes what it started along.
	process.once('exit', stop);
	const ticker = setInterval(
		() => console.log(`  … ${what} (${Math.round((Date.now() - started) / 1000)} s)`),
		10_000,
	);
	const { code, said } = await ended.finally(() => {
		clearInterval(ticker);
		process.removeListener('exit', stop);
	});
	if (code !== 0) throw new Error(`${what} failed (exit code ${code}):\n${said.slice(-3000)}`);
	return said;
}

/**
 * Installs n8n with a Node 24 of its own into the cache, unless it is there. About four minutes and 3 GB the first time.
 *
 * @throws Error when a download or build fails; the next call starts over
 */
export async function installN8n(version = N8N_VERSION): Promise<InstalledN8n> {
	if (isInstalled(version)) return places(version);
	return await alone(async () => await install(version));
}

const marker = (version: string): string => join(CACHE, `n8n-${version}`, '.installed');
const isInstalled = (version: string): boolean => existsSync(marker(version)) && existsSync(NODE);

function places(version: string): InstalledN8n {
	return {
		node: NODE,
		script: join(CACHE, `n8n-${version}`, 'node_modules', 'n8n', 'bin', 'n8n'),
		path: PATH_WITH_NODE,
	};
}

/** Two installs at once would remove each other's files: the second waits for the first. */
export async function alone<T>(work: () => Promise<T>): Promise<T> {
	await mkdir(CACHE, { recursive: true });
	const lock = join(CACHE, 'installing');
	const mine = `${lock}-${randomUUID()}`;
	await writeFile(mine, String(process.pid));
	for (let said = false; ; said = true) {
		// A link appears with its content: nobody can read a lock that has no owner yet.
		const taken = await link(mine, lock).then(
			() => true,
			(error: NodeJS.ErrnoException) => {
				if (error.code === 'EEXIST') return false;
				throw error;
			},
		);
		if (taken) break;
		const owner = Number(await readFile(lock, 'utf8').catch(() => '0'));
		if (!isRunning(owner)) await rm(lock, { force: true });
		else if (!said) console.log(`Waiting for another install (process ${owner}) …`);
		await new Promise((next) => setTimeout(next, 500));
	}
	return await work().finally(async () => {
		await rm(lock, { force: true });
		await rm(mine, { force: true });
	});
}

function isRunning(pid: number): boolean {
	try {
		return pid > 0 && process.kill(pid, 0);
	} catch {
		return false;
	}
}

/** A real Node 24 in the cache, and PATH with it first. @throws Error when it can't be had; the next call starts over */
export async function installNode(): Promise<Pick<InstalledN8n, 'node' | 'path'>> {
	if (!existsSync(NODE)) await alone(placeNode);
	return { node: NODE, path: PATH_WITH_NODE };
}

async function placeNode(): Promise<void> {
	if (existsSync(NODE)) return;
	console.log('Installing Node 24 for n8n …');
	const folder = join(CACHE, 'node24');
	await fresh(folder, {});
	await command(
		'Installing Node 24',
		'npm',
		['install', 'node@24', '--ignore-scripts=false', '--no-audit', '--no-fund'],
		{ cwd: folder },
	);
}

async function install(version: string): Promise<InstalledN8n> {
	await placeNode();
	const installed = places(version);
	if (!existsSync(marker(version))) {
		console.log(`Installing n8n ${version} (about four minutes, once) …`);
		const folder = join(CACHE, `n8n-${version}`);
		await fresh(folder, OVERRIDES[version] ? { overrides: OVERRIDES[version] } : {});
		const options = { cwd: folder, env: cleanEnvironment({ PATH: installed.path }) };
		// Its install scripts fetch from sites that many networks don't reach; the database's is the one that is needed.
		await command(
			`Downloading n8n ${version}`,
			'npm',
			['install', `n8n@${version}`, '--ignore-scripts', '--no-audit', '--no-fund'],
			options,
		);
		await command(
			'Building the database driver',
			'npm',
			['rebuild', 'sqlite3', '--ignore-scripts=false'],
			options,
		);
		await writeFile(marker(version), new Date().toISOString());
	}
	return installed;
}

/** Makes a folder anew, with a package.json. */
export async function fresh(folder: string, manifest: object): Promise<void> {
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, ...manifest }));
}
