import { resources } from '../../nodes/DoorFlow/actions';
import { optionsOf } from '../../nodes/DoorFlow/options';
import { PANEL as POLLING } from '../../nodes/DoorFlowPollingTrigger/panel';
import { PANEL as TRIGGER } from '../../nodes/DoorFlowTrigger/panel';
import { isCollection, type Collection, type Field, type PanelField } from '../../nodes/shared/field';
import { Parameters } from '../../nodes/shared/parameters';
import { DoorFlowError, type Problem } from '../../nodes/shared/problem';
import type { Rule } from '../../nodes/shared/values';

interface Case {
	readonly where: string;
	readonly field: Field;
	readonly within?: Collection;
}

const casesOf = (where: string, fields: readonly PanelField[]): Case[] =>
	fields.flatMap((field): Case[] =>
		isCollection(field)
			? field.inner.map((one) => ({
					where: `${where}: ${field.panel.name}.${one.panel.name}`,
					field: one,
					within: field,
				}))
			: field.panel.type === 'notice'
				? []
				: [{ where: `${where}: ${field.panel.name}`, field }],
	);

const CASES: readonly Case[] = [
	...resources.flatMap((resource) =>
		resource.operations.flatMap((operation) =>
			casesOf(`${resource.name}/${operation.name}`, [...operation.fields, optionsOf(operation)]),
		),
	),
	...casesOf('doorFlowTrigger', TRIGGER),
	...casesOf('doorFlowPollingTrigger', POLLING),
];

const ZONE = 'Europe/London';
const EXPRESSION = '{{ $json.renamed }}';
const AGENT = "{{ $fromAI('Value', ``, 'string') }}";

type Outcome = { readonly value: unknown } | { readonly problem: Problem };

/** Reads a field as n8n would give it: `saved` is what the panel holds, `gives` what an expression gives. */
function read({ field, within }: Case, saved: unknown, gives?: unknown): Outcome {
	const { name } = field.panel;
	const parameters = new Parameters(
		(within ? { [within.panel.name]: { [name]: saved } } : { [name]: saved }) as never,
		() => gives,
		() => ZONE,
	);
	try {
		return { value: within ? parameters.readIn(within, field) : parameters.read(field) };
	} catch (error) {
		if (error instanceof DoorFlowError) return { problem: error.problem };
		throw error;
	}
}

const inLocator = ({ panel }: Field, value: string): unknown =>
	panel.type === 'resourceLocator' ? { __rl: true, mode: 'id', value } : value;

const byExpression = (one: Case, gives: unknown): Outcome =>
	read(one, inLocator(one.field, `=${EXPRESSION}`), gives);
const byAgent = (one: Case, gives: unknown): Outcome => read(one, inLocator(one.field, `=${AGENT}`), gives);

const NOTHING = { value: undefined };

const records = (rule: Rule): boolean => rule.kind === 'record';
/** Whether a missing value leaves it as it is: what only records something, unless it must be there. */
const mayBeMissing = ({ field: { panel, rule } }: Case): boolean =>
	(rule?.kind === 'record' || rule?.kind === 'name') && panel.required !== true;

/** Names the field in the panel's words, shows the expression, and says what to do. */
function expectRefused(outcome: Outcome, { field }: Case, expression = EXPRESSION): void {
	expect(outcome).toEqual({ problem: expect.objectContaining({ kind: 'badInput' }) });
	const { message, description } = (outcome as { problem: Problem }).problem;
	expect(message.startsWith(`${field.panel.displayName} `)).toBe(true);
	expect(message).toContain(expression);
	expect(description).toMatch(/^[A-Z].{15,}\.$/s);
}

const ruleOf = ({ field }: Case): Rule => field.rule as Rule;

test('every field of every operation and of both triggers says what it decides on', () => {
	expect(CASES.length).toBeGreaterThan(350);
	expect(CASES.filter(({ field }) => field.rule === undefined).map(({ where }) => where)).toEqual([]);
});

/** What holds for every field, whatever it decides on. */
const HOLDS: ReadonlyArray<readonly [string, (one: Case, rule: Rule) => void]> = [
	[
		'is not given when it was not added, or left empty by hand',
		(one, rule) => {
			expect(read(one, undefined)).toEqual(NOTHING);
			expect(read(one, inLocator(one.field, ''))).toEqual(NOTHING);
			expect(read(one, inLocator(one.field, '  '))).toEqual(NOTHING);
			if (rule.kind === 'ids' || rule.kind === 'names') expect(read(one, [])).toEqual(NOTHING);
		},
	],
	[
		'an expression that gives undefined is never read as empty',
		(one) => {
			const outcome = byExpression(one, undefined);
			if (mayBeMissing(one)) expect(outcome).toEqual(NOTHING);
			else expectRefused(outcome, one);
		},
	],
	[
		'an expression that gives null, or a text without anything in it, clears a record text and nothing else',
		(one, rule) => {
			for (const gives of [null, '', ' \t ']) {
				const outcome = byExpression(one, gives);
				if (rule.kind === 'record') expect(outcome).toEqual({ value: rule.clearsTo ?? null });
				else expectRefused(outcome, one);
			}
		},
	],
	[
		'text around an expression that gives nothing is a missing value',
		(one) => {
			const outcome = read(one, inLocator(one.field, '= {{ $json.a }}{{ $json.b }}'), ' ');
			if (mayBeMissing(one)) expect(outcome).toEqual(NOTHING);
			else expectRefused(outcome, one, '{{ $json.a }}{{ $json.b }}');
		},
	],
	[
		'an empty list is a value for the groups and roles of a person only',
		(one, rule) => {
			const outcome = byExpression(one, []);
			if (rule.kind === 'ids' && rule.replaces) expect(outcome).toEqual({ value: [] });
			else expectRefused(outcome, one);
		},
	],
	[
		'an agent that leaves an optional field empty leaves it out',
		(one, rule) => {
			for (const gives of ['', null]) {
				const outcome = byAgent(one, gives);
				if (!one.field.panel.required) expect(outcome).toEqual(NOTHING);
				else if (records(rule)) expect(outcome).toEqual({ value: null });
				else expectRefused(outcome, one, AGENT);
			}
			const missing = byAgent(one, undefined);
			if (mayBeMissing(one)) expect(missing).toEqual(NOTHING);
			else expectRefused(missing, one, AGENT);
		},
	],
	[
		'the wrong type is refused',
		(one, rule) => {
			expectRefused(byExpression(one, { a: 1 }), one);
			expectRefused(byExpression(one, [{ a: 1 }]), one);
			if (rule.kind !== 'record' && rule.kind !== 'name' && rule.kind !== 'key' && rule.kind !== 'flag') {
				expectRefused(byExpression(one, true), one);
			}
		},
	],
	[
		'text is read for what it says, and an unknown word is refused',
		(one, rule) => {
			const reads = (gives: unknown, value: unknown): void => {
				expect(byExpression(one, gives)).toEqual({ value });
				expect(byAgent(one, gives)).toEqual({ value });
			};
			const refuses = (...all: unknown[]): void => {
				for (const gives of all) expectRefused(byExpression(one, gives), one);
			};
			switch (rule.kind) {
				case 'flag':
					reads(' TRUE ', true);
					reads('false', false);
					return refuses('yes', 'on', 1, 0);
				case 'amount':
					reads(` ${rule.min} `, rule.min);
					if (!rule.fractions) refuses(rule.min + 0.5);
					return refuses('fifty', String(rule.min - 1), Infinity, '1e3', '0x10');
				case 'option': {
					for (const { name, value } of rule.options) {
						reads(` ${name.toUpperCase()} `, value);
						reads(value.toUpperCase(), value);
					}
					return refuses('no such word', 1);
				}
				case 'names': {
					const [first, second] = rule.options as [
						{ name: string; value: string },
						{ name: string; value: string },
					];
					reads(`${first.name.toLowerCase()} , ${second.value}`, [first.value, second.value]);
					reads(JSON.stringify([second.value]), [second.value]);
					return refuses(`${first.value}, nope`, [first.value, 'nope'], '[broken', [undefined]);
				}
				case 'ids':
					reads(' 12 ,34', [12, 34]);
					reads('["12", 34]', [12, 34]);
					reads(12, [12]);
					return refuses('12, x', '12,,13', [12, undefined], [12, null], '[12', -1, 1.5, 2 ** 53);
				case 'id':
					if (rule.form === 'number') {
						reads(' 12 ', '12');
						reads(12, '12');
						return refuses('x', '-1', '1.5', 0, 2 ** 53);
					}
					reads(' nbYfy7 ', 'nbYfy7');
					return refuses('../people', 'a b', 'a/b');
				case 'time': {
					reads('2027-03-01T09:00', new Date('2027-03-01T09:00:00Z'));
					reads(
						'2027-03-01',
						new Date(rule.edge === 'ends' ? '2027-03-01T23:59:59Z' : '2027-03-01T00:00:00Z'),
					);
					reads(new Date('2027-03-01T09:00:00Z'), new Date('2027-03-01T09:00:00Z'));
					for (const word of rule.words ?? []) reads(` ${word.toUpperCase()} `, word);
					const words = ['none', 'now'].filter((word) => !rule.words?.includes(word));
					return refuses(
						'Invalid DateTime',
						'tomorrow',
						'01.03.2027',
						'2027-02-30',
						1_772_000_000_000,
						new Date(NaN),
						...words,
					);
				}
				case 'secret':
					reads(4815, '4815');
					reads(' 00112345678901234567 ', '00112345678901234567');
					return refuses(2 ** 53, Number('10000000000000000001'), 12.5, true, 'x'.repeat(65));
				case 'record':
					if (rule.form === 'wholeNumber') {
						reads(' 42 ', 42);
						return refuses('forty-two', 4.5, 2 ** 53);
					}
					reads(' some text ', 'some text');
					if (rule.form === 'code') refuses(12.5, true);
					if (rule.maxLength !== undefined) refuses('x'.repeat(rule.maxLength + 1));
					return refuses(2 ** 53);
				case 'name':
					reads(' Zoë ', 'Zoë');
					return refuses('x'.repeat(rule.maxLength + 1), 2 ** 53);
				case 'key':
					reads(' HR-1 ', 'HR-1');
					reads(7, '7');
					return refuses(2 ** 53);
			}
		},
	],
];

test.each(HOLDS)('every field: %s', (_what, holds) => {
	const failed = CASES.flatMap((one) => {
		try {
			holds(one, ruleOf(one));
			return [];
		} catch (error) {
			return [`${one.where}: ${(error as Error).message}`];
		}
	});
	expect(failed.slice(0, 10).join('\n\n')).toBe('');
});

describe('a collection', () => {
	const collection = CASES.find(({ where }) => where === 'person/getAll: filters.email')
		?.within as Collection;
	const email = collection.inner[0] as Field;
	const parameters = (saved: unknown, gives?: unknown): Parameters =>
		new Parameters(
			{ filters: saved } as never,
			() => gives,
			() => ZONE,
		);

	test('refuses a field that it does not have: a misspelt filter would list everybody', () => {
		expect(() => parameters({ emial: 'a@example.com' }).readIn(collection, email)).toThrow(
			'Filters has no field "emial"',
		);
		expect(() => parameters('={{ $json.f }}', { Email: 'a@example.com' }).readIn(collection, email)).toThrow(
			'Filters has no field "Email"',
		);
	});

	test('that an expression gives as a whole is read by the same rules', () => {
		expect(parameters('={{ $json.f }}', { email: ' a@example.com ' }).readIn(collection, email)).toBe(
			'a@example.com',
		);
		expect(() => parameters('={{ $json.f }}', { email: null }).readIn(collection, email)).toThrow(
			'Email is missing',
		);
		expect(() => parameters('={{ $json.f }}', undefined).readIn(collection, email)).toThrow('gave nothing');
		expect(() => parameters('={{ $json.f }}', 'x').readIn(collection, email)).toThrow(
			'is not a set of named fields',
		);
	});
});

test('an e-mail address loses what stands at its ends unseen', () => {
	const one = CASES.find(({ where }) => where === 'person/create: additionalFields.email') as Case;
	expect(byExpression(one, '\u200b\ufeff ada@example.com\u00a0\u00ad')).toEqual({ value: 'ada@example.com' });
	// Nobody sees that it is not empty: it is neither read as empty nor sent.
	expect(byExpression(one, '\u200b')).toEqual({ problem: expect.objectContaining({ kind: 'badInput' }) });
});

test('no error repeats a card number or PIN, not even one that stands in the expression', () => {
	const one = CASES.find(({ where }) => where === 'credential/create: value') as Case;
	const { problem } = read(one, '={{ "4815162342".repeat(9) }}', '4815162342'.repeat(9)) as {
		problem: Problem;
	};
	expect(JSON.stringify(problem)).not.toMatch(/4815/);
});
