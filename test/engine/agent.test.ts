import { NodeHelpers, type INode, type INodeParameters, type INodePropertyOptions } from 'n8n-workflow';

import { DoorFlowPollingTrigger } from '../../nodes/DoorFlowPollingTrigger/DoorFlowPollingTrigger.node';
import { DoorFlowTrigger } from '../../nodes/DoorFlowTrigger/DoorFlowTrigger.node';
import { resources } from '../../nodes/DoorFlow/actions';
import { DoorFlow } from '../../nodes/DoorFlow/DoorFlow.node';
import { ALLOW } from '../../nodes/DoorFlow/describe';
import { asTool } from './engine';
import { engine, locator, useEngine } from './useEngine';

useEngine({ config: { admitDelayMs: 20, syncLimitSeconds: 0 } });
beforeEach(async () => await engine.control('config', { failurePath: '' }));

const store = () => engine.sandbox.store;
/** The requests that reach DoorFlow meanwhile. */
const during = async <T>(work: () => Promise<T>): Promise<{ result: T; requests: string[] }> => {
	const before = store().requests.length;
	const result = await work();
	return {
		result,
		requests: store()
			.requests.slice(before)
			.map(({ method, path }) => `${method} ${path}`),
	};
};

const PATHS = ['tool', 'request'] as const;
const DANGEROUS = resources.flatMap(({ name: resource, operations }) =>
	operations
		.filter(({ dangerous }) => dangerous)
		.map(({ name, displayName }) => [resource, name, displayName] as const),
);
/** Enough for each of them to be carried out. */
const complete = (person = '1001'): INodeParameters => ({
	personId: locator(person),
	channelId: locator('1340'),
	credentialId: locator('x'),
	reservationId: locator('1'),
	groupReservationId: locator('1'),
	notificationRuleId: locator('1'),
	mode: 'delete',
});

describe('what is dangerous', () => {
	test('is every operation that the user must allow', () => {
		expect(DANGEROUS.map(([resource, operation]) => `${resource}/${operation}`).sort()).toEqual([
			'account/disconnect',
			'channel/admit',
			'channel/admitPerson',
			'channel/autoUnlock',
			'channel/lockdown',
			'channel/normal',
			'channel/regenerateEncryptionKey',
			'channel/removeEncryptionKey',
			'channel/unlock',
			'channel/unlockdown',
			'credential/delete',
			'credential/update',
			'groupReservation/delete',
			'notificationRule/create',
			'notificationRule/delete',
			'notificationRule/update',
			'person/delete',
			'person/removeFromGroups',
			'person/revokeAccess',
			'reservation/delete',
			'visitor/checkOut',
		]);
	});

	test.each(DANGEROUS)(
		'%s/%s is refused to an agent with words, and nothing is sent',
		async (resource, operation, displayName) => {
			for (const path of PATHS) {
				const { result, requests } = await during(
					async () => await engine.agent({ ...complete(), resource, operation }, {}, path),
				);
				expect(result.answer.replaceAll('\\', '')).toContain(`"${displayName}" is not allowed to AI agents`);
				expect(requests).toEqual([]);
			}
		},
	);

	test.each(PATHS)('the model can neither choose it nor allow it by what it fills in (%s)', async (path) => {
		const person = store().addPerson({ first_name: 'Must', last_name: 'Stay' }).id;
		const asked: INodeParameters = {
			...complete(String(person)),
			resource: 'person',
			operation: "={{ $fromAI('operation', '', 'string') }}",
			[ALLOW]: "={{ $fromAI('allow', '', 'boolean') }}",
		};
		const { result, requests } = await during(
			async () => await engine.agent(asked, { operation: 'delete', allow: true }, path),
		);
		expect(result.answer).toContain('is not allowed to AI agents');
		expect(requests).toEqual([]);
		expect(store().people.has(person)).toBe(true);
		// What is left of the arguments is not the switch either.
		const sneaked = await engine.agent(
			{ ...asked, [ALLOW]: false },
			{ operation: 'delete', [ALLOW]: true },
			path,
		);
		expect(sneaked.answer).toContain('is not allowed to AI agents');
		expect(store().people.has(person)).toBe(true);
	});

	test.each(PATHS)('a person allows it in the node: then it is done (%s)', async (path) => {
		const person = store().addPerson({ first_name: 'May', last_name: 'Go' }).id;
		const { result } = await during(
			async () =>
				await engine.agent(
					{
						resource: 'person',
						operation: 'delete',
						[ALLOW]: true,
						personId: locator("={{ $fromAI('person', 'ID of the person', 'number') }}"),
					},
					{ person },
					path,
				),
		);
		expect(result.answer).toContain('deleted');
		expect(store().people.has(person)).toBe(false);
		const unlocked = await engine.agent(
			{ resource: 'channel', operation: 'unlock', [ALLOW]: true, channelId: locator('1341') },
			{},
			path,
		);
		expect(unlocked.answer).toContain('unlock');
		expect(unlocked.answer).not.toContain('not allowed');
	});

	test('an agent that runs the node without a workflow is refused, too; a workflow is not', async () => {
		const person = store().addPerson({ first_name: 'In', last_name: 'Ternal' }).id;
		const parameters = {
			resource: 'person',
			operation: 'delete',
			personId: locator(String(person)),
			[ALLOW]: true,
		};
		const { result, requests } = await during(async () => await engine.run(parameters, { mode: 'internal' }));
		expect(result.error?.message).toContain('is not allowed to AI agents');
		expect(requests).toEqual([]);
		expect((await engine.run(parameters, { mode: 'trigger' })).items).toEqual([
			{ deleted: true, id: person },
		]);
	});
});

const updating = (updateFields: INodeParameters) => ({ updateFields });
const upserting = (additionalFields: INodeParameters) => ({
	matchBy: 'systemId',
	systemId: 'agent-1',
	firstName: 'Up',
	lastName: 'Sert',
	additionalFields,
});
const REFUSED = 'is not allowed to AI agents in this tool';

/**
 * What each operation does for an agent while the switch is off. `refused`: never. `byFields`: it depends on what the
 * parameters lead to, in the tests below. `harmless`: it reads, or it gives what a person can take away again.
 */
const EVERY: Readonly<Record<string, Readonly<Record<string, 'byFields' | 'harmless' | 'refused'>>>> = {
	account: { disconnect: 'refused', get: 'harmless', getTokenInfo: 'harmless' },
	admissionRequest: { get: 'harmless' },
	channel: {
		admit: 'refused',
		admitPerson: 'refused',
		autoUnlock: 'refused',
		get: 'harmless',
		getAll: 'harmless',
		lockdown: 'refused',
		normal: 'refused',
		regenerateEncryptionKey: 'refused',
		removeEncryptionKey: 'refused',
		unlock: 'refused',
		unlockdown: 'refused',
	},
	credential: {
		create: 'harmless',
		delete: 'refused',
		get: 'harmless',
		getAll: 'harmless',
		update: 'refused',
	},
	credentialType: { getAll: 'harmless' },
	event: { acknowledge: 'harmless', get: 'harmless', getAll: 'harmless' },
	group: { getAll: 'harmless' },
	groupReservation: { create: 'harmless', delete: 'refused', getAll: 'harmless' },
	notificationRule: {
		create: 'refused',
		delete: 'refused',
		get: 'harmless',
		getAll: 'harmless',
		update: 'refused',
	},
	person: {
		addToGroups: 'harmless',
		create: 'harmless',
		delete: 'refused',
		get: 'harmless',
		getAll: 'harmless',
		removeFromGroups: 'refused',
		revokeAccess: 'refused',
		update: 'byFields',
		upsert: 'byFields',
	},
	reservation: { create: 'harmless', delete: 'refused', getAll: 'harmless' },
	role: { getAll: 'harmless' },
	site: { getAll: 'harmless' },
	sync: { start: 'harmless' },
	visitor: { checkIn: 'byFields', checkOut: 'refused' },
};

describe('what depends on the fields', () => {
	test('each operation is decided on', () => {
		const declared = resources.map(({ name, operations }) => [
			name,
			operations.map((one) => one.name).sort(),
		]);
		expect(declared.sort()).toEqual(
			Object.entries(EVERY).map(([name, operations]) => [name, Object.keys(operations).sort()]),
		);
		for (const { name, operations } of resources) {
			for (const { name: operation, dangerous } of operations) {
				expect([name, operation, dangerous === true]).toEqual([
					name,
					operation,
					EVERY[name]?.[operation] === 'refused',
				]);
			}
		}
	});

	const person = () => store().addPerson({ first_name: 'By', last_name: 'Fields', groups: [1] }).id;

	test.each([
		['update', updating({ enabled: false }), 'disables the person'],
		['update', updating({ enabled: "={{ $fromAI('off', '', 'string') }}" }), 'disables the person'],
		['update', updating({ groupIds: '1' }), 'replaces groups or roles'],
		['update', updating({ groupIds: '={{ [] }}' }), 'replaces groups or roles'],
		['update', updating({ roleIds: '1' }), 'replaces groups or roles'],
		['update', updating({ validTo: '2030-01-01' }), 'when the access begins or ends'],
		['update', updating({ validFrom: 'none' }), 'when the access begins or ends'],
		['upsert', upserting({ enabled: false }), 'disables the person'],
		['upsert', upserting({ groupIds: ['1'] }), 'replaces groups or roles'],
		['upsert', upserting({ roleIds: ['1'] }), 'replaces groups or roles'],
		['upsert', upserting({ validTo: '2030-01-01' }), 'when the access begins or ends'],
	])('%s %j is refused in words, and nothing is sent', async (operation, fields, words) => {
		for (const path of PATHS) {
			const parameters = { resource: 'person', operation, personId: locator(String(person())), ...fields };
			const { result, requests } = await during(
				async () => await engine.agent(parameters, { off: 'FALSE' }, path),
			);
			expect(result.answer).toContain(REFUSED);
			expect(result.answer).toContain(words);
			expect(requests).toEqual([]);
		}
	});

	const visit = (more: INodeParameters): INodeParameters => ({
		resource: 'visitor',
		operation: 'checkIn',
		matchBy: 'systemId',
		systemId: 'agent-visit',
		firstName: 'Vis',
		lastName: 'It',
		accessBy: 'groups',
		groupIds: ['2'],
		endTime: new Date(Date.now() + 3_600_000).toISOString(),
		issue: 'pin',
		options: { syncAfter: false },
		...more,
	});

	test.each([
		[{ ifOverlapping: 'replace' }, 'ends other reservations'],
		[
			{ issue: 'card', credentialTypeId: locator('32'), value: '70010001', takeOverCard: true },
			'take a card',
		],
	])('a check-in with %j is refused in words, and nothing is sent', async (more, words) => {
		for (const path of PATHS) {
			const { result, requests } = await during(
				async () => await engine.agent(visit(more as INodeParameters), {}, path),
			);
			expect(result.answer).toContain(REFUSED);
			expect(result.answer).toContain(words);
			expect(requests).toEqual([]);
		}
	});

	test('a check-in by an agent never books for employees and never enables, whatever the panel says', async () => {
		for (const path of PATHS) {
			for (const fields of [{ groups: [1] }, { job_title: 'Visitor', enabled: false }]) {
				const id = store().addPerson({
					first_name: 'E',
					last_name: path,
					system_id: `agent-${path}-${JSON.stringify(fields)}`,
					...fields,
				}).id;
				const before = JSON.stringify([store().people.get(id), store().groupReservations.size]);
				const parameters = visit({
					systemId: `agent-${path}-${JSON.stringify(fields)}`,
					ifStanding: 'bookOnly',
					ifDisabled: 'enable',
					[ALLOW]: true,
				});
				const { answer } = await engine.agent(parameters, {}, path);
				expect(answer).toMatch(/was not checked in/);
				expect(JSON.stringify([store().people.get(id), store().groupReservations.size])).toBe(before);
			}
		}
	});

	test('the same fields that take nothing away are set', async () => {
		for (const path of PATHS) {
			const id = person();
			for (const updateFields of [{ jobTitle: path }, { enabled: true }]) {
				const { answer } = await engine.agent(
					{ resource: 'person', operation: 'update', personId: locator(String(id)), updateFields },
					{},
					path,
				);
				expect(answer).not.toContain(REFUSED);
			}
			expect(store().people.get(id)).toMatchObject({ job_title: path, enabled: true, groups: [1] });
		}
	});

	test('a person allows it; a workflow needs no leave', async () => {
		const id = person();
		const parameters = {
			resource: 'person',
			operation: 'update',
			personId: locator(String(id)),
			updateFields: { enabled: false },
		};
		const { answer } = await engine.agent({ ...parameters, [ALLOW]: true }, {}, 'tool');
		expect(answer).not.toContain(REFUSED);
		expect(store().people.get(id)?.enabled).toBe(false);
		const other = person();
		await engine.run({ ...parameters, personId: locator(String(other)) }, { mode: 'trigger' });
		expect(store().people.get(other)?.enabled).toBe(false);
	});

	test('one item that may not be done keeps all of them from being sent', async () => {
		const ids = [person(), person()];
		const { result, requests } = await during(
			async () =>
				await engine.run(
					{
						resource: 'person',
						operation: 'update',
						personId: { ...locator('1'), value: '={{ $json.id }}' },
						updateFields: { enabled: '={{ $json.enabled }}' },
					},
					{
						mode: 'internal',
						items: ids.map((id, index) => ({ json: { id, enabled: index === 0 } })),
					},
				),
		);
		expect(result.error?.message).toContain('it disables the person');
		expect(requests).toEqual([]);
	});
});

describe('what an agent may do', () => {
	test.each(PATHS)('person, PIN, sync with the arguments of the model (%s)', async (path) => {
		const created = await engine.agent(
			{
				resource: 'person',
				operation: 'create',
				firstName: "={{ $fromAI('First_Name', 'Given name', 'string') }}",
				lastName: "={{ $fromAI('Last_Name', 'Family name', 'string') }}",
				additionalFields: { groupIds: "={{ $fromAI('groups', 'IDs of groups', 'string') }}" },
			},
			{ First_Name: 'Maya', Last_Name: `Model ${path}`, groups: '1,2' },
			path,
		);
		expect(created.offered).toMatchObject({
			name: 'Under_Test',
			description: 'Create a person in DoorFlow',
			inputs: ['First_Name', 'Last_Name', 'groups'],
		});
		const person = [...store().people.values()].find(({ last_name: last }) => last === `Model ${path}`);
		expect(person).toMatchObject({ first_name: 'Maya', groups: [1, 2] });
		expect(created.answer).toContain(String(person?.id));

		const pin = await engine.agent(
			{
				resource: 'credential',
				operation: 'create',
				personId: locator("={{ $fromAI('person', 'ID of the person', 'number') }}"),
				credentialTypeId: locator('31'),
				valueMode: 'generate',
				options: { syncAfter: true },
			},
			{ person: person?.id ?? 0 },
			path,
		);
		const drawn = store().credentialsOf(person?.id ?? 0)[0]?.value;
		expect(drawn).toMatch(/^\d{4,7}$/);
		expect(pin.answer).toContain(String(drawn));
		expect(store().requests.at(-1)?.path).toBe('/api/3/sync');
	});

	test.each(PATHS)(
		'a wrong ID is explained to the model, and no ID leads to another address (%s)',
		async (path) => {
			const get = async (person: string) =>
				await during(
					async () =>
						await engine.agent(
							{
								resource: 'person',
								operation: 'get',
								personId: locator("={{ $fromAI('person', 'ID of the person', 'string') }}"),
							},
							{ person },
							path,
						),
				);
			expect((await get('999999')).result.answer).toContain('DoorFlow does not know the person with ID');
			for (const trick of ['Ada Lovelace', '1001/credentials', '../sync', '1001?x=1']) {
				const { result, requests } = await get(trick);
				expect(result.answer).toMatch(/Person ID|ID/);
				expect(requests).toEqual([]);
			}
		},
	);

	test.each(PATHS)('no error tells the model a token, a secret or a PIN (%s)', async (path) => {
		const pin = '845173';
		for (const failureStatus of [401, 403, 422, 500]) {
			await engine.control('config', { failurePath: 'POST /api/3/people/\\d+/credentials', failureStatus });
			const { answer, run } = await engine.agent(
				{
					resource: 'credential',
					operation: 'create',
					personId: locator('1001'),
					credentialTypeId: locator('31'),
					valueMode: 'set',
					value: pin,
				},
				{},
				path,
			);
			expect(answer.length).toBeGreaterThan(20);
			for (const secret of [pin, engine.tokens.access_token, engine.tokens.refresh_token, 'sandbox-secret']) {
				expect(answer).not.toContain(secret);
				expect(JSON.stringify(run.data.resultData)).not.toContain(secret);
			}
		}
	});
});

describe('what is offered', () => {
	const tool = asTool().description;
	const plain = new DoorFlow().description;
	const offered = (description: typeof tool, parameters: INodeParameters): string[] => {
		const node = { typeVersion: 1, parameters } as INode;
		const shown = description.properties.filter(
			(property) =>
				property.name === 'operation' &&
				NodeHelpers.displayParameter(parameters, property, node, description),
		);
		// More than one at once would show the field twice.
		expect(shown).toHaveLength(1);
		return (shown[0]?.options as INodePropertyOptions[]).map(({ value }) => String(value)).sort();
	};
	const names = (resource: string, harmless: boolean): string[] =>
		(resources.find(({ name }) => name === resource)?.operations ?? [])
			.filter(({ dangerous }) => !harmless || !dangerous)
			.map(({ name }) => name)
			.sort();

	test.each(resources.map(({ name }) => name))(
		'%s: to an agent without, with the switch, and to a workflow',
		(resource) => {
			expect(offered(tool, { resource, [ALLOW]: false })).toEqual(names(resource, true));
			expect(offered(tool, { resource, [ALLOW]: true })).toEqual(names(resource, false));
			expect(offered(plain, { resource })).toEqual(names(resource, false));
		},
	);

	test('the switch is off, is a tool’s only, and takes no expression', () => {
		const [property, ...more] = tool.properties.filter(({ name }) => name === ALLOW);
		expect(more).toEqual([]);
		if (!property) throw new Error('There is no switch');
		expect(property).toMatchObject({ default: false, noDataExpression: true });
		const node = { typeVersion: 1, parameters: {} } as INode;
		expect(NodeHelpers.displayParameter({}, property, node, tool)).toBe(true);
		expect(NodeHelpers.displayParameter({}, property, node, plain)).toBe(false);
	});

	test('no resource starts out with a dangerous operation', () => {
		for (const { displayOptions, default: first } of plain.properties.filter(
			({ name }) => name === 'operation',
		)) {
			const resource = resources.find(({ name }) => displayOptions?.show?.resource?.includes(name));
			expect([resource?.name, resource?.operations.find(({ name }) => name === first)?.dangerous]).toEqual([
				resource?.name,
				undefined,
			]);
			expect(first).not.toBe('');
		}
	});

	/** The nodes panel and the automatic description of a tool take the first Operation of a resource. */
	test('the nodes panel lists each operation once, with an action of its own', () => {
		const actions = resources.flatMap(({ name: resource }) => {
			const first = plain.properties.find(
				({ name, displayOptions }) =>
					name === 'operation' && displayOptions?.show?.resource?.includes(resource),
			);
			return (first?.options as INodePropertyOptions[]).map(({ value, action }) => ({
				key: `${resource}/${String(value)}`,
				action,
			}));
		});
		expect(actions.map(({ key }) => key).sort()).toEqual(
			resources
				.flatMap(({ name, operations }) => operations.map((operation) => `${name}/${operation.name}`))
				.sort(),
		);
		expect(new Set(actions.map(({ action }) => action)).size).toBe(actions.length);
		// What people type into its search.
		for (const word of [
			'visitor',
			'PIN',
			'card',
			'door',
			'unlock',
			'lock down',
			'person',
			'reservation',
			'sync',
		]) {
			expect([
				word,
				actions.filter(({ action, key }) => `${action} ${key}`.toLowerCase().includes(word.toLowerCase()))
					.length > 0,
			]).toEqual([word, true]);
		}
	});

	test('the triggers are no tools', () => {
		expect(plain.usableAsTool).toBe(true);
		for (const { description } of [new DoorFlowTrigger(), new DoorFlowPollingTrigger()])
			expect(description.usableAsTool).toBeUndefined();
	});
});
