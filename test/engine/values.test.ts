import type { IDataObject, INodeExecutionData, INodeParameters, INodeProperties } from 'n8n-workflow';

import { optionsOf } from '../../nodes/DoorFlow/options';
import { isCollection, type Collection, type Field, type PanelField } from '../../nodes/shared/field';
import { isRecord, type Rule } from '../../nodes/shared/values';
import { Engine } from './engine';
import { DECLARED, locator, rowsIn, soon, type Row } from './rows';

jest.mock('../../nodes/shared/retryPolicy', () => jest.requireActual<object>('./quickRetries'));

let engine: Engine;
beforeAll(async () => {
	engine = await Engine.start({ config: { admitDelayMs: 20, syncLimitSeconds: 0, inviteMs: 1 } });
});
afterAll(async () => await engine.stop());

const store = () => engine.sandbox.store;
const { ROWS, call } = rowsIn(() => engine);
/** The requests that reach DoorFlow meanwhile. */
const during = async <T>(work: () => Promise<T>): Promise<{ result: T; requests: string[] }> => {
	const before = store().requests.length;
	const result = await work();
	const requests = store().requests.slice(before);
	return { result, requests: requests.map(({ method, path }) => `${method} ${path}`) };
};

interface Place {
	readonly key: string;
	readonly field: Field;
	readonly within?: Collection;
}

const WRITES = DECLARED.filter(({ operation }) => operation.writes);

/** Every field of every write operation, but those that only record something, and notices. */
const DECIDING: readonly Place[] = WRITES.flatMap(({ key, operation }) =>
	[...operation.fields, optionsOf(operation)]
		.flatMap((field: PanelField): Place[] =>
			isCollection(field) ? field.inner.map((one) => ({ key, field: one, within: field })) : [{ key, field }],
		)
		.filter(({ field }) => field.rule !== undefined && !isRecord(field.rule)),
);

const nameOf = ({ key, field, within }: Place): string =>
	`${key}: ${within ? `${within.panel.name}.` : ''}${field.panel.name}`;

const RENAMED = '{{ $json.renamed }}';
const byExpression = (field: Field, expression: string): INodeParameters[string] =>
	field.panel.type === 'resourceLocator' ? locator(`=${expression}`) : `=${expression}`;

const email = (): string => `values${store().nextId()}@example.com`;

/** Something that a field may hold. */
function sample({ panel, rule }: Field): INodeParameters[string] {
	const value = {
		id: (one: Extract<Rule, { kind: 'id' }>) => locator(one.form === 'number' ? 1 : 'x'),
		ids: () => ['1'],
		key: (one: Extract<Rule, { kind: 'key' }>) => (one.form === 'email' ? email() : 'S-1'),
		secret: () => '4815162342',
		time: () => soon(60),
	}[rule?.kind as 'id']?.(rule as never);
	if (value === undefined) throw new Error(`What may ${panel.name} hold?`);
	return value;
}

const choicesOf = ({ panel }: Field): string[] => Object.keys(panel.displayOptions?.show ?? {});
const isShownWith = (one: Field, other: Field): boolean =>
	choicesOf(one).some((name) => choicesOf(other).includes(name));

/** What else must be given where a field counts: the choices that show it, and what else they ask for. */
function beside({ key, field }: Place): INodeParameters {
	const shown = Object.entries(field.panel.displayOptions?.show ?? {}).map(([name, values]) => [
		name,
		(values as string[])[0] as string,
	]);
	const row = (ROWS[key] as Row).enter();
	const others = WRITES.find((one) => one.key === key)?.operation.fields.filter(
		(one): one is Field =>
			!isCollection(one) &&
			!(one.panel.name in row) &&
			(one.panel.required === true || isShownWith(one, field)),
	);
	return Object.fromEntries([
		...(others ?? [])
			.filter(({ panel }) => panel.type !== 'options')
			.map((one) => [one.panel.name, sample(one)]),
		...shown,
	]) as INodeParameters;
}

function with_(place: Place, value: INodeParameters[string]): INodeParameters {
	const { key, field, within } = place;
	const { name } = field.panel;
	const others = call(key, beside(place));
	if (!within) return { ...others, [name]: value };
	return { ...others, [within.panel.name]: { ...(others[within.panel.name] as object), [name]: value } };
}

test('there are fields to try in every write operation that has any', () => {
	expect(DECIDING.length).toBeGreaterThan(150);
});

describe.each(DECIDING.map((place): [string, Place] => [nameOf(place), place]))('%s', (_name, place) => {
	test.each([
		['undefined', {}, 'nothing'],
		['null', { renamed: null }, 'null'],
		['an empty text', { renamed: '' }, 'an empty text'],
	])('an expression that gives %s is refused in words, and nothing is sent', async (_what, json, gave) => {
		const parameters = with_(place, byExpression(place.field, RENAMED));
		const { result, requests } = await during(
			async () => await engine.run(parameters, { items: [{ json }] }),
		);
		expect(result.error?.message).toBe(
			`${place.field.panel.displayName} is missing: the expression ${RENAMED} gave ${gave}`,
		);
		expect(result.error?.description).toMatch(/^Check that the expression names a field/);
		expect(requests).toEqual([]);
	});
});

describe('one bad item of three', () => {
	/** The fields whose values come from the items. */
	const columnsOf = (key: string): INodeProperties[] => {
		const row = (ROWS[key] as Row).enter();
		const { fields } = DECLARED.find((one) => one.key === key)?.operation ?? { fields: [] };
		return fields
			.map(({ panel }) => panel)
			.filter(({ name, type }) => name in row && type !== 'options' && type !== 'collection');
	};
	const plain = (value: unknown): unknown =>
		typeof value === 'object' && value !== null && '__rl' in value
			? (value as unknown as { value: unknown }).value
			: value;

	/** The row of an operation three times, each value from the item; the second lacks one. */
	function input(key: string): { parameters: INodeParameters; items: INodeExecutionData[]; shown: string } {
		const rows = [0, 1, 2].map(() => call(key) as Record<string, unknown>);
		const columns = columnsOf(key);
		const [missing] = columns;
		const parameters = { ...rows[0] } as INodeParameters;
		for (const { name } of columns) {
			const expression = `={{ $json.${name} }}`;
			parameters[name] = plain(parameters[name]) === parameters[name] ? expression : locator(expression);
		}
		const items = rows.map((row, index) => ({
			json: Object.fromEntries(
				columns
					.filter((column) => index !== 1 || column !== missing)
					.map(({ name }) => [name, plain(row[name])]),
			) as IDataObject,
		}));
		return { parameters, items, shown: missing?.displayName ?? '' };
	}

	const KEYS = WRITES.map(({ key }) => key).filter(
		(key) => !['account/disconnect', 'sync/start'].includes(key),
	);

	test.each(KEYS)('%s: nothing is sent when the node stops on errors', async (key) => {
		const { parameters, items, shown } = input(key);
		const { result, requests } = await during(async () => await engine.run(parameters, { items }));
		expect(result.error?.message).toContain(shown);
		expect(result.error?.message).toContain('gave nothing');
		expect(result.error?.description).toContain(
			'It is item 1 (n8n counts from 0) of 3: all are checked first, so nothing was changed at DoorFlow.',
		);
		expect(requests).toEqual([]);
	});

	test.each(KEYS)('%s: the good ones go through when it continues', async (key) => {
		const { parameters, items, shown } = input(key);
		const { outputs } = await engine.run(parameters, { items, continueOnFail: true });
		const errors = [0, 1, 2].map(
			(item) =>
				outputs[0]?.find(({ pairedItem }) => (pairedItem as { item: number }).item === item)?.json.error,
		);
		expect(errors).toEqual([undefined, expect.stringContaining(`${shown} is missing`), undefined]);
	});
});

/** What reaches the person's record. */
const recordOf = (id: unknown): IDataObject => store().people.get(Number(id)) as unknown as IDataObject;
const update = (id: number, updateFields: INodeParameters): INodeParameters => ({
	resource: 'person',
	operation: 'update',
	personId: locator(id),
	updateFields,
});

describe('a text of a person’s record', () => {
	const snake = (name: string): string =>
		name
			.replace(/([A-Z])/g, '_$1')
			.replace(/(\d)/, '_$1')
			.toLowerCase();
	const { operation } = DECLARED.find(({ key }) => key === 'person/update') ?? {};
	const TEXTS = (operation?.fields.filter(isCollection)[0]?.inner ?? [])
		.filter(({ rule }) => rule?.kind === 'record')
		.map(({ panel }) => panel.name)
		.filter((name) => !name.startsWith('image'));

	test.each(TEXTS)(
		'%s stays when it is missing in the input, and is cleared by null or an empty text',
		async (name) => {
			const before =
				name === 'email' ? email() : name === 'organisationId' ? 42 : `before ${store().nextId()}`;
			const { id } = store().addPerson({ first_name: 'Rec', last_name: 'Ord', [snake(name)]: before });
			const mobile = { mobile: '+441632960123', telephone: '+441632960124' };
			const changed = async (json: IDataObject): Promise<unknown> => {
				const { error } = await engine.run(update(id, { ...mobile, [name]: `=${RENAMED}` }), {
					items: [{ json }],
				});
				expect(error).toBeUndefined();
				return recordOf(id)[snake(name)];
			};
			expect(await changed({})).toBe(before);
			expect(await changed({ renamed: null })).toBeNull();
			store().people.set(id, { ...recordOf(id), [snake(name)]: before } as never);
			expect(await changed({ renamed: '' })).toBeNull();
		},
	);
});

describe('an argument of an AI agent', () => {
	const create = (more: INodeParameters): INodeParameters => ({
		resource: 'person',
		operation: 'create',
		firstName: "={{ $fromAI('First_Name', '', 'string') }}",
		lastName: 'Agent',
		...more,
	});
	const optional = {
		validTo: "={{ $fromAI('until', '', 'json') }}",
		enabled: "={{ $fromAI('enabled', '', 'json') }}",
		groupIds: "={{ $fromAI('groups', '', 'json') }}",
		department: "={{ $fromAI('department', '', 'json') }}",
	};

	const filledIn = (first: string, value: string | null): IDataObject => ({
		First_Name: first,
		until: value,
		enabled: value,
		groups: value,
		department: value,
	});

	test('an empty text is not given for an optional field', async () => {
		const first = `Ai${store().nextId()}`;
		const { answer } = await engine.agent(
			create({ additionalFields: optional }),
			filledIn(first, ''),
			'request',
		);
		expect(answer).toContain(first);
		const [person] = [...store().people.values()].filter(({ first_name: name }) => name === first);
		expect(person).toMatchObject({ enabled: true, valid_to: null, groups: [], department: null });
	});

	test('null, of which n8n makes undefined, is refused, and nothing is sent', async () => {
		const { result, requests } = await during(
			async () => await engine.agent(create({ additionalFields: optional }), filledIn('Ai', null), 'request'),
		);
		expect(result.answer).toContain('gave nothing');
		expect(requests).toEqual([]);
	});

	test('an empty text is refused for what must be there', async () => {
		const { result, requests } = await during(
			async () => await engine.agent(create({}), { First_Name: '' }, 'request'),
		);
		expect(result.answer).toContain('First Name is missing');
		expect(requests).toEqual([]);
	});
});

describe('card numbers', () => {
	/** As n8n gets them from a JSON file: both are the same number by then. */
	const asNumbers = JSON.parse('[10000000000000000001, 10000000000000000002]') as [number, number];
	const asTexts = ['10000000000000000001', '10000000000000000002'] as const;
	const newPerson = (): number => store().addPerson({ first_name: 'Card', last_name: 'Holder' }).id;
	const value = '={{ $json.card }}';
	const WAYS: ReadonlyArray<[string, () => INodeParameters, (output: IDataObject) => unknown]> = [
		[
			'Credential → Create',
			() => ({
				resource: 'credential',
				operation: 'create',
				personId: locator(newPerson()),
				credentialTypeId: locator(32),
				valueMode: 'set',
				value,
			}),
			({ id }) => store().credentials.get(String(id))?.value,
		],
		[
			'Credential → Update',
			() => {
				const id = newPerson();
				const { id: credential } = store().addCredential(id, 32, String(store().nextId()));
				return {
					resource: 'credential',
					operation: 'update',
					personId: locator(id),
					credentialId: locator(credential),
					valueMode: 'set',
					value,
				};
			},
			({ id }) => store().credentials.get(String(id))?.value,
		],
		[
			'Person → Create, barcode',
			() => ({
				resource: 'person',
				operation: 'create',
				firstName: 'Bar',
				lastName: 'Code',
				additionalFields: { barcode: value },
			}),
			({ id }) => recordOf(id).barcode,
		],
		[
			'Check In',
			() => call('visitor/checkIn', { issue: 'card', credentialTypeId: locator(32), value }),
			({ credential }) => store().credentials.get(String((credential as IDataObject).id))?.value,
		],
	];

	beforeEach(() => {
		for (const credential of store().credentials.values())
			if (asTexts.some((text) => text === credential.value)) store().removeCredential(credential);
	});

	test.each(WAYS)(
		'%s: two long ones as JSON numbers are refused, as are fractions',
		async (_, parameters) => {
			expect(asNumbers[0]).toBe(asNumbers[1]);
			for (const card of [...asNumbers, 12.5]) {
				const given = parameters();
				const { result, requests } = await during(
					async () => await engine.run(given, { items: [{ json: { card } }] }),
				);
				expect(result.error?.message).toMatch(/ is a number .*\(from \{\{ \$json\.card \}\}\)$/);
				expect(result.error?.description).toContain('Send it as text');
				expect(requests).toEqual([]);
			}
		},
	);

	test.each(WAYS)('%s: as text, they arrive digit by digit', async (_, parameters, held) => {
		for (const card of asTexts) {
			const { items, error } = await engine.run(parameters(), { items: [{ json: { card } }] });
			expect(error).toBeUndefined();
			expect(held(items[0] ?? {})).toBe(card);
		}
	});
});
