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
