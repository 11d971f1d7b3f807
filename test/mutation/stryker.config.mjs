/**
 * Stryker breaks what guards doors, one small change at a time, and runs the unit tests of it: each change that no test
 * notices is a fault that nobody would notice. `npm run test:mutation` runs it and writes docs/mutation.md.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
	mutate: [
		// Who is let in: signature, connection, body.
		'nodes/DoorFlowTrigger/signature.ts',
		'nodes/DoorFlowTrigger/verified.ts',
		'nodes/DoorFlowTrigger/connection.ts',
		'nodes/DoorFlowTrigger/receive.ts',
		'nodes/DoorFlowTrigger/acknowledge.ts',
		'nodes/DoorFlowTrigger/fetch.ts',
		'nodes/shared/notifications.ts',
		// Where the token goes, and what is told.
		'nodes/shared/baseUrl.ts',
		'nodes/shared/redact.ts',
		'nodes/shared/mask.ts',
		'nodes/shared/failure.ts',
		'nodes/shared/retryPolicy.ts',
		'nodes/shared/tokenGate.ts',
		// What an AI agent may do.
		'nodes/DoorFlow/effects.ts',
		'nodes/DoorFlow/agents.ts',
		'nodes/shared/isAgents.ts',
		// Who is a visitor, and until when.
		'nodes/DoorFlow/actions/visitor/rules.ts',
	],
	testRunner: 'jest',
	plugins: ['@stryker-mutator/jest-runner', './test/mutation/wording.mjs'],
	ignorers: ['wording'],
	jest: { configFile: 'test/mutation/jest.config.js' },
	coverageAnalysis: 'perTest',
	concurrency: 2,
	// What was tried before is kept, so that one file can be tried alone.
	incremental: true,
	incrementalFile: '.cache/mutation.json',
	tempDirName: '.cache/stryker',
	ignorePatterns: ['.cache', 'artifacts', 'bench', 'dist', 'docs', 'examples', 'reliability'],
	disableTypeChecks: false,
	// A bound for what never ends, not a measure: on a busy machine, a slow test must not count as one that noticed.
	timeoutMS: 20_000,
	timeoutFactor: 2,
	reporters: ['progress-append-only'],
	allowConsoleColors: false,
	thresholds: { high: 95, low: 90, break: null },
};
