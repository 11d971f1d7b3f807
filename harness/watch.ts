import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import type { N8n } from './n8n';

const ROOT = resolve(__dirname, '..');

/** What n8n reads from beside the compiled files, as gulpfile.js copies it. */
const ASSET = /\.(svg|png|json)$/;

/** Makes n8n look for changed files of the packages it holds, and load them anew. */
export const RELOADING = { N8N_DEV_RELOAD: 'true' };

/**
 * Keeps the package that a running n8n holds like the sources: compiles what changes in nodes/ and credentials/ straight
 * into its folder, where n8n notices it. The compiler's messages appear on the console.
 *
 * @param n8n started with RELOADING in its environment
 * @returns a function that ends the watching
 */
export function keepCompiled(n8n: N8n): () => void {
	const target = join(n8n.folder, '.n8n', 'nodes', 'node_modules', 'n8n-nodes-doorflow', 'dist');
	const compiler = spawn(
		process.execPath,
		[
			join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'),
			'-p',
			join(ROOT, 'tsconfig.json'),
			'--outDir',
			target,
			'--watch',
			'--preserveWatchOutput',
		],
		{ cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] },
	);
	const end = (): void => void compiler.kill();
	// However this program ends, the compiler does not outlive it.
	process.once('exit', end);
	const watchers = ['nodes', 'credentials'].map((folder) =>
		watch(join(ROOT, folder), { recursive: true }, (_event, name) => {
			if (name === null || !ASSET.test(name)) return;
			const file = join(folder, name);
			mkdir(dirname(join(target, file)), { recursive: true })
				.then(async () => await copyFile(join(ROOT, file), join(target, file)))
				.then(
					() => console.log(`Copied ${file}`),
					// An editor that replaces a file removes it for a moment.
					() => undefined,
				);
		}),
	);
	return () => {
		process.removeListener('exit', end);
		for (const watcher of watchers) watcher.close();
		end();
	};
}
