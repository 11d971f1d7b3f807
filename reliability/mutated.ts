import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

/** A piece of today's code, and what stands in its place when it is broken. */
export interface Edit {
	/** From the root of the project. */
	readonly file: string;
	/** It is there exactly once. */
	readonly now: string;
	readonly then: string;
}

const ROOT = resolve(__dirname, '..');
const LEFT_OUT = new Set(['.cache', '.git', 'artifacts', 'coverage', 'dist', 'node_modules']);

/** Works in a copy of the project, so that nothing is ever broken where somebody works. It is removed at the end. */
export async function inCopy<T>(work: (folder: string) => Promise<T>): Promise<T> {
	const folder = await mkdtemp(join(tmpdir(), 'doorflow-mutated-'));
	try {
		await cp(ROOT, folder, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
		await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
		return await work(folder);
	} finally {
		await rm(folder, { recursive: true });
	}
}

/**
 * Does something while a copy is broken.
 *
 * @param folder from {@link inCopy}
 * @param what is broken, to be named if it can't be
 * @throws Error when the code has changed and an edit fits no more
 */
export async function whileBroken<T>(
	folder: string,
	what: string,
	edits: readonly Edit[],
	work: () => Promise<T>,
): Promise<T> {
	const before = new Map<string, string>();
	try {
		for (const { file, now, then } of edits) {
			const path = join(folder, file);
			const text = await readFile(path, 'utf8');
			if (text.split(now).length !== 2) throw new Error(`"${what}" fits no more into ${file}.`);
			if (!before.has(path)) before.set(path, text);
			await writeFile(
				path,
				text.replace(now, () => then),
			);
		}
		return await work();
	} finally {
		for (const [path, text] of before) await writeFile(path, text);
	}
}
