import { notice } from '../../../shared/field';
import type { Operation } from '../operation';

export const disconnect: Operation = {
	name: 'disconnect',
	displayName: 'Disconnect',
	action: 'Disconnect this account',
	description:
		'Revoke the access of this credential at DoorFlow: every workflow that uses it stops, and its webhooks end',
	fields: [
		notice(
			'dangerNotice',
			'This revokes the connection at DoorFlow at once, for every workflow that uses this credential. To use it again, somebody has to press Connect in the credential.',
		),
	],
	prepare(call) {
		return async () => {
			await call.api.once('disconnect', async () => await call.api.revoke(call.timeoutMs));
			return {
				disconnected: true,
				nextStep:
					'DoorFlow accepts this credential no more, and sends no webhooks for it. To use it again, open it in n8n and press Connect. If it is not needed any longer, delete the credential in n8n.',
			};
		};
	},
};
