import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { build } from '../harness/house';
import { command } from '../harness/install';

/** An earlier state of this project, built with the libraries of this one. */
export interface Earlier {
	readonly folder: string;
	remove(): Promise<void>;
}

/**
 * Takes an earlier state out of git into a folder of its own, and builds it there.
 *
 * @param commit anything that git understands as one
 */
export async function buildEarlier(commit: string): Promise<Earlier> {
	const root = resolve(__dirname, '..');
	const folder = await mkdtemp(join(tmpdir(), 'n8n-doorflow-before-'));
	const remove = async (): Promise<void> => await rm(folder, { recursive: true, force: true });
	try {
		const archive = join(folder, 'before.tar');
		await command(`Taking ${commit} out of git`, 'git', ['archive', '-o', archive, commit], { cwd: root });
		await command('Unpacking it', 'tar', ['-xf', archive], { cwd: folder });
		await rm(archive);
		await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
		await build(folder);
		return { folder, remove };
	} catch (error) {
		await remove();
		throw error;
	}
}
