import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { DoorFlowOAuth2Api } from '../../credentials/DoorFlowOAuth2Api.credentials';
import { resources } from '../../nodes/DoorFlow/actions';
import { ALLOW } from '../../nodes/DoorFlow/describe';
import { DoorFlow } from '../../nodes/DoorFlow/DoorFlow.node';
import { DoorFlowPollingTrigger } from '../../nodes/DoorFlowPollingTrigger/DoorFlowPollingTrigger.node';
import { DoorFlowTrigger } from '../../nodes/DoorFlowTrigger/DoorFlowTrigger.node';
import { CATEGORIES, EVENT_OPTIONS } from '../../nodes/shared/eventCatalogue';
import { DEFAULT_SCOPES, PERMISSIONS } from '../../nodes/shared/permissions';
import * as promised from './promisedDefaults';

// Workflows are saved with these names, so they are promises: a line here is added, never changed. They are written out
// by hand, because a table that is made from the code would change with it.

const PERSON =
	'barcode custom1 custom2 custom3 custom4 custom5 department email enabled groupIds imageBinaryProperty imageRemoteUrl jobTitle mobile notes organisationId roleIds salutation systemId telephone validFrom validTo'.split(
		' ',
	);
const nested = (collection: string, names: readonly string[]): string[] =>
	names.map((name) => `${collection}.${name}`);
const EXTRA = nested('additionalFields', PERSON);
const LIST = ['returnAll', 'limit'];
const TARGET = ['target*', 'channelId*', 'siteId*'];
const RULE = [
	'name*',
	'callbackUrl*',
	'eventCodes*',
	'additionalFields.active',
	'additionalFields.channelIds',
];

/** The parameters of each operation; `*` is required. What is in a collection has its name before a dot. */
const OPERATIONS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
	person: {
		create: ['firstName*', 'lastName*', ...EXTRA],
		upsert: ['matchBy*', 'email*', 'systemId*', 'firstName', 'lastName', ...EXTRA],
		get: ['personId*', 'simplify'],
		delete: ['personId*'],
		update: ['personId*', ...nested('updateFields', [...PERSON, 'firstName', 'lastName'])],
		addToGroups: ['personId*', 'groupIds*'],
		removeFromGroups: ['personId*', 'groupIds*'],
		revokeAccess: ['findBy*', 'personId*', 'email*', 'systemId*', 'removeGroups', 'deleteCredentials'],
		getAccess: ['scope*', 'personId*', 'groupId*', 'dormantDays', ...LIST],
		syncFromList: [
			'matchBy*',
			'systemId*',
			'email*',
			'firstName',
			'lastName',
			...EXTRA,
			'scope*',
			'scopeGroupId*',
			'scopePrefix*',
			'ifMissing',
			'ownedGroupIds',
			'dryRun',
			'maxRemovals',
			'maxRemovalPercent',
			'outputItems',
		],
		getAll: [
			...LIST,
			'simplify',
			'filters.email',
			'filters.exact',
			'filters.systemId',
			'filters.updatedSince',
		],
	},
	credential: {
		create: ['personId*', 'credentialTypeId*', 'valueMode*', 'value*'],
		get: ['personId*', 'credentialId*'],
		delete: ['personId*', 'credentialId*'],
		update: ['personId*', 'credentialId*', 'valueMode*', 'value*'],
		getAll: ['scope', 'personId*', ...LIST],
	},
	credentialType: { getAll: LIST },
	group: { getAll: LIST },
	role: { getAll: LIST },
	site: { getAll: LIST },
	channel: {
		get: ['channelId*', 'simplify'],
		getAll: [...LIST, 'simplify', 'filters.siteId'],
		admit: ['channelId*', 'waitForResult'],
		admitPerson: ['channelId*', 'personId*', 'waitForResult'],
		unlock: ['channelId*', 'relockAt'],
		normal: ['channelId*'],
		unlockdown: TARGET,
		regenerateEncryptionKey: ['channelId*'],
		removeEncryptionKey: ['channelId*'],
		lockdown: [...TARGET, 'cardLockdown', 'rexLockdown', 'auxLockdown'],
		autoUnlock: ['channelId*', 'shiftId'],
	},
	admissionRequest: { get: ['admissionRequestId*'] },
	reservation: {
		create: ['personId*', 'channelIds*', 'startTime*', 'endTime*'],
		delete: ['reservationId*'],
		getAll: [...LIST, 'filters.updatedSince'],
	},
	groupReservation: {
		create: ['personId*', 'groupIds*', 'startTime*', 'endTime*'],
		delete: ['groupReservationId*'],
		getAll: [...LIST, 'filters.updatedSince'],
	},
	event: {
		get: ['eventId*'],
		getAll: [
			...LIST,
			'simplify',
			...nested('filters', [
				'eventTypes',
				'eventCodes',
				'channelIds',
				'firstName',
				'lastName',
				'since',
				'includeStatus',
			]),
			'sort',
		],
		acknowledge: ['resourceUrl*'],
		whoIsIn: ['entryChannelIds*', 'exitChannelIds', 'safeChannelIds', 'sinceHours', 'visitorsExpected'],
	},
	notificationRule: {
		create: RULE,
		get: ['notificationRuleId*'],
		delete: ['notificationRuleId*'],
		update: ['notificationRuleId*', ...RULE],
		getAll: LIST,
	},
	sync: { start: ['waitIfLimited'] },
	account: { get: [], getTokenInfo: [], disconnect: [] },
	visitor: {
		checkIn: [
			'matchBy*',
			'systemId*',
			'email*',
			'firstName*',
			'lastName*',
			'accessBy*',
			'groupIds*',
			'channelIds*',
			'startTime',
			'endTime*',
			'issue',
			'credentialTypeId',
			'value*',
			'takeOverCard',
			'ifStanding',
			'ifDisabled',
			'ifOverlapping',
			'markField',
			'markValue',
			// A visit says these itself.
			...EXTRA.filter((name) => !/\.(?:enabled|validFrom|validTo|groupIds|roleIds)$/.test(name)),
		],
		checkOut: [
			'findBy*',
			'personId*',
			'email*',
			'systemId*',
			'credentialValue*',
			'mode*',
			'which',
			'markField',
			'markValue',
		],
	},
};

const SHOWN_AS: Readonly<Record<string, string>> = {
	person: 'Person',
	credential: 'Credential',
	credentialType: 'Credential Type',
	group: 'Group',
	role: 'Role',
	site: 'Site',
	channel: 'Door',
	admissionRequest: 'Admission Request',
	reservation: 'Reservation',
	groupReservation: 'Group Reservation',
	event: 'Event',
	notificationRule: 'Notification Rule',
	sync: 'Controller Sync',
	account: 'Account',
	visitor: 'Visitor',
};

const MARKS = ['jobTitle', 'department', 'custom1', 'custom2', 'custom3', 'custom4', 'custom5'];

/** Values that are saved in workflows, by resource/operation/parameter, with the default first. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
	'person/upsert/matchBy': ['email', 'systemId'],
	'person/revokeAccess/findBy': ['person', 'email', 'systemId'],
	'person/getAccess/scope': ['person', 'group', 'all'],
	'person/syncFromList/matchBy': ['systemId', 'email'],
	'person/syncFromList/scope': ['none', 'group', 'systemIdPrefix'],
	'person/syncFromList/ifMissing': ['report', 'disable', 'revokeAccess'],
	'person/syncFromList/outputItems': ['people', 'summary', 'both'],
	'credential/create/valueMode': ['generate', 'set', 'invite'],
	'credential/update/valueMode': ['generate', 'set'],
	'credential/getAll/scope': ['person', 'account'],
	'visitor/checkIn/accessBy': ['groups', 'doors'],
	'visitor/checkIn/matchBy': ['systemId', 'email'],
	'visitor/checkIn/issue': ['pin', 'card', 'mobile', 'none'],
	'visitor/checkIn/ifStanding': ['refuse', 'bookOnly'],
	'visitor/checkIn/ifDisabled': ['refuse', 'enable'],
	'visitor/checkIn/ifOverlapping': ['add', 'replace'],
	'visitor/checkIn/markField': MARKS,
	'visitor/checkOut/findBy': ['person', 'email', 'systemId', 'credentialValue'],
	'visitor/checkOut/mode': ['endVisit', 'disable', 'delete'],
	'visitor/checkOut/which': ['all', 'current'],
	'visitor/checkOut/markField': MARKS,
	'channel/lockdown/target': ['door', 'site', 'account'],
	'channel/unlockdown/target': ['door', 'site', 'account'],
	'event/getAll/sort': ['DESC', 'ASC'],
};

/** An example of each operation's answer. */
const SCHEMAS = resolve(__dirname, '..', '..', 'nodes', 'DoorFlow', '__schema__', 'v1.0.0');

const LOCATORS = [
	'personId',
	'credentialId',
	'credentialTypeId',
	'channelId',
	'reservationId',
	'groupReservationId',
	'notificationRuleId',
	'siteId',
	'scopeGroupId',
	'groupId',
];
const MULTI_SELECTS = [
	'channelIds',
	'entryChannelIds',
	'exitChannelIds',
	'safeChannelIds',
	'groupIds',
	'roleIds',
	'personIds',
	'ownedGroupIds',
];

const EVENTS =
	'accessGranted accessDenied requestToExit doorForced doorHeldOpen doorNormal doorAlarm tamper doorStatus autoUnlock remoteControl controllerSync credentialCreated credentialUpdated credentialDeleted other'.split(
		' ',
	);

const inside = (field: INodeProperties): INodeProperties[] =>
	field.type === 'collection' ? (field.options as INodeProperties[]) : [];
const valuesOf = (field: INodeProperties | undefined): unknown[] => {
	const all = ((field?.options ?? []) as INodePropertyOptions[]).map(({ value }) => value);
	return [
		...all.filter((value) => value === field?.default),
		...all.filter((value) => value !== field?.default),
	];
};

function parameters(fields: readonly INodeProperties[]): string[] {
	return fields
		.filter(({ type }) => type !== 'notice' && type !== 'hidden')
		.flatMap((field) =>
			field.type === 'collection'
				? nested(
						field.name,
						inside(field).map(({ name }) => name),
					)
				: [`${field.name}${field.required ? '*' : ''}`],
		)
		.sort();
}

/** The default of each parameter, nested ones included. A name that occurs twice has one default, or the test ends here. */
function defaults(fields: readonly INodeProperties[]): Record<string, unknown> {
	const all: Record<string, unknown> = {};
	const add = (name: string, value: unknown): void => {
		if (name in all) expect({ [name]: value }).toEqual({ [name]: all[name] });
		all[name] = value;
	};
	for (const field of fields.filter(({ type }) => type !== 'notice')) {
		add(field.name, field.default);
		for (const one of inside(field).filter(({ type }) => type !== 'notice'))
			add(`${field.name}.${one.name}`, one.default);
	}
	return all;
}

/** Compares with the table that is kept by hand, and says what to write where something is missing. */
function expectPromised(what: string, actual: Record<string, unknown>, table: promised.Defaults): void {
	const missing = Object.entries(actual).filter(([name]) => !(name in table));
	if (missing.length > 0) {
		throw new Error(
			`${what} has parameters whose default nobody promised. Add to its entry in test/unit/promisedDefaults.ts:\n` +
				missing.map(([name, value]) => `\t'${name}': ${JSON.stringify(value)},`).join('\n'),
		);
	}
	// A changed or missing default changes every workflow that was saved with it: see CONTRIBUTING.md.
	expect({ [what]: actual }).toEqual({ [what]: table });
}

describe('the action node', () => {
	const node = new DoorFlow().description;

	test('names of the nodes', () => {
		expect(
			[DoorFlow, DoorFlowTrigger, DoorFlowPollingTrigger].map((Node) => [
				new Node().description.name,
				new Node().description.displayName,
				new Node().description.version,
			]),
		).toEqual([
			['doorFlow', 'DoorFlow', 1],
			['doorFlowTrigger', 'DoorFlow Trigger', [1, 1.1]],
			['doorFlowPollingTrigger', 'DoorFlow Polling Trigger', 1],
		]);
		for (const Node of [DoorFlow, DoorFlowTrigger, DoorFlowPollingTrigger])
			expect(new Node().description.credentials).toEqual([{ name: 'doorFlowOAuth2Api', required: true }]);
	});

	test('each node tells builders what no single operation says', () => {
		const hints = [DoorFlow, DoorFlowTrigger, DoorFlowPollingTrigger].map(
			(Node) => new Node().description.builderHint,
		);
		const [action, trigger, polling] = hints.map((hint) => hint?.searchHint ?? '');
		expect(action).toMatch(/can't open any door.*sync.*Visitor → Check In/s);
		expect(trigger).toMatch(/one webhook URL/);
		expect(polling).toMatch(/without a public URL/);
		const names = ['doorFlow', 'doorFlowTrigger', 'doorFlowPollingTrigger'];
		for (const { nodeType } of hints.flatMap((hint) => hint?.relatedNodes ?? []))
			expect(names.map((name) => `n8n-nodes-doorflow.${name}`)).toContain(nodeType);
	});

	test('resources and operations', () => {
		const promised = Object.entries(OPERATIONS).map(([resource, operations]) => [
			resource,
			SHOWN_AS[resource],
			Object.keys(operations).sort(),
		]);
		const declared = resources.map(({ name, displayName, operations }) => [
			name,
			displayName,
			operations.map((one) => one.name).sort(),
		]);
		expect(declared.sort()).toEqual(promised.sort());
		const shown = node.properties.find(({ name }) => name === 'resource');
		expect(valuesOf(shown).sort()).toEqual(Object.keys(OPERATIONS).sort());
	});

	test.each(
		Object.entries(OPERATIONS).flatMap(([resource, operations]) =>
			Object.entries(operations).map(([operation, names]) => ({ resource, operation, names })),
		),
	)('parameters of $resource/$operation', ({ resource, operation, names }) => {
		const fields = (
			resources.find(({ name }) => name === resource)?.operations.find(({ name }) => name === operation)
				?.fields ?? []
		).map(({ panel }) => panel);
		expect(parameters(fields)).toEqual([...names].sort());
		const all = fields.flatMap((field) => [field, ...inside(field)]);
		for (const { name, type } of all) {
			if (LOCATORS.includes(name)) expect([name, type]).toEqual([name, 'resourceLocator']);
			if (MULTI_SELECTS.includes(name)) expect([name, type]).toEqual([name, 'multiOptions']);
		}
		for (const field of all.filter(({ type }) => type === 'resourceLocator'))
			expect((field.modes ?? []).map(({ name }) => name)).toEqual(['list', 'id']);
		for (const field of all.filter(({ type, name }) => type === 'options' && name !== 'resource')) {
			expect(valuesOf(field)).toEqual(VALUES[`${resource}/${operation}/${field.name}`]);
		}
	});

	const ofOperation = (resource: string, operation: string): INodeProperties[] =>
		node.properties.filter(
			({ displayOptions }) =>
				displayOptions?.show?.resource?.includes(resource) === true &&
				displayOptions.show.operation?.includes(operation) === true,
		);

	test.each(
		resources.flatMap(({ name: resource, operations }) =>
			operations.map(({ name: operation }) => ({ resource, operation })),
		),
	)('defaults of $resource/$operation, options and what is nested included', ({ resource, operation }) => {
		const key = `${resource}/${operation}`;
		const table = promised.OPERATIONS[key];
		const options = promised.CHANGES_NOTHING.includes(key)
			? promised.OPTIONS.nothing
			: promised.SYNCS.includes(key)
				? promised.OPTIONS.syncs
				: promised.OPTIONS.changes;
		expectPromised(key, defaults(ofOperation(resource, operation)), {
			...table,
			...options,
			...(promised.READS_SECRETS.includes(key) ? { 'options.includeSecrets': false } : {}),
			...(promised.LONG_ANSWERS.includes(key) ? promised.AS_TOOL : {}),
		});
		// An operation without parameters needs its entry, too.
		expect({ [key]: table !== undefined }).toEqual({ [key]: true });
	});

	test('no default is promised of what is not there', () => {
		const declared = resources.flatMap(({ name: resource, operations }) =>
			operations.map(({ name }) => `${resource}/${name}`),
		);
		for (const key of [
			...Object.keys(promised.OPERATIONS),
			...promised.CHANGES_NOTHING,
			...promised.READS_SECRETS,
			...promised.SYNCS,
			...promised.LONG_ANSWERS,
		])
			expect(declared).toContain(key);
	});

	test.each(
		resources.flatMap(({ name: resource, operations }) =>
			operations.map((operation) => ({ resource, operation, name: operation.name })),
		),
	)('an answer of $resource/$name with more than ten fields can be shortened', ({ resource, operation }) => {
		const file = join(SCHEMAS, resource, `${operation.name}.json`);
		const { properties = {} } = JSON.parse(readFileSync(file, 'utf8')) as { properties?: object };
		const all = Object.keys(properties);
		// One that is long, by its example in __schema__, says so with `answer` in its declaration.
		expect([operation.name, operation.answer?.all]).toEqual([
			operation.name,
			all.length > 10 ? all : undefined,
		]);
		const simple = operation.answer?.simple ?? [];
		expect(simple.length).toBeLessThanOrEqual(10);
		expect(simple.filter((name) => !all.includes(name))).toEqual([]);
		const [output, selected] = ['outputFields', 'selectedFields'].map((wanted) =>
			ofOperation(resource, operation.name).find(({ name }) => name === wanted),
		);
		if (!operation.answer) return expect([output, selected]).toEqual([undefined, undefined]);
		// Seen by tools alone: elsewhere, Simplify and an Edit Fields node do it.
		expect(output?.displayOptions?.show?.['@tool']).toEqual([true]);
		expect(selected?.displayOptions?.show).toMatchObject({ '@tool': [true], outputFields: ['selected'] });
		expect(valuesOf(output)).toEqual(['simplified', 'raw', 'selected']);
		expect(valuesOf(selected).sort()).toEqual([...all].sort());
	});

	test('defaults of the resource, the first operation and the switch', () => {
		const ofTheNode = node.properties.filter(
			({ name, displayOptions }) => name !== 'operation' && displayOptions?.show?.operation === undefined,
		);
		expectPromised('The node itself', defaults(ofTheNode), promised.NODE);
		const first = node.properties
			.filter(({ name }) => name === 'operation')
			.map(({ displayOptions, default: value }) => [displayOptions?.show?.resource?.[0], value]);
		// The lists for tools begin as the ordinary one does: a node made a tool stays what it was.
		for (const [resource, value] of first)
			expect([resource, value]).toEqual([resource, promised.FIRST_OPERATION[String(resource)]]);
		expect([...new Set(first.map(([resource]) => String(resource)))].sort()).toEqual(
			Object.keys(promised.FIRST_OPERATION).sort(),
		);
	});

	test('to an agent, nothing dangerous is offered while the switch is off', () => {
		expect(node.usableAsTool).toBe(true);
		const allow = node.properties.find(({ name }) => name === ALLOW);
		expect(allow).toMatchObject({
			default: false,
			noDataExpression: true,
			displayOptions: { show: { '@tool': [true] } },
		});
		const offered = (resource: string): unknown[] =>
			node.properties
				.filter(({ name, displayOptions }) => {
					const show = displayOptions?.show;
					if (displayOptions?.hide?.['@tool']) return false;
					const fits = (wanted: unknown[] | undefined, value: boolean): boolean =>
						wanted === undefined || wanted.includes(value);
					return (
						name === 'operation' &&
						show?.resource?.includes(resource) &&
						fits(show['@tool'] as unknown[] | undefined, true) &&
						fits(show[ALLOW] as unknown[] | undefined, false)
					);
				})
				.flatMap(valuesOf);
		const moves = {
			channel: Object.keys(OPERATIONS.channel ?? {}).filter((name) => !name.startsWith('get')),
			account: ['disconnect'],
			credential: ['update'],
			groupReservation: ['create'],
			notificationRule: ['create', 'update'],
			person: ['removeFromGroups', 'revokeAccess'],
			visitor: ['checkOut'],
		} as Record<string, string[]>;
		for (const [resource, operations] of Object.entries(OPERATIONS)) {
			const forbidden = [...(moves[resource] ?? []), 'delete'];
			expect([resource, offered(resource).sort()]).toEqual([
				resource,
				Object.keys(operations)
					.filter((name) => !forbidden.includes(name))
					.sort(),
			]);
		}
	});
});

describe('the triggers', () => {
	const trigger = new DoorFlowTrigger();
	const polling = new DoorFlowPollingTrigger();

	test('events and categories', () => {
		expect(EVENT_OPTIONS.map(({ value }) => value).sort()).toEqual([...EVENTS].sort());
		expect(valuesOf(trigger.description.properties.find(({ name }) => name === 'events')).sort()).toEqual(
			[...EVENTS].sort(),
		);
		expect(CATEGORIES).toEqual(['Granted', 'Denied', 'Door', 'Credential', 'Other']);
	});

	test('parameters of the DoorFlow Trigger, with their defaults', () => {
		expectPromised('The DoorFlow Trigger', defaults(trigger.description.properties), promised.TRIGGER);
		const values = (name: string): unknown[] =>
			valuesOf(trigger.description.properties.find((one) => one.name === name));
		expect(values('outputMode')).toEqual(['single', 'perCategory']);
		expect(values('acknowledge')).toEqual(['automatic', 'manual']);
	});

	test('parameters of the DoorFlow Polling Trigger, with their defaults', () => {
		expectPromised(
			'The DoorFlow Polling Trigger',
			defaults(polling.description.properties),
			promised.POLLING_TRIGGER,
		);
	});
});

describe('the credential', () => {
	const credential = new DoorFlowOAuth2Api();
	const field = (name: string): INodeProperties | undefined =>
		credential.properties.find((one) => one.name === name);

	test('its name and fields', () => {
		expect([credential.name, credential.displayName, credential.extends]).toEqual([
			'doorFlowOAuth2Api',
			'DoorFlow OAuth2 API',
			['oAuth2Api'],
		]);
		expect(field('baseUrl')).toMatchObject({
			displayName: 'API Base URL',
			default: 'https://api.doorflow.com',
		});
		expect(field('permissionSet')).toMatchObject({
			displayName: 'Permissions',
			type: 'options',
			options: [{ value: 'flows' }, { value: 'only' }],
			default: 'flows',
		});
		expect(field('permissions')).toMatchObject({
			displayName: 'Selected Permissions',
			type: 'multiOptions',
			default: [],
		});
		expect(field('webhookSecret')).toMatchObject({
			displayName: 'Webhook Signing Secret',
			default: '',
			typeOptions: { password: true },
		});
	});

	test('each field of the credential is declared once: of two of a name, n8n shows the last one alone', () => {
		const names = credential.properties.map(({ name }) => name);
		expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
		// n8n asks for nothing where a field is hidden that says what to ask for.
		expect(field('permissions')?.displayOptions).toBeUndefined();
	});

	test('the credential knows the authorization code only', () => {
		expect(field('grantType')).toMatchObject({ type: 'hidden', default: 'authorizationCode' });
		expect(field('ignoreSSLIssues')).toMatchObject({ type: 'hidden', default: false });
		// No field for a key, a password or a token of any other kind.
		expect(
			credential.properties
				.filter(({ type }) => type !== 'hidden' && type !== 'notice')
				.map(({ name }) => name),
		).toEqual([
			'baseUrl',
			'permissionSet',
			'permissions',
			'webhookSecret',
			'allowedHttpRequestDomains',
			'allowedDomains',
		]);
		expect(field('allowedHttpRequestDomains')?.default).toBe('domains');
		expect(field('allowedDomains')?.default).toBe('api.doorflow.com');
	});

	test('only what a visitor flow needs is asked for by default', () => {
		expect([...DEFAULT_SCOPES].sort()).toEqual([
			'account.channel.readonly',
			'account.credential_type.readonly',
			'account.event.access.readonly',
			'account.group.readonly',
			// Visitor → Check In books groups or doors for the time of the visit, Check Out ends both.
			'account.group_reservation',
			'account.person',
			'account.reservation',
			'account.sync',
		]);
		expect(PERMISSIONS.filter((one) => 'restricted' in one).map(({ scope }) => scope)).toEqual([
			'account.channel.admit',
		]);
	});
});
