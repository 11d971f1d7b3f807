const [unit] = require('../../jest.config.js').projects;

/** What a mutant is tried with: the unit tests that hold these modules. They take milliseconds each, n8n's engine takes seconds. */
const TESTS = [
	'acknowledge',
	'agents',
	'baseUrl',
	'connection',
	'failure',
	'fetch',
	'mask',
	'notifications',
	'receive',
	'redact',
	'retryPolicy',
	'signature',
	'tokenGate',
	'verified',
	'visitRules',
];

module.exports = {
	...unit,
	rootDir: '../..',
	testMatch: TESTS.map((name) => `<rootDir>/test/unit/${name}.test.ts`),
	moduleNameMapper: {
		'^fast-check$': '<rootDir>/test/mutation/fastCheck.js',
		'^n8n-workflow$': '<rootDir>/test/mutation/n8nWorkflow.js',
		'^real-fast-check$': require.resolve('fast-check'),
		'^real-n8n-workflow$': require.resolve('n8n-workflow'),
	},
	testTimeout: 10_000,
};
