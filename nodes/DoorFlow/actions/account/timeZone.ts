import type { IDataObject } from 'n8n-workflow';

import { DoorFlowError } from '../../../shared/problem';
import { isZone } from '../../../shared/time';
import type { Call } from '../../call';

/**
 * The account's time zone (IANA name), read once an execution. DoorFlow's rules about days are meant in it.
 *
 * @throws DoorFlowError when it can't be read
 */
export async function accountTimeZone(call: Call): Promise<string> {
	const { timeoutMs } = call;
	const account = await call.api.once('account', async () => {
		const answer = await call.api.request<IDataObject>({
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
