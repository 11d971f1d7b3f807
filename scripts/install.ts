import { installN8n, N8N_1, N8N_VERSION } from '../harness/install';

/**
 * `tsx scripts/install.ts`: puts both n8n that the tests drive into the cache, the one that is wanted first before the other.
 * CI does it beside the tests that need neither.
 */
async function main(): Promise<void> {
	for (const version of [N8N_VERSION, N8N_1]) await installN8n(version);
}

void main();
