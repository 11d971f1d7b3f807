import type { IDataObject } from 'n8n-workflow';

import { eventOfCode, eventOfNotification, type EventName } from '../shared/eventCatalogue';
import type { Notification } from '../shared/notifications';
import type { Wanted } from '../shared/triggerFields';

/** Our name of what a notification tells, from itself or from the fetched resource. */
export function eventOf(notification: Notification, data: IDataObject | null): EventName {
	return eventOfNotification(notification.resourceType, notification.action) ?? eventOfCode(data?.event_code);
}

/** Whose event it is. A deleted credential can't be fetched, but its address still names the person. */
export function personOf(notification: Notification, data: IDataObject | null): number | undefined {
	const id = Number(data?.person_id ?? /\/people\/(\d+)\//.exec(notification.resource)?.[1]);
	return Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

/** Whether the name alone, known before anything is fetched, rules a notification out. */
export function ruledOutByName(notification: Notification, wanted: Wanted): boolean {
	const name = eventOfNotification(notification.resourceType, notification.action);
	return name !== undefined && wanted.events.length > 0 && !wanted.events.includes(name);
}

/**
 * Whether the user wants to hear of it. What a filter asks for and the event does not say does not match.
 *
 * @param groupsOf gives the groups of a person; asked only when a filter needs it
 */
export async function matches(
	notification: Notification,
	data: IDataObject | null,
	wanted: Wanted,
	groupsOf: (personId: number) => Promise<readonly number[]>,
): Promise<boolean> {
	if (wanted.events.length > 0 && !wanted.events.includes(eventOf(notification, data))) return false;
	if (wanted.channelIds.length > 0 && !wanted.channelIds.includes(Number(data?.channel_id))) return false;
	const person = personOf(notification, data);
	if (wanted.personIds.length > 0 && (person === undefined || !wanted.personIds.includes(person)))
		return false;
	if (wanted.groupIds.length === 0) return true;
	if (person === undefined) return false;
	const groups = await groupsOf(person);
	return groups.some((group) => wanted.groupIds.includes(group));
}
