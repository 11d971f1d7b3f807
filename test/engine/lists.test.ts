import type { INodeParameters } from 'n8n-workflow';
import { engine, useEngine } from './useEngine';

useEngine();

const person = (firstName: string, lastName: string, email: string): number =>
	engine.sandbox.store.addPerson({ first_name: firstName, last_name: lastName, email }).id;

describe('people by e-mail address', () => {
	const getAll = (filters: INodeParameters, more: INodeParameters = {}): INodeParameters => ({
		resource: 'person',
		operation: 'getAll',
		returnAll: true,
		filters,
		...more,
	});
	let ids: number[] = [];
	beforeAll(() => {
		ids = ['xlea@lists.example', 'ylea@lists.example', 'lea@lists.example'].map((email) =>
			person('Lea', 'List', email),
		);
	});

	test.each([
		['the whole address', {}, [2]],
		['a part of it', { exact: false }, [0, 1, 2]],
		['the whole address when said so', { exact: true }, [2]],
	])('a filter finds %s', async (_, more, found) => {
		const { items } = await engine.run(getAll({ email: 'LEA@lists.example', ...more }));
		expect(items.map(({ id }) => id)).toEqual(found.map((index) => ids[index]));
	});

	test('the limit counts those who have the address, not those who are looked through', async () => {
		const { items } = await engine.run(
			getAll({ email: 'lea@lists.example' }, { returnAll: false, limit: 1 }),
		);
		expect(items.map(({ id }) => id)).toEqual([ids[2]]);
	});

	test('invisible characters at the ends of an address do not matter, and alone are no address', async () => {
		const { items } = await engine.run(getAll({ email: '\ufeff\u00a0lea@lists.example\u200b' }));
		expect(items.map(({ id }) => id)).toEqual([ids[2]]);
		const before = engine.sandbox.store.requests.length;
		const { error } = await engine.run(getAll({ email: '\u200b' }));
		expect(error?.message).toBe('Email contains only blanks or invisible characters');
		expect(engine.sandbox.store.requests).toHaveLength(before);
	});

	test('Create or Update takes an address with invisible characters for the one person who has it', async () => {
		const before = engine.sandbox.store.people.size;
		const { items } = await engine.run(
			{
				resource: 'person',
				operation: 'upsert',
				matchBy: 'email',
				email: '={{ $json.mail }}',
				additionalFields: { department: 'Found' },
			},
			{ items: [{ json: { mail: '\u200blea@lists.example\u200e' } }] },
		);
		expect(items[0]?.id).toBe(ids[2]);
		expect(engine.sandbox.store.people.size).toBe(before);
	});
});

test('Create or Update takes a System ID with invisible characters for the one person who has it', async () => {
	const { store } = engine.sandbox;
	const known = store.addPerson({ first_name: 'Own', last_name: 'Id', system_id: 'OWN-1' });
	const before = store.people.size;
	const { items } = await engine.run(
		{
			resource: 'person',
			operation: 'upsert',
			matchBy: 'systemId',
			systemId: '={{ $json.id }}',
			additionalFields: { department: 'Found' },
		},
		{ items: [{ json: { id: '\u200bOWN-1\ufeff' } }] },
	);
	expect(items[0]?.id).toBe(known.id);
	expect(store.people.size).toBe(before);
});

describe('pickers', () => {
	test.each(['zoe', 'Zoe\u0308 ', 'visser  zoë', 'VISSER'])('%j finds Zoë Visser', async (wanted) => {
		const id = person('Zoë', 'Visser', `zoe.${Date.now()}.${Math.random()}@lists.example`);
		const { results } = await engine.pick('searchPeople', {}, wanted);
		expect(results.map(({ value }) => value)).toContain(String(id));
		expect((await engine.pick('searchPeople', {}, 'zoe nobody')).results).toEqual([]);
	});

	test('doors are found by words in any order, too', async () => {
		const { results } = await engine.pick('searchDoors', {}, 'quayside  main');
		expect(results).toEqual([{ name: 'Main Entrance (Quayside)', value: '1340' }]);
	});
});

test('reading an admission request without the permission names both that would do', async () => {
	const kept = structuredClone(engine.credentials.data);
	await engine.connect(['account.channel.readonly']);
	const { error } = await engine.run({
		resource: 'admissionRequest',
		operation: 'get',
		admissionRequestId: '1',
	});
	engine.credentials.data = kept;
	expect(error?.message).toContain(
		'the permission "Control Doors (Restricted)" or "Let a Named Person In" may be missing',
	);
});
