import type { ListName } from './lists';
import { badInput, type DoorFlowError } from './problem';
import { redact } from './redact';
import { withoutUnseenEnds } from './text';
import { readTime } from './time';

/**
 * What a field decides on, and so what a missing or unreadable value means for it. These are the rules of the whole
 * package: nothing missing is ever read as empty, nothing unknown as the default.
 */
export type Rule =
	/** A plain text of a person's record. Missing: left as it is. Empty: cleared, by sending `clearsTo` (default null). */
	| {
			readonly kind: 'record';
			readonly maxLength?: number;
			readonly clearsTo?: '';
			/** `code`: digits as on a card or badge, each of which counts. */
			readonly form?: 'code' | 'email' | 'systemId' | 'wholeNumber';
	  }
	/** A first or last name: like a record text, but it can't be cleared. */
	| { readonly kind: 'name'; readonly maxLength: number }
	/** A text that selects, such as what to search for, or an address. */
	| { readonly kind: 'key'; readonly form?: 'email' | 'systemId' }
	/** The ID of one thing. `none` is the word that stands for no thing at all, where that has a meaning. */
	| {
			readonly kind: 'id';
			readonly thing: string;
			readonly form: 'hashid' | 'number';
			readonly words?: readonly string[];
			/** The list whose names are taken as well. */
			readonly named?: ListName;
	  }
	/**
	 * A list of IDs. `replaces`: an empty list that an expression gives is a value. `permits`: only these may be touched,
	 * so none chosen is none; elsewhere it is no restriction.
	 */
	| {
			readonly kind: 'ids';
			readonly thing: string;
			readonly replaces?: true;
			readonly permits?: true;
			readonly named?: ListName;
	  }
	/** A list of options, by value or by the name shown. */
	| { readonly kind: 'names'; readonly options: readonly Choice[] }
	| { readonly kind: 'option'; readonly options: readonly Choice[] }
	/** A switch. `stays`: not given, what is there stays as it is. */
	| { readonly kind: 'flag'; readonly stays?: true }
	| { readonly kind: 'amount'; readonly min: number; readonly max?: number; readonly fractions?: true }
	/** A moment that begins or ends something, or one of the words that stand for a rule, such as `none`. */
	| { readonly kind: 'time'; readonly edge: 'begins' | 'ends'; readonly words?: readonly string[] }
	/** A card number or PIN. Never repeated in an error. */
	| { readonly kind: 'secret' };

/** What is there under a name: each entry of a list with its ID. */
export interface Named {
	readonly id: string;
	readonly name: string;
}

/**
 * The entries of a list by their names.
 *
 * @throws NamesNeeded when the list was not read yet
 */
export type NamesOf = (list: ListName) => readonly Named[];

export interface Choice {
	readonly name: string;
	readonly value: string;
}

/** How a value came into a field. */
export interface Given {
	/**
	 * `absent`: the field was not added. `hand`: typed or picked in the panel. `expression`: an expression gave it.
	 * `agent`: an AI agent filled it in.
	 */
	readonly origin: 'absent' | 'agent' | 'expression' | 'hand';
	readonly value?: unknown;
	/** The expression as it stands in the panel, without the leading `=`. */
	readonly expression?: string;
	/** Whether text stands around or between expressions: an empty outcome then says that something was missing. */
	readonly composed?: boolean;
	/** Of a text with several parts, the expression that gave nothing, or an empty text. */
	readonly gap?: string | undefined;
}

/** What is to be said about a field in an error. */
export interface Said {
	readonly shownAs: string;
	readonly required: boolean;
}

/** Whether this kind only records something: a missing value changes nobody's access. */
export const isRecord = (rule: Rule): boolean => rule.kind === 'record' || rule.kind === 'name';

/**
 * Reads one value by the rule of its field.
 *
 * @param zone gives the IANA time zone of a time without one; asked for times only
 * @param names gives the entries of a list by name, where names are taken for IDs
 * @returns the value; `null` (or `clearsTo`) when a record text is to be cleared; `undefined` when nothing is given, so
 *   that the documented default holds or the record stays as it is
 * @throws DoorFlowError that names the field, shows the expression and says what to do
 */
export function readValue(
	rule: Rule,
	given: Given,
	said: Said,
	zone: () => string,
	names?: NamesOf,
): unknown {
	const { origin } = given;
	if (origin === 'absent') return undefined;
	const saysWho = 'form' in rule && (rule.form === 'email' || rule.form === 'systemId');
	const value = saysWho && typeof given.value === 'string' ? withoutUnseenEnds(given.value) : given.value;
	if (value === '' && String(given.value).trim() !== '') {
		throw badInput(
			`${said.shownAs} contains only blanks or invisible characters`,
			'Enter a value, or remove the field.',
		);
	}
	if (isBlank(value)) {
		if (origin === 'hand') return undefined;
		const missing = value === undefined || given.composed === true;
		if (missing && isRecord(rule) && !said.required) return undefined;
		if (!missing && origin === 'agent' && !said.required) return undefined;
		if (!missing && rule.kind === 'record') return rule.clearsTo ?? null;
		throw nothing(rule, given, said);
	}
	if (Array.isArray(value) && value.length === 0) {
		if (origin === 'hand') return undefined;
		if (rule.kind === 'ids' && rule.replaces) return [];
		throw nothing(rule, given, said);
	}
	if (given.gap !== undefined && !isRecord(rule)) throw incomplete(said, shownExpression(rule, given.gap));
	const read = parse(rule, value, zone, names);
	if ('value' in read && origin !== 'hand' && hasGap(rule, read.value))
		throw incomplete(said, `a part of ${shownExpression(rule, given.expression ?? '')}`);
	if ('wrong' in read) {
		const from = given.expression === undefined ? '' : ` (from ${shownExpression(rule, given.expression)})`;
		throw badInput(`${said.shownAs} ${read.wrong}${from}`, read.next);
	}
	return read.value;
}

const isBlank = (value: unknown): boolean =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

const MAX_SHOWN = 160;

function shownExpression(rule: Rule, expression: string): string {
	const shown = redact(expression.trim());
	// A PIN may stand in the expression itself.
	return (rule.kind === 'secret' ? shown.replace(/\d{3,}/g, '•••') : shown).slice(0, MAX_SHOWN);
}

function nothing(rule: Rule, given: Given, { shownAs, required }: Said): DoorFlowError {
	const { origin } = given;
	const gave =
		given.value === undefined || given.composed
			? 'nothing'
			: given.value === null
				? 'null'
				: Array.isArray(given.value)
					? 'an empty list'
					: 'an empty text';
	const words =
		'words' in rule && rule.words
			? ` If you mean that, enter ${rule.words.map((word) => `"${word}"`).join(' or ')}.`
			: '';
	const howToLeaveOut = origin === 'agent' ? 'give an empty text' : 'remove the field';
	const more = required ? words : `${words} To leave ${shownAs} out, ${howToLeaveOut}.`;
	return badInput(
		`${shownAs} is missing: the expression ${shownExpression(rule, given.expression ?? '')} gave ${gave}`,
		`Check that the expression names a field of this item, spelled as in the input.${more}`,
	);
}

/** What is left of a text of which a part is missing means somebody else, or another time. */
const incomplete = ({ shownAs }: Said, what: string): DoorFlowError =>
	badInput(
		`${shownAs} is incomplete: ${what} gave nothing`,
		"Check that the expression names a field of this item, spelled as in the input. If a part may be missing, write a single expression, such as {{ ($json.prefix ?? '') + $json.id }}.",
	);

/**
 * Whether a text that decides who or what is meant shows by JavaScript's own words that something in it was missing:
 * `'V-' + $json.id` gives V-undefined for everybody without an id, who would all be one person.
 */
const hasGap = (rule: Rule, value: unknown): boolean =>
	(rule.kind === 'key' || rule.kind === 'secret') &&
	typeof value === 'string' &&
	/undefined|\[object [A-Z]|(?<![A-Za-z])NaN(?![A-Za-z])/.test(value);

type Read = { readonly value: unknown } | { readonly wrong: string; readonly next: string };

function parse(rule: Rule, value: unknown, zone: () => string, names?: NamesOf): Read {
	switch (rule.kind) {
		case 'record':
			return recordText(rule, value);
		case 'name':
			return limited(plainText(value), rule.maxLength);
		case 'key':
			return typeof value === 'boolean' ? NOT_A_KEY : plainText(value);
		case 'secret':
			return secretText(value);
		case 'id':
			return wordOf(rule.words, value) ?? idOf(value, rule, names);
		case 'ids':
			return idsOf(value, { ...rule, form: 'number' }, names);
		case 'option':
			return optionOf(value, rule.options);
		case 'names':
			return namesOf(value, rule.options);
		case 'flag':
			return flagOf(value);
		case 'amount':
			return amountOf(value, rule);
		case 'time':
			return wordOf(rule.words, value) ?? timeOf(value, zone(), rule.edge);
	}
}

/** What somebody gave, for an error about it. */
function shown(value: unknown): string {
	if (value === undefined || value === null) return 'nothing';
	if (Array.isArray(value)) return 'a list';
	if (typeof value === 'object') return 'an object';
	return value === '' ? 'an empty text' : `"${redact(String(value)).slice(0, 40)}"`;
}

const NOT_EXACT = {
	wrong: 'is a number too long for n8n to keep exactly, so digits are already lost',
	next: 'Send it as text: put it in quotes at its source, such as "4006381333931000123".',
};

/** A comparison in place of a field would make everybody one and the same. */
const NOT_A_KEY: Read = {
	wrong: 'is true or false, not a text',
	next: 'The expression must return the text itself, not a comparison.',
};

/** JavaScript holds whole numbers exactly up to 2^53 − 1: two card numbers beyond that can become one. */
const isExact = (value: number): boolean =>
	Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER;

function plainText(value: unknown): Read {
	if (typeof value === 'number' && !isExact(value)) return NOT_EXACT;
	if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
		return {
			wrong: `is ${Array.isArray(value) ? 'a list' : 'an object'}, not a text`,
			next: 'The expression must return a single text, for example one field of the object.',
		};
	}
	return { value: String(value).trim() };
}

function limited(read: Read, maxLength: number | undefined): Read {
	if ('wrong' in read || maxLength === undefined) return read;
	const { length } = read.value as string;
	if (length <= maxLength) return read;
	return {
		wrong: `is ${length} characters long, more than ${maxLength}`,
		next: "Shorten it. A text this long probably doesn't belong there.",
	};
}

function recordText({ maxLength, form }: Extract<Rule, { kind: 'record' }>, value: unknown): Read {
	const read = limited(form === 'code' ? codeText(value) : plainText(value), maxLength);
	if ('wrong' in read || form !== 'wholeNumber') return read;
	const text = read.value as string;
	if (/^\d{1,15}$/.test(text)) return { value: Number(text) };
	return {
		wrong: `can't be ${shown(text)}: it must be a whole number`,
		next: 'Correct it, or remove the field.',
	};
}

const MAX_SECRET = 64;

function secretText(value: unknown): Read {
	const read = codeText(value);
	if ('wrong' in read || (read.value as string).length <= MAX_SECRET) return read;
	return { wrong: `is longer than ${MAX_SECRET} characters`, next: 'Check the expression it comes from.' };
}

/** Never repeats the value: it may open a door. */
function codeText(value: unknown): Read {
	if (typeof value === 'number' && isExact(value) && !Number.isInteger(value))
		return { wrong: 'is a number with decimals, and no card number has decimals', next: NOT_EXACT.next };
	if (typeof value === 'boolean')
		return { wrong: 'is neither a text nor a number', next: 'Enter the card number or PIN as text.' };
	return plainText(value);
}

function wordOf(words: readonly string[] | undefined, value: unknown): Read | undefined {
	if (words === undefined || typeof value !== 'string') return undefined;
	const word = value.trim().toLowerCase();
	return words.includes(word) ? { value: word } : undefined;
}

interface Thing {
	readonly thing: string;
	readonly form: 'hashid' | 'number';
	readonly named?: ListName;
}

function idOf(given: unknown, { thing, form, named }: Thing, names: NamesOf | undefined): Read {
	const value = typeof given === 'object' && given !== null && 'value' in given ? given.value : given;
	const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
	if (typeof value === 'number' && !isExact(value)) return NOT_EXACT;
	const wellFormed = form === 'number' ? /^[1-9]\d{0,15}$/ : /^[A-Za-z0-9_-]{1,64}$/;
	if (wellFormed.test(text)) return { value: text };
	if (typeof value === 'string' && text !== '' && named && names) return idOfName(text, thing, names(named));
	return {
		wrong: `can't be ${shown(text || value)}: that is not the ID of ${/^[aeiou]/.test(thing) ? 'an' : 'a'} ${thing}`,
		next:
			form === 'number'
				? 'DoorFlow IDs are whole numbers, such as 12345.'
				: 'The ID consists of letters and digits, such as nbYfy7.',
	};
}

/** Of a name as DoorFlow shows it, in whatever case. Two things of one name are never guessed between. */
function idOfName(name: string, thing: string, entries: readonly Named[]): Read {
	const found = entries.filter((entry) => same(entry.name) === same(name));
	const [one, other] = found;
	if (one && !other) return { value: one.id };
	if (!one) {
		return {
			wrong: `can't be ${shown(name)}: this account has no ${thing} with that name`,
			next: 'Check the spelling, or use the ID. Enter the whole name, in upper or lower case.',
		};
	}
	return {
		wrong: `can't be ${shown(name)}: this account has ${found.length} ${thing}s with that name`,
		next: `Use the ID instead: ${found.map(({ id }) => id).join(' or ')}.`,
	};
}

/** An array, a text with commas, or the JSON text of an array. */
function listOf(value: unknown): readonly unknown[] | undefined {
	if (Array.isArray(value)) return value;
	if (typeof value === 'number') return [value];
	if (typeof value !== 'string') return undefined;
	const text = value.trim();
	if (!text.startsWith('[')) return text.split(',').map((part) => part.trim());
	try {
		const parsed: unknown = JSON.parse(text);
		return Array.isArray(parsed) ? parsed : undefined;
	} catch {
		return undefined;
	}
}

const NOT_A_LIST: Read = {
	wrong: 'is not a list',
	next: 'Use an array such as [1, 2], or a text with commas such as 1, 2.',
};

function idsOf(given: unknown, thing: Thing, names: NamesOf | undefined): Read {
	const list = listOf(given);
	if (!list) return NOT_A_LIST;
	const ids = new Set<number>();
	for (const entry of list) {
		const read = idOf(entry, thing, names);
		if ('wrong' in read) return read;
		ids.add(Number(read.value));
	}
	return { value: [...ids] };
}

const same = (text: string): string => text.trim().toLowerCase();

function optionOf(value: unknown, options: readonly Choice[]): Read {
	const wanted = typeof value === 'string' ? same(value) : undefined;
	const found =
		options.find((one) => wanted === same(one.value)) ?? options.find((one) => wanted === same(one.name));
	if (found) return { value: found.value };
	return {
		wrong: `can't be ${shown(value)}`,
		next: `Choose one of these: ${options.map(({ name }) => name).join(', ')}.`,
	};
}

function namesOf(given: unknown, options: readonly Choice[]): Read {
	const list = listOf(given);
	if (!list) return NOT_A_LIST;
	const names = new Set<unknown>();
	for (const entry of list) {
		const read = optionOf(entry, options);
		if ('wrong' in read) return read;
		names.add(read.value);
	}
	return { value: [...names] };
}

function flagOf(value: unknown): Read {
	if (typeof value === 'boolean') return { value };
	const text = typeof value === 'string' ? same(value) : '';
	if (text === 'true' || text === 'false') return { value: text === 'true' };
	return {
		wrong: `can't be ${shown(value)}: it is either true or false`,
		next: 'Switch it on or off, or use an expression that returns true or false.',
	};
}

function amountOf(value: unknown, { min, max, fractions }: Extract<Rule, { kind: 'amount' }>): Read {
	const text = typeof value === 'string' ? value.trim() : '';
	const number = typeof value === 'number' ? value : /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : NaN;
	const fits =
		(fractions || Number.isInteger(number)) && number >= min && number <= (max ?? Number.MAX_SAFE_INTEGER);
	if (fits) return { value: number };
	const kind = fractions ? 'number' : 'whole number';
	const range = max === undefined ? `of ${min} or more` : `from ${min} to ${max}`;
	return {
		wrong: `can't be ${shown(value)}: it must be a ${kind} ${range}`,
		next: 'Correct it, or check the expression it comes from.',
	};
}

function timeOf(value: unknown, zone: string, edge: 'begins' | 'ends'): Read {
	const read = readTime(value, zone, edge);
	if (read.ok) return { value: read.date };
	return {
		wrong: `is not a valid time: ${read.reason}`,
		next: 'Pick a date and time, or check the expression it comes from.',
	};
}
