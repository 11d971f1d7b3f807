import type { Operation } from '../operation';

export const get: Operation = {
	name: 'get',
	displayName: 'Get',
	action: 'Get the account',
	description: 'Read the name, time zone and sync state of the connected account',
	fields: [],
	prepare(call) {
		return async () => {
			return (
				await call.request({ method: 'GET', path: '/api/3/account', about: { doing: 'read the account' } })
			).body;
		};
	},
};
