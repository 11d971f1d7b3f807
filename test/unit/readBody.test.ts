import { Readable } from 'node:stream';

import { readBody } from '../../nodes/shared/readBody';

const bytes = (text: string, each: number): Readable => {
	const all = Buffer.from(text);
	const parts = Array.from({ length: Math.ceil(all.length / each) }, (_, index) =>
		all.subarray(index * each, (index + 1) * each),
	);
	return Readable.from(parts);
};

test.each([
	['JSON', '{"name":"Zoë"}', { name: 'Zoë' }],
	['JSON behind a byte order mark', '\uFEFF[1]', [1]],
	['text that is no JSON', 'Bad gateway', 'Bad gateway'],
	['nothing', '', ''],
])('%s is read whole, whatever pieces it comes in', async (_, text, body) => {
	for (const each of [1, 2, 3, 1000])
		expect(await readBody(bytes(text, each), 1000)).toEqual({ kind: 'read', body });
});

test('what n8n has read already stays as it is', async () => {
	expect(await readBody({ id: 1 }, 1)).toEqual({ kind: 'read', body: { id: 1 } });
});

test('a body of exactly the allowed size is read; one byte more is not, and closes the stream', async () => {
	expect(await readBody(bytes('12345', 2), 5)).toEqual({ kind: 'read', body: 12345 });
	const endless = Readable.from(
		(function* () {
			for (;;) yield Buffer.from('1');
		})(),
	);
	expect(await readBody(endless, 5)).toEqual({ kind: 'tooLarge' });
	expect(endless.destroyed).toBe(true);
});

test('a connection that breaks is an error', async () => {
	const broken = Readable.from(
		(function* () {
			yield Buffer.from('{"a":');
			throw new Error('aborted');
		})(),
	);
	await expect(readBody(broken, 100)).rejects.toThrow('aborted');
});
