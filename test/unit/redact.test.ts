import fc from 'fast-check';

import { redact } from '../../nodes/shared/redact';

test.each([
	['{"access_token":"xyz.1"}', 'xyz.1'],
	['Authorization: Bearer abc.def-1', 'abc.def-1'],
	['Basic dXNlcjpwYXNz', 'dXNlcjpwYXNz'],
	['https://api.doorflow.com/api/3/events/1?ack_token=123abc&n=1', '123abc'],
	["client_secret='s3cr3t'", 's3cr3t'],
	['refresh_token: r-1', 'r-1'],
])('%s loses its secret', (text, secret) => {
	expect(redact(text)).not.toContain(secret);
	expect(redact(text)).toContain('•••');
});

test('the values given are hidden wherever they stand; what is not secret stays', () => {
	expect(redact('PIN 4711000 is taken (4711000)', ['4711000'])).toBe('PIN ••• is taken (•••)');
	expect(redact('email: has already been taken')).toBe('email: has already been taken');
	fc.assert(
		fc.property(
			fc.string(),
			fc.stringMatching(/^[0-9]{4,7}$/),
			fc.string(),
			(before, pin, after) => !redact(`${before}${pin}${after}`, [pin]).includes(pin),
		),
	);
});

test('a value of two characters or fewer is not hidden: it would take half of the text with it', () => {
	expect(redact('item 1 of 10', ['1', '10', ''])).toBe('item 1 of 10');
});

test('the whole of a secret is taken out, and the text around it stays', () => {
	expect(redact('Bearer  abc.def-1 and Basic dXNl')).toBe('Bearer ••• and Basic •••');
	expect(redact('{"access_token":"xyz.1","scope":"a"}')).toBe('{"access_token":"•••","scope":"a"}');
	expect(redact('the key abc was refused', ['abc'])).toBe('the key ••• was refused');
});

test('only the beginning of an endless text is looked at and given back', () => {
	expect(redact('a'.repeat(10_001))).toBe('a'.repeat(10_000));
});

test('the text becomes one line, so that it begins no line of a log', () => {
	expect(redact('a\r\n2026 | error | b\u2028\u2029c\u0000\u009bd e')).toBe('a 2026 | error | b c d e');
	expect(redact('PIN 47\n11 is taken', ['47\n11'])).toBe('PIN ••• is taken');
});
