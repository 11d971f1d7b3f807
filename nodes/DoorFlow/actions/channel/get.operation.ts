import { channelId, simplify } from '../../fields';
import type { Operation } from '../operation';
import { doorOutput } from './channel';

export const get: Operation = {
	name: 'get',
	displayName: 'Get',
	action: 'Get a door',
	description: 'Read one door and how it stands: online, unlocked, locked down',
	permission: 'account.channel.readonly',
	fields: [channelId, simplify],
	prepare(call) {
		const id = call.need(channelId);
		const simplified = call.setting(simplify);
		return async () => {
			const answer = await call.request({
				method: 'GET',
				path: `/api/3/channels/${id}`,
				about: { doing: 'read the door', target: { thing: 'door', id } },
			});
			return doorOutput(answer.body, simplified);
		};
	},
};
