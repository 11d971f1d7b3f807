import type { IExecuteFunctions, INode } from 'n8n-workflow';

/**
 * Whether an AI agent uses the node as its tool. n8n gives such a node a type of its own, with this ending. Its built-in
 * agents, which run a node without a workflow, fall back to the plain type; nothing else executes nodes in this mode.
 *
 * @param node see {@link IExecuteFunctions.getNode}
 */
export const isAgents = (context: Pick<IExecuteFunctions, 'getMode'>, node: INode): boolean =>
	node.type.endsWith('Tool') || context.getMode() === 'internal';
