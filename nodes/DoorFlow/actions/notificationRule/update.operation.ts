import { notificationRuleId } from '../../fields';
import type { Operation } from '../operation';
import { ruleBody, ruleFields } from './rule';

export const update: Operation = {
	name: 'update',
	displayName: 'Update',
	action: 'Update a notification rule',
	description: 'Replace the name, address, events and doors of a rule',
	permission: 'account.notification_rule',
	fields: [notificationRuleId, ...ruleFields],
	writes: true,
	dangerous: true,
	prepare(call) {
		const id = call.need(notificationRuleId);
		const body = ruleBody(call);
		return {
			keys: [id],
			send: async () => {
				const answer = await call.request({
					method: 'PUT',
					path: `/api/3/notification_rules/${id}`,
					body,
					about: { doing: 'update the notification rule', target: { thing: 'notification rule', id } },
				});
				return answer.body;
			},
		};
	},
};
