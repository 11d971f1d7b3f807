import { randomUUID } from 'node:crypto';
import type { IDataObject, INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';

import { DoorFlowApi, type TokenSource } from '../shared/api';
import { isApiUrl } from '../shared/baseUrl';
import { inOrder } from '../shared/inOrder';
import { Lives, type Rules } from '../shared/lives';
import type { Notification } from '../shared/notifications';
import type { Problem } from '../shared/problem';
import { accountOf, sayForeign } from './account';
import { acknowledgeAll } from './acknowledge';
import { keptTokens } from './connection';
import { Look } from './look';
import { rulesOf, type Panel } from './panel';
import { runLimiter } from './runLimiter';

const AT_ONCE = 5;
/** Of the time for an answer, so much is kept for starting a run. */
const FOR_THE_RUN_MS = 3_000;

/** What is to become of a notification. */
export type Fate =
	/** It goes into a run. Its item is `pending` where the run has to look at DoorFlow first. */
	| { readonly kind: 'run'; readonly notification: Notification; readonly item: IDataObject }
	/** There is nothing left to do. */
	| { readonly kind: 'done' }
	/** DoorFlow has trouble: it is to send it again. */
	| { readonly kind: 'later'; readonly problem: Problem }
	/** It names an address that is not at DoorFlow. */
	| { readonly kind: 'refused' };

/** A notification in an item of the run that it goes into. */
export interface Held extends Notification {
	/** The run that n8n was given, in its first item. */
	readonly run?: string;
}

/** One signed request with its notifications. */
export class Delivery {
	private readonly receivedAt = new Date();

	private readonly byHand: boolean;

	private readonly lives: Lives;

	private readonly rules: Rules;

	private readonly tokens: TokenSource;

	private readonly api: DoorFlowApi;

	private readonly look: Look;

	/** What DoorFlow is to be told that there is nothing left to do about. */
	private readonly handled: Notification[] = [];

	private acknowledging: Promise<unknown> = Promise.resolve();

	/** @param deadline milliseconds since 1970 by which the request is to be answered */
	constructor(
		private readonly context: IWebhookFunctions,
		private readonly panel: Panel,
		private readonly deadline: number,
	) {
		this.byHand = context.getMode() === 'manual';
		this.lives = new Lives(context.getWorkflow().id ?? '', context.getNode().id);
		this.rules = rulesOf(panel);
		this.tokens = keptTokens(context);
		this.api = new DoorFlowApi(context, this.tokens);
		const isYoung = (one: Notification): boolean => !this.byHand && this.lives.isYoung(one);
		this.look = new Look(this.api, panel, isYoung, this.lookUntil);
	}

	private get lookUntil(): number {
		return this.deadline - FOR_THE_RUN_MS;
	}

	/** Finds out what is to become of each. What a request brought to an end is not asked for again when it comes again. */
	async take(notifications: readonly Notification[]): Promise<Fate[]> {
		const asking = accountOf(this.api, this.tokens, this.lookUntil);
		const [first] = notifications;
		// Together with the account, so that a slow DoorFlow has the whole time for each.
		if (first && notifications.length === 1 && !this.isOverloaded && this.next(first) === 'look')
			this.look.begin(first);
		const account = await asking;
		if (account.kind === 'later') return [account];
		const isOwn = ({ accountId }: Notification): boolean =>
			account.kind === 'inRun' || accountId === account.id;
		sayForeign(
			this.context,
			notifications.filter((one) => !isOwn(one)).map(({ accountId }) => accountId),
		);
		const fates = await inOrder(
			notifications.filter(isOwn),
			AT_ONCE,
			async (notification) => await this.see(notification, account.kind === 'inRun'),
		);
		if (this.handled.length > 0) {
			this.acknowledging = acknowledgeAll(this.api, this.handled, {
				lives: this.byHand ? undefined : this.lives,
				until: this.deadline,
				logger: this.context.logger,
			});
		}
		return fates;
	}

	/**
	 * Lets what is wanted into a run. When n8n is behind, this waits, and several requests share one.
	 *
	 * @returns the items of the run that this request is to start, none where another one brings them
	 */
	async enterRun(fates: readonly Fate[]): Promise<INodeExecutionData[]> {
		const wanted = fates.flatMap((fate) =>
			fate.kind === 'run' && (this.byHand || this.lives.accept(fate.notification, this.rules)) ? [fate] : [],
		);
		const run = randomUUID();
		const items = wanted.map(({ item, notification }, index): INodeExecutionData => {
			const held: Held = { ...notification, ...(index === 0 ? { run } : {}) };
			return { json: { ...item, notification: { ...held } } };
		});
		if (items.length === 0 || this.byHand) return items;
		const node = `${this.context.getWorkflow().id ?? ''}/${this.context.getNode().id}`;
		const combine = this.panel.combineWhenBusy;
		const outcome = await runLimiter().enter({ node, run, items, combine }, this.deadline - Date.now());
		for (const { notification } of wanted) this.lives.come(notification, 'handed');
		return outcome.kind === 'own' ? outcome.items : [];
	}

	/** Waits a little until what starts no run is acknowledged. If that fails, it comes again, and only this is tried again. */
	async acknowledged(): Promise<void> {
		await this.acknowledging;
	}

	private get isOverloaded(): boolean {
		return runLimiter().isOverloaded();
	}

	private next(notification: Notification) {
		return this.byHand ? 'look' : this.lives.next(notification, this.rules);
	}

	/** @param inRun whether there is no time to look at DoorFlow here */
	private async see(notification: Notification, inRun: boolean): Promise<Fate> {
		const next = this.next(notification);
		if (next === 'nothing') return { kind: 'done' };
		if (next === 'acknowledge') return this.acknowledgeLater(notification);
		if (!isApiUrl(notification.resource, (await this.api.hosts()).api)) return { kind: 'refused' };
		const pending = { pending: true, receivedAt: this.receivedAt.toISOString() };
		if (inRun || this.isOverloaded) return { kind: 'run', notification, item: pending };
		const seen = await this.look.at(notification, this.receivedAt);
		switch (seen.kind) {
			case 'wanted':
				return { kind: 'run', notification, item: seen.item };
			case 'inRun':
				return { kind: 'run', notification, item: pending };
			case 'unwanted':
				if (!this.byHand) this.lives.come(notification, 'dropped');
				return this.acknowledgeLater(notification);
			case 'later':
			case 'refused':
				return seen;
		}
	}

	private acknowledgeLater(notification: Notification): Fate {
		this.handled.push(notification);
		return { kind: 'done' };
	}
}
