import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import ts from 'typescript';

import { sortFailure } from '../../nodes/shared/failure';
import { redact } from '../../nodes/shared/redact';

const ROOT = resolve(__dirname, '..', '..');

/** Every regular expression of the package, with the file it stands in. */
function patterns(): Array<[where: string, pattern: RegExp]> {
	const found: Array<[string, RegExp]> = [];
	for (const folder of ['nodes', 'credentials']) {
		for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
			if (!name.endsWith('.ts')) continue;
			const path = join(ROOT, folder, name);
			const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true);
			const visit = (node: ts.Node): void => {
				if (ts.isRegularExpressionLiteral(node)) {
					const end = node.text.lastIndexOf('/');
					const pattern = new RegExp(node.text.slice(1, end), node.text.slice(end + 1));
					found.push([`${relative(ROOT, path)} ${node.text}`, pattern]);
				} else if (
					(ts.isNewExpression(node) || ts.isCallExpression(node)) &&
					node.expression.getText() === 'RegExp'
				) {
					throw new Error(`${path} puts a pattern together, so that no test can find and time it.`);
				}
				ts.forEachChild(node, visit);
			};
			visit(source);
		}
	}
	return found;
}

/** What a pattern says letter by letter, the classes by one letter of theirs: what it can be kept busy with. */
function pieces(pattern: RegExp): string[] {
	const letters = pattern.source
		.replace(/\(\?<?[:=!]?(?:\w+>)?/g, '(')
		.replace(/\\([dsw])/g, (_all, name: 'd' | 's' | 'w') => ({ d: '0', s: ' ', w: 'a' })[name])
		.replace(/\\[bB]|\\p\{\w+\}/g, '')
		.replace(/\{[\d,]+\}/g, '');
	const words = letters.match(/(?:\\.|[A-Za-z0-9_%$ ,.:/=])+/g) ?? [];
	return [...new Set(words.map((word) => word.replace(/\\/g, '').replace(/\.$/, '')))].filter(
		(word) => word !== '',
	);
}

const ANYTHING = [
	' ',
	'a',
	'0',
	'[',
	'(',
	'"',
	'.',
	'/',
	':',
	'=',
	'-',
	'{{',
	'\n',
	'é',
	'\u00ad',
	'a0',
	' a',
	'["',
];

/** Texts of a length that begin like the pattern, go on and on, and then disappoint it. */
function* attacks(pattern: RegExp, length: number): Generator<string> {
	const own = pieces(pattern);
	for (const pump of new Set([...own, ...own.map((word) => `${word} `), ...ANYTHING])) {
		for (const start of new Set(['', ...own.slice(0, 4), '={{'])) {
			const text = (start + pump.repeat(Math.ceil(length / pump.length))).slice(0, length - 1);
			for (const end of ['\n', '\u0001']) yield text + end;
		}
	}
}

function milliseconds(pattern: RegExp, text: string, rounds = 1): number {
	const before = performance.now();
	for (let round = 0; round < rounds; round++) {
		pattern.lastIndex = 0;
		// One that looks for all matches goes on where it was; the others begin anew and are done.
		while (pattern.test(text) && pattern.global);
	}
	return (performance.now() - before) / rounds;
}

const SHORT = 256;
const FACTOR = 64;
/** What is faster than this at the long text is no worse than linear: the smallest quadratic takes several times as long. */
const QUICK_MS = 2;
/** A linear pattern takes 64 times as long for the long text, a quadratic one 4,096 times. */
const BOUND = FACTOR * 8;

/** The text that a pattern takes too long for, if there is one. */
function weakness(pattern: RegExp): string | undefined {
	// What doubles with each letter would never end at the lengths below, so it is looked for at one where it does.
	// There it takes a tenth of a second and more on a fast machine, and anything else some microseconds.
	for (const text of attacks(pattern, 24))
		if ([1, 2, 3, 4, 5].every(() => milliseconds(pattern, text) > 15)) return text;
	const short = attacks(pattern, SHORT);
	for (const long of attacks(pattern, SHORT * FACTOR)) {
		const small = String(short.next().value);
		// Side by side and the best of several, so that a busy machine slows down both or neither.
		let [quickLong, quickShort] = [milliseconds(pattern, long), Infinity];
		for (let turn = 0; turn < (quickLong > 100 ? 1 : 4) && quickLong > QUICK_MS; turn++) {
			quickShort = Math.min(quickShort, milliseconds(pattern, small, 20));
			quickLong = Math.min(quickLong, milliseconds(pattern, long));
		}
		if (quickLong > QUICK_MS && quickLong > quickShort * BOUND) return small;
	}
	return undefined;
}

const ALL = patterns();

test('all patterns of the package are found', () => {
	expect(ALL.length).toBeGreaterThan(30);
	expect(ALL.map(([where]) => where)).toContainEqual(expect.stringContaining('invalid_grant'));
});

test.each(ALL)('%s takes no longer than its text is long', (_where, pattern) => {
	expect(weakness(pattern)).toBeUndefined();
});

test.each([
	/authorization grant .*invalid, expired/i,
	/\[.*$/,
	/\s+$/,
	/^(a+)+$/,
	/token.*secret/g,
	/[a-z]+\d/,
])('%s would be noticed', (pattern) => {
	expect(weakness(pattern)).toBeDefined();
});

test('of what a server sends, only the beginning is searched', () => {
	const endless = 'x'.repeat(5_000_000);
	const [searched, text] = [RegExp.prototype.test, { longest: 0 }];
	RegExp.prototype.test = function test(this: RegExp, one: string): boolean {
		text.longest = Math.max(text.longest, one.length);
		return searched.call(this, one);
	};
	try {
		sortFailure({ message: endless, cause: { body: { error: endless, error_description: endless } } });
	} finally {
		RegExp.prototype.test = searched;
	}
	expect(text.longest).toBeGreaterThan(100);
	expect(text.longest).toBeLessThan(100_000);
	expect(redact(endless).length).toBeLessThan(100_000);
	// What tells the sort of a failure is at the beginning, and in whichever text of it.
	expect(sortFailure({ message: endless, cause: { error: 'invalid_grant' } }).kind).toBe('grantDead');
	expect(sortFailure({ message: `invalid_client ${endless}` }).kind).toBe('clientRefused');
});

test('what DoorFlow says about a grant that is no longer good is understood', () => {
	const text =
		'The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.';
	expect(sortFailure(new Error(text)).kind).toBe('grantDead');
});
