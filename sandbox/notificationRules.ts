import type { Api, Body, Call } from './api';
import { unprocessable } from './errors';
import type { Row } from './store';

function read({ body, store }: Call): Body {
	const { name, call_back_url: url, match_event_codes: codes, match_controller_ids: doors } = body;
	const errors: Record<string, string[]> = {};
	if (typeof name !== 'string' || name.trim() === '') errors.name = ["can't be blank"];
	if (typeof url !== 'string' || url === '') errors.call_back_url = ["can't be blank"];
	else if (!/^https?:\/\//.test(url) || !URL.canParse(url)) errors.call_back_url = ['is not an address'];
	if (!Array.isArray(codes) || codes.length === 0) errors.match_event_codes = ["can't be blank"];
	else if (!codes.every(Number.isInteger)) errors.match_event_codes = ['are not all numbers'];
	if (
		doors !== undefined &&
		doors !== null &&
		!(Array.isArray(doors) && doors.every((id) => store.doors.has(id as number)))
	) {
		errors.match_controller_ids = ['Not found for this account'];
	}
	if (Object.keys(errors).length > 0) throw unprocessable(errors);
	return {
		name,
		active: body.active ?? true,
		conditions: ((doors ?? []) as number[]).map((id) => ({
			type: 'door_controller_id',
			type_description: 'Door',
			value: String(id),
		})),
		events: (codes as number[]).map((code) => ({ code, name: `Event ${code}` })),
		actions: [{ type: 0, type_description: 'Call back', data: url }],
	};
}

/**
 * DoorFlow's operations on notification rules. They are kept, but nothing is posted to their addresses: what such a
 * post looks like is not public.
 */
export function registerNotificationRules(api: Api): void {
	const READ = ['account.notification_rule.readonly'];
	const WRITE = ['account.notification_rule'];

	api.on('GET', 'notification_rules', READ, ({ store }) => [...store.rules.values()]);
	// DoorFlow answers 200, not 201, when a rule is made.
	api.on('POST', 'notification_rules', WRITE, (call) => {
		const row: Row = { id: call.store.nextId(), ...read(call) };
		call.store.rules.set(row.id, row);
		return row;
	});
	api.on('GET', 'notification_rules/:id', READ, (call) => call.find(call.store.rules));
	api.on('PUT', 'notification_rules/:id', WRITE, (call) =>
		Object.assign(call.find(call.store.rules), read(call)),
	);
	api.on('DELETE', 'notification_rules/:id', WRITE, (call) => {
		call.store.rules.delete(call.find(call.store.rules).id);
		return { result: 'ok' };
	});
}
