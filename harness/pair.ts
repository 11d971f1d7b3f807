import { startSandbox, type Sandbox, type SandboxOptions } from '../sandbox/server';
import { N8n } from './n8n';

/**
 * Starts a sandbox and a real n8n on loopback, and makes them ready. Both are ended when that fails: what runs already
 * would keep the program from ending.
 *
 * @param prepare connects them, and gives back what the caller needs to know
 * @returns what `prepare` gave, and `stop`, which ends both
 */
export async function openPair<T extends object>(
	options: { sandbox?: SandboxOptions; n8n?: Parameters<typeof N8n.start>[0] },
	prepare: (sandbox: Sandbox, n8n: N8n) => Promise<T>,
): Promise<T & { stop(): Promise<void> }> {
	const sandbox = await startSandbox(options.sandbox);
	let n8n: N8n | undefined;
	const stop = async (): Promise<void> => {
		await n8n?.stop();
		await sandbox.stop();
	};
	try {
		n8n = await N8n.start(options.n8n);
		return { ...(await prepare(sandbox, n8n)), stop };
	} catch (error) {
		await stop();
		throw error;
	}
}
