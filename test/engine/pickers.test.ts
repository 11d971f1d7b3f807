import { resources } from '../../nodes/DoorFlow/actions';
import { DoorFlow } from '../../nodes/DoorFlow/DoorFlow.node';
import { until } from '../until';
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

test('the list of a multi-select waits while its credential is being connected', async () => {
	const { oauthTokenData } = engine.credentials.data;
	engine.credentials.data = { ...engine.credentials.data, oauthTokenData: undefined as never };
	let isLoaded = false;
	const loading = engine.load('loadGroups').finally(() => (isLoaded = true));
	const { reads } = engine.credentials;
	await until('it to look twice', () => engine.credentials.reads > reads + 1);
	expect(isLoaded).toBe(false);
	engine.credentials.data = { ...engine.credentials.data, oauthTokenData: oauthTokenData as never };
	expect((await loading).map(({ name }) => name)).toContain('Visitors');
});

test('every multi-select of an operation loads again when its first field is filled in', () => {
	const lists = new DoorFlow().description.properties.filter((one) => one.typeOptions?.loadOptionsMethod);
	expect(lists.length).toBeGreaterThan(5);
	for (const { name, typeOptions, displayOptions } of lists) {
		const own = resources
			.find((resource) => resource.name === displayOptions?.show?.resource?.[0])
			?.operations.find((operation) => operation.name === displayOptions?.show?.operation?.[0]);
		const first = own?.fields.map(({ panel }) => panel.name).find((one) => one !== name);
		expect([name, typeOptions?.loadOptionsDependsOn?.[0]]).toEqual([name, `["${first}"]`]);
	}
});

test('an error is shown, not an empty list', async () => {
	await engine.control('config', { failurePath: '/api/3/credential_types', failureStatus: 403 });
	await expect(engine.pick('searchCredentialTypes')).rejects.toThrow(
		'the permission "Read Credential Types" may be missing',
	);
});
