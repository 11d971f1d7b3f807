import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import ts from 'typescript';

import { table } from './markdown';

const ROOT = resolve(__dirname, '..');

/** A text that a user may get to see when something is wrong, as far as it stands in the code; `…` stands for the rest. */
export interface Message {
	/** The kind of problem, or where the text is shown: `node`, `field`, `hint`, `log`, `webhook` and the like. */
	readonly kind: string;
	readonly text: string;
	/** What is said beside it; empty where nothing is. */
	readonly next: string;
	readonly file: string;
}

export interface Collected {
	readonly messages: readonly Message[];
	/** Places that make an error of a text that is not in the code there, as `file: expression`. */
	readonly passedOn: readonly string[];
}

/** What stands in the documentation, in italics, for values that are known only when it happens. */
const EXAMPLES: Readonly<Record<string, string>> = {
	'about.doing': '*create the person*',
	'request.about.doing': '*list people*',
	list: '*email: has already been taken*',
	lacking: 'permission "*Read People and Credentials*"',
	listed: '"*Manage People and Credentials*", "*Book Group Access*" and "*Send Changes to the Doors*"',
	names: '"*Manage People and Credentials*"',
	shownAs: '*Field*',
	'shownAs.toLowerCase()': '*door*',
	target: '*the person with ID "12"*',
	wait: '*30 seconds*',
	which: 'The DoorFlow credential *"Head office"*',
};

/** All texts that an expression may give. `…` stands for what is known only when it happens, where there is no example. */
function texts(node: ts.Expression | undefined): string[] {
	if (node === undefined) return [''];
	if (ts.isStringLiteralLike(node)) return [node.text];
	if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return texts(node.expression);
	if (ts.isConditionalExpression(node)) return [...texts(node.whenTrue), ...texts(node.whenFalse)];
	if (ts.isBinaryExpression(node)) {
		const [left, right] = [texts(node.left), texts(node.right)];
		return node.operatorToken.kind === ts.SyntaxKind.PlusToken
			? left.flatMap((one) => right.map((other) => one + other))
			: left;
	}
	if (ts.isTemplateExpression(node)) {
		return node.templateSpans.reduce(
			(heads, span) =>
				heads.flatMap((head) => texts(span.expression).map((middle) => head + middle + span.literal.text)),
			[node.head.text],
		);
	}
	return [EXAMPLES[node.getText()] ?? '…'];
}

/** Without what only repeats, at the end of a sentence, what DoorFlow said. */
const tidy = (text: string): string => text.replace(/([.!?])\s*…$/, '$1').trim();
const known = (node: ts.Expression | undefined): string[] =>
	[...new Set(texts(node).map(tidy))].filter((text) => /\p{L}/u.test(text.replace(/^\*[^*]*\*$/, '')));

const property = (node: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined => {
	for (const one of node.properties) {
		if (ts.isPropertyAssignment(one) && one.name.getText().replace(/['"]/g, '') === name)
			return one.initializer;
		if (ts.isShorthandPropertyAssignment(one) && one.name.text === name) return one.name;
	}
	return undefined;
};

/** The members of `Problem['kind']`. */
export function problemKinds(): string[] {
	const source = parse(join(ROOT, 'nodes', 'shared', 'problem.ts'));
	const kinds: string[] = [];
	const visit = (node: ts.Node): void => {
		if (ts.isInterfaceDeclaration(node) && node.name.text === 'Problem') {
			for (const member of node.members) {
				if (
					ts.isPropertySignature(member) &&
					member.name.getText() === 'kind' &&
					member.type &&
					ts.isUnionTypeNode(member.type)
				) {
					for (const one of member.type.types)
						if (ts.isLiteralTypeNode(one) && ts.isStringLiteral(one.literal)) kinds.push(one.literal.text);
				}
			}
		}
		ts.forEachChild(node, visit);
	};
	visit(source);
	return kinds;
}

function parse(path: string): ts.SourceFile {
	return ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true);
}

function sources(): string[] {
	return ['nodes', 'credentials'].flatMap((folder) =>
		readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
			.filter((name) => name.endsWith('.ts'))
			.map((name) => join(ROOT, folder, name))
			.sort(),
	);
}

/** How each file that gives reasons in words shows them. */
const REASONS: ReadonlyArray<readonly [file: RegExp, kind: string]> = [
	[/shared\/baseUrl\.ts$/, 'baseUrl'],
	[/shared\/time\.ts$/, 'time'],
	[/DoorFlowTrigger\/(connection|permissionCheck)\.ts$/, 'activation'],
	[/shared\/notifications\.ts$/, 'webhook'],
	[/DoorFlowTrigger\//, 'webhook'],
];
const kindOfReason = (file: string): string | undefined =>
	REASONS.find(([pattern]) => pattern.test(file))?.[1];

/** Reads every file of the nodes and credentials for what it says when something is wrong. */
export function collect(): Collected {
	const kinds = problemKinds();
	const messages: Message[] = [];
	const passedOn: string[] = [];
	for (const path of sources()) {
		const file = relative(ROOT, path);
		const add = (kind: string, message: ts.Expression | undefined, description?: ts.Expression): void => {
			const said = known(message);
			const beside = known(description);
			// A description that is put together elsewhere: only its place is known.
			const next =
				beside.length === 0 && description !== undefined && !ts.isStringLiteral(description)
					? ['The reason stands beside it.']
					: beside;
			// Whatever the text is, what to do about it is said here.
			if (said.length === 0 && beside.length > 0)
				messages.push({ kind, text: '…', next: beside.join(' Or: '), file });
			if (said.length === 0 && message !== undefined)
				passedOn.push(`${file}: ${message.getText().replace(/\s+/g, ' ')}`);
			// As many of one as of the other: each has its own.
			said.forEach((text, index) =>
				messages.push({
					kind,
					text,
					next: next.length === said.length ? (next[index] ?? '') : next.join(' Or: '),
					file,
				}),
			);
		};
		const visit = (node: ts.Node): void => {
			if (ts.isCallExpression(node)) {
				const name = node.expression.getText();
				const [first, second] = node.arguments;
				if (name === 'badInput') add('badInput', first, second);
				else if (name === 'answer' && first && ts.isNumericLiteral(first) && Number(first.text) >= 400)
					add('webhook', second);
				else if (name === 'refuse' || name === 'wrong') add(kindOfReason(file) ?? 'unexpected', first);
				else if (/(^|\.)logger\.(debug|warn|error)$/.test(name)) add('log', first);
				else if (name === 'hint') add('hint', second);
			} else if (ts.isNewExpression(node)) {
				const name = node.expression.getText();
				const [, message, more] = node.arguments ?? [];
				if (name === 'NodeOperationError')
					add(
						'node',
						message,
						more && ts.isObjectLiteralExpression(more) ? property(more, 'description') : undefined,
					);
				else if (name === 'NodeApiError') passedOn.push(`${file}: ${message?.getText() ?? ''}`);
			} else if (ts.isObjectLiteralExpression(node)) {
				const [kind, message, description, reason, why] = [
					'kind',
					'message',
					'description',
					'reason',
					'why',
				].map((name) => property(node, name));
				if (message && kind && ts.isStringLiteral(kind) && kinds.includes(kind.text))
					add(kind.text, message, description);
				else if (message && description && !ts.isIdentifier(message)) add('node', message, description);
				else if (reason && known(reason).length > 0 && kindOfReason(file))
					add(kindOfReason(file) as string, reason);
				else if (reason && property(node, 'status') && kindOfReason(file)) add('webhook', reason);
				else if (why && known(why).length > 0) add('later', why);
				const wrong = property(node, 'wrong');
				if (wrong) add('badInput', wrong, property(node, 'next'));
				const errorMessage = property(node, 'errorMessage');
				if (errorMessage) add('field', errorMessage);
			} else if (
				ts.isVariableDeclaration(node) &&
				node.name.getText() === 'REFUSALS' &&
				node.initializer &&
				ts.isObjectLiteralExpression(node.initializer)
			) {
				for (const one of node.initializer.properties)
					if (ts.isPropertyAssignment(one))
						for (const text of known(one.initializer))
							messages.push({ kind: 'webhook', text, next: '', file });
			} else if (
				ts.isReturnStatement(node) &&
				node.expression &&
				/syncAfter\.ts$/.test(file) &&
				(ts.isTemplateExpression(node.expression) || ts.isStringLiteral(node.expression))
			) {
				add('hint', node.expression);
			} else if (
				ts.isReturnStatement(node) &&
				node.expression &&
				/shared\/time\.ts$/.test(file) &&
				(ts.isStringLiteral(node.expression) || ts.isTemplateExpression(node.expression))
			) {
				add('badInput', node.expression);
			} else if (
				ts.isReturnStatement(node) &&
				node.expression &&
				/acknowledge\.ts$/.test(file) &&
				ts.isStringLiteral(node.expression)
			) {
				add('later', node.expression);
			}
			ts.forEachChild(node, visit);
		};
		visit(parse(path));
	}
	return { messages, passedOn: [...new Set(passedOn)] };
}

/** The tables of docs/errors.md, by kind. */
export function errorSections(): Record<string, string> {
	const { messages } = collect();
	const result: Record<string, string> = {};
	for (const kind of [...new Set(messages.map((one) => one.kind))].sort()) {
		const own = messages.filter((one) => one.kind === kind);
		const rows = [...new Map(own.map(({ text, next }) => [`${text}|${next}`, [text, next]])).values()].sort(
			([one = ''], [other = '']) => one.localeCompare(other, 'en'),
		);
		const advised = rows.some(([, next]) => next !== '');
		result[kind] = table(
			advised ? ['You see', 'Do this'] : ['You see'],
			advised ? rows : rows.map(([text = '']) => [text]),
		);
	}
	return result;
}
