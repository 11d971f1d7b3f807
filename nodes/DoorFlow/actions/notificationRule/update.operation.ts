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
	sequentialBy: 'notificationRuleId',
	writes: true,
	async run(call) {
		const id = call.id('notificationRuleId', 'Notification Rule');
		const answer = await call.request({
			method: 'PUT',
			path: `/api/3/notification_rules/${id}`,
			body: ruleBody(call),
			about: { doing: 'update the notification rule', target: { thing: 'notification rule', id } },
		});
		return answer.body;
	},
};
