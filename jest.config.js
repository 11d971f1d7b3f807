const { availableParallelism } = require('node:os');

// n8n's engine logs every error that a test provokes; the tests look at the errors themselves.
process.env.N8N_LOG_LEVEL ??= 'silent';

const base = {
	testEnvironment: 'node',
	transform: {
		'^.+\\.ts$': [
			'@swc/jest',
			{ jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true } } },
		],
	},
	modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.cache/', '<rootDir>/artifacts/'],
};

module.exports = {
	projects: ['unit', 'engine', 'package', 'e2e'].map((displayName) => ({
		...base,
		displayName,
		testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
		setupFilesAfterEnv: displayName === 'e2e' ? ['<rootDir>/test/e2e/setup.ts'] : [],
	})),
	// Jest leaves one core idle by default. Tests that talk over HTTP wait for a third of their time: one more than there are cores.
	maxWorkers: availableParallelism() + 1,
	// A bound for what hangs, not a measure: a machine ten times busier must not reach it.
	testTimeout: 180_000,
	reporters: ['default', '<rootDir>/test/summary.js'],
};
