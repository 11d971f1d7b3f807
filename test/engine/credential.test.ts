import fc from 'fast-check';
import { Workflow, type INode, type INodeTypes, type IWorkflowDataProxyAdditionalKeys } from 'n8n-workflow';

import { DoorFlowOAuth2Api } from '../../credentials/DoorFlowOAuth2Api.credentials';
import { DoorFlow } from '../../nodes/DoorFlow/DoorFlow.node';
import { checkBaseUrl } from '../../nodes/shared/baseUrl';
import { DEFAULT_SCOPES, PERMISSIONS } from '../../nodes/shared/permissions';
import { times } from '../times';

/** What n8n makes of a credential: its own values, and what the hidden fields work out from them. */
function resolved(saved: Record<string, unknown>, more: object = {}): Record<string, string> {
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
		more as IWorkflowDataProxyAdditionalKeys,
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

/** What the code and the credential's expressions each make of an API Base URL: origins, or that it is refused. */
function bothOpinions(baseUrl: unknown): [code: object | 'refused', expressions: object | 'refused'] {
	const check = checkBaseUrl(baseUrl);
	const { authUrl = '', accessTokenUrl = '' } = resolved({ baseUrl });
	const isRefused = [authUrl, accessTokenUrl].every((url) => url.startsWith(`${REFUSED}/`));
	return [
		check.ok ? check.hosts : 'refused',
		isRefused
			? 'refused'
			: { api: origin(accessTokenUrl, '/oauth/token'), authorize: origin(authUrl, '/oauth/authorize') },
	];
}

function origin(address: string, path: string): string {
	const url = new URL(address);
	expect(url.pathname + url.search + url.hash).toBe(path);
	return url.origin;
}

const REFUSED = 'api-base-url-must-be-an-https-address-of-doorflow.com://refused';

describe('where the client secret and the tokens may go', () => {
	test.each([
		['https://api.doorflow.com', 'https://api.doorflow.com', 'https://admin.doorflow.com'],
		['\t HTTPS://Api.DoorFlow.com/\n', 'https://api.doorflow.com', 'https://admin.doorflow.com'],
		['https://eu.api.doorflow.com', 'https://eu.api.doorflow.com', 'https://eu.api.doorflow.com'],
		['http://localhost:4010', 'http://localhost:4010', 'http://localhost:4010'],
		['https://localhost', 'https://localhost', 'https://localhost'],
		['http://127.0.0.1:65535/', 'http://127.0.0.1:65535', 'http://127.0.0.1:65535'],
		['https://[::1]:1', 'https://[::1]:1', 'https://[::1]:1'],
		['http://127.1.2.255', 'http://127.1.2.255', 'http://127.1.2.255'],
	])('%s is allowed, in the code as in the expressions', (baseUrl, api, authorize) => {
		expect(bothOpinions(baseUrl)).toEqual([
			{ api, authorize },
			{ api, authorize },
		]);
	});

	test.each([
		'https://evil.example',
		'https://doorflow.com',
		'https://evildoorflow.com',
		'https://evil-doorflow.com',
		'https://api.doorflow.com.evil.example',
		'https://api.doorflow.com.',
		'https://.doorflow.com',
		'https://a..doorflow.com',
		'https://-.doorflow.com',
		'https://api.doorflow.com:443',
		'https://api.doorflow.com:444',
		'https://api.doorflow.com:',
		'https://evil.example/.doorflow.com',
		'https://evil.example?.doorflow.com',
		'https://evil.example#.doorflow.com',
		'https://evil.example\\.doorflow.com',
		'https://evil.example@api.doorflow.com',
		'https://api.doorflow.com@evil.example',
		'https://evil.example%2f.doorflow.com',
		'https://evil.example%00.doorflow.com',
		'https://evil.example\n.doorflow.com',
		'https://evil.example\nhttps://api.doorflow.com',
		'https://api.doorflow.com\nhttps://evil.example',
		'https://api.doorflow.com//',
		'https://api.doorflow.com/..',
		'https:/api.doorflow.com',
		'https:api.doorflow.com',
		'https:\\\\api.doorflow.com',
		'https:///api.doorflow.com',
		'https://api.doorflow。com',
		'https://api.doorﬂow.com',
		'https://аpi.dооrflow.com',
		'https://apı.doorflow.com',
		'http://api.doorflow.com',
		'ftp://api.doorflow.com',
		'javascript://api.doorflow.com',
		'http://localhost.evil.example',
		'http://localhost@evil.example',
		'http://localhost:4010@evil.example',
		'http://127.0.0.1.evil.example',
		'http://127.0.0.1.nip.io',
		'http://127.evil.example',
		'http://127.0.0.256',
		'http://127.00.0.1',
		'http://127.1',
		'http://0.0.0.0',
		'http://2130706433',
		'http://10.0.0.1',
		'http://[::ffff:10.0.0.1]',
		'http://[::]',
		'http://localhost:0',
		'http://localhost:65536',
		'http://localhost:99999',
		`https://${'a.'.repeat(200)}doorflow.com`,
		`${' '.repeat(300)}https://api.doorflow.com`,
		'={{ "https://evil.example" }}',
		'',
		3,
		null,
		true,
		{},
	])('%j is refused, in the code as in the expressions', (baseUrl) => {
		expect(bothOpinions(baseUrl)).toEqual(['refused', 'refused']);
	});

	test('an expression that comes out differently each time sends nothing elsewhere', () => {
		// The first to look gets an allowed address, every other one a foreign one, and the other way round.
		for (const even of ['https://api.doorflow.com', 'https://evil.example']) {
			const odd = even === 'https://evil.example' ? 'https://api.doorflow.com' : 'https://evil.example';
			const baseUrl = `={{ ($vars.turns.n++) % 2 ? "${odd}" : "${even}" }}`;
			const { authUrl, accessTokenUrl } = resolved({ baseUrl }, { $vars: { turns: { n: 0 } } });
			expect(`${authUrl} ${accessTokenUrl}`).not.toContain('evil.example');
		}
	});

	test('code and expressions never disagree, in whatever pieces an address is put together', () => {
		const piece = fc.oneof(
			{
				weight: 9,
				arbitrary: fc.constantFrom(
					'api',
					'doorflow',
					'.com',
					'.',
					'.doorflow.com',
					'evil.example',
					'@',
					':443',
					':4010',
					':',
					'/',
					'\\',
					'?',
					'#',
					' ',
					'\n',
					'-',
					'localhost',
					'127.0.0.1',
					'127',
					'[::1]',
					'.0',
					'%2e',
					'ﬂ',
					'。',
				),
			},
			{ weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 2 }) },
		);
		const reached = { allowed: 0, refused: 0 };
		fc.assert(
			fc.property(
				fc.constantFrom(
					'',
					' ',
					'https://',
					'http://',
					'HTTPS://',
					'https://api.doorflow.com',
					'http://localhost',
					'https://127.0.0.1',
				),
				fc.array(piece, { maxLength: 4 }),
				fc.constantFrom('', '.doorflow.com', '/', ':4010', '\t'),
				(start, pieces, end) => {
					const typed = start + pieces.join('') + end;
					const [code, expressions] = bothOpinions(typed);
					expect([typed, expressions]).toEqual([typed, code]);
					reached[code === 'refused' ? 'refused' : 'allowed']++;
					if (code !== 'refused') {
						for (const at of Object.values(code) as string[])
							expect(at).toMatch(
								/^https:\/\/[a-z0-9.-]+\.doorflow\.com$|^https?:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/,
							);
					}
				},
			),
			{ numRuns: times(400, 20_000) },
		);
		expect(reached.allowed).toBeGreaterThan(20);
		expect(reached.refused).toBeGreaterThan(100);
	});
});
