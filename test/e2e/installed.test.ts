import type { INode, INodePropertyOptions } from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';

import { ALLOW } from '../../nodes/DoorFlow/describe';
import { openHouse, type House } from '../../harness/house';
import { EXPECTED, installed, OutsideAgent } from '../../harness/installed';

let house: House;
beforeAll(async () => {
	house = await openHouse();
});
afterAll(async () => await house?.stop());

test('n8n lists the nodes and the credential of the installed tarball', async () => {
	expect(await installed(house.n8n)).toEqual(EXPECTED);
});

test('the tool that n8n makes of the node offers nothing dangerous unless it is allowed', async () => {
	const type = (await house.n8n.types('nodes')).find(({ name }) => name === EXPECTED.tools[0]);
	const description = { ...type, name: 'doorFlowTool' } as never;
	const offered = (parameters: Record<string, string | boolean>): string[] =>
		(type?.properties ?? [])
			.filter(
				(property) =>
					property.name === 'operation' &&
					NodeHelpers.displayParameter(parameters, property, { typeVersion: 1 } as INode, description),
			)
			.flatMap(({ options }) => (options as INodePropertyOptions[]).map(({ value }) => String(value)))
			// n8n adds this one to every node: it only points to the HTTP Request node.
			.filter((value) => value !== '__CUSTOM_API_CALL__');
	expect(offered({ resource: 'channel', [ALLOW]: false }).sort()).toEqual(['get', 'getAll']);
	expect(offered({ resource: 'channel', [ALLOW]: true })).toEqual(
		expect.arrayContaining(['lockdown', 'unlock', 'removeEncryptionKey']),
	);
	expect(type?.properties.filter(({ name }) => name === ALLOW)).toHaveLength(1);
	expect(type?.properties.find(({ name }) => name === 'descriptionType')).toBeDefined();
});

test('an agent from outside creates a person with a PIN; it unlocks and deletes only where a person allowed it', async () => {
	const { store } = house.sandbox;
	const locator = (value: string) => ({ __rl: true, mode: 'id', value });
	const anyPerson = locator("={{ $fromAI('person_id', 'ID of the person', 'number') }}");
	const agent = await OutsideAgent.start(house, {
		Create_Person: {
			resource: 'person',
			operation: 'create',
			firstName: "={{ $fromAI('first_name', 'Given name', 'string') }}",
			lastName: "={{ $fromAI('last_name', 'Family name', 'string') }}",
		},
		Give_PIN: {
			resource: 'credential',
			operation: 'create',
			personId: anyPerson,
			credentialTypeId: locator('31'),
			valueMode: 'generate',
		},
		Delete_Person: { resource: 'person', operation: 'delete', personId: anyPerson },
		// The names are there because n8n takes no workflow in which an operation that may come lacks a required field.
		Choose: {
			resource: 'person',
			operation: "={{ $fromAI('operation', 'get or delete', 'string') }}",
			firstName: '-',
			email: '-',
			systemId: '-',
			lastName: '-',
			personId: anyPerson,
			groupIds: ['2'],
			groupId: locator('2'),
			scopeGroupId: locator('2'),
			scopePrefix: '-',
		},
		Allowed_Delete: { resource: 'person', operation: 'delete', personId: anyPerson, [ALLOW]: true },
		Unlock: { resource: 'channel', operation: 'unlock', channelId: locator('1341') },
	});
	const tools = await agent.tools();
	expect(tools.map(({ name }) => name).sort()).toEqual([
		'Allowed_Delete',
		'Choose',
		'Create_Person',
		'Delete_Person',
		'Give_PIN',
		'Unlock',
	]);
	expect(tools.find(({ name }) => name === 'Create_Person')).toMatchObject({
		description: 'Create a person in DoorFlow',
		inputSchema: { properties: { first_name: expect.anything(), last_name: expect.anything() } },
	});

	expect(await agent.call('Create_Person', { first_name: 'Otto', last_name: 'Outside' })).toContain('Otto');
	const person = [...store.people.values()].find(({ last_name: last }) => last === 'Outside')?.id ?? 0;
	const pin = await agent.call('Give_PIN', { person_id: person });
	expect(pin).toContain(String(store.credentialsOf(person)[0]?.value));

	// n8n 1.x takes no expression as the operation at all.
	const refused = /is not allowed for AI agents|Operation can't be|Operation is missing/;
	const before = store.requests.length;
	for (const [tool, input] of [
		['Delete_Person', {}],
		['Choose', { operation: 'delete', [ALLOW]: true }],
		['Unlock', {}],
	] as const) {
		expect([tool, await agent.call(tool, { person_id: person, ...input })]).toEqual([
			tool,
			expect.stringMatching(refused),
		]);
	}
	// The example workflow reads meanwhile what its webhook told of; nothing else is sent.
	expect(store.requests.slice(before).filter(({ method }) => method !== 'GET')).toEqual([]);
	expect(await agent.call('Allowed_Delete', { person_id: person })).toContain('deleted');
	expect(store.people.has(person)).toBe(false);
});
