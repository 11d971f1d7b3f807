import { create, engine, locator, useEngine } from './useEngine';

useEngine();

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
		'First Name is missing: the expression {{ $json.first }} gave an empty text',
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
		email: '={{ $json.mail }}',
	};
	const before = engine.sandbox.store.people.size;
	const { items: people, error } = await engine.run(upsert, {
		items: [{ json: { mail: 'flo@example.com' } }, { json: { mail: 'FLO@example.com' } }],
	});
	// DoorFlow takes no address twice: whoever did not look would fail.
	expect(error).toBeUndefined();
	expect(people).toHaveLength(2);
	expect(people[0]?.id).toBe(people[1]?.id);
	expect(engine.sandbox.store.people.size).toBe(before + 1);
});

test('null from an expression clears a field; an empty or absent one leaves it alone', async () => {
	const { items } = await engine.run({
		resource: 'person',
		operation: 'update',
		personId: locator(1001),
		updateFields: {
			department: '={{ null }}',
			jobTitle: '',
			notes: '={{ $json.renamed }}',
			mobile: '+441632960123',
		},
	});
	expect(items[0]).toMatchObject({ department: null, mobile: '+441632960123', first_name: 'Ada' });
});

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
	expect(error?.message).toMatch(
		/is not the ID of a person|Person is missing: the expression \{\{ \$json\.id \}\} gave an empty text/,
	);
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
