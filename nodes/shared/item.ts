import type { IDataObject } from 'n8n-workflow';

import { withoutSecrets } from './mask';

/** What happened longer ago than this when it was received is late, in milliseconds. */
const LATE_MS = 5 * 60_000;

const ISO_WITH_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})$/i;

/** What an item of a trigger tells, apart from its times. */
export interface Told {
	readonly event: string;
	readonly action: string;
	readonly resourceType: string;
	readonly resourceId: string;
	readonly accountId: string;
	readonly source: 'poll' | 'webhook';
	/** The resource as DoorFlow gives it; null where it has it no longer. */
	readonly data: IDataObject | null;
}

/**
 * When it happened, as the resource says it: an event has the time at which it happened even when a door reports it
 * late. A changed credential happened when it was changed, not when it was created.
 *
 * @returns undefined where the resource gives no time with a zone: without one it could be hours off
 */
export function occurredAt({
	action,
	resourceType,
	data,
}: Pick<Told, 'action' | 'data' | 'resourceType'>): Date | undefined {
	const isNew = action === 'CREATE' || /Event$/.test(resourceType);
	const said = data?.[isNew ? 'created_at' : 'updated_at'];
	// Thousands of events may come at once: what a machine wrote needs no calendar to be read.
	if (typeof said !== 'string' || !ISO_WITH_ZONE.test(said)) return undefined;
	const date = new Date(said);
	return Number.isNaN(date.getTime()) ? undefined : date;
}

/** An item of a trigger. */
export type Item = IDataObject & Told;

/**
 * The item that both triggers emit. n8n stores it with the execution, so PINs and card numbers are masked.
 *
 * @param receivedAt when n8n got it
 * @param now the present by the clock that the resource's times are from, where that is known better than n8n's own
 * @param withSecrets whether the user wants them all the same
 */
export function itemOf(told: Told, receivedAt: Date, now = receivedAt, withSecrets = false): Item {
	const { event, action, resourceType, resourceId, accountId, source, data } = told;
	const occurred = occurredAt(told);
	return {
		event,
		action,
		resourceType,
		resourceId,
		accountId,
		receivedAt: receivedAt.toISOString(),
		occurredAt: occurred?.toISOString() ?? null,
		late: occurred !== undefined && now.getTime() - occurred.getTime() > LATE_MS,
		source,
		data: withSecrets ? data : withoutSecrets(data),
	};
}

/**
 * Whether the user no longer wants to hear of it, because it happened too long ago. What does not say when it happened
 * is never too old.
 *
 * @param minutes as in the panel; undefined for no limit
 * @param now in milliseconds
 */
export function isTooOld(
	told: Pick<Told, 'action' | 'data' | 'resourceType'>,
	minutes: number | undefined,
	now: number,
): boolean {
	const occurred = minutes === undefined ? undefined : occurredAt(told);
	return occurred !== undefined && now - occurred.getTime() > (minutes ?? 0) * 60_000;
}
