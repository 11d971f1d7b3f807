import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { resources } from '../../nodes/DoorFlow/actions';
import { Engine } from './engine';

jest.mock('../../nodes/shared/retryPolicy', () => jest.requireActual<object>('./quickRetries'));

const locator = (value: number | string) => ({ __rl: true, mode: 'id', value: String(value) });
const soon = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();

let engine: Engine;
beforeAll(async () => {
	engine = await Engine.start({ config: { admitDelayMs: 20, syncLimitSeconds: 1, inviteMs: 1 } });
});
afterAll(async () => await engine.stop());
beforeEach(async () => await engine.control('config', { failurePath: '', admitOutcome: 'admitted' }));

interface Row {
	/** What is entered in the panel; made anew for each item, since some operations use things up. */
	readonly enter: () => INodeParameters;
	/** What must come out. */
	readonly gives: object;
	/** What the documented failures are forced on; the operation's main request. */
	readonly path: string;
}

const store = () => engine.sandbox.store;
const person = (): number => store().addPerson({ first_name: 'Row', last_name: 'Person', groups: [2] }).id;
const credentialOf = (personId: number, type = 31): string =>
	store().addCredential(personId, type, type === 31 ? store().freePin() : undefined).id;
const held = (map: Map<number, IDataObject & { id: number }>, fields: object): number => {
	const id = store().nextId();
	map.set(id, { id, ...fields } as never);
	return id;
};
const reservation = (): number =>
	held(store().reservations as never, {
		person_id: 1001,
		start_time: soon(1),
		end_time: soon(2),
		channel_ids: [1340],
		created_at: soon(0),
		updated_at: soon(0),
	});
const groupReservation = (): number =>
	held(store().groupReservations as never, {
		person_id: 1001,
		start_time: soon(1),
		end_time: soon(2),
		group_ids: [1],
		state: 'pending',
		created_at: soon(0),
		updated_at: soon(0),
	});
const rule = (): number =>
	held(store().rules as never, {
		name: 'R',
		active: true,
		conditions: [],
		events: [{ code: 32, name: 'Forced' }],
		actions: [{ type: 0, type_description: 'Call back', data: 'https://example.com' }],
	});
const ruleFields = {
	name: 'Forced',
	callbackUrl: 'https://example.com/hook',
	eventCodes: '32, 33',
	additionalFields: { channelIds: ['1340'] },
};
/** A window that certainly lies on one day of the account. */
const tomorrow = (): string => new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
const window = () => ({ startTime: `${tomorrow()}T10:00:00`, endTime: `${tomorrow()}T11:30:00` });

/** Every operation once; an operation without a row fails the test below. */
const ROWS: Record<string, Row> = {
	'person/create': {
		enter: () => ({
			firstName: 'Ann',
			lastName: 'Other',
			additionalFields: { groupIds: '1,2', validTo: soon(60), notes: '日本 🚪 שלום' },
		}),
		gives: { first_name: 'Ann', groups: [1, 2], notes: '日本 🚪 שלום' },
		path: 'POST /api/3/people',
	},
	'person/upsert': {
		enter: () => ({
			matchBy: 'systemId',
			firstName: 'Uma',
			lastName: 'Psert',
			systemId: 'hr-7',
		}),
		gives: { system_id: 'hr-7' },
		path: '/api/3/people',
	},
	'person/get': {
		enter: () => ({ personId: locator(1001), simplify: true }),
		gives: { id: 1001, first_name: 'Ada' },
		path: '/api/3/people/',
	},
	'person/getAll': {
		enter: () => ({ returnAll: false, limit: 3 }),
		gives: { id: expect.any(Number) },
		path: '/api/3/people',
	},
	'person/update': {
		enter: () => ({ personId: locator(person()), updateFields: { jobTitle: 'Guard', enabled: false } }),
		gives: { job_title: 'Guard', enabled: false },
		path: '/api/3/people/',
	},
	'person/delete': {
		enter: () => ({ personId: locator(person()) }),
		gives: { deleted: true },
		path: '/api/3/people/',
	},
	'person/addToGroups': {
		enter: () => ({ personId: locator(person()), groupIds: '1,2' }),
		gives: { groups: [2, 1], added: [1], removed: [] },
		path: '/api/3/people/',
	},
	'person/removeFromGroups': {
		enter: () => ({ personId: locator(person()), groupIds: ['2'] }),
		gives: { groups: [], added: [], removed: [2] },
		path: '/api/3/people/',
	},
	'person/revokeAccess': {
		enter: () => ({ findBy: 'person', personId: locator(person()) }),
		gives: { disabled: true, ended: expect.objectContaining({ groups: [2] }), synced: true },
		path: '/api/3/people/',
	},
	'credential/create': {
		enter: () => ({ personId: locator(person()), credentialTypeId: locator(31), valueMode: 'generate' }),
		gives: { value: expect.stringMatching(/^\d{4,7}$/) },
		path: '/credentials',
	},
	'credential/get': {
		enter: () => ({
			personId: locator(1001),
			credentialId: locator(store().credentialsOf(1001)[0]?.id ?? ''),
		}),
		gives: { person_id: 1001 },
		path: '/credentials',
	},
	'credential/getAll': {
		enter: () => ({ scope: 'account', returnAll: true }),
		gives: { id: expect.any(String) },
		path: '/credentials',
	},
	'credential/update': {
		enter: () => {
			const id = person();
			return { personId: locator(id), credentialId: locator(credentialOf(id)), valueMode: 'generate' };
		},
		gives: { value: expect.stringMatching(/^\d{4,7}$/) },
		path: '/credentials',
	},
	'credential/delete': {
		enter: () => {
			const id = person();
			return { personId: locator(id), credentialId: locator(credentialOf(id)) };
		},
		gives: { deleted: true },
		path: '/credentials',
	},
	'credentialType/getAll': {
		enter: () => ({ returnAll: true }),
		gives: { slug: 'pin' },
		path: '/api/3/credential_types',
	},
	'group/getAll': {
		enter: () => ({ returnAll: false, limit: 2 }),
		gives: { name: 'Staff' },
		path: '/api/3/groups',
	},
	'role/getAll': { enter: () => ({ returnAll: true }), gives: { name: 'Everywhere' }, path: '/api/3/roles' },
	'site/getAll': { enter: () => ({ returnAll: true }), gives: { name: 'Quayside' }, path: '/api/3/sites' },
	'channel/get': {
		enter: () => ({ channelId: locator(1340), simplify: true }),
		gives: { name: 'Main Entrance' },
		path: '/api/3/channels/',
	},
	'channel/getAll': {
		enter: () => ({ returnAll: true, filters: { siteId: locator(4) } }),
		gives: { name: 'Loading Bay' },
		path: '/api/3/channels',
	},
	'channel/admit': {
		enter: () => ({ channelId: locator(1340), waitForResult: true }),
		gives: { result: 'admitted' },
		path: '/api/3/channels/',
	},
	'channel/admitPerson': {
		enter: () => ({ channelId: locator(1340), personId: locator(1001), waitForResult: true }),
		gives: { result: 'admitted', person_id: 1001 },
		path: '/api/3/channels/',
	},
	'channel/unlock': {
		enter: () => ({ channelId: locator(1341), relockAt: soon(5) }),
		gives: { mode: expect.objectContaining({ description: 'unlock' }) },
		path: '/api/3/channels/',
	},
	'channel/normal': {
		enter: () => ({ channelId: locator(1341) }),
		gives: { mode: expect.objectContaining({ description: 'normal' }) },
		path: '/api/3/channels/',
	},
	'channel/lockdown': {
		enter: () => ({ channelId: locator(1342), cardLockdown: true }),
		gives: { lockdown: expect.objectContaining({ card_lockdown: { state: true } }) },
		path: '/api/3/channels/',
	},
	'channel/unlockdown': {
		enter: () => ({ channelId: locator(1342) }),
		gives: { lockdown: null },
		path: '/api/3/channels/',
	},
	'channel/autoUnlock': {
		enter: () => ({ channelId: locator(1342), shiftId: 10 }),
		gives: { auto_unlock: { id: 10, name: 'Office Hours' } },
		path: '/api/3/channels/',
	},
	'channel/regenerateEncryptionKey': {
		enter: () => ({ channelId: locator(1351) }),
		gives: { status: 'pending_encryption' },
		path: '/api/3/channels/',
	},
	'channel/removeEncryptionKey': {
		enter: () => ({ channelId: locator(1351) }),
		gives: { status: 'online' },
		path: '/api/3/channels/',
	},
	'admissionRequest/get': {
		enter: () => ({
			admissionRequestId: String(
				held(store().admissions as never, {
					status: 'denied',
					channel_id: 1340,
					requested_at: soon(0),
					door_controller: { id: 1340, name: 'Main Entrance' },
				}),
			),
		}),
		gives: { status: 'denied' },
		path: '/api/3/admission_requests/',
	},
	'reservation/create': {
		enter: () => ({ personId: locator(1001), channelIds: ['1340', 1341], ...window() }),
		gives: { channel_ids: [1340, 1341] },
		path: '/api/3/reservations',
	},
	'reservation/delete': {
		enter: () => ({ reservationId: locator(reservation()) }),
		gives: { deleted: true },
		path: '/api/3/reservations',
	},
	'reservation/getAll': {
		enter: () => {
			reservation();
			return { returnAll: true };
		},
		gives: { person_id: 1001 },
		path: '/api/3/reservations',
	},
	'groupReservation/create': {
		enter: () => ({ personId: locator(1001), groupIds: '2', ...window() }),
		gives: { group_ids: [2] },
		path: '/api/3/group_reservations',
	},
	'groupReservation/delete': {
		enter: () => ({ groupReservationId: locator(groupReservation()) }),
		gives: { deleted: true },
		path: '/api/3/group_reservations',
	},
	'groupReservation/getAll': {
		enter: () => {
			groupReservation();
			return { returnAll: true };
		},
		gives: { person_id: 1001 },
		path: '/api/3/group_reservations',
	},
	'event/get': {
		enter: () => ({ eventId: String(store().events[0]?.id) }),
		gives: { event_code: 10 },
		path: '/api/3/events/',
	},
	'event/getAll': {
		enter: () => ({
			returnAll: true,
			sort: 'ASC',
			filters: { eventTypes: ['accessGranted'], firstName: 'Ada' },
		}),
		gives: { event_code: 10 },
		path: '/api/3/events',
	},
	'event/acknowledge': {
		enter: () => ({
			resourceUrl: `${engine.sandbox.url}/api/3/events/${String(store().events[0]?.id)}?ack_token=x`,
		}),
		gives: { acknowledged: true },
		path: '/api/3/events/',
	},
	'notificationRule/create': {
		enter: () => ruleFields,
		gives: { name: 'Forced' },
		path: '/api/3/notification_rules',
	},
	'notificationRule/update': {
		enter: () => ({ notificationRuleId: locator(rule()), ...ruleFields }),
		gives: { name: 'Forced' },
		path: '/api/3/notification_rules',
	},
	'notificationRule/get': {
		enter: () => ({ notificationRuleId: locator(rule()) }),
		gives: { name: 'R' },
		path: '/api/3/notification_rules',
	},
	'notificationRule/delete': {
		enter: () => ({ notificationRuleId: locator(rule()) }),
		gives: { deleted: true },
		path: '/api/3/notification_rules',
	},
	'notificationRule/getAll': {
		enter: () => {
			rule();
			return { returnAll: true };
		},
		gives: { id: expect.any(Number) },
		path: '/api/3/notification_rules',
	},
	'sync/start': {
		enter: () => ({ waitIfLimited: true }),
		gives: { started: true, result: 'ok' },
		path: '/api/3/sync',
	},
	'visitor/checkIn': {
		enter: () => ({
			firstName: 'Vis',
			lastName: 'Itor',
			accessBy: 'groups',
			groupIds: ['2'],
			endTime: soon(60),
			issue: 'pin',
			matchBy: 'systemId',
			systemId: `visitor-${store().nextId()}`,
			options: { syncAfter: false },
		}),
		gives: { isNew: true, pin: expect.stringMatching(/^\d{4,7}$/) },
		path: '/api/3/people',
	},
	'visitor/checkOut': {
		enter: () => ({
			findBy: 'person',
			personId: locator(store().addPerson({ first_name: 'Vis', last_name: 'Itor', job_title: 'Visitor' }).id),
			mode: 'delete',
			options: { syncAfter: false },
		}),
		gives: { checkedOut: true, deleted: true },
		path: '/api/3/people/',
	},
	'account/get': { enter: () => ({}), gives: { time_zone: 'Europe/London' }, path: '/api/3/account' },
	'account/getTokenInfo': {
		enter: () => ({}),
		gives: { account_id: 'hrbrHs7', permissions: expect.arrayContaining(['Read Doors']) },
		path: '/oauth/token/info',
	},
	'account/disconnect': { enter: () => ({}), gives: { disconnected: true }, path: '/oauth/revoke' },
};

const DECLARED = resources.flatMap((resource) =>
	resource.operations.map((operation) => ({
		key: `${resource.name}/${operation.name}`,
		resource,
		operation,
	})),
);

test('every declared operation has a row, and no row is left over', () => {
	expect(Object.keys(ROWS).sort()).toEqual(DECLARED.map(({ key }) => key).sort());
});

test('names of values and wording keep to n8n’s conventions', () => {
	for (const { key, operation } of DECLARED) {
		expect([key, operation.displayName]).toEqual([key, expect.stringMatching(/^[A-Z]/)]);
		expect([key, operation.action]).toEqual([key, expect.stringMatching(/^[A-Z][^.]*$/)]);
	}
});

const call = (key: string, more: INodeParameters = {}): INodeParameters => {
	const [resource, operation] = key.split('/');
	return { resource: resource ?? '', operation: operation ?? '', ...(ROWS[key] as Row).enter(), ...more };
};

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
			[401, /needs to be reconnected/],
			[403, /may be missing|does not allow/],
			[404, /does not know|did not find/],
			[409, /already|at odds/],
			[422, /refused to/],
			[429, /asks to wait 600 seconds/],
			[500, /has trouble|not known whether/],
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
			'Relock At lies in the past',
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
		expect(await error('person/create', { additionalFields: { imageBinaryProperty: 'photo' } })).toBe(
			'The input has no file named "photo"',
		);
	});

	test('Disconnect revokes at DoorFlow: the next request asks to reconnect', async () => {
		expect((await engine.run(call('account/disconnect'))).items[0]).toMatchObject({ disconnected: true });
		expect((await engine.run(call('person/get'))).error?.message).toContain('needs to be reconnected');
		expect(await engine.control('tokens')).toMatchObject({ connected: false });
		await engine.connect();
	});
});
