import type { DoorFlowApi } from '../shared/api';
import { isApiUrl } from '../shared/baseUrl';
import { acknowledgeAddress, type Notification } from '../shared/notifications';

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
