import { spawn } from 'node:child_process';

/** A program in a process of its own. */
export interface Child {
	/** Once it is over. @throws Error when it could not be started */
	readonly ended: Promise<{
		/** Null when it was stopped. */
		readonly code: number | null;
		/** All that it printed. */
		readonly said: string;
	}>;
	stop(): void;
}

/** Starts a program without any input. */
export function startChild(
	file: string,
	args: readonly string[],
	options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Child {
	const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
	let said = '';
	for (const output of [child.stdout, child.stderr])
		output.setEncoding('utf8').on('data', (text: string) => (said += text));
	const ended = new Promise<number | null>((done, fail) =>
		child.once('error', fail).once('close', done),
	).then((code) => ({ code, said }));
	return { ended, stop: () => void child.kill() };
}
