import * as workflow from 'n8n-workflow';

/** The oldest n8n that the nodes work in: before, n8n can't keep which events were emitted. */
export const OLDEST_N8N = '1.66';

/**
 * Ends the loading of the package in an n8n in which its nodes could not work, with words for the log of n8n. There,
 * nothing else is to be seen of it.
 *
 * @param names what n8n's library has. One of the two is in every n8n from 1.66 on, and none is before
 * @throws Error
 */
export function assertSupported(names: object): void {
	if ('toResult' in names || 'NodeConnectionTypes' in names) return;
	throw new Error(
		`The DoorFlow nodes need n8n ${OLDEST_N8N} or newer. Update n8n, then start it again. Nothing was loaded.`,
	);
}

assertSupported(workflow);
