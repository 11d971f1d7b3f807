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
test('whatever else is let through, it is on the API host', () => {
	fc.assert(
		fc.property(
			fc.webUrl(),
			(url) => !isApiUrl(url, 'https://api.doorflow.com') || new URL(url).host === 'api.doorflow.com',
		),
	);
});
