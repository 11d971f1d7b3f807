import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { documents } from '../documentation/documents';

const ROOT = resolve(__dirname, '..');

async function main(): Promise<void> {
	for (const [path, text] of await documents()) {
		await writeFile(resolve(ROOT, path), text);
		console.log(`Written: ${path}`);
	}
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : error);
	process.exit(1);
});
