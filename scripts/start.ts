import { parseArgs } from 'node:util';

import { build, openHouse } from './lib/house';
import { assertFree, OWNER } from './lib/n8n';

function port(text: string, option: string): number {
	const number = Number(text);
	if (!Number.isInteger(number) || number < 1 || number > 65_535) throw new Error(`${option} must be a number from 1 to 65535, not "${text}".`);
	return number;
}

async function main(): Promise<void> {
	const { values } = parseArgs({ options: { 'n8n-port': { type: 'string', default: '5678' }, 'sandbox-port': { type: 'string', default: '4010' } } });
	const n8nPort = port(values['n8n-port'], '--n8n-port');
	const sandboxPort = port(values['sandbox-port'], '--sandbox-port');
	await assertFree(n8nPort, '--n8n-port');
	await assertFree(sandboxPort, '--sandbox-port');
	await build();
	const house = await openHouse({ n8nPort, sandboxPort });
	console.log(`
Everything is up. Stop it with Ctrl-C.

  n8n            ${house.n8n.url}
  Login          ${OWNER.email} / ${OWNER.password}
  Visitor form   ${house.checkIn.formUrl}
  DoorFlow       ${house.sandbox.url}   (the sandbox: doors, people, messages)

Try this: sign in at the visitor form, read the PIN among the messages of the sandbox, and present it at a door there.
`);
	let stopping = false;
	const stop = (): void => {
		if (stopping) return;
		stopping = true;
		console.log('Stopping …');
		void house.stop().then(() => process.exit(0));
	};
	process.on('SIGINT', stop);
	process.on('SIGTERM', stop);
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : error);
	process.exit(1);
});
