import type { INodeParameters } from 'n8n-workflow';

import { engine, locator, useEngine } from './useEngine';

useEngine({ config: { syncLimitSeconds: 0 } });

const sent = (): string[] => engine.sandbox.control.requests().map(({ method, path }) => `${method} ${path}`);
const since = (count: number): string[] => sent().slice(count).sort();

const GROUPS: INodeParameters = {
	resource: 'person',
	operation: 'addToGroups',
	personId: locator(1003),
	groupIds: '={{ $json.groups }}',
};

const addTo = async (...all: unknown[]) =>
	await engine.run(GROUPS, { items: all.map((groups) => ({ json: { groups } as never })) });

describe('names where IDs are asked for', () => {
	test.each([
		['a name, whatever the case', ' VISITORS ', [2]],
		['names with commas', 'visitors, Cleaning', [2, 4]],
		['a list', ['Visitors', 4], [2, 4]],
		['the text of a list', '["Visitors"]', [2]],
	])('%s', async (_what, groups, expected) => {
		engine.sandbox.store.people.get(1003)!.groups = [];
		const { error } = await addTo(groups);
		expect(error).toBeUndefined();
		expect(engine.sandbox.store.people.get(1003)!.groups).toEqual(expected);
	});

	test('doors, sites, roles and credential types as well', async () => {
		const door = { resource: 'channel', operation: 'get', channelId: locator('warehouse side door') };
		expect((await engine.run(door)).items[0]?.id).toBe(1351);
		const site = {
			resource: 'channel',
			operation: 'getAll',
			returnAll: true,
			filters: { siteId: locator('Warehouse') },
		};
		expect(await engine.run(site)).toMatchObject({ error: undefined, items: [{ id: 1350 }, { id: 1351 }] });
		const role = {
			resource: 'person',
			operation: 'update',
			personId: locator(1003),
			updateFields: { roleIds: '={{ "Ground Floor" }}' },
		};
		expect((await engine.run(role)).error).toBeUndefined();
		expect(engine.sandbox.store.people.get(1003)!.roles).toHaveLength(1);
		const person = engine.sandbox.store.addPerson({ first_name: 'Namely', last_name: 'Typed' }).id;
		const credential = {
			resource: 'credential',
			operation: 'create',
			personId: locator(person),
			credentialTypeId: locator('pin'),
			valueMode: 'generate',
		};
		expect((await engine.run(credential)).items[0]?.credential_type_id).toBe(31);
	});

	test('a list of names is read once for all items', async () => {
		const before = sent().length;
		await addTo(...Array.from({ length: 20 }, () => 'Visitors'));
		expect(since(before).filter((one) => one === 'GET /api/3/groups')).toHaveLength(1);
	});

	test('IDs ask for no list', async () => {
		const before = sent().length;
		await addTo('2', [4]);
		expect(since(before)).not.toContain('GET /api/3/groups');
	});

	test.each([
		[
			'an unknown one',
			'Vistors',
			/this account has no group with that name \(from \{\{ \$json\.groups \}\}\)/,
		],
		['part of a name', 'Visit', /no group with that name/],
		['two of one name', 'Twins', /this account has 2 groups with that name/],
	])('%s is refused, and nothing is sent', async (_what, groups, message) => {
		const { store } = engine.sandbox;
		store.groups.push(
			{ ...store.groups[0]!, id: 71, name: 'Twins' },
			{ ...store.groups[0]!, id: 72, name: 'twins' },
		);
		const before = sent().length;
		const { error } = await addTo('Visitors', groups);
		store.groups.splice(-2);
		expect(error?.message).toMatch(message);
		expect(since(before)).toEqual(['GET /api/3/groups']);
	});

	test('two of one name: the IDs to choose between are named', async () => {
		const { store } = engine.sandbox;
		store.groups.push(
			{ ...store.groups[0]!, id: 71, name: 'Twins' },
			{ ...store.groups[0]!, id: 72, name: 'twins' },
		);
		const { error } = await addTo('Twins');
		store.groups.splice(-2);
		expect(error?.description).toContain('Use the ID instead: 71 or 72.');
	});

	test('without the permission to read the list, its name is told', async () => {
		await engine.control('config', { failurePath: 'GET /api/3/groups', failureStatus: 403 });
		const { error } = await addTo('Visitors');
		await engine.control('config', { failurePath: '' });
		expect(error?.message).toContain('look up groups by name: the permission "Read Groups" may be missing');
	});
});
