import { createHmac } from 'node:crypto';
import fc from 'fast-check';

import { resources } from '../../nodes/DoorFlow/actions';
import { DoorFlow } from '../../nodes/DoorFlow/DoorFlow.node';
import { DoorFlowPollingTrigger } from '../../nodes/DoorFlowPollingTrigger/DoorFlowPollingTrigger.node';
import { DoorFlowTrigger } from '../../nodes/DoorFlowTrigger/DoorFlowTrigger.node';
import { verify } from '../../nodes/DoorFlowTrigger/signature';
import { checkBaseUrl, isApiUrl } from '../../nodes/shared/baseUrl';
import { codesOfEvent, eventOfCode } from '../../nodes/shared/eventCatalogue';
import { sortFailure } from '../../nodes/shared/failure';
import { parseNotifications } from '../../nodes/shared/notifications';
import { readPages } from '../../nodes/shared/paging';
import { allows } from '../../nodes/shared/permissions';
import { problemOfAnswer } from '../../nodes/shared/problem';
import { redact } from '../../nodes/shared/redact';
import { nextStep, retryAfterSeconds } from '../../nodes/shared/retryPolicy';
import { dayIn, readTime, splitByDay, toDoorFlowTime } from '../../nodes/shared/time';

describe('base URL', () => {
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
});

describe('signature', () => {
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
		expect(verify({ rawBody, signature: sign(rawBody, timestamp), timestamp }, [key], now, 300)).toBe(
			verdict,
		);
	});
	test('without a key nothing passes, not even what an empty key signed', () => {
		const rawBody = Buffer.from('[]');
		const timestamp = String(now);
		for (const keys of [[], ['']])
			expect(verify({ rawBody, signature: sign(rawBody, timestamp, ''), timestamp }, keys, now, 300)).toBe(
				'noKey',
			);
	});
	test('100,000 made-up requests: none is accepted, none throws', () => {
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
			{ numRuns: 100_000 },
		);
	});
});

describe('notifications', () => {
	const valid = {
		action: 'CREATE',
		resource: 'https://api.doorflow.com/api/3/events/1',
		resource_type: 'Event',
		resource_id: '1',
		account_id: 'a',
		ack_token: 't',
	};
	test('the documented array is read; resource_url and new types too', () => {
		const { resource, ...rest } = valid;
		expect(
			parseNotifications(
				JSON.stringify([valid, { ...rest, resource_url: resource, resource_type: 'New', extra: 1 }]),
			),
		).toMatchObject({ ok: true, notifications: [{ resource }, { resource, resourceType: 'New' }] });
	});
	test('any text gives an answer', () => {
		fc.assert(
			fc.property(
				fc.oneof(fc.string(), fc.json()),
				(text) => typeof parseNotifications(text).ok === 'boolean',
			),
			{ numRuns: 5000 },
		);
		expect(parseNotifications('['.repeat(200_000)).ok).toBe(false);
	});
	test('one wrong field refuses the body', () => {
		for (const name of Object.keys(valid))
			for (const wrong of [{}, [], 1.5, true])
				expect([name, parseNotifications(JSON.stringify([{ ...valid, [name]: wrong }])).ok]).toEqual([
					name,
					false,
				]);
	});
});

describe('events', () => {
	test('every code of a name leads back to it', () => {
		for (const name of ['accessGranted', 'accessDenied', 'doorForced', 'tamper', 'controllerSync'])
			for (const code of codesOfEvent(name)) expect(eventOfCode(code)).toBe(name);
		expect([32, 33, 31, 30, 999, 'x'].map(eventOfCode)).toEqual([
			'doorForced',
			'doorHeldOpen',
			'doorNormal',
			'requestToExit',
			'other',
			'other',
		]);
	});
});

describe('retry policy', () => {
	const budget = { attempt: 1, repeatable: true, limitedForMs: 0, maxLimitedMs: 10_000, random: 0.5 };
	test('a POST is repeated only when it surely was not carried out', () => {
		const post = { ...budget, repeatable: false };
		expect(nextStep({ kind: 'answer', status: 500 }, post)).toEqual({
			step: 'giveUp',
			because: 'fateUnknown',
		});
		expect(nextStep({ kind: 'lost', sent: 'maybe' }, post)).toEqual({
			step: 'giveUp',
			because: 'fateUnknown',
		});
		expect(nextStep({ kind: 'lost', sent: 'no' }, post)).toMatchObject({ step: 'wait' });
		expect(nextStep({ kind: 'answer', status: 429, retryAfterSeconds: 2 }, post)).toEqual({
			step: 'wait',
			milliseconds: 2050,
		});
	});
	test('waiting for a limit ends', () => {
		expect(nextStep({ kind: 'answer', status: 429, retryAfterSeconds: 60 }, budget)).toEqual({
			step: 'giveUp',
			because: 'rateLimited',
		});
	});
	test('retry_in goes before Retry-After; a date is understood', () => {
		expect(retryAfterSeconds({ retry_in: 7 }, '3', 0)).toBe(7);
		expect(retryAfterSeconds({}, '3', 0)).toBe(3);
		expect(retryAfterSeconds(undefined, new Date(5000).toUTCString(), 1000)).toBe(4);
		expect(retryAfterSeconds(undefined, undefined, 0)).toBeUndefined();
	});
});

describe('problems', () => {
	test('texts of DoorFlow never carry what was secret', () => {
		const problem = problemOfAnswer(
			422,
			{ errors: { value: ['4711000 is taken'] }, error_description: 'Bearer abc.def and ack_token=123' },
			{ doing: 'create the credential', secrets: ['4711000'] },
		);
		expect(JSON.stringify(problem)).not.toMatch(/4711000|abc\.def|=123/);
		expect(redact('{"access_token":"xyz"}')).not.toContain('xyz');
	});
	test('n8n errors are sorted whatever wraps them', () => {
		expect(
			sortFailure(
				new Error('x', { cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }) }),
			).kind,
		).toBe('notSent');
		expect(sortFailure({ body: { error: 'invalid_grant' } }).kind).toBe('grantDead');
		expect(sortFailure(new Error('socket hang up')).kind).toBe('lost');
	});
	test('the right to manage includes the right to read, not the other way', () => {
		expect(allows(['account.person'], 'account.person.readonly')).toBe(true);
		expect(allows(['account.person.readonly'], 'account.person')).toBe(false);
	});
});

describe('time', () => {
	const at = (value: unknown, zone: string) => {
		const read = readTime(value, zone);
		return read.ok ? toDoorFlowTime(read.date) : read.reason;
	};
	test('a time without a zone is the zone given, also across the change of clocks', () => {
		expect(at('2026-07-01T09:00:00', 'Europe/London')).toBe('2026-07-01T08:00:00Z');
		expect(at('2026-12-01 09:00', 'America/New_York')).toBe('2026-12-01T14:00:00Z');
		expect(at('2026-10-25T01:30:00', 'Europe/London')).toBe('2026-10-25T00:30:00Z');
		expect(at('2026-11-24T09:00:00+02:00', 'UTC')).toBe('2026-11-24T07:00:00Z');
	});
	test.each(['2026-02-30', 'tomorrow', '', '2026-13-01', '2026-01-01T25:00:00', 5])(
		'%s is no time',
		(value) => {
			expect(readTime(value, 'UTC').ok).toBe(false);
		},
	);
	test('a window is cut at the midnights of the account', () => {
		const pieces = splitByDay(
			new Date('2026-11-24T20:00:00Z'),
			new Date('2026-11-26T08:00:00Z'),
			'Europe/London',
		);
		expect(pieces.map(({ start, end }) => [toDoorFlowTime(start), toDoorFlowTime(end)])).toEqual([
			['2026-11-24T20:00:00Z', '2026-11-24T23:59:59Z'],
			['2026-11-25T00:00:00Z', '2026-11-25T23:59:59Z'],
			['2026-11-26T00:00:00Z', '2026-11-26T08:00:00Z'],
		]);
		fc.assert(
			fc.property(
				fc.integer({ min: 0, max: 400 * 86_400 }),
				fc.integer({ min: 1, max: 5 * 86_400 }),
				fc.constantFrom('Europe/London', 'Asia/Kolkata', 'America/Sao_Paulo', 'Pacific/Auckland'),
				(offset, length, zone) => {
					const start = new Date(1_767_225_600_000 + offset * 1000);
					const end = new Date(start.getTime() + length * 1000);
					for (const piece of splitByDay(start, end, zone))
						expect(dayIn(piece.start, zone)).toBe(dayIn(piece.end, zone));
				},
			),
		);
	});
});

describe('paging', () => {
	test('everything once and in order, whatever the server says of itself', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 0, max: 260 }),
				fc.integer({ min: 1, max: 50 }),
				fc.boolean(),
				fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
				async (count, perPage, tellsTotal, limit) => {
					const all = Array.from({ length: count }, (_, id) => ({ id }));
					const found = await readPages(
						async (page, size) => ({
							items: all.slice((page - 1) * size, page * size),
							...(tellsTotal ? { total: count } : {}),
						}),
						{ perPage, key: ({ id }) => String(id), ...(limit === undefined ? {} : { limit }) },
					);
					expect(found).toEqual(all.slice(0, limit));
				},
			),
		);
	});
	test('an item that slips to an earlier page while reading is not missed', async () => {
		const all = Array.from({ length: 30 }, (_, id) => ({ id }));
		let asked = 0;
		const found = await readPages(
			async (page, size) => {
				const items = all.slice((page - 1) * size, page * size);
				const total = all.length;
				if (++asked === 1) all.splice(3, 1);
				return { items, total };
			},
			{ perPage: 10, key: ({ id }) => String(id) },
		);
		expect(new Set(found.map(({ id }) => id)).size).toBe(30);
	});
});

describe('on the canvas', () => {
	const evaluate = (expression: unknown, parameter: object): unknown =>
		new Function('$parameter', `return ${String(expression).slice(3, -2)}`)(parameter);
	test('the node says what it does in the words of its panel', () => {
		const { subtitle } = new DoorFlow().description;
		expect(evaluate(subtitle, { resource: 'person', operation: 'create' })).toBe('Create: Person');
		expect(evaluate(subtitle, { resource: 'channel', operation: 'getAll' })).toBe('Get Many: Door');
		expect(evaluate(subtitle, { resource: 'later', operation: 'new' })).toBe('new: later');
	});
	test('an operation has the same words in each resource', () => {
		const words = new Map<string, string>();
		for (const { operations } of resources) {
			for (const { name, displayName } of operations)
				expect([name, words.set(name, words.get(name) ?? displayName).get(name)]).toEqual([
					name,
					displayName,
				]);
		}
	});
	test('a trigger says what it starts for', () => {
		for (const { subtitle } of [
			new DoorFlowTrigger().description,
			new DoorFlowPollingTrigger().description,
		]) {
			expect(evaluate(subtitle, { events: ['accessGranted', 'doorForced'] })).toBe(
				'Access Granted, Door Forced',
			);
			expect(evaluate(subtitle, { events: [] })).toBe('All events');
		}
	});
});
