import type { INode, INodeExecutionData, IRunExecutionData } from 'n8n-workflow';

/** What n8n's engine is given for an execution that begins with some items at a node. */
export const beginningAt = (node: INode | null, items: INodeExecutionData[]): IRunExecutionData =>
	({
		version: 1,
		startData: {},
		resultData: { runData: {} },
		executionData: {
			contextData: {},
			metadata: {},
			waitingExecution: {},
			waitingExecutionSource: {},
			nodeExecutionStack: [{ node, data: { main: [items] }, source: null }],
		},
	}) as unknown as IRunExecutionData;
