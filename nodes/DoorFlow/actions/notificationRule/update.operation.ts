import type { IDataObject } from 'n8n-workflow';

import type { Call } from '../../call';
import { notificationRuleId } from '../../fields';
import type { Operation } from '../operation';
import { ruleBody, ruleFields } from './rule';

/** DoorFlow switches a rule on that is replaced without saying whether it is: so it is asked first. */
async function isActive(call: Call, id: string): Promise<IDataObject[string]> {
	const { body } = await call.request({
		method: 'GET',
		path: `/api/3/notification_rules/${id}`,
		about: {
			doing: 'see whether the notification rule is on',
			permission: 'account.notification_rule.readonly',
			target: { thing: 'notification rule', id },
		},
	});
	return body.active;
}

export const update: Operation = {
	name: 'update',
	displayName: 'Update',
	action: 'Update a notification rule',
	description:
		'Replace the name, address, events and doors of a rule. Without the field Active, the rule stays on or off.',
	permission: 'account.notification_rule',
	fields: [notificationRuleId, ...ruleFields],
	writes: true,
	prepare(call) {
		const id = call.need(notificationRuleId);
		const body = ruleBody(call);
		return {
			keys: [id],
			send: async () => {
				const answer = await call.request({
					method: 'PUT',
					path: `/api/3/notification_rules/${id}`,
					body: 'active' in body ? body : { ...body, active: await isActive(call, id) },
					about: { doing: 'update the notification rule', target: { thing: 'notification rule', id } },
				});
				return answer.body;
			},
		};
	},
};
