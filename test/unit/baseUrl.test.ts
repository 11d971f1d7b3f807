import fc from 'fast-check';

import { checkBaseUrl, isApiUrl } from '../../nodes/shared/baseUrl';

test.each([
	'https://api.doorflow.com',
	'https://api.doorflow.com/',
	' https://eu.api.doorflow.com ',
	'http://127.0.0.1:4010',
	'https://127.0.0.1:4010',
	'http://localhost',
	'http://[::1]:1',
])('%s is allowed', (text) => {
	expect(checkBaseUrl(text)).toMatchObject({ ok: true });
});
test.each([
	['', 'is empty'],
	[3, 'is empty'],
	[undefined, 'is empty'],
	['api.doorflow.com', 'is not a web address'],
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
])('%s is refused because it %s', (text, why) => {
	expect(checkBaseUrl(text)).toEqual({
		ok: false,
		reason: expect.stringContaining(`The API Base URL of the DoorFlow credential ${why}`),
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
