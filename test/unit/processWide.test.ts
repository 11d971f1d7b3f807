import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(__dirname, '..', '..');

/** What a module keeps beside its functions: variables that change, and maps and sets that begin empty. */
function kept(text: string): string[] {
	const { statements } = ts.createSourceFile('one.ts', text, ts.ScriptTarget.Latest, true);
	return statements.filter(ts.isVariableStatement).flatMap(({ declarationList: list }) =>
		list.declarations
			.filter(({ initializer: value }) => {
				if (!(list.flags & ts.NodeFlags.Const)) return true;
				if (!value || !ts.isNewExpression(value)) return false;
				return /^(Map|Set)$/.test(value.expression.getText()) && (value.arguments?.length ?? 0) === 0;
			})
			.map(({ name }) => name.getText()),
	);
}

test('whatever the package keeps for as long as n8n runs is noted in one place, so that a test can begin like a restart', () => {
	const found = ['nodes', 'credentials'].flatMap((folder) =>
		readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
			.filter((name) => name.endsWith('.ts'))
			.map((name) => join(ROOT, folder, name))
			.flatMap((path) => kept(readFileSync(path, 'utf8')).map((name) => `${relative(ROOT, path)}: ${name}`)),
	);
	expect(found).toEqual([]);
});

test('what is not noted would be found', () => {
	expect(kept('const lost = new Map<string, number>();')).toEqual(['lost']);
	expect(kept('let lost = 0;')).toEqual(['lost']);
	expect(kept('const seen = processWide(new Set()); const FIXED = new Set([1]);')).toEqual([]);
});
