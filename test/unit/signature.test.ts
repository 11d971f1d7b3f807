import { createHmac, timingSafeEqual } from 'node:crypto';
import fc from 'fast-check';

import { verify } from '../../nodes/DoorFlowTrigger/signature';
import { times } from '../times';

jest.mock('node:crypto', () => {
	const crypto = jest.requireActual<typeof import('node:crypto')>('node:crypto');
	return { ...crypto, timingSafeEqual: jest.fn(crypto.timingSafeEqual) };
});

const key = 'secret';
const now = 1_795_000_000;
const sign = (body: Buffer, timestamp: string, by = key) =>
	createHmac('sha256', by).update(`${timestamp}.`).update(body).digest('hex');

test('what was signed with one of the keys is accepted, and nothing else', () => {
	fc.assert(
		fc.property(fc.uint8Array(), fc.integer({ min: -300, max: 300 }), (bytes, offset) => {
			const rawBody = Buffer.from(bytes);
			const timestamp = String(now + offset);
			const signature = sign(rawBody, timestamp);
			expect(verify({ rawBody, signature, timestamp }, ['other', key], now, 300)).toBe('ok');
			expect(
				verify(
					{ rawBody: Buffer.concat([rawBody, Buffer.from('x')]), signature, timestamp },
					[key],
					now,
					300,
				),
			).toBe('badSignature');
			expect(verify({ rawBody, signature: signature.toUpperCase(), timestamp }, [key], now, 300)).not.toBe(
				signature === signature.toUpperCase() ? '' : 'ok',
			);
			expect(verify({ rawBody, signature, timestamp }, ['other'], now, 300)).toBe('badSignature');
		}),
	);
});
test.each([
	['too old', String(now - 301), 'stale'],
	['ahead', String(now + 301), 'stale'],
	['a float', `${now}.0`, 'badTimestamp'],
	['text', 'now', 'badTimestamp'],
	['negative', `-${now}`, 'badTimestamp'],
	['sent twice', `${now}, ${now}`, 'badTimestamp'],
	['a leading zero', `0${now}`, 'badTimestamp'],
])('a timestamp that is %s is refused', (_what, timestamp, verdict) => {
	const rawBody = Buffer.from('[]');
	expect(verify({ rawBody, signature: sign(rawBody, timestamp), timestamp }, [key], now, 300)).toBe(verdict);
});
test('without a key nothing passes, not even what an empty key signed', () => {
	const rawBody = Buffer.from('[]');
	const timestamp = String(now);
	for (const keys of [[], ['']])
		expect(verify({ rawBody, signature: sign(rawBody, timestamp, ''), timestamp }, keys, now, 300)).toBe(
			'noKey',
		);
});
test('an empty key among several signs nothing', () => {
	const rawBody = Buffer.from('[]');
	const timestamp = String(now);
	const signature = sign(rawBody, timestamp, '');
	for (const keys of [
		['', key],
		[key, ''],
		['', key, ''],
	])
		expect(verify({ rawBody, signature, timestamp }, keys, now, 300)).toBe('badSignature');
});
test('each key is compared in constant time, whichever fits', () => {
	const rawBody = Buffer.from('[]');
	const timestamp = String(now);
	for (const by of ['first', 'last', 'neither']) {
		jest.mocked(timingSafeEqual).mockClear();
		const signature = sign(rawBody, timestamp, by);
		verify({ rawBody, signature, timestamp }, ['first', 'last'], now, 300);
		expect([by, jest.mocked(timingSafeEqual).mock.calls.length]).toEqual([by, 2]);
	}
});
test('made-up requests: none is accepted, none throws', () => {
	fc.assert(
		fc.property(
			fc.uint8Array({ maxLength: 64 }),
			fc.oneof(
				fc.string(),
				fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 }),
				fc.constant(undefined),
				fc.array(fc.string()),
			),
			fc.oneof(fc.string(), fc.integer(), fc.constant(String(now))),
			(bytes, signature, timestamp) => {
				return verify({ rawBody: Buffer.from(bytes), signature, timestamp }, [key], now, 300) !== 'ok';
			},
		),
		{ numRuns: times(5_000, 100_000) },
	);
});
test.each([
	['no signature', undefined, String(now)],
	['an empty signature', '', String(now)],
	['two signatures', ['a', 'b'], String(now)],
	['no timestamp', 'a'.repeat(64), undefined],
	['an empty timestamp', 'a'.repeat(64), ''],
	['a timestamp that is no text', 'a'.repeat(64), now],
])('%s: it is not signed', (_what, signature, timestamp) => {
	expect(verify({ rawBody: Buffer.from('[]'), signature, timestamp }, [key], now, 300)).toBe('missing');
});
test('a signature is its 64 digits, and nothing before, behind or in place of them', () => {
	const rawBody = Buffer.from('[]');
	// With letters in its digits.
	const timestamp = String(now);
	const signature = sign(rawBody, timestamp);
	expect(signature).toMatch(/[a-f]/);
	for (const wrong of [
		`${signature}00`,
		`${signature}zz`,
		`${signature} `,
		` ${signature}`,
		signature.slice(0, 62),
		`${signature.slice(0, 62)}zz`,
		signature.toUpperCase(),
		'z'.repeat(64),
	])
		expect([wrong, verify({ rawBody, signature: wrong, timestamp }, [key], now, 300)]).toEqual([
			wrong,
			'badSignature',
		]);
});
test('the tolerance itself is in time, both ways', () => {
	const rawBody = Buffer.from('[]');
	for (const timestamp of [String(now - 300), String(now + 300)])
		expect(verify({ rawBody, signature: sign(rawBody, timestamp), timestamp }, [key], now, 300)).toBe('ok');
});
