import { accountZone } from '../../../shared/accountZone';
import type { Call } from '../../call';

/**
 * The account's time zone (IANA name), read once an execution.
 *
 * @throws DoorFlowError when it can't be read
 */
export const accountTimeZone = async ({ api, timeoutMs }: Call): Promise<string> =>
	await accountZone(api, timeoutMs);
