import { createHmac } from 'node:crypto';

/**
 * Signs a notification as DoorFlow does: lower-case hex of the HMAC-SHA256 over `<Timestamp>.<raw body>`.
 *
 * @param key the client secret, or the webhook secret where there is one of its own
 * @param timestamp unix seconds, as in the header `Timestamp`
 * @param body exactly as it is sent
 */
export const sign = (key: string, timestamp: string, body: string): string =>
	createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex');
