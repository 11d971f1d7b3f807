import type { IDataObject, IHookFunctions } from 'n8n-workflow';

import { DoorFlowApi } from '../shared/api';
import { allows, listOfPermissions } from '../shared/permissions';
import { neededBy, type Panel } from './panel';

/**
 * Which permissions the panel needs that the connection does not have.
 *
 * @returns what to do about it in words; undefined when nothing is missing, or DoorFlow does not say
 */
export async function missingFor(
	context: IHookFunctions,
	panel: Panel,
): Promise<{ readonly reason: string } | undefined> {
	if (panel.wanted.groupIds.length === 0) return undefined;
	const outcome = await new DoorFlowApi(context)
		.ask<IDataObject>({
			method: 'GET',
			path: '/oauth/token/info',
			about: { doing: 'read what the connection may do' },
		})
		.catch(() => undefined);
	if (outcome === undefined || 'problem' in outcome || !Array.isArray(outcome.body.scope)) return undefined;
	const granted = outcome.body.scope.map(String);
	const [first, ...others] = neededBy(panel).filter((scope) => !allows(granted, scope));
	if (first === undefined) return undefined;
	const lacking = `${others.length === 0 ? 'permission' : 'permissions'} ${listOfPermissions([first, ...others])}`;
	return {
		reason: `This connection lacks the ${lacking}, which the trigger needs with these settings: to filter by group, it reads the person of each event. Open the DoorFlow credential, add what is missing under Selected Permissions, save and press Connect again (or Switch account). Or remove the filter.`,
	};
}
