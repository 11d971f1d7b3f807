import type { IDataObject, INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { isApiUrl } from '../shared/baseUrl';
import { inOrder } from '../shared/inOrder';
import { isTooOld, itemOf } from '../shared/item';
import { parseNotifications, type Notification } from '../shared/notifications';
import { parametersOf } from '../shared/parameters';
import { sawArrive } from '../shared/watch';
import { acknowledge } from './acknowledge';
import { connectionOf, type Connection } from './connection';
import { fetchResource, within, type Fetched } from './fetch';
import { eventOf, matches, ruledOutByName } from './filter';
import { lately, named, remember } from './lately';
import { readPanel, type Panel } from './panel';
import { takePlace } from './room';
import { verify, type SignedRequest, type Verdict } from './signature';

/** DoorFlow wants a quick answer; an early 200 followed by a failed fetch would lose the event in silence. */
const BUDGET_MS = 10_000;
const FETCHES_AT_ONCE = 5;
const MAX_BODY_BYTES = 1024 * 1024;

type Result =
	| { readonly kind: 'emit'; readonly item: IDataObject }
	| { readonly kind: 'later' | 'refused'; readonly why: string }
	| { readonly kind: 'unwanted' };

/**
 * What happens when a webhook arrives: verify, parse, fetch, filter, then answer. What matches goes on to this node's
 * execute(), once n8n has stored the run, and is acknowledged there.
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const answer = (status: number, message: string): IWebhookResponseData => {
		context.getResponseObject().status(status).json({ message });
		return { noWebhookResponse: true };
	};
	const foreign = (): IWebhookResponseData =>
		answer(400, 'A notification names a resource that is not at DoorFlow.');
	const deadline = Date.now() + BUDGET_MS;

	const body = context.getRequestObject().rawBody as Buffer | undefined;
	if (!Buffer.isBuffer(body)) return answer(400, 'The request has no body that could be checked.');
	if (body.length > MAX_BODY_BYTES) return answer(413, 'The body is larger than 1 MB.');

	const panel = readPanel(parametersOf(context));
	if ('problem' in panel) {
		// What it is to let through is not known, so nothing is. DoorFlow sends it again.
		context.logger.error(`DoorFlow Trigger takes no webhooks: ${panel.problem.message}`);
		return answer(503, 'This webhook is not set up correctly, so nothing is accepted for now.');
	}
	const checked = await verified(context, body, panel.toleranceSeconds);
	if ('reason' in checked) return answer(checked.status, checked.reason);
	const { connection } = checked;

	const parsed = parseNotifications(body.toString('utf8'));
	if (!parsed.ok) return answer(400, `${parsed.reason}.`);

	if (
		parsed.notifications.length > 0 &&
		parsed.notifications.every(({ resource }) => !isApiUrl(resource, connection.api))
	) {
		context.logger.warn(
			'DoorFlow Trigger: notifications were not taken: their resources are not at the DoorFlow of this credential',
		);
		return foreign();
	}

	const receivedAt = new Date();
	const { wanted } = panel;
	const repeats = repeatsOf(context, panel);
	const look = new Lookup(context, connection, deadline);
	// Together with the first resource, so that a slow DoorFlow has the whole time for each.
	const asking = panel.allAccounts ? undefined : accountOf(context, connection, deadline);
	const [first] = parsed.notifications;
	if (first && repeats.of(first) === undefined && !ruledOutByName(first, wanted))
		void look.resource(first.resource);
	const account = await asking;
	if (account !== undefined && 'why' in account)
		return answer(503, `Not handled yet: ${account.why}. Send it again.`);
	const own = parsed.notifications.filter(
		(notification) => account === undefined || notification.accountId === account.id,
	);

	const workflowId = context.getWorkflow().id ?? '';
	const results = await inOrder(
		own,
		FETCHES_AT_ONCE,
		async (notification) => await handle(notification, panel, look, receivedAt, repeats),
	);

	// What was handled, wanted or not, is nothing that a webhook failed to bring.
	for (const [index, { kind }] of results.entries())
		if (kind === 'emit' || kind === 'unwanted') sawArrive(workflowId, { ...own[index] });
	const handed = own.filter((_notification, index) => results[index]?.kind === 'emit');
	let items = results.flatMap((result): INodeExecutionData[] =>
		result.kind === 'emit' ? [{ json: result.item }] : [],
	);
	if (handed[0] && context.getMode() !== 'manual') {
		const place = await takePlace(
			{
				node: `${workflowId}/${context.getNode().id}`,
				run: named(context, handed[0]),
				items,
				combine: panel.combineWhenBusy,
			},
			deadline - Date.now(),
		);
		if (place.kind === 'full') return answer(503, 'n8n is busy. Send these notifications again.');
		items = place.kind === 'own' ? place.items : [];
	}
	for (const notification of handed) remember(context, notification, false);
	const later = results.find((result) => result.kind === 'later');
	const refused = results.find((result) => result.kind === 'refused');
	for (const result of [later, refused]) {
		if (result && 'why' in result)
			context.logger.warn(`DoorFlow Trigger: a notification was not taken: ${result.why}`);
	}
	const response =
		later && 'why' in later
			? answer(503, 'Some notifications could not be handled yet. Send them again.')
			: refused
				? foreign()
				: answer(200, 'OK');
	return items.length > 0 ? { ...response, workflowData: [items] } : response;
}

/** Checks the signature with the keys in memory, and once more with fresh ones, so that a new secret works at once. */
async function verified(
	context: IWebhookFunctions,
	rawBody: Buffer,
	toleranceSeconds: number,
): Promise<{ connection: Connection } | { status: number; reason: string }> {
	const { signature, timestamp } = context.getHeaderData() as Record<string, unknown>;
	const request: SignedRequest = { rawBody, signature, timestamp };
	let verdict: Verdict = 'noKey';
	for (const fresh of [false, true]) {
		const check = await connectionOf(context, fresh);
		if (!check.ok) {
			context.logger.error(`DoorFlow Trigger refuses webhooks: ${check.reason}`);
			return { status: 401, reason: 'This webhook is not set up, so nothing is accepted.' };
		}
		verdict = verify(request, check.connection.keys, Date.now() / 1000, toleranceSeconds);
		if (verdict === 'ok') return { connection: check.connection };
		if (verdict !== 'badSignature') break;
	}
	return { status: 401, reason: `The request was refused: ${REFUSALS[verdict]}.` };
}

const REFUSALS: Readonly<Record<Verdict, string>> = {
	badSignature: 'its signature does not fit',
	badTimestamp: 'its timestamp is not a number of seconds',
	missing: 'it is not signed',
	noKey: 'no signing secret is set up',
	ok: '',
	stale: 'its timestamp is too far from the current time',
};

/** What to do with a notification that came a moment ago already. */
interface Repeats {
	of(notification: Notification): 'emitted' | 'handed' | undefined;
	/** Whether the workflow confirms it, so that nobody else may. */
	readonly manual: boolean;
}

function repeatsOf(context: IWebhookFunctions, { manual, deduplicate, confirmWithinMs }: Panel): Repeats {
	const counts = deduplicate && context.getMode() !== 'manual';
	return {
		manual,
		of: (notification) =>
			counts ? lately(context, notification, manual ? confirmWithinMs : undefined) : undefined,
	};
}

async function handle(
	notification: Notification,
	{ wanted, leftOut, includeSecrets }: Panel,
	look: Lookup,
	receivedAt: Date,
	repeats: Repeats,
): Promise<Result> {
	const repeat = repeats.of(notification);
	// Not confirmed while its run may not have begun: if that fails, DoorFlow sends it again.
	if (repeat === 'handed' || (repeat === 'emitted' && repeats.manual)) return { kind: 'unwanted' };
	if (repeat === 'emitted') return await look.drop(notification);
	if (ruledOutByName(notification, wanted)) return await look.drop(notification);
	const fetched = await look.resource(notification.resource);
	if (fetched.kind === 'later' || fetched.kind === 'refused') return fetched;
	const data = fetched.kind === 'data' ? fetched.data : null;
	const unknownGroups: Result[] = [];
	const match = await matches(notification, data, wanted, async (personId) => {
		const person = await look.resource(look.personAddress(personId));
		if (person.kind === 'later') unknownGroups.push(person);
		return person.kind === 'data' && Array.isArray(person.data.groups) ? person.data.groups.map(Number) : [];
	});
	if (unknownGroups[0]) return unknownGroups[0];
	const told = { ...notification, data };
	if (!match || isTooOld(told, leftOut.olderThanMinutes, receivedAt.getTime()))
		return await look.drop(notification);
	return {
		kind: 'emit',
		item: {
			...itemOf(
				{ ...told, event: eventOf(notification, data), source: 'webhook' },
				receivedAt,
				receivedAt,
				includeSecrets,
			),
			...(fetched.kind === 'gone' ? { dataError: fetched.why } : {}),
			notification: { resource: notification.resource, ackToken: notification.ackToken },
		},
	};
}

/** What one webhook asks of DoorFlow; the same thing is asked for once. */
class Lookup {
	private readonly asked = new Map<string, Promise<Fetched>>();

	constructor(
		private readonly context: IWebhookFunctions,
		private readonly connection: Connection,
		private readonly deadline: number,
	) {}

	personAddress(id: number): string {
		return `${this.connection.api}/api/3/people/${id}`;
	}

	async resource(address: string): Promise<Fetched> {
		const asking =
			this.asked.get(address) ?? fetchResource(this.context, this.connection, address, this.deadline);
		this.asked.set(address, asking);
		return await asking;
	}

	/** Nobody wants it: DoorFlow is told that it was handled. If that fails, it comes again and is dropped again. */
	async drop(notification: Notification): Promise<Result> {
		const left = this.deadline - Date.now();
		const failed = await within(
			left,
			acknowledge(this.context, this.connection.api, notification),
			'the time for answering was used up',
		);
		if (failed)
			this.context.logger.debug(
				`DoorFlow Trigger: an unwanted notification could not be acknowledged: ${failed}`,
			);
		return { kind: 'unwanted' };
	}
}

async function accountOf(
	context: IWebhookFunctions,
	connection: Connection,
	deadline: number,
): Promise<{ id: string } | { why: string }> {
	connection.account ??= askForAccount(context, connection, deadline);
	const account = await connection.account;
	if ('why' in account) delete connection.account;
	return account;
}

async function askForAccount(
	context: IWebhookFunctions,
	connection: Connection,
	deadline: number,
): Promise<{ id: string } | { why: string }> {
	const info = await fetchResource(context, connection, `${connection.api}/oauth/token/info`, deadline);
	if (info.kind !== 'data') return { why: info.why };
	if (typeof info.data.account_id !== 'string')
		return { why: 'DoorFlow does not say to which account this connection belongs' };
	return { id: info.data.account_id };
}
