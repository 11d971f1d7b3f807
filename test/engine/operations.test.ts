import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeParameters } from 'n8n-workflow';

import { DECLARED, rowsIn, soon, type Row } from './rows';
import { engine, locator, useEngine } from './useEngine';

jest.mock('../../nodes/shared/retryPolicy', () => jest.requireActual<object>('./quickRetries'));

useEngine({ config: { admitDelayMs: 20, syncLimitSeconds: 1, inviteMs: 1 } });
beforeEach(async () => await engine.control('config', { failurePath: '', admitOutcome: 'admitted' }));

const { ROWS, call, credentialOf } = rowsIn(() => engine);
const store = () => engine.sandbox.store;

test('every declared operation has a row, and no row is left over', () => {
	expect(Object.keys(ROWS).sort()).toEqual(DECLARED.map(({ key }) => key).sort());
});

test('names of values and wording keep to n8n’s conventions', () => {
	for (const { key, operation } of DECLARED) {
		expect([key, operation.displayName]).toEqual([key, expect.stringMatching(/^[A-Z]/)]);
		expect([key, operation.action]).toEqual([key, expect.stringMatching(/^[A-Z][^.]*$/)]);
	}
});

/** What the schema says of each field, compared with what came out. */
function conforms(
	schema: { type: string | string[]; properties?: Record<string, never>; items?: never },
	value: unknown,
): boolean {
	const types = [schema.type].flat();
	const actual =
		value === null
			? 'null'
			: Array.isArray(value)
				? 'array'
				: typeof value === 'number' && Number.isInteger(value)
					? 'integer'
					: typeof value;
	if (!types.includes(actual) && !(actual === 'integer' && types.includes('number'))) return false;
	if (actual === 'array')
		return (
			schema.items === undefined || (value as unknown[]).every((one) => conforms(schema.items as never, one))
		);
	if (actual !== 'object') return true;
	return Object.entries(value as object).every(
		([name, one]) => schema.properties?.[name] === undefined || conforms(schema.properties[name], one),
	);
}

describe.each(DECLARED.filter(({ key }) => key !== 'account/disconnect'))(
	'$key',
	({ key, operation, resource }) => {
		test('works, and gives what its schema promises', async () => {
			const { items, error } = await engine.run(call(key));
			expect(error).toBeUndefined();
			expect(items[0]).toMatchObject((ROWS[key] as Row).gives);
			const file = join(
				__dirname,
				'..',
				'..',
				'nodes',
				'DoorFlow',
				'__schema__',
				'v1.0.0',
				resource.name,
				`${operation.name}.json`,
			);
			expect([file.split('__schema__')[1], existsSync(file)]).toEqual([file.split('__schema__')[1], true]);
			const schema = JSON.parse(readFileSync(file, 'utf8')) as never;
			expect(conforms(schema, items[0])).toBe(true);
			for (const name of Object.keys(items[0] ?? {}))
				expect((schema as { properties: object }).properties).toHaveProperty([name]);
		});

		test('three items, each paired', async () => {
			const parameters = call(key);
			const { outputs, run } = await engine.run(parameters, {
				items: [{ json: {} }, { json: {} }, { json: {} }],
				continueOnFail: true,
			});
			expect(run.status).toBe('success');
			expect(new Set(outputs[0]?.map(({ pairedItem }) => (pairedItem as { item: number }).item))).toEqual(
				new Set([0, 1, 2]),
			);
		});

		test.each([
			[401, /refused the connection's access token when asked to .+, although it was renewed/],
			[403, /may be missing|does not allow/],
			[404, /does not know|did not find/],
			[409, /already|conflicts with/],
			[422, /refused to/],
			[429, /asks you to wait 600 seconds/],
			[500, /has a problem|unclear whether/],
		])('says in words what a %i means', async (failureStatus, message) => {
			if (key === 'event/acknowledge' && failureStatus === 404)
				return expect((await engine.run(call(key))).items[0]).toEqual({ acknowledged: true });
			const parameters = call(key);
			const path = (ROWS[key] as Row).path;
			if (path.startsWith('/oauth')) return expect((await engine.run(parameters)).error).toBeUndefined();
			await engine.control('config', { failurePath: path, failureStatus });
			const { outputs } = await engine.run(parameters, { continueOnFail: true });
			expect(outputs[0]?.[0]?.json.error).toMatch(message);
			if (failureStatus === 403 && operation.permission)
				expect(outputs[0]?.[0]?.json.error).toContain('permission "');
			return undefined;
		});
	},
);

describe('rules of single operations', () => {
	const error = async (key: string, more: INodeParameters) =>
		(await engine.run(call(key, more))).error?.message;

	test('a person who may not pass is denied with the reason, not a failure', async () => {
		const stranger = store().addPerson({ first_name: 'No', last_name: 'Groups' }).id;
		const { items } = await engine.run(call('channel/admitPerson', { personId: locator(stranger) }));
		expect(items[0]).toMatchObject({
			result: 'denied',
			reason: 'Person does not have access to this channel',
		});
	});

	test.each(['denied', 'offline', 'timeout'])(
		'an admission that ends with %s says so',
		async (admitOutcome) => {
			await engine.control('config', { admitOutcome });
			expect((await engine.run(call('channel/admit'))).items[0]).toMatchObject({ result: admitOutcome });
		},
	);

	test('a locked-down door refuses cards with code 22', async () => {
		await engine.run(call('channel/lockdown'));
		expect(await engine.control('present', { channelId: 1342, value: '41000' })).toMatchObject({
			event_code: 22,
		});
		await engine.run(call('channel/unlockdown'));
	});

	test('a reservation lets in only in its window', async () => {
		const id = store().addPerson({ first_name: 'Win', last_name: 'Dow' }).id;
		const pin = store().credentials.get(credentialOf(id))?.value;
		const code = async () => (await engine.control('present', { channelId: 1340, value: pin })).event_code;
		expect(await code()).toBe(27);
		store().bookings.bookDoors({
			person_id: id,
			start_time: soon(-1),
			end_time: soon(1),
			channel_ids: [1340],
		});
		expect(await code()).toBe(11);
	});

	test('bad input ends in words before anything is sent', async () => {
		expect(
			await error('reservation/create', { startTime: '2027-01-10T22:00:00', endTime: '2027-01-11T02:00:00' }),
		).toContain('starts on 2027-01-10 and ends on 2027-01-11');
		expect(
			await error('reservation/create', { startTime: '2027-01-10T12:00:00', endTime: '2027-01-10T11:00:00' }),
		).toBe('End Time is not after Start Time');
		expect(await error('reservation/create', { endTime: '2027-02-30T11:00:00' })).toContain(
			'there is no such day',
		);
		expect(await error('reservation/create', { channelIds: '={{ [] }}' })).toBe(
			'Door Names or IDs is missing: the expression {{ [] }} gave an empty list',
		);
		expect(await error('channel/lockdown', { cardLockdown: false })).toBe(
			'Nothing is chosen to be locked out',
		);
		expect(await error('channel/unlock', { relockAt: '2020-01-01T00:00:00' })).toBe(
			'Relock At is in the past',
		);
		expect(await error('person/create', { firstName: 'x'.repeat(10_000) })).toBe(
			'First Name is 10000 characters long, more than 255',
		);
		expect(await error('notificationRule/create', { callbackUrl: 'http://example.com' })).toContain(
			'https://',
		);
		expect(await error('notificationRule/create', { eventCodes: '32, x' })).toBe(
			'Event Codes can\'t be "x": that is not the ID of an event code',
		);
	});

	test('200 items with every third one bad: the good ones come through, each error on its item', async () => {
		const items = Array.from({ length: 200 }, (_, index) => ({
			json: { first: index % 3 === 0 ? '' : `N${index}` },
		}));
		const { items: out } = await engine.run(
			call('person/create', { firstName: '={{ $json.first }}', additionalFields: {} }),
			{ items, continueOnFail: true },
		);
		expect(out.map((one) => one.first_name ?? one.error)).toEqual(
			items.map(
				({ json }) =>
					json.first || 'First Name is missing: the expression {{ $json.first }} gave an empty text',
			),
		);
	});

	test('a batch starts one sync, and a limited one is a hint, not a failure', async () => {
		await engine.control('config', { syncLimitSeconds: 600 });
		store().lastSync = 0;
		const before = store().requests.filter(({ path }) => path === '/api/3/sync').length;
		const first = await engine.run(call('person/create', { options: { syncAfter: true } }), {
			items: Array.from({ length: 10 }, () => ({ json: {} })),
		});
		expect([first.error, first.hints]).toEqual([undefined, []]);
		expect(store().requests.filter(({ path }) => path === '/api/3/sync')).toHaveLength(before + 1);
		const second = await engine.run(call('person/create', { options: { syncAfter: true } }));
		expect(second.error).toBeUndefined();
		expect(second.hints[0]).toContain('not yet on the doors');
		await engine.control('config', { syncLimitSeconds: 1 });
	});

	test('the credentials of one person', async () => {
		const { items } = await engine.run(
			call('credential/getAll', { scope: 'person', personId: locator(1001) }),
		);
		expect(items.map(({ person_id: id }) => id)).toEqual([1001, 1001]);
	});

	test('a photo is sent from a file, whatever its type says; null for its URL removes it', async () => {
		const png = Buffer.concat([
			Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
			Buffer.from('rest'),
		]);
		// What it is, its first bytes say; the type may be missing.
		const photo = { data: png.toString('base64'), mimeType: '' };
		const { items } = await engine.run(
			call('person/create', { additionalFields: { imageBinaryProperty: 'data' } }),
			{ items: [{ json: {}, binary: { data: photo } }] },
		);
		expect(items[0]?.image_url).toMatch(/^https:/);
		const { items: changed } = await engine.run(
			call('person/update', {
				personId: locator(Number(items[0]?.id)),
				updateFields: { imageRemoteUrl: '={{ null }}' },
			}),
		);
		expect(changed[0]?.image_url).toBeNull();
		for (const name of ['photo', 'constructor', '__proto__'])
			expect(await error('person/create', { additionalFields: { imageBinaryProperty: name } })).toBe(
				`The input has no file named "${name}"`,
			);
	});

	test('Disconnect revokes at DoorFlow: the next request asks to reconnect', async () => {
		expect((await engine.run(call('account/disconnect'))).items[0]).toMatchObject({ disconnected: true });
		expect((await engine.run(call('person/get'))).error?.message).toContain('needs to be reconnected');
		expect(await engine.control('tokens')).toMatchObject({ connected: false });
		await engine.connect();
	});
});
