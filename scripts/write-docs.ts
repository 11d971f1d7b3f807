import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { fill } from './docs/markdown';
import { errorSections } from './docs/messages';
import { sections } from './docs/reference';

const ROOT = resolve(__dirname, '..');

/** The documents that are partly made from the code, as they should be now, by their paths. */
export async function documents(): Promise<Map<string, string>> {
	const all = { ...sections(), 'docs/errors.md': errorSections() };
	const result = new Map<string, string>();
	for (const [path, parts] of Object.entries(all))
		result.set(path, fill(await readFile(resolve(ROOT, path), 'utf8'), parts));
	return result;
}

async function main(): Promise<void> {
	for (const [path, text] of await documents()) {
		await writeFile(resolve(ROOT, path), text);
		console.log(`Written: ${path}`);
	}
}

if (require.main === module) {
	main().catch((error: unknown) => {
		console.error(error instanceof Error ? error.message : error);
		process.exit(1);
	});
}
