import { parseArgs } from 'node:util';

import { build, openHouse, type House } from '../harness/house';
import { assertFree, OWNER } from '../harness/n8n';
import { keepCompiled, RELOADING } from '../harness/watch';

function port(text: string, option: string): number {
	const number = Number(text);
	if (!Number.isInteger(number) || number < 1 || number > 65_535)
		throw new Error(`${option} must be a number from 1 to 65535, not "${text}".`);
	return number;
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			'n8n-port': { type: 'string', default: '5678' },
			'sandbox-port': { type: 'string', default: '4010' },
			watch: { type: 'boolean', default: false },
		},
	});
	const n8nPort = port(values['n8n-port'], '--n8n-port');
	const sandboxPort = port(values['sandbox-port'], '--sandbox-port');
	await assertFree(n8nPort, '--n8n-port');
	await assertFree(sandboxPort, '--sandbox-port');
	let house: House | undefined = undefined;
	let endWatch = (): void => undefined;
	let stopping = false;
	const stop = (): void => {
		if (stopping) return;
		stopping = true;
		console.log('Stopping …');
		endWatch();
		// Before everything is up there is nothing to ask: what was started ends with this process.
		void (house?.stop() ?? Promise.resolve()).then(
			() => process.exit(0),
			(error: unknown) => fail(error),
		);
	};
	process.on('SIGINT', stop);
	process.on('SIGTERM', stop);
	await build();
	house = await openHouse({ n8nPort, sandboxPort, ...(values.watch ? { env: RELOADING } : {}) });
	if (values.watch) endWatch = keepCompiled(house.n8n);
	console.log(`
Everything is up. Stop it with Ctrl-C.

  n8n            ${house.n8n.url}
  Login          ${OWNER.email} / ${OWNER.password}
  Visitor form   ${house.checkIn.formUrl}
  DoorFlow       ${house.sandbox.url}   (the sandbox: doors, people, messages)

Try this: sign in at the visitor form, read the PIN among the messages of the sandbox, and present it at a door there.
${values.watch ? 'What you change in nodes/ and credentials/ is in n8n a few seconds later; reload the editor to see new fields.\n' : ''}`);
}

function fail(error: unknown): void {
	console.error(error instanceof Error ? error.message : error);
	process.exit(1);
}

main().catch(fail);
