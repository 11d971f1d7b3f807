import type { Operation } from '../operation';
import { ruleBody, ruleFields } from './rule';

export const create: Operation = {
	name: 'create',
	displayName: 'Create',
	action: 'Create a notification rule',
	description:
		'Have DoorFlow call an address when certain events happen. DoorFlow sends the event there, so use an address you trust.',
	permission: 'account.notification_rule',
	fields: ruleFields,
	writes: true,
	prepare(call) {
		const body = ruleBody(call);
		return async () => {
			const answer = await call.request({
				method: 'POST',
				path: '/api/3/notification_rules',
				body,
				about: { doing: 'create the notification rule' },
			});
			return answer.body;
		};
	},
};
