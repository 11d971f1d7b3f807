import { until } from '../until';
import { call, connect, present, sandbox, type Json, useSandbox } from './sandboxClient';

useSandbox();

describe('rules of the API', () => {
	let access: string;
	beforeEach(async () => {
		({ access } = await connect());
	});
	const create = async (body: object) => await call(access, 'POST', '/api/3/people', body);
	const named = { first_name: 'Nam', last_name: 'Ed' };

	test.each([
		[{}, ['first_name', 'last_name']],
		[{ ...named, email: 'nonsense' }, ['email']],
		[{ ...named, email: 'ADA.okafor@harbour.example' }, ['email']],
		[{ ...named, enabled: 'yes' }, ['enabled']],
		[{ ...named, valid_from: '2026-02-30' }, ['valid_from']],
		[{ ...named, valid_from: '2026-03-02', valid_to: '2026-03-01' }, ['valid_to']],
		[{ ...named, group_ids: [99] }, ['group_ids']],
		[{ ...named, role_ids: 'all' }, ['role_ids']],
		[{ ...named, organisation_id: 'x' }, ['organisation_id']],
		[{ ...named, image_base64: '<svg>' }, ['image_base64']],
		[{ ...named, pin: '123' }, ['pin']],
		[{ ...named, pin: '41000' }, ['pin']],
		[{ ...named, notes: 5 }, ['notes']],
	])('a person like %j is refused for %j', async (body, fields) => {
		const before = sandbox.store.people.size;
		const answer = await create(body);
		expect([answer.status, Object.keys(answer.body.errors as object)]).toEqual([422, fields]);
		expect(sandbox.store.people.size).toBe(before);
	});

	test('e-mail and system ID are unique, may be kept, and are free again afterwards', async () => {
		const first = await create({ ...named, email: 'One@x.example', system_id: 's-1' });
		expect((await create({ ...named, email: 'one@X.example' })).body.errors).toEqual({
			email: ['has already been taken'],
		});
		expect((await create({ ...named, system_id: 's-1' })).body.errors).toEqual({
			system_id: ['has already been taken'],
		});
		expect(
			(
				await call(access, 'PUT', `/api/3/people/${first.body.id}`, {
					email: 'one@x.example',
					system_id: 's-1',
				})
			).status,
		).toBe(201);
		expect(
			(await call(access, 'PUT', `/api/3/people/${first.body.id}`, { email: 'two@x.example', system_id: '' }))
				.body,
		).toMatchObject({ system_id: null });
		expect((await create({ ...named, email: 'one@x.example', system_id: 's-1' })).status).toBe(201);
	});

	test('a credential may be set through the person, by the slug of its type', async () => {
		const { body: person } = await create({ ...named, pin: '******', card: 'C-1' });
		const list = async (): Promise<Json[]> =>
			(await call(access, 'GET', `/api/3/people/${person.id}/credentials`)).body;
		expect((await list()).map(({ label, value }) => [label, value])).toEqual([
			['PIN', expect.stringMatching(/^\d{4,7}$/)],
			['Card', 'C-1'],
		]);
		expect(person).not.toHaveProperty('pin');
		await call(access, 'PUT', `/api/3/people/${person.id}`, { pin: '7171', card: null });
		expect((await list()).map(({ value }) => value)).toEqual(['7171']);
		sandbox.control.config({ personCredentialFields: true });
		expect((await call(access, 'GET', `/api/3/people/${person.id}`)).body).toMatchObject({
			pin: '7171',
			card: null,
		});
	});

	test('credentials: one of a type, PINs of the demanded length that nobody else has', async () => {
		const { body: person } = await create(named);
		const add = async (credential: object) =>
			await call(access, 'POST', `/api/3/people/${person.id}/credentials`, { person_credential: credential });
		expect((await add({ credential_type_id: 99 })).body.errors).toHaveProperty('credential_type_id');
		for (const value of ['123', '12345678', 'abcd', '', null, '41000'])
			expect((await add({ credential_type_id: 31, value })).status).toBe(422);
		expect((await add({ credential_type_id: 31, value: '41000' })).body.errors).toEqual({
			value: ['value is already in use on your account'],
		});
		sandbox.control.config({ pinLength: 6 });
		expect((await add({ credential_type_id: 31, value: '1234' })).body.errors).toEqual({
			value: ['must be 6 digits in length'],
		});
		const pin = await add({ credential_type_id: 31, value: '******' });
		expect([pin.status, pin.body.value]).toEqual([201, expect.stringMatching(/^\d{6}$/)]);
		expect(await add({ credential_type_id: 31, value: '******' })).toMatchObject({
			status: 409,
			body: { id: pin.body.id },
		});
		expect((await call(access, 'GET', `/api/3/people/1001/credentials/${pin.body.id}`)).status).toBe(404);
		expect(
			(await call(access, 'DELETE', `/api/3/people/${person.id}/credentials/${pin.body.id}`)).status,
		).toBe(200);
		expect((await add({ credential_type_id: 31, value: pin.body.value })).status).toBe(201);
	});

	test('codes of types: those of the description in one account, those of an article in the other', async () => {
		const codes = async (token: string): Promise<unknown[]> =>
			(await call(token, 'GET', '/api/3/credential_types')).body.map(({ code }) => code);
		const other = (await connect({ account: 'stdN9qk' })).access;
		expect([await codes(access), await codes(other)]).toEqual([
			[6, 5, 14, 15, null],
			[10, 200],
		]);
		const { body: person } = await call(other, 'POST', '/api/3/people', { ...named, group_ids: [1] });
		const pin = await call(other, 'POST', `/api/3/people/${person.id}/credentials`, {
			person_credential: { credential_type_id: 61, value: '******' },
		});
		expect(pin.body.value).toMatch(/^\d{4,7}$/);
		expect(present(2340, pin.body.value)).toBe(11);
	});

	test('an invitation becomes active; its deletion takes a while', async () => {
		const { body: person } = await create(named);
		const pass = await call(access, 'POST', `/api/3/people/${person.id}/credentials`, {
			person_credential: { credential_type_id: 34 },
		});
		expect(pass.body).toMatchObject({ status: 'invited', url: expect.stringMatching(/^https:/) });
		const path = `/api/3/people/${person.id}/credentials/${pass.body.id}`;
		expect((await call(access, 'PUT', path, { person_credential: { value: '1' } })).status).toBe(422);
		const record = sandbox.store.credentials.get(String(pass.body.id));
		await until('the activation', () => record?.status === 'active');
		expect((await call(access, 'GET', path)).body).not.toHaveProperty('url');
		const other = await call(access, 'POST', `/api/3/people/${person.id}/credentials`, {
			person_credential: { credential_type_id: 34 },
		});
		sandbox.control.config({ inviteMs: 3_600_000 });
		const slow = `/api/3/people/${person.id}/credentials/${other.body.id}`;
		expect((await call(access, 'DELETE', slow)).status).toBe(202);
		expect((await call(access, 'GET', slow)).body.status).toBe('revoking');
		sandbox.control.config({ inviteMs: 1 });
		expect((await call(access, 'DELETE', path)).status).toBe(202);
		await until('the revocation', () => record?.status === 'revoked');
		expect((await call(access, 'GET', path)).status).toBe(404);
	});

	test('admissions: only in normal mode, only for whom the door opens, found under the id of their event', async () => {
		await call(access, 'POST', '/api/3/channels/1341/unlock', {});
		expect(await call(access, 'POST', '/api/3/channels/1341/admit')).toMatchObject({
			status: 400,
			body: { id: 1341, mode: { description: 'unlock' } },
		});
		const stranger = (await create({ ...named, group_ids: [3] })).body.id;
		const admitPerson = async (channel: number, person_id: unknown) =>
			await call(access, 'POST', `/api/3/channels/${channel}/admit_person`, { person_id });
		expect(await admitPerson(1342, stranger)).toMatchObject({
			status: 403,
			body: { error: 'Access denied', reason: expect.stringContaining('access') },
		});
		expect((await admitPerson(1340, stranger)).body.reason).toContain('credentials');
		expect((await admitPerson(1340, 424242)).status).toBe(404);
		sandbox.control.config({ admitOutcome: { '1340': 'denied' } });
		for (const [channel, outcome, code] of [
			[1340, 'denied', 51],
			[1342, 'admitted', 50],
		] as const) {
			const { body } = await admitPerson(channel, 1001);
			const id = Number(body.admission_request_id);
			await until('the outcome', () => sandbox.store.admissions.get(id)?.status === outcome);
			expect((await call(access, 'GET', `/api/3/admission_requests/${id}`)).body).toMatchObject({
				status: outcome,
				person: { id: 1001 },
			});
			expect((await call(access, 'GET', `/api/3/events/${id}`)).body).toMatchObject({
				event_code: code,
				channel_id: channel,
			});
		}
	});

	test('a door can not be left open by a time that can not be read', async () => {
		expect((await call(access, 'POST', '/api/3/channels/1340/unlock', { relock_at: 'soon' })).status).toBe(
			400,
		);
		expect((await call(access, 'GET', '/api/3/channels/1340')).body.mode).toMatchObject({
			description: 'normal',
		});
	});

	test('events: codes, doors, names, level and order', async () => {
		const ids = async (query: string): Promise<unknown[]> =>
			(await call(access, 'GET', `/api/3/events?${query}`)).body.map(({ event_code: code }) => code);
		sandbox.control.present({ channelId: 1341, value: '41007' });
		sandbox.control.present({ channelId: 1342, value: '9999' });
		sandbox.control.door({ channelId: 1343, state: 'forced' });
		sandbox.control.door({ channelId: 1343, state: 'offline' });
		expect(await ids('sort=ASC')).toEqual([10, 13, 11, 24]);
		expect(await ids('')).toEqual([24, 11, 13, 10]);
		expect(await ids('level=debug&sort=ASC')).toEqual([10, 13, 11, 24, 3]);
		expect(await ids('event_codes=32,24')).toEqual([32, 24]);
		expect(await ids('channels=1341,1342')).toEqual([24, 11, 13]);
		expect(await ids('first_name=bruno&last_name=LINDQVIST')).toEqual([11]);
		expect(await ids(`since=${new Date(Date.now() + 5000).toISOString()}`)).toEqual([]);
		expect(await call(access, 'GET', '/api/3/events?event_codes=10,50,x')).toMatchObject({
			status: 400,
			body: { error_description: expect.stringContaining('50, x') },
		});
	});

	test('since is the account’s time, since_utc is not', async () => {
		sandbox.control.config({ accountTimeZone: 'Asia/Tokyo' });
		const count = async (query: string): Promise<number> =>
			(await call(access, 'GET', `/api/3/people?${query}`)).body.length;
		const clock = new Date(Date.now() + 3_600_000).toISOString().slice(0, 19);
		expect([await count(`since=${clock}`), await count(`since_utc=${clock}`)]).toEqual([6, 0]);
	});

	test('what is not there, and what can not be read, is answered in the documented form', async () => {
		expect(await call(access, 'GET', '/api/3/nothing')).toMatchObject({
			status: 404,
			body: { error: 'not_found' },
		});
		for (const id of ['abc', '1e3', '-1', '99999999999999999999'])
			expect((await call(access, 'GET', `/api/3/people/${id}`)).status).toBe(404);
		const broken = await fetch(`${sandbox.url}/api/3/people`, {
			method: 'POST',
			headers: { Authorization: `Bearer ${access}`, 'Content-Type': 'application/json' },
			body: '{',
		});
		expect([broken.status, await broken.json()]).toEqual([
			400,
			{ error: 'bad_request', error_description: expect.any(String) },
		]);
	});
});
