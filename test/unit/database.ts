import type { IExecuteFunctions } from 'n8n-workflow';

import { Processed } from '../../harness/processed';

let workflows = 0;

/** A workflow of its own, with what n8n's database keeps for it; it can be made to fail. */
export class Database {
	readonly processed = new Processed();

	readonly workflowId = `workflow-${++workflows}`;

	/** How often it was asked to record something, failures included. */
	writes = 0;

	/** How often it was asked how much there is. */
	counts = 0;

	/** How many of the next writes fail. */
	failures = 0;

	/** As far as the nodes look at it to record something. */
	readonly context = {
		getWorkflow: () => ({ id: this.workflowId }),
		getNode: () => ({ id: 'node' }),
		logger: { debug: () => undefined },
		helpers: {
			checkProcessedAndRecord: async (
				items: unknown[],
				scope: 'node' | 'workflow',
				options: { maxEntries?: number },
			) => {
				this.writes++;
				if (this.failures > 0) {
					this.failures--;
					throw new Error('SQLITE_BUSY: database is locked');
				}
				return await this.processed.checkAndRecord(items, scope, options);
			},
			removeProcessed: async (items: unknown[], scope: 'node' | 'workflow') =>
				await this.processed.remove(items, scope),
			getProcessedDataCount: async (scope: 'node' | 'workflow') => {
				this.counts++;
				return this.processed[scope].length;
			},
		},
	} as unknown as IExecuteFunctions;
}
