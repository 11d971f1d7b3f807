import { LISTS } from '../../../shared/lists';
import { notificationRuleId } from '../../fields';
import { deleteOperation } from '../deleteOperation';

export const remove = deleteOperation({
	list: LISTS.notificationRules,
	thing: 'notification rule',
	picker: notificationRuleId,
	action: 'Delete a notification rule',
	description: 'Remove a rule, so that DoorFlow no longer calls its address',
	permission: 'account.notification_rule',
});
