import type { IExecuteFunctions, INode } from 'n8n-workflow';

import { isAgents } from '../shared/isAgents';
import type { Problem } from '../shared/problem';
import type { Effect, Operation } from './actions/operation';
import { ALLOW } from './describe';

/**
 * Whether it may do only what is harmless. The switch is read as it was saved, so that only a literal `true` counts: an
 * expression that a model fills in never does.
 */
export const isHeldBack = (context: Pick<IExecuteFunctions, 'getMode'>, node: INode): boolean =>
	isAgents(context, node) && node.parameters[ALLOW] !== true;

const EFFECTS: Readonly<Record<Effect, string>> = {
	disables: 'it disables the person',
	endsBookings: 'it ends other reservations of the person',
	setsGroupsOrRoles: 'it replaces groups or roles, which can take access away',
	setsValidity: 'it sets when the access begins or ends, which can take it away',
	takesCards: 'it can take a card from somebody else',
};

/**
 * Why an agent may not do this, if it may not. The editor does not offer dangerous operations to a tool, but an
 * expression, an import or a model that fills in the operation may still ask for them: the operation is the resolved one.
 *
 * @param effects what the resolved parameters of the item lead to
 */
export function refusalOf(
	{ dangerous, displayName }: Operation,
	effects: readonly Effect[] = [],
): Problem | undefined {
	if (dangerous) {
		return {
			kind: 'notAllowed',
			message: `"${displayName}" is not allowed to AI agents in this tool`,
			description:
				'It moves doors, takes access away, changes credentials or notifications, or deletes. Do not try again. A person can allow it: open the tool and switch on "Allow Door Control and Deletion".',
		};
	}
	if (effects.length === 0) return undefined;
	return {
		kind: 'notAllowed',
		message: `"${displayName}" is not allowed to AI agents in this tool with these fields: ${effects.map((effect) => EFFECTS[effect]).join('; ')}`,
		description:
			'Nothing was changed. Do not try again with these fields; the others may be set. A person can allow it: open the tool and switch on "Allow Door Control and Deletion".',
	};
}
