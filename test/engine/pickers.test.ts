import { engine, useEngine } from './useEngine';

useEngine();

test('people are shown by name and e-mail, searched and paged', async () => {
	for (let index = 0; index < 150; index++)
		engine.sandbox.store.addPerson({ first_name: 'P', last_name: String(index) });
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
