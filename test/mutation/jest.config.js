const [unit] = require('../../jest.config.js').projects;

/** What a mutant is tried with: the unit tests that hold these modules. They take milliseconds each, n8n's engine takes seconds. */
const TESTS = [
	'acknowledge',
	'agents',
	'baseUrl',
	'connection',
	'failure',
	'fetch',
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
	moduleNameMapper: { '^n8n-workflow$': '<rootDir>/test/mutation/n8nWorkflow.js' },
	testTimeout: 10_000,
};
