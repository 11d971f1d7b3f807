import {
	getGlobalState,
	type IExecuteFunctions,
	type IHookFunctions,
	type INode,
	type IPollFunctions,
	type IWebhookFunctions,
} from 'n8n-workflow';

import type { Collection, Field } from './field';
import { isAgents } from './isAgents';
import { badInput } from './problem';
import { zoneOf } from './time';
import { isRecord, readValue, type Given, type NamesOf } from './values';

/** What was saved in the panel. n8n copies the node each time it is asked for it, so one copy serves all items. */
type Saved = INode['parameters'];

/** The fields that were added to a collection; `from` is the expression, where one gave all of them. */
interface Added {
	readonly values: Readonly<Record<string, unknown>>;
	readonly from?: string;
}

/** Resolves what an expression gives, by the name of the parameter or its path, such as `options.timeout`. */
type Resolve = (path: string) => unknown;

const isExpression = (value: unknown): value is string => typeof value === 'string' && value.startsWith('=');

const isLocator = (value: unknown): value is { value?: unknown } =>
	typeof value === 'object' && value !== null && '__rl' in value;

const picked = (value: unknown): unknown =>
	typeof value === 'object' && value !== null && !Array.isArray(value) && 'value' in value
		? value.value
		: value;

const ONE_EXPRESSION = /^=\{\{(?:(?!\}\})[^])*\}\}$/;

/** An expression that is nothing but one field of the item, as the editor writes it when a field is dragged in. */
const ONE_FIELD = /^=\{\{\s*\$json(?:\.([A-Za-z_]\w*)|\[(["'])([^"'\\\]]+)\2\])\s*\}\}$/;

const fields = new Map<string, string | undefined>();

/** The name of the field that an expression consists of; undefined for any other expression. */
function fieldOf(expression: string): string | undefined {
	if (fields.has(expression)) return fields.get(expression);
	const match = ONE_FIELD.exec(expression);
	const name = match?.[1] ?? match?.[3];
	// There are as many as workflows hold, in practice few.
	if (fields.size < 1000) fields.set(expression, name);
	return name;
}

/** The expressions in a text that has several parts. Not one pattern: that takes quadratic time for a row of brackets. */
const partsOf = (text: string): string[] =>
	text
		.split('}}')
		.slice(0, -1)
		.flatMap((piece) => (piece.includes('{{') ? [`${piece.slice(piece.indexOf('{{'))}}}`] : []));

/** What was added to a collection in the panel, by what n8n saved of it: the same for all items. */
const addedByHand = new WeakMap<object, Added>();

const FROM_AGENT = /\$fromAI\s*\(/i;

/**
 * The one reader of parameters, for the action node and both triggers: each value is read by the rule of its field
 * (values.ts). Only what holds an expression is given to n8n to resolve, because that costs as much as a request.
 */
export class Parameters {
	private readonly resolvedValues = new Map<string, unknown>();

	/** What an expression gave for a whole collection: looked at once, whatever number of fields is read. */
	private readonly addedTo = new Map<Collection, Added>();

	constructor(
		private readonly saved: Saved,
		private readonly resolve: Resolve,
		private readonly zone: () => string,
		private readonly names?: NamesOf,
		private readonly json: () => Readonly<Record<string, unknown>> | undefined = () => undefined,
		private readonly evaluate?: (expression: string) => unknown,
	) {}

	/**
	 * A field's value.
	 *
	 * @returns undefined when nothing is given: the documented default holds, or the record stays as it is
	 * @throws DoorFlowError when what is given can't be read by the field's rule
	 */
	read<T>(field: Field<T>): T | undefined {
		return this.readAs(field, this.given(field.panel.name, this.saved[field.panel.name], field));
	}

	/**
	 * A value that must be there.
	 *
	 * @throws DoorFlowError when it is not, or can't be read
	 */
	need<T>(field: Field<T>): T {
		return orFail(field, this.read({ ...field, panel: { ...field.panel, required: true } }));
	}

	/** A value that has a default in the panel. @throws DoorFlowError when what is given can't be read */
	setting<T>(field: Field<T>): T {
		return this.read(field) ?? (field.panel.default as T);
	}

	/** A field in a collection: undefined when it was not added or is left empty. @throws DoorFlowError as {@link read} */
	readIn<T>(collection: Collection, field: Field<T>): T | undefined {
		const { name } = field.panel;
		const { values, from } = this.added(collection);
		if (!(name in values)) return undefined;
		const value = values[name];
		const given: Given =
			from === undefined
				? this.given(`${collection.panel.name}.${name}`, value, field)
				: { origin: FROM_AGENT.test(from) ? 'agent' : 'expression', value: picked(value), expression: from };
		return this.readAs(field, given);
	}

	/** A field in a collection that has a default. @throws DoorFlowError as {@link read} */
	settingIn<T>(collection: Collection, field: Field<T>): T {
		return this.readIn(collection, field) ?? (field.panel.default as T);
	}

	/** Whether a field of a collection was added, whatever it holds. */
	isAdded(collection: Collection, field: Field): boolean {
		return field.panel.name in this.added(collection).values;
	}

	/** What was added to a collection. An unknown name is a mistake that would otherwise be passed over in silence. */
	private added(collection: Collection): Added {
		const saved = this.saved[collection.panel.name];
		const isSaved = typeof saved === 'object' && saved !== null;
		const known = isSaved ? addedByHand.get(saved) : this.addedTo.get(collection);
		if (known) return known;
		const fresh = this.lookAdded(collection);
		if (isSaved) addedByHand.set(saved, fresh);
		else this.addedTo.set(collection, fresh);
		return fresh;
	}

	private lookAdded({ panel, inner }: Collection): Added {
		const saved = this.saved[panel.name];
		const from = isExpression(saved) ? saved.slice(1) : undefined;
		const values = from === undefined ? saved : this.resolved(panel.name);
		if (values === undefined || values === null) {
			if (from === undefined) return { values: {} };
			throw badInput(
				`${panel.displayName} is missing: the expression ${from.slice(0, 160)} gave nothing`,
				'Check that the expression names a field of this item, spelled as in the input.',
			);
		}
		if (typeof values !== 'object' || Array.isArray(values)) {
			throw badInput(
				`${panel.displayName} is not a set of named fields`,
				'Add the fields one by one, or use an expression that returns an object.',
			);
		}
		const unknown = Object.keys(values).find((name) => !inner.some((one) => one.panel.name === name));
		if (unknown !== undefined) {
			throw badInput(
				`${panel.displayName} has no field "${unknown.slice(0, 40)}"`,
				`The possible fields are ${inner.map((one) => one.panel.name).join(', ')}. Correct the name, or remove it.`,
			);
		}
		return { values: values as Record<string, unknown>, ...(from === undefined ? {} : { from }) };
	}

	private readAs<T>({ panel, rule }: Field<T>, given: Given): T | undefined {
		if (!rule) return undefined;
		// The rule says what it gives; the field's type is declared beside it, in field.ts.
		return readValue(
			rule,
			given,
			{ shownAs: panel.displayName, required: panel.required === true },
			this.zone,
			this.names,
		) as T | undefined;
	}

	private given(path: string, saved: unknown, { rule }: Field): Given {
		if (saved === undefined) return { origin: 'absent' };
		const raw = isLocator(saved) ? saved.value : saved;
		const own = isExpression(raw) ? this.ownField(raw) : undefined;
		if (own !== undefined) return { origin: 'expression', value: own, expression: (raw as string).slice(1) };
		const expressions = (Array.isArray(raw) ? raw : [raw]).filter(isExpression);
		if (expressions.length === 0) return { origin: 'hand', value: raw };
		const [expression = ''] = expressions;
		const composed = !Array.isArray(raw) && !ONE_EXPRESSION.test(expression);
		return {
			origin: expressions.some((one) => FROM_AGENT.test(one)) ? 'agent' : 'expression',
			value: picked(this.resolved(path)),
			expression: expression.slice(1),
			composed,
			...(composed && rule && !isRecord(rule) ? { gap: this.gapIn(expression) } : {}),
		};
	}

	/** The first expression in a text that gives nothing: n8n leaves its place empty, and the rest reads as if it were whole. */
	private gapIn(text: string): string | undefined {
		return partsOf(text).find((part) => {
			const value = this.ownField(`=${part}`) ?? this.evaluated(part);
			return value === undefined || value === null || value === '';
		});
	}

	/** What a part of a text gives. One that can't be evaluated by itself, such as with brackets in a text, is not missing. */
	private evaluated(part: string): unknown {
		try {
			return this.evaluate ? this.evaluate(part) : part;
		} catch {
			return part;
		}
	}

	/**
	 * What an expression gives that is nothing but a field of the item, without asking n8n, for whom that is as much work
	 * as a request: a list of 5,000 people would hold it up for seconds. Everything but a plain value is left to n8n.
	 */
	private ownField(expression: string): boolean | number | string | null | undefined {
		const name = fieldOf(expression);
		const json = name === undefined ? undefined : this.json();
		if (name === undefined || json === undefined || !Object.hasOwn(json, name)) return undefined;
		const value = json[name];
		if (value === null) return null;
		return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
			? value
			: undefined;
	}

	/** n8n resolves a parameter once. */
	private resolved(path: string): unknown {
		if (!this.resolvedValues.has(path)) this.resolvedValues.set(path, this.resolve(path));
		return this.resolvedValues.get(path);
	}
}

function orFail<T>({ panel, rule }: Field<T>, value: T | undefined): T {
	if (value !== undefined) return value;
	if (rule?.kind === 'id' || rule?.kind === 'ids') {
		throw badInput(
			`No ${rule.thing} is chosen`,
			rule.kind === 'ids'
				? 'Choose at least one. An empty choice never means all of them.'
				: 'Pick one from the list, or give its ID.',
		);
	}
	throw badInput(
		`${panel.displayName} is empty`,
		`Fill in ${panel.displayName}, or check the expression it comes from.`,
	);
}

/** The zone of times that say none. @throws DoorFlowError when neither the workflow's nor the instance's is known */
function zoneOfTimes(context: Pick<IExecuteFunctions, 'getTimezone'>): string {
	const zone = zoneOf(context.getTimezone(), getGlobalState().defaultTimezone);
	if (zone.ok) return zone.zone;
	throw badInput(
		`The time zone is not known: ${zone.reason}`,
		"Choose the time zone in the workflow's settings, or enter times with their zone, such as 2026-11-24T09:00:00+01:00.",
	);
}

const seesOwnItems = new WeakMap<IExecuteFunctions, true | undefined>();

/**
 * Whether `$json` is the item of the input. For an agent's tool, the item is what the model gave, and not what
 * expressions see. n8n copies the node each time it is asked for it, so this is looked up once.
 */
function ownItems(context: IExecuteFunctions): true | undefined {
	if (!seesOwnItems.has(context)) {
		seesOwnItems.set(context, isAgents(context, context.getNode()) ? undefined : true);
	}
	return seesOwnItems.get(context);
}

/**
 * The parameters of one item of an execution.
 *
 * @param saved the node's own parameters, see {@link IExecuteFunctions.getNode}; read once for all items
 * @param names where names are taken for IDs
 */
export function parametersOfItem(
	context: IExecuteFunctions,
	saved: Saved,
	itemIndex: number,
	names?: NamesOf,
): Parameters {
	return new Parameters(
		saved,
		(path) => context.getNodeParameter(path, itemIndex),
		() => zoneOfTimes(context),
		names,
		ownItems(context) && (() => context.getInputData()[itemIndex]?.json),
		(expression) => context.evaluateExpression(expression, itemIndex),
	);
}

/** The parameters of a trigger, in its webhook or poll, its activation, or its run. */
export function parametersOf(
	context: IExecuteFunctions | IHookFunctions | IPollFunctions | IWebhookFunctions,
): Parameters {
	const saved = context.getNode().parameters;
	if ('continueOnFail' in context) return parametersOfItem(context, saved, 0);
	return new Parameters(
		saved,
		(path) => context.getNodeParameter(path),
		() => zoneOfTimes(context),
	);
}
