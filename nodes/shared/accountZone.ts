import type { IDataObject } from 'n8n-workflow';

import type { DoorFlowApi } from './api';
import { DoorFlowError } from './problem';
import { isZone } from './time';

/**
 * The account's time zone (IANA name), read once an execution. DoorFlow's rules about days are meant in it.
 *
 * @param timeoutMs how long the request may take, if not as long as others
 * @throws DoorFlowError when it can't be read
 */
export async function accountZone(api: DoorFlowApi, timeoutMs?: number): Promise<string> {
	const account = await api.once('account', async () => {
		const answer = await api.request<IDataObject>({
			method: 'GET',
			path: '/api/3/account',
			...(timeoutMs === undefined ? {} : { timeoutMs }),
			about: { doing: "read the account's time zone" },
		});
		return answer.body;
	});
	if (isZone(account.time_zone)) return account.time_zone;
	throw new DoorFlowError({
		kind: 'unexpected',
		message: "The time zone of the DoorFlow account can't be understood",
		description:
			"DoorFlow uses a name for it that n8n doesn't know, so the node can't tell when a day begins. Check the time zone in the DoorFlow account's settings.",
	});
}
