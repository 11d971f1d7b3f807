import { config } from '@n8n/node-cli/eslint';

export default [
	...config,
	{
		// Written by tools, never by hand.
		ignores: ['dist/**', 'artifacts/**', 'coverage/**', '.cache/**', 'sandbox/public/**'],
	},
	{
		// None of these folders is published: they run in plain Node on a developer's machine, where timers, the
		// process, other programs (npm, n8n), the console and dev dependencies are what one works with. The rules guard
		// code that runs inside n8n.
		files: ['{sandbox,harness,reliability,conformance,documentation,bench,scripts,test}/**/*.ts'],
		rules: {
			'@n8n/community-nodes/no-restricted-globals': 'off',
			'@n8n/community-nodes/no-restricted-imports': 'off',
			'@n8n/community-nodes/no-dangerous-functions': 'off',
			'@n8n/community-nodes/require-node-api-error': 'off',
			'@n8n/community-nodes/no-http-request-with-manual-auth': 'off',
			'no-console': 'off',
		},
	},
];
