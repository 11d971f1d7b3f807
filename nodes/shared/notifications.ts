/** One entry of a webhook's body. It says what happened to which resource; the resource itself is to be fetched. */
export interface Notification {
	/** `CREATE`, `UPDATE`, `DESTROY`, or what DoorFlow may add. */
	readonly action: string;
	/** Where to fetch the resource. Not to be trusted before its host was checked. */
	readonly resource: string;
	readonly resourceType: string;
	readonly resourceId: string;
	readonly accountId: string;
	readonly ackToken: string;
}

export type Parsed =
	| { readonly ok: true; readonly notifications: readonly Notification[] }
	| { readonly ok: false; readonly reason: string };

/** More than this in one request is no notification but an attack or a fault. */
const MAX_NOTIFICATIONS = 500;
const MAX_TEXT = 2048;

/**
 * Reads the body of a webhook. DoorFlow: a JSON array of objects; its own SDK takes a single object as well. New resource
 * types, actions and further fields may appear, so these are let through; wrong types are not.
 *
 * @param body the raw text
 * @returns the notifications in their order, or the reason why this is no such body. Never throws.
 */
export function parseNotifications(body: string): Parsed {
	const json = parseJson(body);
	const parsed = read(json) ? [json] : json;
	if (!Array.isArray(parsed)) return { ok: false, reason: 'The body is not a JSON array' };
	if (parsed.length === 0) return { ok: false, reason: 'The array is empty' };
	if (parsed.length > MAX_NOTIFICATIONS)
		return { ok: false, reason: `The array has more than ${MAX_NOTIFICATIONS} entries` };
	const notifications: Notification[] = [];
	for (const entry of parsed as unknown[]) {
		const notification = read(entry);
		if (!notification) return { ok: false, reason: 'An entry of the array is not a notification' };
		notifications.push(notification);
	}
	return { ok: true, notifications };
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function read(entry: unknown): Notification | undefined {
	if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return undefined;
	const {
		action,
		resource,
		resource_url: url,
		resource_type: type,
		resource_id: id,
		account_id: account,
		ack_token: ack,
	} = entry as Record<string, unknown>;
	const text = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_TEXT;
	// A guide of DoorFlow calls the address resource_url.
	const address = resource ?? url;
	if (!text(address) || ![action, type, account].every((value) => text(value) && value !== ''))
		return undefined;
	if (!(text(id) && id !== '') && !Number.isSafeInteger(id)) return undefined;
	if (ack !== undefined && ack !== null && !text(ack)) return undefined;
	return {
		action: String(action),
		resource: address,
		resourceType: String(type),
		resourceId: String(id),
		accountId: String(account),
		ackToken: text(ack) ? ack : '',
	};
}

/** Where DoorFlow has an event, from its host on. */
export const eventPath = (resourceId: string): string => `/api/3/events/${encodeURIComponent(resourceId)}`;

/** The address to fetch, without what would acknowledge it. */
export function addressWithoutAck(resource: string): string {
	const url = new URL(resource);
	url.searchParams.delete('ack_token');
	return url.href;
}

/** The address whose fetch tells DoorFlow that the event was handled. */
export function acknowledgeAddress({
	resource,
	ackToken,
}: Pick<Notification, 'ackToken' | 'resource'>): string {
	const url = new URL(resource);
	if (ackToken !== '') url.searchParams.set('ack_token', ackToken);
	return url.href;
}
