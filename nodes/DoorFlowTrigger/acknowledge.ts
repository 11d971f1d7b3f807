import type { Logger } from 'n8n-workflow';

import type { DoorFlowApi } from '../shared/api';
import { isApiUrl } from '../shared/baseUrl';
import { inOrder } from '../shared/inOrder';
import type { Lives } from '../shared/lives';
import { acknowledgeAddress, type Notification } from '../shared/notifications';
import { waitAtMost } from '../shared/waitAtMost';

const AT_ONCE = 5;
/** For so long it is waited until all events are acknowledged; the rest goes on beside. */
const ACKNOWLEDGE_MS = 5_000;

/**
 * Tells DoorFlow that an event was handled. DoorFlow: that is done by fetching the resource with its ack_token.
 *
 * @param until milliseconds since 1970; after that it is left to DoorFlow to send the event again
 * @returns why it failed, or undefined. A resource that is gone counts as acknowledged: there is nothing left to fetch.
 */
export async function acknowledge(
	api: DoorFlowApi,
	notification: Pick<Notification, 'ackToken' | 'resource'>,
	until: number,
): Promise<string | undefined> {
	try {
		const origin = (await api.hosts()).api;
		if (!isApiUrl(notification.resource, origin))
			return 'its address is not at the DoorFlow of this credential';
		const outcome = await api.ask({
			method: 'GET',
			path: acknowledgeAddress(notification),
			about: { doing: 'acknowledge the event' },
			until,
		});
		if (!('problem' in outcome) || outcome.problem.status === 404) return undefined;
		return outcome.problem.message;
	} catch (error) {
		return error instanceof Error ? error.message : 'it failed';
	}
}

/**
 * Acknowledges all that a webhook or run has done with, and takes note of it. What takes long goes on beside, so that it
 * holds up nobody.
 *
 * @param lives undefined where nothing is to be noted, as in a test by hand
 * @param until as for {@link acknowledge}
 * @returns how many are not acknowledged after five seconds at most. It never throws.
 */
export async function acknowledgeAll(
	api: DoorFlowApi,
	notifications: readonly Notification[],
	{ lives, until, logger }: { lives: Lives | undefined; until: number; logger: Pick<Logger, 'debug'> },
): Promise<number> {
	let left = notifications.length;
	const all = inOrder(notifications, AT_ONCE, async (notification) => {
		const failed = await acknowledge(api, notification, until);
		if (failed === undefined) {
			left--;
			lives?.come(notification, 'acknowledged');
		} else logger.debug(`DoorFlow Trigger: a notification could not be acknowledged: ${failed}`);
	});
	await waitAtMost(ACKNOWLEDGE_MS, all, undefined);
	return left;
}
