import type { IExecuteFunctions, INode } from 'n8n-workflow';

import { isAgents } from '../shared/isAgents';
import type { Problem } from '../shared/problem';
import { ALLOW } from './describe';
import { EFFECTS, type Effect } from './effects';

/**
 * Whether it may do only what is harmless. The switch is read as it was saved, so that only a literal `true` counts: an
 * expression that a model fills in never does.
 */
export const isHeldBack = (context: Pick<IExecuteFunctions, 'getMode'>, node: INode): boolean =>
	isAgents(context, node) && node.parameters[ALLOW] !== true;

/**
 * The refusal of an operation that is never harmless. The editor does not offer it to a tool, but an expression, an import
 * or a model that fills in the operation may still ask for it: the operation is the resolved one.
 *
 * @param displayName of the operation
 */
export const refusal = (displayName: string, effect: Effect): Problem => ({
	kind: 'notAllowed',
	message: `"${displayName}" is not allowed for AI agents in this tool: ${EFFECTS[effect]}`,
	description:
		'Nothing was changed. Do not try again. A person can allow the operation: open the tool and switch on "Allow Door Control and Deletion".',
});

/**
 * Why an agent may not do this with these fields, if it may not.
 *
 * @param displayName of the operation
 * @param effects what the resolved parameters of the item lead to
 */
export function refusalOfFields(displayName: string, effects: readonly Effect[]): Problem | undefined {
	if (effects.length === 0) return undefined;
	return {
		kind: 'notAllowed',
		message: `"${displayName}" is not allowed for AI agents in this tool with these fields: ${effects.map((effect) => EFFECTS[effect]).join('; ')}`,
		description:
			'Nothing was changed. Do not try again with these fields; you may set the others. A person can allow them: open the tool and switch on "Allow Door Control and Deletion".',
	};
}
