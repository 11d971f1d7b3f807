import { notificationRuleId } from '../../fields';
import type { Operation } from '../operation';

export const get: Operation = {
	name: 'get',
	displayName: 'Get',
	action: 'Get a notification rule',
	description: 'Read one rule, by its ID',
	permission: 'account.notification_rule.readonly',
	fields: [notificationRuleId],
	prepare(call) {
		const id = call.need(notificationRuleId);
		return async () => {
			const answer = await call.request({
				method: 'GET',
				path: `/api/3/notification_rules/${id}`,
				about: { doing: 'read the notification rule', target: { thing: 'notification rule', id } },
			});
			return answer.body;
		};
	},
};
