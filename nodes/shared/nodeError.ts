import { NodeApiError, NodeOperationError, type INode } from 'n8n-workflow';

import { DoorFlowError, type Problem } from './problem';

/** What n8n shows of an error that is not about one item: DoorFlow's in words, with what to do; any other as it is. */
export function nodeErrorOf(context: { getNode(): INode }, error: unknown): NodeOperationError {
	if (!(error instanceof DoorFlowError)) return new NodeOperationError(context.getNode(), error as Error);
	const { message, description } = error.problem;
	return new NodeOperationError(context.getNode(), message, { description });
}

/** What n8n shows of a problem, with the status of DoorFlow's answer where there was one. */
export function shownProblem(
	context: { getNode(): INode },
	{ message, description, status }: Pick<Problem, 'description' | 'message' | 'status'>,
): NodeApiError | NodeOperationError {
	if (status === undefined) return new NodeOperationError(context.getNode(), message, { description });
	return new NodeApiError(
		context.getNode(),
		{ message, description },
		{ message, description, httpCode: String(status) },
	);
}
