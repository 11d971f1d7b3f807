import { NodeOperationError, type INode } from 'n8n-workflow';

import { DoorFlowError } from './problem';

/** What n8n shows of an error that is not about one item: DoorFlow's in words, with what to do; any other as it is. */
export function nodeErrorOf(context: { getNode(): INode }, error: unknown): NodeOperationError {
	if (!(error instanceof DoorFlowError)) return new NodeOperationError(context.getNode(), error as Error);
	const { message, description } = error.problem;
	return new NodeOperationError(context.getNode(), message, { description });
}
