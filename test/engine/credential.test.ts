import { Workflow, type INode, type INodeTypes } from 'n8n-workflow';

import { DoorFlowOAuth2Api } from '../../credentials/DoorFlowOAuth2Api.credentials';
import { DoorFlow } from '../../nodes/DoorFlow/DoorFlow.node';
import { DEFAULT_SCOPES, PERMISSIONS } from '../../nodes/shared/permissions';

/** What n8n makes of a credential: its own values, and what the hidden fields work out from them. */
function resolved(saved: Record<string, unknown>): Record<string, string> {
	const defaults = Object.fromEntries(
		new DoorFlowOAuth2Api().properties.map(({ name, default: value }) => [name, value]),
	);
	const data = { ...defaults, ...saved };
	const node: INode = {
		id: 'n',
		name: 'Credential',
		type: 'doorFlow',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
	};
	const nodeTypes = { getByNameAndVersion: () => new DoorFlow() } as unknown as INodeTypes;
	const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
	return workflow.expression.getComplexParameterValue(
		node,
		data as never,
		'internal',
		{},
		undefined,
		undefined,
		data as never,
	) as unknown as Record<string, string>;
}

const scopes = (saved: Record<string, unknown>): string[] => (resolved(saved).scope ?? '').split(' ');

describe('permissions', () => {
	test('what flows need is asked for by default', () => {
		expect(scopes({})).toEqual(DEFAULT_SCOPES);
		expect(scopes({ permissions: [] })).toEqual(DEFAULT_SCOPES);
	});

	test.each(PERMISSIONS.map(({ scope }) => scope))('ticking %s takes nothing away', (scope) => {
		const asked = scopes({ permissions: [scope] });
		expect(new Set(asked)).toEqual(new Set([...DEFAULT_SCOPES, scope]));
		expect(asked).toHaveLength(new Set(asked).size);
	});

	test('only these means only these', () => {
		const only = ['account.channel.admit', 'account.site.readonly'];
		expect(scopes({ permissionSet: 'only', permissions: only })).toEqual(only);
	});

	test('without any, connecting is refused in words: DoorFlow would decide what n8n may do', () => {
		const { authUrl } = resolved({ permissionSet: 'only', permissions: [] });
		expect(authUrl).toBe('tick-at-least-one-permission-and-save://refused/oauth/authorize');
		expect(resolved({ permissions: [] }).authUrl).toBe('https://admin.doorflow.com/oauth/authorize');
	});

	test('the window says what will be asked for', () => {
		const { properties } = new DoorFlowOAuth2Api();
		const notice = properties.find(({ name }) => name === 'permissionsNotice')?.displayName;
		for (const { scope, name } of PERMISSIONS.filter((one) => DEFAULT_SCOPES.includes(one.scope)))
			expect([scope, notice?.includes(name)]).toEqual([scope, true]);
	});
});
