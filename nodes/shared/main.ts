import type { NodeConnectionType } from 'n8n-workflow';

/** The ordinary connection. n8n's own name for it is not there before 1.85, and reading it would end the start of n8n. */
export const MAIN: NodeConnectionType = 'main';
