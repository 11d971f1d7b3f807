import { EventEmitter } from 'node:events';

import { DEFAULTS, type Config } from '../config';

/** How a receiver answered a webhook. */
export interface Answered {
	/** A text where no answer came. */
	readonly status: number | string;
	/** The beginning of what it said, or the code of what went wrong; empty where the status is a success. */
	readonly said: string;
}

export interface Delivery {
	id: number;
	accountId: string;
	action: string;
	resourceType: string;
	resourceId: string;
	raisedAt: string;
	/** Each with the headers it was signed with. */
	attempts: Array<Answered & { at: string; timestamp: string; signature: string }>;
	acknowledged: boolean;
	/** Not sent any more, because the application was revoked or the list cleared. */
	dropped: boolean;
	/** Of the last attempt, as it was signed but for its ack_tokens, which are shortened; empty before the first. */
	body: string;
}

export interface LoggedRequest {
	at: string;
	method: string;
	path: string;
	status: number;
	/** Names only: values may be PINs. */
	fields?: string[];
}

/** What all accounts of a sandbox have in common. */
export class Shared {
	config: Config;

	outbox: Array<Record<string, unknown>> = [];

	requests: LoggedRequest[] = [];

	deliveries: Delivery[] = [];

	/** Tells the page what happens: `event`, `delivery`, `outbox`, `tokens`; and tests, which request `arrived` or is `silent`. */
	readonly news = new EventEmitter();

	private readonly initial: Config;

	constructor(config: Partial<Config> = {}) {
		this.initial = { ...DEFAULTS, ...config };
		this.config = { ...this.initial };
	}

	/** As at the start, but webhooks still go where they went: whoever resets does not move. */
	reset(): void {
		const { webhookUrl } = this.config;
		// Others hold on to this object.
		Object.assign(this.config, this.initial, { webhookUrl });
		this.outbox = [];
		this.requests = [];
		this.deliveries = [];
	}
}
