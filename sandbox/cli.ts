import { parseArgs } from 'node:util';

import { CLIENT } from './authority';
import { startSandbox } from './server';

const USAGE = 'npm run sandbox -- [--port 4010] [--webhook-url http://localhost:5678/webhook/…]';

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			port: { type: 'string', default: '4010' },
			'webhook-url': { type: 'string', default: '' },
			help: { type: 'boolean', default: false },
		},
	});
	if (values.help) return console.log(USAGE);
	const port = Number(values.port);
	if (!/^\d+$/.test(values.port) || port > 65_535)
		throw new Error(`--port must be a number from 0 to 65535, not "${values.port}".`);
	const webhookUrl = values['webhook-url'];
	if (webhookUrl && !(/^https?:\/\//.test(webhookUrl) && URL.canParse(webhookUrl))) {
		throw new Error(
			`--webhook-url must be an address that starts with http:// or https://, not "${webhookUrl}".`,
		);
	}
	const sandbox = await startSandbox({ port, config: { webhookUrl } });
	console.log(`DoorFlow sandbox: ${sandbox.url} (stop with Ctrl-C)

  Page and API   ${sandbox.url}
  Application    client ID ${CLIENT.id}, client secret ${CLIENT.secret}
  Webhooks go    ${webhookUrl || 'nowhere yet; choose with --webhook-url'}`);
	let stopping = false;
	const stop = (): void => {
		// A second Ctrl-C need not wait.
		if (stopping) process.exit(1);
		stopping = true;
		void sandbox.stop().then(() => process.exit(0));
	};
	process.on('SIGINT', stop);
	process.on('SIGTERM', stop);
}

main().catch((error: unknown) => {
	const { code, message } = error as { code?: string; message?: string };
	if (code === 'EADDRINUSE')
		console.error('This port is in use by another program. Choose another one with --port.');
	else
		console.error(
			code?.startsWith('ERR_PARSE_ARGS') ? `${message}\nUse it so: ${USAGE}` : (message ?? error),
		);
	process.exitCode = 1;
});
