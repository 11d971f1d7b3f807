import type { IWebhookFunctions } from 'n8n-workflow';

import { connectionOf, type Connection } from './connection';
import { verify, type SignedRequest, type Verdict } from './signature';

const REFUSALS: Readonly<Record<Exclude<Verdict, 'ok'>, string>> = {
	badSignature: 'its signature does not fit',
	badTimestamp: 'its timestamp is not a number of seconds',
	missing: 'it is not signed',
	noKey: 'no signing secret is set up',
	stale: 'its timestamp is too far from the current time',
};

/**
 * Checks that DoorFlow signed a request, with the keys in memory, and once more with fresh ones, so that a new secret
 * works at once.
 *
 * @returns the connection that it is for, or the HTTP status and the reason to refuse it with
 */
export async function verified(
	context: IWebhookFunctions,
	rawBody: Buffer,
	toleranceSeconds: number,
): Promise<{ connection: Connection } | { status: number; reason: string }> {
	const { signature, timestamp } = context.getHeaderData() as Record<string, unknown>;
	const request: SignedRequest = { rawBody, signature, timestamp };
	let verdict: Verdict = 'noKey';
	for (const fresh of [undefined, 'fresh'] as const) {
		const check = await connectionOf(context, fresh);
		if (!check.ok) {
			return check.passing
				? { status: 503, reason: "This webhook can't be checked at the moment. Send it again." }
				: { status: 401, reason: 'This webhook is not set up, so nothing is accepted.' };
		}
		verdict = verify(request, check.connection.keys, Date.now() / 1000, toleranceSeconds);
		if (verdict === 'ok') return { connection: check.connection };
		if (verdict !== 'badSignature') break;
	}
	return { status: 401, reason: `The request was refused: ${REFUSALS[verdict as Exclude<Verdict, 'ok'>]}.` };
}
