import { randomBytes } from 'node:crypto';

import { CLIENT, type Authority } from './oauth';
import { sign } from './signing';
import type { Answered, Delivery, Row, Shared, Store } from './store';

interface Notification {
	action: string;
	resource: string;
	resource_type: string;
	resource_id: string;
	account_id: string;
	ack_token: string;
}

interface Waiting {
	readonly notification: Notification;
	readonly delivery: Delivery;
	/** In milliseconds; never while it is under way. */
	due: number;
}

/** How many requests are under way at the same time. */
const AT_ONCE = 50;
/** An ordinary receiver's patience; how long DoorFlow waits is not public. */
const PATIENCE_MS = 30_000;
const MAX_DELIVERIES_KEPT = 20_000;
const MAX_SENT_KEPT = 5000;

/** What one request came to. */
interface Sent extends Answered {
	readonly timestamp: string;
	readonly signature: string;
}

/** So much is kept of what a receiver says. */
const MOST_SAID = 160;

/** What a receiver said, without what its program wrapped it in: JSON, or a page. */
function saidIn(text: string): string {
	let said = text;
	try {
		const { message } = JSON.parse(text) as { message?: unknown };
		if (typeof message === 'string') said = message;
	} catch {
		// It is none of JSON.
	}
	return said
		.replace(/<[^>]*>/g, ' ')
		.replace(/\s+/g, ' ')
		.trim()
		.slice(0, MOST_SAID);
}

/** How a request was answered, in one line: the status, and what was said where that is not a success. */
export function inShort({ status, said }: Answered): string {
	if (typeof status === 'string') return `no answer (${said || status})`;
	return said === '' ? String(status) : `${status} “${said}”`;
}

/** An ack_token is nobody's business but the receiver's: enough of it to see which one it was. */
function shortened(notification: Notification): Notification {
	const { resource, ack_token: ackToken } = notification;
	const short = `${ackToken.slice(0, 4)}…`;
	return { ...notification, resource: resource.replace(ackToken, short), ack_token: short };
}

/** Which permissions an application needs to be told, by the kind of resource. */
const TELLS = (resourceType: string): readonly string[] =>
	resourceType === 'PersonCredential'
		? ['account.person', 'account.person.readonly']
		: ['account.event.access.readonly'];

/** Signs and sends notifications, again and again until the resource was fetched with its ack_token. */
export class Webhooks {
	private readonly open = new Map<string, Waiting>();

	/** What was sent, acknowledged or not, to send it once more on demand. */
	private readonly sent: Notification[] = [];

	private readonly timer: NodeJS.Timeout;

	private cancel = new AbortController();

	private sending = 0;

	private lastId = 0;

	constructor(
		private readonly shared: Shared,
		private readonly authority: Authority,
		private readonly baseUrl: () => string,
	) {
		this.timer = setInterval(() => this.sendDue(), 50);
		this.timer.unref();
	}

	stop(): void {
		clearInterval(this.timer);
		this.clear();
	}

	/** Forgets all that was not delivered, and breaks off what is under way. */
	clear(): void {
		for (const { delivery } of this.open.values()) delivery.dropped = true;
		this.open.clear();
		this.sent.length = 0;
		this.cancel.abort();
		this.cancel = new AbortController();
	}

	/** Raises the notification of an event. */
	raise(store: Store, event: Row, resourceType: 'Event' | 'PerimeterEvent'): void {
		this.notify(store, 'CREATE', resourceType, `/api/3/events/${event.id}`, String(event.id));
	}

	/** DoorFlow: only while a user of the account has the application authorized, with the permission that fits. */
	notify(
		store: Store,
		action: 'CREATE' | 'DESTROY' | 'UPDATE',
		resourceType: string,
		path: string,
		resourceId: string,
	): void {
		const { webhookUrl, publicBaseUrl, webhookBatch, webhookBatchMs } = this.shared.config;
		if (!webhookUrl || !this.authority.connected(store.account.id, TELLS(resourceType))) return;
		const ackToken = randomBytes(12).toString('hex');
		const notification: Notification = {
			action,
			resource: `${publicBaseUrl.replace(/\/$/, '') || this.baseUrl()}${path}?ack_token=${ackToken}`,
			resource_type: resourceType,
			resource_id: resourceId,
			account_id: store.account.id,
			ack_token: ackToken,
		};
		const delivery: Delivery = {
			id: ++this.lastId,
			accountId: store.account.id,
			action,
			resourceType,
			resourceId,
			raisedAt: new Date().toISOString(),
			attempts: [],
			acknowledged: false,
			dropped: false,
			body: '',
		};
		const { deliveries } = this.shared;
		deliveries.push(delivery);
		if (deliveries.length > MAX_DELIVERIES_KEPT) deliveries.splice(0, MAX_DELIVERIES_KEPT / 10);
		this.sent.push(notification);
		if (this.sent.length > MAX_SENT_KEPT) this.sent.splice(0, MAX_SENT_KEPT / 10);
		this.open.set(ackToken, {
			notification,
			delivery,
			due: webhookBatch > 1 ? Date.now() + webhookBatchMs : 0,
		});
		this.tell(delivery);
		this.sendDue();
	}

	/** A fetch with an ack_token; also when the resource is gone by then, because it was told about. */
	acknowledge(ackToken: string, accountId: string): void {
		const waiting = this.open.get(ackToken);
		// Nobody acknowledges for another account.
		if (!waiting || waiting.notification.account_id !== accountId) return;
		waiting.delivery.acknowledged = true;
		this.open.delete(ackToken);
		this.tell(waiting.delivery);
	}

	/**
	 * Sends what was sent before once more, as a sender may do that missed an answer or an acknowledgement.
	 *
	 * @param times how often each
	 * @param shuffled in random order
	 * @returns how often each answer came, by {@link inShort}
	 */
	async repeat(times: number, shuffled: boolean): Promise<Record<string, number>> {
		const list = Array.from({ length: times }, () => this.sent).flat();
		if (shuffled) {
			for (let index = list.length - 1; index > 0; index--) {
				const other = Math.floor(Math.random() * (index + 1));
				[list[index], list[other]] = [list[other] as Notification, list[index] as Notification];
			}
		}
		const answers: Record<string, number> = {};
		await Promise.all(
			Array.from({ length: AT_ONCE }, async () => {
				for (let one = list.shift(); one !== undefined; one = list.shift()) {
					const answer = inShort(await this.post([one]));
					answers[answer] = (answers[answer] ?? 0) + 1;
				}
			}),
		);
		return answers;
	}

	/** One notification of an event, whoever is connected. @returns the status; 0 for none */
	async sendAnyway(store: Store, eventId: number): Promise<number> {
		const ackToken = randomBytes(12).toString('hex');
		const resource = `${this.baseUrl()}/api/3/events/${eventId}?ack_token=${ackToken}`;
		const { status } = await this.post([
			{
				action: 'CREATE',
				resource,
				resource_type: 'Event',
				resource_id: String(eventId),
				account_id: store.account.id,
				ack_token: ackToken,
			},
		]);
		return typeof status === 'number' ? status : 0;
	}

	private sendDue(): void {
		const { webhookBatch } = this.shared.config;
		const at = Date.now();
		// Enough for a full request need not wait for more.
		const early =
			webhookBatch > 1 &&
			[...this.open.values()].filter(
				({ delivery, due }) => due !== Infinity && delivery.attempts.length === 0,
			).length >= webhookBatch;
		let batch: Waiting[] = [];
		for (const waiting of this.open.values()) {
			if (this.sending >= AT_ONCE) return;
			const fresh = early && waiting.due !== Infinity && waiting.delivery.attempts.length === 0;
			if (waiting.due > at && !fresh) continue;
			batch.push(waiting);
			if (batch.length < webhookBatch) continue;
			this.send(batch);
			batch = [];
		}
		if (batch.length > 0) this.send(batch);
	}

	private send(batch: readonly Waiting[]): void {
		// Revoked in the meantime: not one more.
		const told = batch.filter(({ notification }) =>
			this.authority.connected(notification.account_id, TELLS(notification.resource_type)),
		);
		for (const { notification, delivery } of batch) {
			if (told.some((one) => one.notification === notification)) continue;
			this.open.delete(notification.ack_token);
			delivery.dropped = true;
		}
		if (told.length === 0) return;
		for (const waiting of told) waiting.due = Infinity;
		this.sending++;
		const at = new Date().toISOString();
		const notifications = told.map(({ notification }) => notification);
		const body = JSON.stringify(notifications.map(shortened));
		void this.post(notifications).then((sent) => {
			this.sending--;
			for (const { delivery } of told) {
				delivery.attempts.push({ at, ...sent });
				delivery.body = body;
				this.tell(delivery);
			}
			for (const waiting of told) waiting.due = Date.now() + this.shared.config.redeliverAfterMs;
		});
	}

	/** Each time anew with the present time and its signature. The status is the name of what went wrong if nobody answered. */
	private async post(notifications: readonly Notification[]): Promise<Sent> {
		const { webhookUrl, webhookSecret, clockSkewSeconds } = this.shared.config;
		const body = JSON.stringify(notifications);
		const timestamp = String(Math.floor(Date.now() / 1000) + clockSkewSeconds);
		const signature = sign(webhookSecret || CLIENT.secret, timestamp, body);
		try {
			const answer = await fetch(webhookUrl, {
				method: 'POST',
				headers: {
					'Content-Type': 'application/json',
					Signature: signature,
					Timestamp: timestamp,
				},
				body,
				redirect: 'manual',
				signal: AbortSignal.any([this.cancel.signal, AbortSignal.timeout(PATIENCE_MS)]),
			});
			const text = await answer.text();
			return { status: answer.status, said: answer.ok ? '' : saidIn(text), timestamp, signature };
		} catch (error) {
			const { name = 'failed', cause } = error as { name?: string; cause?: { code?: unknown } };
			return { status: name, said: String(cause?.code ?? ''), timestamp, signature };
		}
	}

	private tell(delivery: Delivery): void {
		this.shared.news.emit('delivery', delivery);
	}
}
