import fc from 'fast-check';

import { checkBaseUrl, isApiUrl } from '../../nodes/shared/baseUrl';

test.each([
	'https://api.doorflow.com',
	'https://api.doorflow.com/',
	' https://eu.example:8443 ',
	'http://127.0.0.1:4010',
	'http://localhost',
	'http://[::1]:1',
])('%s is allowed', (text) => {
	expect(checkBaseUrl(text)).toMatchObject({ ok: true });
});
test.each([
	'',
	'api.doorflow.com',
	'http://api.doorflow.com',
	'https://a.example/v3',
	'https://a.example?',
	'https://a.example#',
	'https://u:p@a.example',
	'ftp://a.example',
	'http://127.0.0.1.evil.example',
	'https://a.example.',
	'https://a.example\\x',
	3,
	undefined,
])('%s is refused', (text) => {
	expect(checkBaseUrl(text)).toMatchObject({ ok: false, reason: expect.stringMatching(/API Base URL/) });
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
