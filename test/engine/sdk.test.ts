import * as sdk from 'doorflow';

import { startSandbox, type Sandbox } from '../../sandbox/server';

/** DoorFlow's own client: what it can read is what DoorFlow gives. */
describe("DoorFlow's official SDK against the sandbox", () => {
	let sandbox: Sandbox;
	beforeAll(async () => (sandbox = await startSandbox()));
	afterAll(async () => await sandbox.stop());

	test('exports what is used below', () => {
		expect(Object.keys(sdk).filter((name) => /Api$|OAuth|Configuration/.test(name)).join(' ')).toBe('');
	});
});
