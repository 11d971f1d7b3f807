import * as workflow from 'n8n-workflow';

import { assertSupported } from '../../nodes/shared/supported';

test('an n8n without what the nodes need is named when they load, and what to do', () => {
	expect(() => assertSupported({ sleep: () => undefined, NodeConnectionType: {} })).toThrow(
		'The DoorFlow nodes need n8n 1.66 or newer. Update n8n, then start it again.',
	);
	for (const names of [workflow, { toResult: () => undefined }, { NodeConnectionTypes: {} }])
		expect(() => assertSupported(names)).not.toThrow();
});

test.each(['DoorFlow', 'DoorFlowTrigger', 'DoorFlowPollingTrigger'])(
	'%s does not load there, whichever n8n loads first',
	async (name) => {
		await jest.isolateModulesAsync(async () => {
			jest.doMock('n8n-workflow', () => ({}));
			await expect(import(`../../nodes/${name}/${name}.node`)).rejects.toThrow('need n8n 1.66 or newer');
			jest.dontMock('n8n-workflow');
		});
	},
);
