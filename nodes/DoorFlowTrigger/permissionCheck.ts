import type { IDataObject, IHookFunctions } from 'n8n-workflow';

import { DoorFlowApi } from '../shared/api';
import { allows, permissionName } from '../shared/permissions';
import type { Panel } from './panel';

const NEEDED = 'account.person.readonly';

/**
 * Which permission the panel needs that the connection does not have.
 *
 * @returns what to do about it in words; undefined when nothing is missing, or DoorFlow does not say
 */
export async function missingFor(
	context: IHookFunctions,
	{ wanted }: Panel,
): Promise<{ readonly reason: string } | undefined> {
	if (wanted.groupIds.length === 0) return undefined;
	const outcome = await new DoorFlowApi(context)
		.ask<IDataObject>({
			method: 'GET',
			path: '/oauth/token/info',
			about: { doing: 'read what the connection may do' },
		})
		.catch(() => undefined);
	if (outcome === undefined || 'problem' in outcome || !Array.isArray(outcome.body.scope)) return undefined;
	if (allows(outcome.body.scope.map(String), NEEDED)) return undefined;
	return {
		reason: `To filter by group, the trigger reads the person of each event, and this connection lacks the permission "${permissionName(NEEDED)}" for that. Open the DoorFlow credential, add the permission under Further Permissions, save and press Connect again. Or remove the filter.`,
	};
}
