import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(__dirname, '..', '..');
const FOLDERS = [
	'nodes',
	'credentials',
	'sandbox',
	'harness',
	'reliability',
	'conformance',
	'documentation',
	'bench',
	'scripts',
	'test',
];

interface Import {
	readonly from: string;
	readonly to: string;
	/** It is gone when the program runs, so that it can close no circle. */
	readonly typeOnly: boolean;
}

/** The file of a relative import, from the root. */
function target(file: string, specifier: string): string {
	const path = resolve(ROOT, dirname(file), specifier);
	const found = [`${path}.ts`, join(path, 'index.ts'), path].find((one) => existsSync(one)) ?? path;
	return relative(ROOT, found);
}

function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
	if (ts.isExportDeclaration(node)) return node.isTypeOnly;
	const { importClause: clause } = node;
	if (!clause) return false;
	if (clause.isTypeOnly) return true;
	const { namedBindings: named } = clause;
	return (
		!clause.name &&
		named !== undefined &&
		ts.isNamedImports(named) &&
		named.elements.every((element) => element.isTypeOnly)
	);
}

/** What a file imports or hands on from other files of this project, wherever in it that stands. */
function importsOf(file: string, text: string): Import[] {
	const found: Import[] = [];
	const add = (specifier: ts.Node | undefined, typeOnly: boolean): void => {
		if (specifier && ts.isStringLiteralLike(specifier) && specifier.text.startsWith('.'))
			found.push({ from: file, to: target(file, specifier.text), typeOnly });
	};
	const visit = (node: ts.Node): void => {
		if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node))
			add(node.moduleSpecifier, isTypeOnly(node));
		else if (
			ts.isCallExpression(node) &&
			(node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require')
		)
			add(node.arguments[0], false);
		ts.forEachChild(node, visit);
	};
	visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
	return found;
}

/** The first circle that is found, as the files one comes through, or nothing. */
function circle(imports: readonly Import[]): string[] | undefined {
	const next = new Map<string, string[]>();
	for (const { from, to, typeOnly } of imports)
		if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
	const done = new Set<string>();
	const walk = (file: string, way: readonly string[]): string[] | undefined => {
		if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
		if (done.has(file)) return undefined;
		for (const to of next.get(file) ?? []) {
			const found = walk(to, [...way, file]);
			if (found) return found;
		}
		done.add(file);
		return undefined;
	};
	for (const file of next.keys()) {
		const found = walk(file, []);
		if (found) return found;
	}
	return undefined;
}

const FILES = FOLDERS.flatMap((folder) =>
	readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.ts'))
		.map((name) => join(folder, name)),
);
const IMPORTS = FILES.flatMap((file) => importsOf(file, readFileSync(join(ROOT, file), 'utf8')));
const COMMENTS = /\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm;
const folderOf = (path: string): string => path.split(sep)[0] ?? '';
const between = (from: readonly string[], to: readonly string[]): string[] =>
	IMPORTS.filter((one) => from.includes(folderOf(one.from)) && to.includes(folderOf(one.to))).map(
		(one) => `${one.from} imports ${one.to}`,
	);

describe('the search itself', () => {
	test('sees imports of all forms, and knows which are gone when the program runs', () => {
		const text = [
			"import { call } from './call';",
			"import type { A } from './fields';",
			"import { type B, type C } from './subtitle';",
			"import { type D, run } from './run';",
			"export * from './describe';",
			"const late = async () => await import('./pickers');",
			"import { readFileSync } from 'node:fs';",
		].join('\n');
		expect(importsOf('nodes/DoorFlow/x.ts', text)).toEqual(
			[
				['call', false],
				['fields', true],
				['subtitle', true],
				['run', false],
				['describe', false],
				['pickers', false],
			].map(([name, typeOnly]) => ({
				from: 'nodes/DoorFlow/x.ts',
				to: join('nodes', 'DoorFlow', `${String(name)}.ts`),
				typeOnly,
			})),
		);
	});

	test('finds a circle, and none where only types close it', () => {
		const one = (from: string, to: string, typeOnly = false): Import => ({ from, to, typeOnly });
		expect(circle([one('a', 'b'), one('b', 'c'), one('c', 'b')])).toEqual(['b', 'c', 'b']);
		expect(circle([one('a', 'b'), one('a', 'c'), one('b', 'c')])).toBeUndefined();
		expect(circle([one('a', 'b'), one('b', 'a', true)])).toBeUndefined();
	});

	test('every import leads to a file', () => {
		expect(IMPORTS.length).toBeGreaterThan(FILES.length);
		expect(IMPORTS.filter(({ to }) => !existsSync(join(ROOT, to)))).toEqual([]);
	});
});

describe('imports', () => {
	test('there is no circle', () => {
		expect(circle(IMPORTS)).toBeUndefined();
	});

	test('the sandbox and the nodes share nothing', () => {
		expect(between(['sandbox'], ['nodes', 'credentials'])).toEqual([]);
		expect(between(['nodes', 'credentials'], ['sandbox'])).toEqual([]);
	});

	test('what is published needs nothing that is not', () => {
		const unpublished = FOLDERS.filter((folder) => folder !== 'nodes' && folder !== 'credentials');
		expect(between(['nodes', 'credentials'], unpublished)).toEqual([]);
	});

	test('scripts are commands: nothing imports them', () => {
		expect(
			between(
				FOLDERS.filter((folder) => folder !== 'scripts'),
				['scripts'],
			),
		).toEqual([]);
	});

	test('parameters are read in one place, by the rules of values.ts; pickers look at the panel as it is', () => {
		const reads = (what: RegExp): string[] =>
			FILES.filter(
				(file) =>
					folderOf(file) === 'nodes' &&
					what.test(readFileSync(join(ROOT, file), 'utf8').replace(COMMENTS, '')),
			);
		expect(reads(/\bgetNodeParameter\b/)).toEqual([join('nodes', 'shared', 'parameters.ts')]);
		expect(reads(/\bgetCurrentNodeParameters?\b/)).toEqual([join('nodes', 'DoorFlow', 'pickers.ts')]);
		expect(reads(/\bevaluateExpression\b/)).toEqual([join('nodes', 'shared', 'parameters.ts')]);
	});

	test('the harness knows none of those that use it', () => {
		expect(between(['harness'], ['reliability', 'conformance', 'documentation', 'bench', 'test'])).toEqual(
			[],
		);
	});
});
