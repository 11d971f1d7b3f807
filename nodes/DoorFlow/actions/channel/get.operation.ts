import { channelId, simplify } from '../../fields';
import type { Operation } from '../operation';
import { DOOR } from './channel';

export const get: Operation = {
	name: 'get',
	displayName: 'Get',
	action: 'Get a door',
	description: 'Read one door and its status: online, unlocked, locked down',
	permission: 'account.channel.readonly',
	fields: [channelId, simplify],
	answer: DOOR,
	prepare(call) {
		const id = call.need(channelId);
		return async () => {
			const answer = await call.request({
				method: 'GET',
				path: `/api/3/channels/${id}`,
				about: { doing: 'read the door', target: { thing: 'door', id } },
			});
			return answer.body;
		};
	},
};
