import { PERMISSIONS } from '../../../shared/permissions';
import type { Operation } from '../operation';

export const getTokenInfo: Operation = {
	name: 'getTokenInfo',
	displayName: 'Get Connection Info',
	action: 'Get what this connection may do',
	description:
		'See who connected, to which account, with which permissions, and how long the current token is valid',
	fields: [],
	prepare(call) {
		return async () => {
			const { body } = await call.request({
				method: 'GET',
				path: '/oauth/token/info',
				about: { doing: 'read what this connection may do' },
			});
			const scopes = Array.isArray(body.scope)
				? body.scope.map(String)
				: String(body.scope ?? '')
						.split(' ')
						.filter(Boolean);
			const names = new Map<string, string>(PERMISSIONS.map(({ scope, name }) => [scope, name]));
			return { ...body, scope: scopes, permissions: scopes.map((scope) => names.get(scope) ?? scope) };
		};
	},
};
