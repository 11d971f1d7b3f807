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
			'DoorFlow gives a name for it that is not known here, so that days can not be told apart. Check the time zone in the settings of the DoorFlow account.',
	});
}
