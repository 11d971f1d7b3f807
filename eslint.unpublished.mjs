import { config } from '@n8n/node-cli/eslint';

/**
 * n8n's configuration for the folders that are not published: they run in plain Node on a developer's machine, where
 * timers, the process, other programs (npm, n8n), the console and dev dependencies are what one works with. The rules that
 * are off guard code that runs inside n8n.
 *
 * Each of these folders has an eslint.config.mjs that gives this. The one at the root stays as n8n's strict mode demands
 * it, so that no rule can be off for what is published.
 */
export default [
	...config,
	{
		files: ['**/*.ts'],
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
