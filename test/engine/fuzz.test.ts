import { createHmac } from 'node:crypto';
import fc from 'fast-check';

import { times } from '../times';
import { engine, useEngine } from './useEngine';

useEngine();

const KEY = 'sandbox-secret';
const seconds = (): number => Math.floor(Date.now() / 1000);
const sign = (body: Buffer, timestamp: string, key: string): string =>
	createHmac('sha256', key).update(`${timestamp}.`).update(body).digest('hex');

const text = fc.oneof(
	fc.string(),
	fc.string({ unit: 'binary' }),
	fc.constantFrom('', '__proto__', 'CREATE', 'Event', 'hrbrHs7', 'http://[', '../..', '\u0000', 'null'),
);
const notification = fc.record(
	{
		action: fc.oneof(fc.constantFrom('CREATE', 'UPDATE', 'DESTROY'), text),
		resource: fc.oneof(
			fc.webUrl({ withQueryParameters: true, withFragments: true }),
			text,
			fc.constantFrom(
				'http://127.0.0.1:1/api/3/events/1',
				'https://api.doorflow.com@evil.example/api/3/events/1',
			),
		),
		resource_type: fc.oneof(fc.constantFrom('Event', 'PerimeterEvent', 'PersonCredential'), text),
		resource_id: fc.oneof(text, fc.integer(), fc.double()),
		account_id: fc.oneof(fc.constant('hrbrHs7'), text),
		ack_token: fc.oneof(text, fc.constant(null)),
	},
	{ requiredKeys: [] },
);
const body = fc.oneof(
	{
		weight: 4,
		arbitrary: fc
			.array(fc.oneof(notification, fc.jsonValue()), { maxLength: 4 })
			.map((value) => Buffer.from(JSON.stringify(value))),
	},
	{ weight: 1, arbitrary: fc.json().map((value) => Buffer.from(value)) },
	{ weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((value) => Buffer.from(value)) },
);

/** Headers as an attacker may send them: everything but the right signature of this very body at this very time. */
type Attack = (bytes: Buffer) => Record<string, unknown>;
const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 });
const attack: fc.Arbitrary<Attack> = fc.oneof(
	fc.constant<Attack>(() => ({})),
	hex.map(
		(signature): Attack =>
			() => ({ signature, timestamp: String(seconds()) }),
	),
	fc.string().map(
		(key): Attack =>
			(bytes) => ({
				signature: sign(bytes, String(seconds()), key === KEY ? '' : key),
				timestamp: String(seconds()),
			}),
	),
	fc.constant<Attack>((bytes) => ({
		signature: sign(Buffer.concat([bytes, Buffer.from(' ')]), String(seconds()), KEY),
		timestamp: String(seconds()),
	})),
	fc.constant<Attack>((bytes) => ({
		signature: sign(bytes, String(seconds()), KEY)
			.toUpperCase()
			.replace(/^[0-9]*$/, 'A'.repeat(64)),
		timestamp: String(seconds()),
	})),
	fc.integer({ min: 301, max: 1e9 }).chain((off) =>
		fc.constantFrom(off + 5, -off).map(
			(shift): Attack =>
				(bytes) => ({
					signature: sign(bytes, String(seconds() + shift), KEY),
					timestamp: String(seconds() + shift),
				}),
		),
	),
	fc.constant<Attack>((bytes) => ({
		signature: sign(bytes, String(seconds()), KEY),
		timestamp: `${seconds()}.0`,
	})),
	fc.constant<Attack>((bytes) => ({
		signature: [sign(bytes, String(seconds()), KEY)],
		timestamp: String(seconds()),
	})),
	fc.constant<Attack>((bytes) => ({
		signature: `sha256=${sign(bytes, String(seconds()), KEY)}`,
		timestamp: String(seconds()),
	})),
	fc.constant<Attack>((bytes) => ({
		'x-signature': sign(bytes, String(seconds()), KEY),
		timestamp: String(seconds()),
	})),
	fc
		.dictionary(
			fc.constantFrom('signature', 'timestamp', '__proto__', 'constructor'),
			fc.oneof(fc.string(), fc.integer(), fc.constant(null)),
		)
		.map(
			(headers): Attack =>
				() =>
					headers,
		),
);

test('made-up requests without the right signature: each is answered with a refusal, none gets in', async () => {
	await fc.assert(
		fc.asyncProperty(body, attack, async (bytes, headers) => {
			const { status, items } = await engine.webhook({ body: bytes, headers: headers(bytes) as never });
			return status === 401 && items.length === 0;
		}),
		{ numRuns: times(2_000, 100_000) },
	);
}, 600_000);

/** A notification as DoorFlow sends them, of something that may not exist, or that is written in another way. */
const wellFormed = fc.record({
	action: fc.oneof(fc.constantFrom('CREATE', 'UPDATE', 'DESTROY'), fc.string({ minLength: 1 })),
	path: fc.oneof(
		fc.nat(100_000).map((id) => `events/${id}`),
		fc
			.tuple(fc.nat(100_000), fc.string({ unit: fc.constantFrom(...'abcXYZ012-_'), minLength: 1 }))
			.map(([person, id]) => `people/${person}/credentials/${id}`),
		fc
			.array(fc.string().map(encodeURIComponent), { minLength: 1, maxLength: 4 })
			.map((parts) => parts.join('/')),
		fc.webQueryParameters().map((query) => `events/1?${query}`),
	),
	resource_type: fc.oneof(
		fc.constantFrom('Event', 'PerimeterEvent', 'PersonCredential'),
		fc.string({ minLength: 1 }),
	),
	resource_id: fc.oneof(fc.nat(), fc.string({ minLength: 1 })),
	account_id: fc.oneof({ weight: 4, arbitrary: fc.constant('hrbrHs7') }, fc.string({ minLength: 1 })),
	ack_token: text,
});

test('rightly signed requests with made-up bodies: each is answered, no event that does not exist gets in', async () => {
	const { requests, events } = engine.sandbox.store;
	const reached = { all: 0, parsed: 0, fetched: 0 };
	const signedBody = fc.oneof(
		{ weight: 1, arbitrary: body },
		{
			weight: 4,
			arbitrary: fc
				.array(wellFormed, { minLength: 1, maxLength: 4 })
				.map((list) =>
					Buffer.from(
						JSON.stringify(
							list.map(({ path, ...rest }) => ({ ...rest, resource: `${engine.sandbox.url}/api/3/${path}` })),
						),
					),
				),
		},
	);
	await fc.assert(
		fc.asyncProperty(signedBody, async (bytes) => {
			const timestamp = String(seconds());
			const before = requests.length;
			const { status, items } = await engine.webhook({
				body: bytes,
				headers: { signature: sign(bytes, timestamp, KEY), timestamp },
			});
			reached.all++;
			if (status !== 400) reached.parsed++;
			if (requests.slice(before).some(({ path }) => path.startsWith('/api/3/'))) reached.fetched++;
			const exists = (id: unknown): boolean => events.some((one) => one.id === id);
			return (
				[200, 400, 503].includes(status) &&
				items.every(({ json }) => json.data === null || exists((json.data as { id?: unknown }).id))
			);
		}),
		{ numRuns: times(500, 5_000) },
	);
	// A test of requests that go nowhere shows nothing.
	expect(reached.parsed / reached.all).toBeGreaterThan(0.5);
	expect(reached.fetched / reached.all).toBeGreaterThan(0.4);
}, 600_000);
