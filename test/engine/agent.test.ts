import { NodeHelpers, type INode, type INodeParameters, type INodePropertyOptions } from 'n8n-workflow';

import { DoorFlowPollingTrigger } from '../../nodes/DoorFlowPollingTrigger/DoorFlowPollingTrigger.node';
import { DoorFlowTrigger } from '../../nodes/DoorFlowTrigger/DoorFlowTrigger.node';
import { resources } from '../../nodes/DoorFlow/actions';
import type { Operation } from '../../nodes/DoorFlow/actions/operation';
import { DoorFlow } from '../../nodes/DoorFlow/DoorFlow.node';
import { ALLOW } from '../../nodes/DoorFlow/describe';
import { alwaysLeadsTo, EFFECTS, parametersLeadTo } from '../../nodes/DoorFlow/effects';
import { optionsOf } from '../../nodes/DoorFlow/options';
import { isCollection } from '../../nodes/shared/field';
import { EVERY } from '../agentDecisions';
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
		.filter(({ name }) => alwaysLeadsTo(resource, name))
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
			'groupReservation/create',
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
			const effect = alwaysLeadsTo(resource, operation) ?? 'undecided';
			for (const path of PATHS) {
				const { result, requests } = await during(
					async () => await engine.agent({ ...complete(), resource, operation }, {}, path),
				);
				expect(result.answer.replaceAll('\\', '')).toContain(
					`"${displayName}" is not allowed to AI agents in this tool: ${EFFECTS[effect]}`,
				);
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
const listing = (additionalFields: INodeParameters, ifMissing = 'report') => ({
	systemId: 'agent-1',
	firstName: 'Lis',
	lastName: 'Ted',
	additionalFields,
	scope: 'systemIdPrefix',
	scopePrefix: 'agent-',
	ifMissing,
	dryRun: false,
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

const REFUSED = 'is not allowed to AI agents in this tool';

/** Parameters that an agent may set wherever they are offered to it, unless {@link EVERY} says otherwise. */
const HARMLESS_PARAMETERS: ReadonlySet<string> = new Set(
	[
		// What is meant, and how much of it is read or told.
		'accessBy admissionRequestId channelId channelIds credentialId credentialTypeId dormantDays email endTime entryChannelIds eventId exitChannelIds filters groupId groupIds issue limit markField markValue matchBy notificationRuleId outputItems personId resourceUrl returnAll safeChannelIds scope scopeGroupId scopePrefix simplify sinceHours sort startTime systemId visitorsExpected waitIfLimited',
		// What is given to somebody, or kept within bounds.
		'additionalFields dryRun firstName ifDisabled ifStanding lastName maxRemovalPercent maxRemovals options ownedGroupIds updateFields value valueMode',
		...[
			'barcode custom1 custom2 custom3 custom4 custom5 department email imageBinaryProperty jobTitle mobile notes organisationId salutation systemId telephone'
				.split(' ')
				.map((name) => `additionalFields.${name}`),
			'barcode custom1 custom2 custom3 custom4 custom5 department email firstName imageBinaryProperty jobTitle lastName mobile notes organisationId salutation systemId telephone'
				.split(' ')
				.map((name) => `updateFields.${name}`),
			'channelIds email eventCodes eventTypes exact firstName includeStatus lastName siteId since systemId updatedSince'
				.split(' ')
				.map((name) => `filters.${name}`),
			'concurrency syncAfter timeout waitForDoors waitForSync'.split(' ').map((name) => `options.${name}`),
		].flat(),
	].flatMap((names) => names.split(' ')),
);

/** What is taken from nobody where the person is new. */
const HARMLESS_IF_NEW: ReadonlySet<string> = new Set(
	['enabled', 'groupIds', 'roleIds', 'validFrom', 'validTo'].map(
		(name) => `person/create/additionalFields.${name}`,
	),
);

const parametersOf = (operation: Operation): string[] =>
	[...operation.fields, optionsOf(operation)].flatMap((field) =>
		isCollection(field)
			? [field.panel.name, ...field.inner.map(({ panel }) => `${field.panel.name}.${panel.name}`)]
			: field.rule
				? [field.panel.name]
				: [],
	);

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
			for (const { name: operation } of operations) {
				const decided = EVERY[name]?.[operation];
				expect([
					name,
					operation,
					alwaysLeadsTo(name, operation) ?? parametersLeadTo(name, operation),
				]).toEqual([name, operation, decided]);
			}
		}
	});

	test('each parameter is decided on', () => {
		const undecided = resources.flatMap(({ name, operations }) =>
			operations.flatMap((operation) => {
				const decided = EVERY[name]?.[operation.name];
				if (typeof decided === 'string') return [];
				const declared = parametersOf(operation);
				// What is decided on a parameter that is not there would protect nothing.
				expect([operation.name, declared]).toEqual([
					operation.name,
					expect.arrayContaining(Object.keys(decided ?? {})),
				]);
				return declared
					.filter((one) => !(one in (decided ?? {})) && !HARMLESS_PARAMETERS.has(one))
					.map((one) => `${name}/${operation.name}/${one}`)
					.filter((one) => !HARMLESS_IF_NEW.has(one));
			}),
		);
		expect(undecided).toEqual([]);
	});

	/** Values that lead to the effect of a parameter. */
	const LEADING: Readonly<Record<string, INodeParameters[string]>> = {
		enabled: false,
		groupIds: ['1'],
		ifMissing: 'revokeAccess',
		ifOverlapping: 'replace',
		imageRemoteUrl: 'https://elsewhere.example.com/?stolen=1',
		includeSecrets: true,
		roleIds: ['1'],
		takeOverCard: true,
		validFrom: '2029-01-01',
		validTo: '2030-01-01',
	};
	const otherwise = (resource: string, operation: string): INodeParameters => ({
		...complete(),
		resource,
		operation,
		credentialId: locator('kq9XBz'),
		eventId: '1',
		firstName: 'Every',
		lastName: 'Parameter',
		...(operation === 'syncFromList' ? listing({}) : {}),
		...(operation === 'upsert' ? upserting({}) : {}),
		...(operation === 'checkIn'
			? visit({ issue: 'card', credentialTypeId: locator('32'), value: '70010009' })
			: {}),
	});

	test.each(
		Object.entries(EVERY).flatMap(([resource, operations]) =>
			Object.entries(operations).flatMap(([operation, decided]) =>
				typeof decided === 'string'
					? []
					: Object.entries(decided).map(([name, effect]) => [resource, operation, name, effect] as const),
			),
		),
	)('%s/%s with %s is refused in words, and nothing is sent', async (resource, operation, name, effect) => {
		const [collection = '', inner] = name.split('.');
		const value = LEADING[inner ?? collection];
		if (value === undefined) throw new Error(`LEADING has no value for ${name}`);
		const parameters = {
			...otherwise(resource, operation),
			[collection]: inner === undefined ? value : { [inner]: value },
		};
		for (const path of PATHS) {
			const { result, requests } = await during(async () => await engine.agent(parameters, {}, path));
			expect(result.answer).toContain(REFUSED);
			expect(result.answer).toContain(EFFECTS[effect]);
			expect(requests).toEqual([]);
		}
		// It is that field that is refused.
		const { answer } = await engine.agent(otherwise(resource, operation), {}, 'tool');
		expect(answer).not.toContain(REFUSED);
	});

	test('an operation that nobody decided on is refused', () => {
		expect(alwaysLeadsTo('person', 'notThereYet')).toBe('undecided');
		expect(alwaysLeadsTo('notThereYet', 'get')).toBe('undecided');
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
		['syncFromList', listing({ enabled: false }), 'disables the person'],
		['syncFromList', listing({ groupIds: ['1'] }), 'replaces groups or roles'],
		['syncFromList', listing({}, 'disable'), 'disables the person'],
		['syncFromList', listing({}, 'revokeAccess'), 'disables the person'],
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

	test('a dry run of a list only reads, so it is allowed whatever it would do', async () => {
		const parameters = {
			resource: 'person',
			operation: 'syncFromList',
			...listing({ enabled: false }, 'revokeAccess'),
		};
		const { result, requests } = await during(
			async () => await engine.agent({ ...parameters, dryRun: true }, {}, 'request'),
		);
		expect(result.answer).not.toContain(REFUSED);
		expect(requests.every((one) => one.startsWith('GET'))).toBe(true);
		expect(requests.length).toBeGreaterThan(0);
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

describe('how much of a long answer an agent gets', () => {
	const keys = (answer: string): string[] =>
		Object.keys([JSON.parse(answer) as object].flat(2)[0] ?? {}).sort();
	const getPerson = async (more: INodeParameters, path: (typeof PATHS)[number]): Promise<string> =>
		(
			await engine.agent(
				{ resource: 'person', operation: 'get', personId: locator('1001'), ...more },
				{},
				path,
			)
		).answer;

	test.each(PATHS)('the fields wanted most, all, or those selected (%s)', async (path) => {
		const simple = 'email enabled first_name groups id last_name mobile system_id valid_from valid_to'.split(
			' ',
		);
		expect(keys(await getPerson({}, path))).toEqual(simple);
		expect(keys(await getPerson({ outputFields: 'simplified', simplify: false }, path))).toEqual(simple);
		expect(keys(await getPerson({ outputFields: 'raw' }, path)).length).toBeGreaterThan(20);
		const selectedFields = ['last_name', 'department'];
		expect(keys(await getPerson({ outputFields: 'selected', selectedFields }, path))).toEqual([
			'department',
			'last_name',
		]);
		// A choice that was not made any more does not count.
		expect(keys(await getPerson({ outputFields: 'simplified', selectedFields }, path))).toEqual(simple);
	});

	test('each entry of a list, and how far a visit came', async () => {
		const { answer } = await engine.agent(
			{ resource: 'channel', operation: 'getAll', outputFields: 'selected', selectedFields: ['name'] },
			{},
			'request',
		);
		const doors = [JSON.parse(answer) as object].flat(2);
		expect(doors.length).toBeGreaterThan(1);
		for (const door of doors) expect(Object.keys(door)).toEqual(['name']);
		const visit = await engine.agent(
			{
				resource: 'visitor',
				operation: 'checkIn',
				matchBy: 'systemId',
				systemId: 'agent-answer',
				firstName: 'An',
				lastName: 'Swer',
				groupIds: ['2'],
				endTime: new Date(Date.now() + 3_600_000).toISOString(),
				outputFields: 'selected',
				selectedFields: ['isNew', 'synced'],
			},
			{},
			'request',
		);
		expect(JSON.parse(visit.answer)).toEqual([{ isNew: true, synced: true }]);
	});

	test('nothing selected is refused before anything is sent', async () => {
		const { result, requests } = await during(
			async () => await getPerson({ outputFields: 'selected' }, 'request'),
		);
		expect(result).toContain('Fields is empty');
		expect(requests).toEqual([]);
	});

	test('a workflow gets the whole answer, whatever a tool was set to', async () => {
		const parameters = {
			resource: 'person',
			operation: 'get',
			personId: locator('1001'),
			outputFields: 'selected',
			selectedFields: ['id'],
		};
		const { items } = await engine.run(parameters);
		expect(Object.keys(items[0] ?? {}).length).toBeGreaterThan(20);
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
			.map(({ name }) => name)
			.filter((name) => !harmless || !alwaysLeadsTo(resource, name))
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
			const resource =
				resources.find(({ name }) => displayOptions?.show?.resource?.includes(name))?.name ?? '';
			expect([resource, alwaysLeadsTo(resource, String(first))]).toEqual([resource, undefined]);
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
