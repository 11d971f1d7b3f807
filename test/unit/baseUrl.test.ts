import fc from 'fast-check';

import { checkCredential, checkBaseUrl, isApiUrl, LONGEST_BASE_URL } from '../../nodes/shared/baseUrl';

test.each([
	'https://api.doorflow.com',
	'https://api.doorflow.com/',
	' https://eu.api.doorflow.com ',
	'http://127.0.0.1:4010',
	'https://127.0.0.1:4010',
	'http://localhost',
	'http://[::1]:1',
	'https://a.doorflow.com',
	'https://a-b.c.d.e.doorflow.com',
	'HTTPS://API.DoorFlow.com',
	'\u00a0https://api.doorflow.com\u00a0',
	...[9, 10, 99, 100, 199, 200, 249, 250, 255].map((part) => `http://127.${part}.0.${part}`),
	...[9, 10, 9999, 10_000, 59_999, 60_000, 64_999, 65_000, 65_499, 65_500, 65_529, 65_530, 65_535].map(
		(port) => `http://localhost:${port}`,
	),
])('%j is allowed', (text) => {
	expect(checkBaseUrl(text)).toMatchObject({ ok: true });
});
test.each([
	['', 'is empty'],
	['  ', 'is empty'],
	[3, 'is empty'],
	[undefined, 'is empty'],
	['api.doorflow.com', 'is not a web address'],
	['http://doorflow.com', 'does not start with https://'],
	['http://api.doorflow.com', 'does not start with https://'],
	['https://u:p@api.doorflow.com', 'contains a user name or password'],
	['https://api.doorflow.com@evil.example', 'contains a user name or password'],
	['https://api.doorflow.com/v3', 'has something after the host name'],
	['https://api.doorflow.com?', 'has something after the host name'],
	['https://api.doorflow.com#', 'has something after the host name'],
	['https://api.doorflow.com\\x', 'has something after the host name'],
	['https://evil.example', 'is not an address of DoorFlow'],
	['https://api.doorflow.com:8443', 'is not an address of DoorFlow'],
	['http://127.0.0.1.evil.example', 'is not an address of DoorFlow'],
	['http://128.0.0.1', 'is not an address of DoorFlow'],
	['http://evil.example', 'is not an address of DoorFlow'],
	['https://doorflow.com', 'is not an address of DoorFlow'],
	['https://evildoorflow.com', 'is not an address of DoorFlow'],
	['https://-a.doorflow.com', 'is not an address of DoorFlow'],
	['https://a-.doorflow.com', 'is not an address of DoorFlow'],
	['https://a.b.c.d.e.doorflow.com', 'is not an address of DoorFlow'],
	[`https://${'a'.repeat(64)}.doorflow.com`, 'is not an address of DoorFlow'],
	['xhttps://api.doorflow.com', 'does not start with https://'],
	['ftp://localhost', 'is not an address of DoorFlow'],
	['http://localhost:0', 'is not an address of DoorFlow'],
	['http://localhost:65536', 'is not a web address'],
	['http://localhost:70000', 'is not a web address'],
	['http://127.256.0.1', 'is not a web address'],
])('%j is refused because it %s', (text, why) => {
	expect(checkBaseUrl(text)).toEqual({
		ok: false,
		reason: expect.stringContaining(`The API Base URL of the DoorFlow credential ${why}`),
	});
});
test('no more than the longest address is looked at', () => {
	const address = 'https://api.doorflow.com';
	expect(checkBaseUrl(address.padEnd(LONGEST_BASE_URL)).ok).toBe(true);
	expect(checkBaseUrl(address.padEnd(LONGEST_BASE_URL + 1)).ok).toBe(false);
});
describe('the other fields of a credential', () => {
	const good = {
		baseUrl: 'https://eu.doorflow.com',
		accessTokenUrl: 'https://eu.doorflow.com/oauth/token',
		ignoreSSLIssues: false,
	};
	test('lead to the same DoorFlow', () => {
		const hosts = { api: 'https://eu.doorflow.com', authorize: 'https://eu.doorflow.com' };
		expect(checkCredential(good)).toEqual({ ok: true, hosts });
		expect(checkCredential({ baseUrl: good.baseUrl })).toEqual({ ok: true, hosts });
		// An expression of the credential's own that n8n has not worked out.
		expect(checkCredential({ ...good, accessTokenUrl: '={{ 1 }}' })).toEqual({ ok: true, hosts });
		for (const accessTokenUrl of ['', null, undefined])
			expect(checkCredential({ ...good, accessTokenUrl, ignoreSSLIssues: undefined })).toEqual({
				ok: true,
				hosts,
			});
	});
	test.each([
		['https://evil.example/oauth/token', 'another address for its tokens'],
		['https://api.doorflow.com/oauth/token', 'another address for its tokens'],
		['https://eu.doorflow.com/oauth/other', 'another address for its tokens'],
		[['https://evil.example/oauth/token'], 'another address for its tokens'],
		[{}, 'another address for its tokens'],
		[5, 'another address for its tokens'],
	])('the token address %j is refused', (accessTokenUrl, why) => {
		expect(checkCredential({ ...good, accessTokenUrl })).toEqual({
			ok: false,
			reason: expect.stringContaining(why),
		});
	});
	test.each([true, 'true', 1, {}])(
		'the check of certificates is not switched off by %j',
		(ignoreSSLIssues) => {
			expect(checkCredential({ ...good, ignoreSSLIssues })).toEqual({
				ok: false,
				reason: expect.stringContaining("doesn't check the server's certificate"),
			});
		},
	);
	test.each(['clientCredentials', 'password', 'implicit', 'other', '', 5, ['authorizationCode']])(
		'the grant %j is refused',
		(grantType) => {
			expect(checkCredential({ ...good, grantType })).toEqual({
				ok: false,
				reason: expect.stringContaining("a grant type that DoorFlow doesn't allow"),
			});
		},
	);
	test.each(['authorizationCode', 'pkce', undefined, null])('the grant %j is taken', (grantType) => {
		expect(checkCredential({ ...good, grantType })).toMatchObject({ ok: true });
	});
	test('the API Base URL comes first', () => {
		expect(checkCredential({ ...good, baseUrl: 'https://evil.example' })).toEqual(
			checkBaseUrl('https://evil.example'),
		);
	});
});
test('authorization is at admin.doorflow.com', () => {
	expect(checkBaseUrl('https://api.doorflow.com')).toEqual({
		ok: true,
		hosts: { api: 'https://api.doorflow.com', authorize: 'https://admin.doorflow.com' },
	});
});
test('only plain addresses of the API itself may be asked with the token', () => {
	const api = 'https://api.doorflow.com';
	expect(isApiUrl(`${api}/api/3/events/1?ack_token=x`, api)).toBe(true);
	for (const bad of [
		'https://api.doorflow.com.evil.example/api/3/x',
		'https://api.doorflow.com@evil.example/api/3/x',
		'http://api.doorflow.com/api/3/x',
		`${api}/oauth/token`,
		`${api}/api/3/../../oauth/token`,
		`${api}/api/3/%2e%2e/x`,
		'https://api.doorflow.com:444/api/3/x',
		// Written differently, it is the same; but whoever compares texts would be mistaken.
		'https://api.doorflow.com:443/api/3/x',
		`${api}/api/2/x`,
		`${api}/api/3`,
		`${api}/x/api/3/x`,
		`${api}/api/3/a%2fb`,
		`${api}/api/3/a%5Cb`,
		`${api}/api/3/a//b`,
		`${api}/api/3/a\\b`,
		`${api}/api/3/x `,
		` ${api}/api/3/x`,
		`${api}/api/3/\u00e9/x`,
		`${api}/api/3/x\u00e9`,
		`${api}/api/3/x\n`,
		'https://',
		'/api/3/x',
		'https://user@api.doorflow.com/api/3/x',
		'https://:password@api.doorflow.com/api/3/x',
		'https://аpi.doorflow.com/api/3/x',
		'',
	]) {
		expect([bad, isApiUrl(bad, api)]).toEqual([bad, false]);
	}
});
test('whatever is let through is on the API host, in whatever pieces an address is put together', () => {
	const api = 'https://api.doorflow.com';
	const piece = fc.constantFrom(
		'https://',
		'http://',
		'api.doorflow.com',
		'evil.example',
		'@',
		':443',
		':444',
		'.',
		'/api/3/',
		'/',
		'\\',
		'people',
		'..',
		'%2e%2e',
		'?a=b',
		'#',
		'\t',
	);
	let letThrough = 0;
	fc.assert(
		fc.property(
			fc.constantFrom('', api, `${api}/api/3/`),
			fc.array(piece, { maxLength: 7 }),
			(start, pieces) => {
				const url = start + pieces.join('');
				if (!isApiUrl(url, api)) return;
				letThrough++;
				expect(new URL(url)).toMatchObject({ origin: api, pathname: expect.stringMatching(/^\/api\/3\//) });
			},
		),
		{ numRuns: 2_000 },
	);
	expect(letThrough).toBeGreaterThan(100);
});
