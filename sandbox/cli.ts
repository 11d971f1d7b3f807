import { parseArgs } from 'node:util';

import { startSandbox } from './server';

async function main(): Promise<void> {
	const { values } = parseArgs({ options: { port: { type: 'string', default: '4010' }, 'webhook-url': { type: 'string', default: '' } } });
	const port = Number(values.port);
	if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port must be a number from 0 to 65535, not "${values.port}".`);
	const sandbox = await startSandbox({ port, config: { webhookUrl: values['webhook-url'] } });
	console.log(`DoorFlow sandbox: ${sandbox.url} (stop with Ctrl-C)`);
	const stop = (): void => void sandbox.stop().then(() => process.exit(0));
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);
}

main().catch((error: unknown) => {
	const taken = (error as { code?: string }).code === 'EADDRINUSE';
	console.error(taken ? 'This port is in use by another program. Choose another one with --port.' : error instanceof Error ? error.message : error);
	process.exitCode = 1;
});
