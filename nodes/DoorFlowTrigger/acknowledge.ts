import type { IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';

import { DoorFlowApi } from '../shared/api';
import { isApiUrl } from '../shared/baseUrl';
import { acknowledgeAddress } from '../shared/notifications';
import { connectionOf, forget } from './connection';
import { quickGet } from './fetch';

const QUICK_TIMEOUT_MS = 10_000;

/**
 * Tells DoorFlow that an event was handled. DoorFlow: that is done by fetching the resource with its ack_token.
 *
 * @param api the credential's API origin; any other address is not asked
 * @returns why it failed, or undefined. A resource that is gone counts as acknowledged: there is nothing left to fetch.
 */
export async function acknowledge(
	context: IExecuteFunctions | IWebhookFunctions,
	api: string,
	notification: { readonly resource: string; readonly ackToken: string },
): Promise<string | undefined> {
	if (!isApiUrl(notification.resource, api)) return 'its address is not at the DoorFlow of this credential';
	const address = acknowledgeAddress(notification);
	const check = await connectionOf(context);
	if (check.ok && check.connection.api === api) {
		const { status } = await quickGet(context, address, check.connection.accessToken, QUICK_TIMEOUT_MS);
		if ((status >= 200 && status < 300) || status === 404) return undefined;
		if (status === 401) forget(context);
	}
	const outcome = await new DoorFlowApi(context)
		.ask({ method: 'GET', path: address.slice(api.length), about: { doing: 'acknowledge the event' } })
		.catch((error: unknown) => ({
			problem: { kind: 'unexpected', message: error instanceof Error ? error.message : 'it failed' },
		}));
	if (!('problem' in outcome) || outcome.problem.kind === 'notFound') return undefined;
	return outcome.problem.message;
}
