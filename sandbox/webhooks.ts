import { createHmac, randomBytes } from 'node:crypto';

import { CLIENT } from './oauth';
import type { Delivery, Store } from './store';

interface Notification {
	action: string;
	resource: string;
	resource_type: string;
	resource_id: string;
	account_id: string;
	ack_token: string;
}

/** How many deliveries are under way at the same time. */
const AT_ONCE = 50;

/** Signs and sends notifications, again and again until the resource was fetched with its ack_token. */
export class Webhooks {
	private readonly open = new Map<string, { notification: Notification; delivery: Delivery; due: number }>();

	private readonly timer: NodeJS.Timeout;

	private sending = 0;

	private lastId = 0;

	constructor(
		private readonly store: Store,
		private readonly baseUrl: () => string,
		private readonly connected: () => boolean,
	) {
		this.timer = setInterval(() => this.sendDue(), 50);
	}

	stop(): void {
		clearInterval(this.timer);
		this.open.clear();
	}

	clear(): void {
		this.open.clear();
	}

	notify(action: 'CREATE' | 'DESTROY' | 'UPDATE', resourceType: string, path: string, resourceId: string): void {
		if (!this.store.config.webhookUrl || !this.connected()) return;
		const ackToken = randomBytes(12).toString('hex');
		const notification: Notification = {
			action,
			resource: `${this.baseUrl()}${path}?ack_token=${ackToken}`,
			resource_type: resourceType,
			resource_id: resourceId,
			account_id: this.store.account.id,
			ack_token: ackToken,
		};
		const delivery: Delivery = { id: ++this.lastId, action, resourceType, resourceId, attempts: [], acknowledged: false };
		this.store.deliveries.push(delivery);
		this.open.set(ackToken, { notification, delivery, due: 0 });
		this.sendDue();
	}

	/** A fetch with an ack_token; also when the resource is gone by then, because it was told about. */
	acknowledge(ackToken: string): void {
		const waiting = this.open.get(ackToken);
		if (!waiting) return;
		waiting.delivery.acknowledged = true;
		this.open.delete(ackToken);
	}

	private sendDue(): void {
		if (!this.connected()) this.open.clear();
		for (const waiting of this.open.values()) {
			if (this.sending >= AT_ONCE) return;
			if (waiting.due > Date.now()) continue;
			waiting.due = Infinity;
			this.sending++;
			void this.send(waiting.notification, waiting.delivery).finally(() => {
				this.sending--;
				waiting.due = Date.now() + this.store.config.redeliverAfterMs;
			});
		}
	}

	private async send(notification: Notification, delivery: Delivery): Promise<void> {
		const body = JSON.stringify([notification]);
		const timestamp = String(Math.floor(Date.now() / 1000) + this.store.config.clockSkewSeconds);
		const key = this.store.config.webhookSecret || CLIENT.secret;
		const signature = createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex');
		const at = new Date().toISOString();
		try {
			const answer = await fetch(this.store.config.webhookUrl, {
				method: 'POST',
				headers: { 'Content-Type': 'application/json', Signature: signature, Timestamp: timestamp },
				body,
				signal: AbortSignal.timeout(30_000),
			});
			await answer.arrayBuffer();
			delivery.attempts.push({ at, status: answer.status });
		} catch (error) {
			delivery.attempts.push({ at, status: error instanceof Error ? error.name : 'failed' });
		}
	}
}
