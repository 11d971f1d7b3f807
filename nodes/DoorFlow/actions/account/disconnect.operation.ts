import { notice } from '../../../shared/field';
import type { Operation } from '../operation';

export const disconnect: Operation = {
	name: 'disconnect',
	displayName: 'Disconnect',
	action: 'Disconnect this account',
	description:
		"Revoke this credential's access at DoorFlow: every workflow that uses it stops working, and its webhooks end",
	fields: [
		notice(
			'dangerNotice',
			'This immediately revokes the connection at DoorFlow for every workflow that uses this credential. To use it again, somebody must press Connect (or Switch account) in the credential.',
		),
	],
	prepare(call) {
		return async () => {
			await call.api.once('disconnect', async () => await call.api.revoke(call.timeoutMs));
			return {
				disconnected: true,
				nextStep:
					'DoorFlow no longer accepts this credential and no longer sends webhooks for it. To use it again, open it in n8n and press Connect (or Switch account). If you no longer need it, delete the credential in n8n.',
			};
		};
	},
};
