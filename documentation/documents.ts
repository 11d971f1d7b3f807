import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { fill } from './markdown';
import { errorSections } from './messages';
import { sections } from './reference';

const ROOT = resolve(__dirname, '..');

/**
 * The documents that are partly made from the code, as they should be now, by their paths.
 *
 * @throws Error when a document lacks the marks of a section
 */
export async function documents(): Promise<Map<string, string>> {
	const all = { ...sections(), 'docs/errors.md': errorSections() };
	const result = new Map<string, string>();
	for (const [path, parts] of Object.entries(all))
		result.set(path, fill(await readFile(resolve(ROOT, path), 'utf8'), parts));
	return result;
}
