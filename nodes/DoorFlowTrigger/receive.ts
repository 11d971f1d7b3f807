import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { isApiUrl } from '../shared/baseUrl';
import { parseNotifications } from '../shared/notifications';
import { parametersOf } from '../shared/parameters';
import { DoorFlowError } from '../shared/problem';
import { Delivery, type Fate } from './delivery';
import { readPanel } from './panel';
import { verified } from './verified';

/** DoorFlow wants a quick answer; an early 200 followed by a failed fetch would lose the event in silence. */
const ANSWER_MS = 10_000;
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * What happens when a webhook arrives:
 *
 * 1. Nothing of it is read before its signature fits (verified.ts, signature.ts), in a form that is known (notifications.ts).
 * 2. What each notification names is fetched from DoorFlow, and filtered (delivery.ts, look.ts, filter.ts). What came
 *    before is not fetched again (lives.ts). Where DoorFlow takes long or n8n is behind, that is left to the run.
 * 3. What is wanted goes into a run, shared with others when n8n is behind (runLimiter.ts). n8n stores it. What is not is
 *    acknowledged (acknowledge.ts).
 * 4. DoorFlow gets its answer. In the run, execute() records the event, acknowledges it, and lets it into the workflow
 *    (emit.ts).
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const answer = (status: number, message: string): IWebhookResponseData => {
		context.getResponseObject().status(status).json({ message });
		return { noWebhookResponse: true };
	};
	const foreign = (): IWebhookResponseData => {
		context.logger.warn(
			'DoorFlow Trigger: notifications were not taken: their resources are not at the DoorFlow of this credential',
		);
		return answer(400, 'A notification names a resource that is not at DoorFlow.');
	};
	const deadline = Date.now() + ANSWER_MS;

	const body = await bodyOf(context);
	if (!body) return answer(400, 'The request has no body that could be checked.');
	if (body.length > MAX_BODY_BYTES) return answer(413, 'The body is larger than 1 MB.');

	const panel = readPanel(parametersOf(context));
	if ('problem' in panel) {
		// What it is to let through is not known, so nothing is. DoorFlow sends it again.
		context.logger.error(`DoorFlow Trigger takes no webhooks: ${panel.problem.message}`);
		return answer(503, 'This webhook is not set up correctly, so nothing is accepted for now.');
	}
	const checked = await verified(context, body, panel.toleranceSeconds);
	if ('reason' in checked) return answer(checked.status, checked.reason);

	const parsed = parseNotifications(body.toString('utf8'));
	if (!parsed.ok) return answer(400, `${parsed.reason}.`);
	const { notifications } = parsed;
	const { api } = checked.connection.hosts;
	if (notifications.every(({ resource }) => !isApiUrl(resource, api))) return foreign();

	const delivery = new Delivery(context, panel, deadline);
	const fates = await delivery.take(notifications).catch(problemOf);
	const items = await delivery.enterRun(fates);
	// A run does not wait until DoorFlow was told of others.
	if (items.length === 0) await delivery.acknowledged();

	const later = fates.find((fate) => fate.kind === 'later');
	if (later) context.logger.warn(`DoorFlow Trigger: a notification was not taken: ${later.problem.message}`);
	const response = later
		? answer(503, 'Some notifications could not be handled yet. Send them again.')
		: fates.some(({ kind }) => kind === 'refused')
			? foreign()
			: answer(200, 'OK');
	return items.length > 0 ? { ...response, workflowData: [items] } : response;
}

/** The bytes as they came, whatever kind they are said to be: n8n itself reads only what it can parse. */
async function bodyOf(context: IWebhookFunctions): Promise<Buffer | undefined> {
	const request = context.getRequestObject() as { rawBody?: unknown; readRawBody?: () => Promise<void> };
	// It fails where the sender went away, or somebody read it before.
	if (request.rawBody === undefined) await request.readRawBody?.().catch(() => undefined);
	return Buffer.isBuffer(request.rawBody) ? request.rawBody : undefined;
}

/** The credential became unusable meanwhile. */
function problemOf(error: unknown): Fate[] {
	if (error instanceof DoorFlowError) return [{ kind: 'later', problem: error.problem }];
	throw error;
}
