import { Engine } from './engine';

const locator = (value: number | string) => ({ __rl: true, mode: 'id', value: String(value) });

let engine: Engine;
beforeAll(async () => {
	engine = await Engine.start();
});
afterAll(async () => await engine.stop());
beforeEach(
	async () =>
		await engine.control('config', {
			failurePath: '',
			dropAfterWrite: false,
			rateLimitPerSecond: 0,
			pagingHeaders: 'openapi',
		}),
);

const create = {
	resource: 'person',
	operation: 'create',
	firstName: '={{ $json.first }}',
	lastName: 'Visitor',
	additionalFields: { email: '={{ $json.mail }}' },
};

describe('people', () => {
	test('creates people from expressions, in order and paired', async () => {
		const items = ['Ana', 'Ben', 'Cleo'].map((first) => ({ json: { first, mail: `${first}@example.com` } }));
		const { outputs, items: people, error } = await engine.run(create, { items });
		expect(error).toBeUndefined();
		expect(people.map((person) => person.first_name)).toEqual(['Ana', 'Ben', 'Cleo']);
		expect(outputs[0]?.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
	});

	test('a taken e-mail address names the field and its reason', async () => {
		const { error } = await engine.run(create, {
			items: [{ json: { first: 'Ana', mail: 'ana@example.com' } }],
		});
		expect(error?.message).toBe('DoorFlow refused to create the person: email: has already been taken');
	});

	test('continue on fail puts the error on its item and goes on', async () => {
		const items = [
			{ json: { first: 'Dan', mail: 'dan@example.com' } },
			{ json: { first: '', mail: 'x' } },
			{ json: { first: 'Eve', mail: 'eve@example.com' } },
		];
		const { outputs, items: people } = await engine.run(create, { items, continueOnFail: true });
		expect(people.map((person) => person.first_name ?? person.error)).toEqual([
			'Dan',
			'First Name is empty',
			'Eve',
		]);
		expect(outputs[0]?.[1]?.pairedItem).toEqual({ item: 1 });
	});

	test('upsert looks first: twice the same visitor is one record', async () => {
		const upsert = {
			resource: 'person',
			operation: 'upsert',
			matchBy: 'email',
			firstName: 'Flo',
			lastName: 'Once',
			additionalFields: { email: '={{ $json.mail }}' },
		};
		const before = engine.sandbox.store.people.size;
		const { items: people } = await engine.run(upsert, {
			items: [{ json: { mail: 'flo@example.com' } }, { json: { mail: 'FLO@example.com' } }],
		});
		expect(people[0]?.id).toBe(people[1]?.id);
		expect(engine.sandbox.store.people.size).toBe(before + 1);
	});

	test('an empty value clears a field, an absent one leaves it alone', async () => {
		const { items } = await engine.run({
			resource: 'person',
			operation: 'update',
			personId: locator(1001),
			updateFields: { department: '', mobile: '+441632960123' },
		});
		expect(items[0]).toMatchObject({ department: null, mobile: '+441632960123', first_name: 'Ada' });
	});

	test.each(['openapi', 'legacy', 'none'])(
		'Return All gets everybody once, in order (%s paging headers)',
		async (pagingHeaders) => {
			await engine.control('config', { pagingHeaders });
			for (let index = engine.sandbox.store.people.size; index < 250; index++)
				engine.sandbox.store.addPerson({ first_name: 'P', last_name: String(index) });
			const { items } = await engine.run({ resource: 'person', operation: 'getAll', returnAll: true });
			expect(items.map(({ id }) => id)).toEqual([...engine.sandbox.store.people.keys()]);
			const { items: few } = await engine.run({
				resource: 'person',
				operation: 'getAll',
				returnAll: false,
				limit: 120,
			});
			expect(few).toHaveLength(120);
		},
	);

	test('an unknown person is named with its id', async () => {
		const { error } = await engine.run({ resource: 'person', operation: 'get', personId: locator(999_999) });
		expect(error?.message).toBe('DoorFlow does not know the person with ID "999999"');
	});

	test.each(['-5', '1.5', 'abc', '../1', '', '1e9'])('"%s" is no id', async (value) => {
		const before = engine.sandbox.store.requests.length;
		const { error } = await engine.run(
			{ resource: 'person', operation: 'get', personId: locator('={{ $json.id }}') },
			{ items: [{ json: { id: value } }] },
		);
		expect(error?.message).toMatch(/can't be the ID of a person|No person is chosen/);
		expect(engine.sandbox.store.requests).toHaveLength(before);
	});

	test('deletes', async () => {
		const person = engine.sandbox.store.addPerson({ first_name: 'Gone', last_name: 'Soon' });
		const { items } = await engine.run({
			resource: 'person',
			operation: 'delete',
			personId: locator(person.id),
		});
		expect(items).toEqual([{ deleted: true, id: person.id }]);
		expect(engine.sandbox.store.people.has(person.id)).toBe(false);
	});
});

describe('credentials', () => {
	const credential = (valueMode: string, value = '', typeId = 31) => ({
		resource: 'credential',
		operation: 'create',
		personId: locator('={{ $json.id }}'),
		credentialTypeId: locator(typeId),
		valueMode,
		value,
	});
	const visitor = () => ({
		json: { id: engine.sandbox.store.addPerson({ first_name: 'Pin', last_name: 'Holder', groups: [2] }).id },
	});

	test('generates a PIN and returns it; the PIN opens a door', async () => {
		const { items } = await engine.run(credential('generate'), { items: [visitor()] });
		expect(items[0]?.value).toMatch(/^\d{4,7}$/);
		expect(await engine.control('present', { channelId: 1340, value: items[0]?.value })).toMatchObject({
			event_code: 11,
		});
	});

	test('a second credential of a type is refused in words', async () => {
		const person = visitor();
		await engine.run(credential('generate'), { items: [person] });
		const { error } = await engine.run(credential('generate'), { items: [person] });
		expect(error?.message).toBe('The person already has a credential of this type');
	});

	test('a PIN never shows in an error', async () => {
		const first = visitor();
		await engine.run(credential('set', '7654321'), { items: [first] });
		const { error, run } = await engine.run(credential('set', '7654321'), { items: [visitor()] });
		expect(error?.message).toContain('value is already in use');
		expect(JSON.stringify(run.data.resultData.error)).not.toContain('7654321');
	});

	test('invites a mobile credential, which becomes active, and takes it away', async () => {
		const person = visitor();
		const { items } = await engine.run(credential('invite', '', 33), { items: [person] });
		expect(items[0]).toMatchObject({ status: 'invited' });
		const { items: removed } = await engine.run({
			resource: 'credential',
			operation: 'delete',
			personId: locator(person.json.id),
			credentialId: locator(String(items[0]?.id)),
		});
		expect(removed[0]).toMatchObject({ deleted: true, pending: true });
	});

	test('changes a PIN, lists, gets', async () => {
		const person = visitor();
		const { items } = await engine.run(credential('set', '112233'), { items: [person] });
		const id = locator(String(items[0]?.id));
		const { items: changed } = await engine.run({
			resource: 'credential',
			operation: 'update',
			personId: locator(person.json.id),
			credentialId: id,
			valueMode: 'set',
			value: '445566',
		});
		expect(changed[0]?.value).toBe('445566');
		const { items: got } = await engine.run({
			resource: 'credential',
			operation: 'get',
			personId: locator(person.json.id),
			credentialId: id,
		});
		expect(got[0]?.value).toBe('445566');
		const { items: all } = await engine.run({
			resource: 'credential',
			operation: 'getAll',
			scope: 'person',
			personId: locator(person.json.id),
			returnAll: true,
		});
		expect(all).toHaveLength(1);
	});
});

describe('when DoorFlow has trouble', () => {
	test('a POST whose fate is unknown is not sent twice', async () => {
		await engine.control('config', { dropAfterWrite: true });
		const before = engine.sandbox.store.people.size;
		const { error } = await engine.run(create, {
			items: [{ json: { first: 'Unsure', mail: 'unsure@example.com' } }],
		});
		expect(error?.message).toBe('It is not known whether DoorFlow did create the person');
		expect(engine.sandbox.store.people.size).toBe(before + 1);
	});

	test('a GET is tried again', async () => {
		await engine.control('config', { failurePath: 'GET /api/3/people/1001', failureStatus: 500 });
		const healed = new Promise((resolve) => setTimeout(resolve, 300)).then(
			async () => await engine.control('config', { failurePath: '' }),
		);
		const { items } = await engine.run({ resource: 'person', operation: 'get', personId: locator(1001) });
		await healed;
		expect(items[0]).toMatchObject({ first_name: 'Ada' });
	});

	test('waits when told to, and nothing is lost', async () => {
		await engine.control('config', { rateLimitPerSecond: 10 });
		const items = Array.from({ length: 25 }, (_, index) => ({
			json: { first: `R${index}`, mail: `r${index}@example.com` },
		}));
		const { items: people, error } = await engine.run(create, { items });
		expect(error).toBeUndefined();
		expect(people.map(({ first_name: name }) => name)).toEqual(items.map(({ json }) => json.first));
	});

	test('an unreachable API is said so', async () => {
		const { baseUrl } = engine.credentials.data;
		engine.credentials.data.baseUrl = 'http://127.0.0.1:1';
		const { error } = await engine.run({ resource: 'person', operation: 'get', personId: locator(1001) });
		engine.credentials.data.baseUrl = baseUrl as string;
		expect(error?.message).toBe('DoorFlow could not be reached to read the person');
	});

	test.each([
		'http://api.doorflow.com',
		'https://api.doorflow.com/v1',
		'https://me@api.doorflow.com',
		'https://api.doorflow.com?x=1',
		'',
	])('a base URL such as %s is refused before anything is sent', async (bad) => {
		const { baseUrl } = engine.credentials.data;
		engine.credentials.data.baseUrl = bad;
		const { error } = await engine.run({ resource: 'person', operation: 'get', personId: locator(1001) });
		engine.credentials.data.baseUrl = baseUrl as string;
		expect(error?.message).toBe('The DoorFlow credential has an API Base URL that is not allowed');
	});
});

describe('tokens', () => {
	const get = { resource: 'person', operation: 'get', personId: locator(1001) };

	test('an expired token is refreshed once for many items at the same time, and stored', async () => {
		const { refreshed } = await engine.control<{ refreshed: number }>('tokens');
		const old = engine.tokens;
		await engine.control('expire-tokens', {});
		const { items, error } = await engine.run(
			{ ...get, options: { concurrency: 10 } },
			{ items: Array.from({ length: 30 }, () => ({ json: {} })) },
		);
		expect(error).toBeUndefined();
		expect(items).toHaveLength(30);
		expect(await engine.control('tokens')).toMatchObject({ refreshed: refreshed + 1, refused: 0 });
		expect(engine.tokens.refresh_token).not.toBe(old.refresh_token);
	});

	test('an execution that is cancelled while it renews the token cancels no other', async () => {
		await engine.control('expire-tokens', {});
		await engine.control('config', { tokenAnswerDelayMs: 400 });
		const cancelled = engine.run(get, { cancelWhen: new Promise((resolve) => setTimeout(resolve, 200)) });
		const { items, error } = await engine.run(get);
		await cancelled;
		await engine.control('config', { tokenAnswerDelayMs: 0 });
		expect(error).toBeUndefined();
		expect(items[0]).toMatchObject({ id: 1001 });
	});

	test('a lost race takes up the token that another process stored', async () => {
		const stale = structuredClone(engine.credentials.data);
		await engine.control('expire-tokens', {});
		await engine.run(get);
		const fresh = engine.credentials.data;
		// This process still sees the old token once; then it finds what the winner stored.
		engine.credentials.data = stale;
		const winner = new Promise((resolve) => setTimeout(resolve, 150)).then(
			() => (engine.credentials.data = fresh),
		);
		const { items, error } = await engine.run(get);
		await winner;
		expect(error).toBeUndefined();
		expect(items[0]).toMatchObject({ id: 1001 });
	});

	test('a missing permission is named in the words of the credential', async () => {
		const kept = structuredClone(engine.credentials.data);
		await engine.connect(['account.group.readonly']);
		const { error } = await engine.run(get);
		engine.credentials.data = kept;
		expect(error?.message).toContain('the permission "Read People and Credentials" may be missing');
	});

	test('a revoked connection asks to reconnect, without a storm, and no error holds a token', async () => {
		await engine.control('revoke-application', {});
		const { error, run } = await engine.run(get, {
			items: Array.from({ length: 10 }, () => ({ json: {} })),
			continueOnFail: true,
		});
		expect(error).toBeUndefined();
		const errors = run.data.resultData.runData['Under Test']?.[0]?.data?.main?.[0]?.map(
			({ json }) => json.error,
		);
		expect(new Set(errors)).toEqual(
			new Set(['The DoorFlow credential "Harbour House" needs to be reconnected']),
		);
		const { refused } = await engine.control<{ refused: number }>('tokens');
		expect(refused).toBeLessThanOrEqual(3);
		const text = JSON.stringify(run);
		for (const secret of [engine.tokens.access_token, engine.tokens.refresh_token, 'sandbox-secret'])
			expect(text).not.toContain(secret);
		await engine.connect();
		expect((await engine.run(get)).items[0]).toMatchObject({ id: 1001 });
	});
});

describe('pickers', () => {
	test('people are shown by name and e-mail, searched and paged', async () => {
		const { results, paginationToken } = await engine.pick('searchPeople');
		expect(results[0]).toEqual({ name: 'Ada Okafor (ada.okafor@harbour.example)', value: '1001' });
		expect(paginationToken).toBe('2');
		expect((await engine.pick('searchPeople', {}, 'okafor')).results).toHaveLength(1);
		expect((await engine.pick('searchPeople', {}, 'bruno.l@')).results).toHaveLength(0);
	});

	test('doors are told apart by their site', async () => {
		expect((await engine.pick('searchDoors', {}, 'main')).results).toEqual([
			{ name: 'Main Entrance (Quayside)', value: '1340' },
		]);
	});

	test('an error is shown, not an empty list', async () => {
		await engine.control('config', { failurePath: '/api/3/credential_types', failureStatus: 403 });
		await expect(engine.pick('searchCredentialTypes')).rejects.toThrow(
			'the permission "Read Credential Types" may be missing',
		);
	});
});
