import type { IDataObject, IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';

import { DoorFlowApi } from '../shared/api';
import { isApiUrl } from '../shared/baseUrl';
import { addressWithoutAck } from '../shared/notifications';
import { forget, type Connection } from './connection';

/** What became of fetching one resource. */
export type Fetched =
	| { readonly kind: 'data'; readonly data: IDataObject }
	/** DoorFlow no longer has it. */
	| { readonly kind: 'gone'; readonly why: string }
	/** May pass: DoorFlow is to send the notification again. */
	| { readonly kind: 'later'; readonly why: string }
	/** The address leads elsewhere; it was not asked. */
	| { readonly kind: 'refused'; readonly why: string };

/**
 * Gets a resource from the credential's API host with the token in memory; when DoorFlow refuses that, once more over
 * the common road, which refreshes it.
 *
 * @param address a full URL, from a notification
 * @param deadline milliseconds since 1970 after which nothing is waited for
 */
export async function fetchResource(
	context: IWebhookFunctions,
	connection: Connection,
	address: string,
	deadline: number,
): Promise<Fetched> {
	if (!isApiUrl(address, connection.api) && address !== `${connection.api}/oauth/token/info`) {
		return { kind: 'refused', why: 'the address of the resource is not at the DoorFlow of this credential' };
	}
	const url = addressWithoutAck(address);
	const left = deadline - Date.now();
	if (left <= 0) return { kind: 'later', why: 'the time for answering was used up' };
	const quick = await quickGet(context, url, connection.accessToken, left);
	if (quick.status === 401) {
		forget(context);
		return await within(left, overTheRoad(context, url), {
			kind: 'later',
			why: 'the time for answering was used up',
		});
	}
	return judge(quick.status, quick.body);
}

function judge(status: number, body: unknown): Fetched {
	if (status === 200 && typeof body === 'object' && body !== null && !Array.isArray(body))
		return { kind: 'data', data: body as IDataObject };
	if (status === 404 || status === 410) return { kind: 'gone', why: 'DoorFlow no longer has this resource' };
	return {
		kind: 'later',
		why: status === 0 ? 'DoorFlow could not be reached' : `DoorFlow answered with status ${status}`,
	};
}

/**
 * Asks with the token in memory, without n8n's help: reading the credential for each request costs more than all the rest.
 *
 * @returns status 0 when there was no answer
 */
export async function quickGet(
	context: IExecuteFunctions | IWebhookFunctions,
	url: string,
	token: string,
	timeout: number,
): Promise<{ status: number; body?: unknown }> {
	try {
		const answer = (await context.helpers.httpRequest({
			method: 'GET',
			url,
			headers: { Accept: 'application/json', Authorization: `Bearer ${token}` },
			json: true,
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
			timeout,
		})) as { statusCode: number; body: unknown };
		return { status: answer.statusCode, body: answer.body };
	} catch {
		// Whatever the network says may hold the address with its token; that it failed is all that is needed.
		return { status: 0 };
	}
}

async function overTheRoad(context: IWebhookFunctions, url: string): Promise<Fetched> {
	const path = url.slice(new URL(url).origin.length);
	const outcome = await new DoorFlowApi(context)
		.ask<IDataObject>({ method: 'GET', path, about: { doing: 'read what a webhook told of' } })
		.catch((error: unknown) => ({
			problem: { status: 0, message: error instanceof Error ? error.message : 'it failed' },
		}));
	if (!('problem' in outcome)) return judge(outcome.status, outcome.body);
	if (outcome.problem.status === 404) return judge(404, undefined);
	return { kind: 'later', why: outcome.problem.message };
}

/**
 * Waits for work, but not longer than given; the work itself goes on.
 *
 * @param late what to answer then
 */
export async function within<T, L = T>(milliseconds: number, work: Promise<T>, late: L): Promise<T | L> {
	const timer = new Promise<L>((resolve) => {
		AbortSignal.timeout(Math.max(1, milliseconds)).addEventListener('abort', () => resolve(late), {
			once: true,
		});
	});
	return await Promise.race([work, timer]);
}
