import type { IDataObject } from 'n8n-workflow';

import type { DoorFlowApi } from '../shared/api';
import { isApiUrl } from '../shared/baseUrl';
import { isTooOld, itemOf } from '../shared/item';
import { addressWithoutAck, type Notification } from '../shared/notifications';
import type { Scope } from '../shared/permissions';
import { DoorFlowError, type Problem } from '../shared/problem';
import { judge, type Fetched } from './fetch';
import { eventOf, matches, ruledOutByName } from './filter';
import { neededBy, type Panel } from './panel';

/** What a look at DoorFlow says of a notification. */
export type Seen =
	| { readonly kind: 'wanted'; readonly item: IDataObject }
	| { readonly kind: 'unwanted' }
	/** Its address leads elsewhere; it was not asked. */
	| { readonly kind: 'refused' }
	/** As in {@link Fetched}. */
	| { readonly kind: 'inRun'; readonly problem: Problem }
	| { readonly kind: 'later'; readonly problem: Problem };

const TOO_NEW: Problem = {
	kind: 'notFound',
	message: "DoorFlow doesn't yet have the resource that it sent a notification about",
	description: 'The trigger asks for the resource again when DoorFlow sends the notification again.',
};

/** The permission that DoorFlow asks for, as far as it is known. */
function permissionFor({ resourceType }: Notification): Scope | undefined {
	if (/Event$/.test(resourceType)) return 'account.event.access.readonly';
	return /^Person/.test(resourceType) ? 'account.person.readonly' : undefined;
}

/** What a webhook, or its run, asks of DoorFlow; the same thing is asked for once. */
export class Look {
	private readonly asked = new Map<string, Promise<Fetched>>();

	/**
	 * @param isYoung whether DoorFlow may not have yet what it told of
	 * @param until milliseconds since 1970 after which nothing is waited for; undefined in a run, which has the time
	 */
	constructor(
		private readonly api: DoorFlowApi,
		private readonly panel: Panel,
		private readonly isYoung: (notification: Notification, receivedAt: Date) => boolean,
		private readonly until?: number,
	) {}

	/** What a notification is about, and whether the user wants to hear of it. @throws DoorFlowError for want of a credential */
	async at(notification: Notification, receivedAt: Date): Promise<Seen> {
		const { wanted, leftOut, includeSecrets } = this.panel;
		const origin = (await this.api.hosts()).api;
		if (!isApiUrl(notification.resource, origin)) return { kind: 'refused' };
		if (ruledOutByName(notification, wanted)) return { kind: 'unwanted' };
		const fetched = await this.resource(
			addressWithoutAck(notification.resource),
			permissionFor(notification),
		);
		if (fetched.kind === 'later' || fetched.kind === 'inRun') return fetched;
		if (
			fetched.kind === 'gone' &&
			notification.action !== 'DESTROY' &&
			this.isYoung(notification, receivedAt)
		)
			return { kind: 'later', problem: TOO_NEW };
		const data = fetched.kind === 'data' ? fetched.data : null;
		let unknownGroups: Extract<Fetched, { problem: Problem }> | undefined;
		const match = await matches(notification, data, wanted, async (personId) => {
			const person = await this.resource(`${origin}/api/3/people/${personId}`, 'account.person.readonly');
			if ('problem' in person) unknownGroups = person;
			return person.kind === 'data' && Array.isArray(person.data.groups)
				? person.data.groups.map(Number)
				: [];
		});
		if (unknownGroups) return unknownGroups;
		const told = { ...notification, data };
		if (!match || isTooOld(told, leftOut.olderThanMinutes, receivedAt.getTime())) return { kind: 'unwanted' };
		return {
			kind: 'wanted',
			item: {
				...itemOf(
					{ ...told, event: eventOf(notification, data), source: 'webhook' },
					receivedAt,
					receivedAt,
					includeSecrets,
				),
				...(fetched.kind === 'gone' ? { dataError: fetched.why } : {}),
			},
		};
	}

	/** Begins to ask for what a notification names, so that it is under way while something else is asked for. */
	begin(notification: Notification): void {
		void this.resource(addressWithoutAck(notification.resource), permissionFor(notification)).catch(
			() => undefined,
		);
	}

	private async resource(address: string, permission?: Scope): Promise<Fetched> {
		const asking = this.asked.get(address) ?? this.ask(address, permission);
		this.asked.set(address, asking);
		return await asking;
	}

	private async ask(path: string, permission: Scope | undefined): Promise<Fetched> {
		const about = {
			doing: path.includes('/people/') ? 'read whose event it is' : 'read what a webhook told of',
			...(permission === undefined ? {} : { permission }),
			needs: () => neededBy(this.panel),
		};
		const { until } = this;
		try {
			return judge(
				await this.api.ask({ method: 'GET', path, about, ...(until === undefined ? {} : { until }) }),
			);
		} catch (error) {
			if (error instanceof DoorFlowError) return { kind: 'later', problem: error.problem };
			return {
				kind: 'later',
				problem: {
					kind: 'unexpected',
					message: 'DoorFlow could not be asked',
					description: 'The trigger tries again when DoorFlow sends the notification again.',
				},
			};
		}
	}
}
