import { notificationRuleId } from '../../fields';
import type { Operation } from '../operation';

export const remove: Operation = {
	name: 'delete',
	displayName: 'Delete',
	action: 'Delete a notification rule',
	description: 'Remove a rule: DoorFlow calls its address no more',
	permission: 'account.notification_rule',
	fields: [notificationRuleId],
	writes: true,
	dangerous: true,
	sequentialBy: 'notificationRuleId',
	async run(call) {
		const id = call.id('notificationRuleId', 'Notification Rule');
		await call.request({
			method: 'DELETE',
			path: `/api/3/notification_rules/${id}`,
			about: { doing: 'delete the notification rule', target: { thing: 'notification rule', id } },
		});
		return { deleted: true, id: Number(id) };
	},
};
