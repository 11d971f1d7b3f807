import type { INodeProperties } from 'n8n-workflow';

import type { ListName } from './lists';
import type { Rule } from './values';

/** One field of a panel: how it looks and what it decides on, declared once. `T` is what reading it gives. */
export interface Field<T = unknown> {
	readonly panel: INodeProperties;
	/** Undefined for a notice, which holds no value. */
	readonly rule: Rule | undefined;
	/** Never there: it carries the type of the value. */
	readonly gives?: T;
}

/** Fields that are added one by one. */
export interface Collection {
	readonly panel: INodeProperties;
	readonly inner: readonly Field[];
}

export type PanelField = Collection | Field;

/** What makes up the panel of a field, without its `type` where the rule says it. */
type Panel = Omit<INodeProperties, 'type'>;

/** What a text of a person's record may be. */
export type RecordRule = Omit<Extract<Rule, { kind: 'record' }>, 'kind'>;

export const isCollection = (field: PanelField): field is Collection => 'inner' in field;

/**
 * A plain text of a person's record.
 *
 * @param rule `maxLength` in characters; `clearsTo` what DoorFlow takes for "none", if not null; `form` for what is no plain text
 */
export function recordText(panel: Panel, rule: RecordRule = {}): Field<number | string | null> {
	return { panel: { ...panel, type: 'string' }, rule: { kind: 'record', ...rule } };
}

/** A name: it may stay as it is, but it can't be cleared. */
export function nameText(panel: Panel, maxLength: number): Field<string> {
	return { panel: { ...panel, type: 'string' }, rule: { kind: 'name', maxLength } };
}

/** A text that selects or leads somewhere. */
export function keyText(panel: Panel, form?: 'email' | 'systemId'): Field<string> {
	return { panel: { ...panel, type: 'string' }, rule: { kind: 'key', ...(form ? { form } : {}) } };
}

/** A card number or PIN. */
export function secretText(panel: Panel): Field<string> {
	return { panel: { ...panel, type: 'string' }, rule: { kind: 'secret' } };
}

/**
 * The ID of one thing; `thing` as in "door".
 *
 * @param rule `words` that stand for no thing at all; `named` the list whose names are taken as well
 */
export function idField(
	panel: INodeProperties,
	thing: string,
	form: 'hashid' | 'number' = 'number',
	rule: { readonly words?: readonly string[]; readonly named?: ListName | undefined } = {},
): Field<string> {
	const { words, named } = rule;
	return {
		panel,
		rule: { kind: 'id', thing, form, ...(words ? { words } : {}), ...(named ? { named } : {}) },
	};
}

/**
 * Several IDs.
 *
 * @param rule `replaces` where the list as a whole is set, so that an empty one is a value; `named` as in {@link idField}
 */
export function idsField(
	panel: INodeProperties,
	thing: string,
	rule: { readonly replaces?: true | undefined; readonly named?: ListName | undefined } = {},
): Field<number[]> {
	const { replaces, named } = rule;
	return {
		panel,
		rule: { kind: 'ids', thing, ...(replaces ? { replaces } : {}), ...(named ? { named } : {}) },
	};
}

interface Option {
	readonly name: string;
	readonly value: string;
	readonly description?: string;
}

/** Several of some options. */
export function namesField(panel: Omit<Panel, 'options'>, options: readonly Option[]): Field<string[]> {
	return {
		panel: { ...panel, type: 'multiOptions', options: [...options] },
		rule: { kind: 'names', options },
	};
}

/** One of some options. */
export function choice<const V extends string>(
	panel: Omit<Panel, 'options'>,
	options: ReadonlyArray<Option & { readonly value: V }>,
): Field<V> {
	return { panel: { ...panel, type: 'options', options: [...options] }, rule: { kind: 'option', options } };
}

/** A switch; `stays` where it is set at something that may be there already. */
export function flag(panel: Panel, stays?: 'stays'): Field<boolean> {
	return { panel: { ...panel, type: 'boolean' }, rule: { kind: 'flag', ...(stays ? { stays: true } : {}) } };
}

/** A number, whole unless `fractions` says otherwise. */
export function amount(panel: Panel, min: number, max?: number, fractions?: true): Field<number> {
	return {
		panel: {
			...panel,
			type: 'number',
			typeOptions: { minValue: min, ...(max === undefined ? {} : { maxValue: max }) },
		},
		rule: { kind: 'amount', min, ...(max === undefined ? {} : { max }), ...(fractions ? { fractions } : {}) },
	};
}

/**
 * A moment.
 *
 * @param edge a day without a time is its start where it begins something, its last second where it ends something
 * @param words that stand for a rule instead of a moment, such as `none`
 */
export function time<const W extends string = never>(
	panel: Panel,
	edge: 'begins' | 'ends',
	words?: readonly W[],
): Field<Date | W> {
	return { panel: { ...panel, type: 'dateTime' }, rule: { kind: 'time', edge, ...(words ? { words } : {}) } };
}

/** Fields that are added one by one. */
export function collection(panel: Omit<Panel, 'default' | 'options'>, inner: readonly Field[]): Collection {
	return {
		panel: { ...panel, type: 'collection', default: {}, options: inner.map((field) => field.panel) },
		inner,
	};
}

/**
 * A text that stands in the panel and warns.
 *
 * @param name of the field, unique within its operation
 * @param text what it says
 */
export function notice(
	name: string,
	text: string,
	displayOptions?: INodeProperties['displayOptions'],
): Field<never> {
	return {
		panel: {
			displayName: text,
			name,
			type: 'notice',
			default: '',
			...(displayOptions ? { displayOptions } : {}),
		},
		rule: undefined,
	};
}

/** The same field, shown otherwise. */
export function shownAs<T>(field: Field<T>, panel: Partial<INodeProperties>): Field<T> {
	return { ...field, panel: { ...field.panel, ...panel } };
}
