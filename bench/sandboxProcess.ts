import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

import { freePort, until } from '../harness/n8n';

/** The sandbox in a process of its own, so that what is measured does not share a processor core with it. */
export interface SandboxProcess {
	readonly url: string;
	config(wish: object): Promise<void>;
	reset(): Promise<void>;
	counts(): Promise<{ people: number; requests: number }>;
	/** When this was, by the sandbox's clock: where {@link since} begins. */
	count(): Promise<string>;
	/** The requests to the API that were answered since. */
	since(count: string): Promise<Array<{ at: string; method: string; path: string }>>;
	stop(): Promise<void>;
}

export async function startSandboxProcess(): Promise<SandboxProcess> {
	const root = resolve(__dirname, '..');
	const port = await freePort();
	const child = spawn(
		process.execPath,
		[join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs'), 'sandbox/cli.ts', '--port', String(port)],
		{ cwd: root, stdio: 'ignore' },
	);
	const url = `http://127.0.0.1:${port}`;
	await until(
		'the sandbox',
		async () =>
			await fetch(`${url}/_sandbox/health`).then(
				(answer) => answer.ok,
				() => false,
			),
	);
	const post = async (path: string, body: object): Promise<void> => {
		const answer = await fetch(`${url}/_sandbox/${path}`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify(body),
		});
		if (!answer.ok) throw new Error(await answer.text());
	};
	return {
		url,
		config: async (wish) => await post('config', wish),
		reset: async () => await post('reset', {}),
		counts: async () => ({
			people: 0,
			requests: ((await (await fetch(`${url}/_sandbox/requests`)).json()) as unknown[]).length,
		}),
		count: async () => {
			// What is still on its way counts for what was before.
			await new Promise((next) => setTimeout(next, 20));
			return new Date().toISOString();
		},
		since: async (count) => {
			const all = (await (await fetch(`${url}/_sandbox/requests`)).json()) as Array<{
				at: string;
				method: string;
				path: string;
			}>;
			return all.filter(({ at, path }) => at >= count && path.startsWith('/api/'));
		},
		stop: async () => {
			const ended = new Promise<void>((done) => void child.once('close', () => done()));
			child.kill('SIGTERM');
			await ended;
		},
	};
}
