import type { IExecuteFunctions } from 'n8n-workflow';

/** Says something beside the output of a run. Before 1.82, n8n has no place for that, and the run goes on without it. */
export function hint(context: IExecuteFunctions, message: string): void {
	context.addExecutionHints?.({ message, location: 'outputPane' });
}
