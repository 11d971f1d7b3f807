import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { INodeProperties, INodeType } from 'n8n-workflow';
import ts from 'typescript';

import { DoorFlowOAuth2Api } from '../../credentials/DoorFlowOAuth2Api.credentials';
import { resources } from '../../nodes/DoorFlow/actions';
import { DoorFlow } from '../../nodes/DoorFlow/DoorFlow.node';
import { DoorFlowPollingTrigger } from '../../nodes/DoorFlowPollingTrigger/DoorFlowPollingTrigger.node';
import { DoorFlowTrigger } from '../../nodes/DoorFlowTrigger/DoorFlowTrigger.node';
import { codesOfEvent, EVENT_OPTIONS } from '../../nodes/shared/eventCatalogue';
import { permissionName, PERMISSIONS } from '../../nodes/shared/permissions';
import { anchor } from '../../documentation/markdown';
import { collect, problemKinds } from '../../documentation/messages';
import { documents } from '../../documentation/documents';
import { alwaysLeadsTo } from '../../nodes/DoorFlow/effects';

const ROOT = resolve(__dirname, '..', '..');
const IGNORED = new Set(['node_modules', 'dist', '.git', '.cache', 'artifacts', 'coverage']);

function files(folder: string, ending: string): string[] {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) return IGNORED.has(entry.name) ? [] : files(path, ending);
		return entry.name.endsWith(ending) ? [path] : [];
	});
}

const read = (path: string): string => readFileSync(resolve(ROOT, path), 'utf8');
const DOCUMENTS = files(ROOT, '.md')
	.map((path) => relative(ROOT, path))
	.sort();
const operationsText = read('docs/operations.md');
const errorsText = read('docs/errors.md');

/** A section of a document, from its heading to the next one of the same or a higher level. */
function section(text: string, heading: string): string {
	const lines = text.split('\n');
	const start = lines.indexOf(heading);
	if (start < 0) return '';
	const level = /^#+/.exec(heading)?.[0].length ?? 0;
	const length = lines.slice(start + 1).findIndex((line) => (/^(#+) /.exec(line)?.[1]?.length ?? 9) <= level);
	return lines.slice(start, length < 0 ? undefined : start + 1 + length).join('\n');
}

/** Every field with the name it has in a workflow, those inside collections, too. */
function fieldsOf(fields: readonly INodeProperties[]): Array<{ shown: string; name: string }> {
	return fields
		.filter(({ type }) => type !== 'notice' && type !== 'hidden')
		.flatMap((field) =>
			field.type === 'collection'
				? (field.options as INodeProperties[]).map((one) => ({
						shown: one.displayName,
						name: `${field.name}.${one.name}`,
					}))
				: [{ shown: field.displayName, name: field.name }],
		);
}

describe('what is made from the code', () => {
	test('is up to date: if not, run npm run docs', async () => {
		for (const [path, text] of await documents()) expect([path, read(path)]).toEqual([path, text]);
	});

	test.each(
		resources.flatMap((resource) =>
			resource.operations.map((operation) => ({
				resource,
				operation,
				name: `${resource.displayName}: ${operation.displayName}`,
			})),
		),
	)('$name is documented with every field', ({ resource, operation, name }) => {
		const text = section(operationsText, `### ${name}`);
		expect(text).toContain(`\`${resource.name}\` / \`${operation.name}\``);
		const elsewhere = section(operationsText, '## Fields of a person');
		for (const { shown, name: path } of fieldsOf(operation.fields.map(({ panel }) => panel))) {
			const [collection, inner] = path.split('.');
			const here = text.includes(`${shown} | \`${path}\` |`);
			const linked =
				text.includes(`\`${collection}\``) &&
				text.includes('(#fields-of-a-person)') &&
				(elsewhere.includes(`| ${shown} | \`${inner}\` |`) || elsewhere.includes(`*${shown}*`));
			expect([path, here || linked]).toEqual([path, true]);
		}
		if (operation.permission) expect(text).toContain(`**${permissionName(operation.permission)}**`);
		expect(text.includes('**Careful.**')).toBe(alwaysLeadsTo(resource.name, operation.name) !== undefined);
	});

	test.each([
		['DoorFlow Trigger', new DoorFlowTrigger()],
		['DoorFlow Polling Trigger', new DoorFlowPollingTrigger()],
	] as Array<[string, INodeType]>)('the %s is documented with every parameter', (name, node) => {
		const text = section(read('docs/triggers.md'), `## ${name}`);
		for (const { shown, name: path } of fieldsOf(node.description.properties))
			expect(text).toContain(`${shown} | \`${path}\` |`);
	});

	test('options, the switch for agents and the fields of the credential are documented', () => {
		for (const name of ['concurrency', 'syncAfter', 'timeout'])
			expect(operationsText).toContain(`\`options.${name}\``);
		const setup = read('docs/setup.md');
		for (const { shown, name } of fieldsOf(new DoorFlowOAuth2Api().properties))
			expect(setup).toContain(`| ${shown} | \`${name}\` |`);
		for (const { scope, name } of PERMISSIONS) expect(setup).toContain(`| ${name} | \`${scope}\` |`);
		const top = new DoorFlow().description.properties.filter(
			({ name }) =>
				!['resource', 'operation', 'options'].includes(name) &&
				!resources.some(({ operations }) =>
					operations.some(({ fields }) => fields.some(({ panel }) => panel.name === name)),
				),
		);
		expect([...new Set(top.map(({ name }) => name))]).toEqual([
			'allowDoorControlAndDeletion',
			'outputFields',
			'selectedFields',
		]);
		for (const { name, displayName } of top)
			expect(operationsText).toContain(`| ${displayName} | \`${name}\` |`);
	});

	test('every event is documented with its codes', () => {
		const rows = read('docs/triggers.md').split('\n');
		for (const { name, value } of EVENT_OPTIONS) {
			const cells = rows
				.find((row) => row.startsWith(`| ${name} | \`${value}\` |`))
				?.split('|')
				.map((one) => one.trim());
			const codes = (cells?.[4] ?? '')
				.split(', ')
				.filter(Boolean)
				.flatMap((range) => {
					const [from = 0, to = from] = range.split('–').map(Number);
					return Array.from({ length: to - from + 1 }, (_, index) => from + index);
				});
			expect([value, codes]).toEqual([value, codesOfEvent(value)]);
		}
	});

	test('the table of permissions says for each operation what it declares', () => {
		let resource = '';
		const found: string[] = [];
		for (const line of section(operationsText, '## Permissions')
			.split('\n')
			.filter((row) => row.startsWith('| '))
			.slice(1)) {
			const [, first = '', operations = '', permission = ''] = line.split('|').map((one) => one.trim());
			resource = /^\[(.*)\]/.exec(first)?.[1] ?? resource;
			// The operation's own comes first; what single fields need on top follows.
			for (const operation of operations.split(', '))
				found.push(`${resource}: ${operation}: ${permission.split('; ')[0]}`);
		}
		const declared = resources.flatMap((one) =>
			one.operations.map(
				({ displayName, permission }) =>
					`${one.displayName}: ${displayName}: ${permission ? permissionName(permission) : 'none'}`,
			),
		);
		expect(found.sort()).toEqual(declared.sort());
	});
});

/** Words in italics that are not ours: n8n's editor and nodes, and headings of measured tables. */
const NOT_OURS = new Set([
	'Account connected',
	'Client ID',
	'Client Secret',
	'Connect',
	'Continue',
	'Do not save',
	'DoorFlow',
	'Continue (using error output)',
	'DoorFlow says',
	'Execute Workflow',
	'Fetch Test Event',
	'Loop Over Items',
	'On Error',
	'Poll Times',
	'Production URL',
	'Save successful production executions',
	'Test URL',
	'Refresh List',
	'Connect my account',
	'Switch account',
	'Reconnect',
	'Restricted',
	'Schema',
	'Trigger manually',
	'When will this node trigger my flow?',
	'Emitted',
	'Ideal',
	'Lost',
	'Only in crashed runs',
	'Raised',
]);

test('what the documents call by a name, in italics, has this name in the editor', () => {
	const shown = new Set<string>(NOT_OURS);
	const walk = (value: unknown): void => {
		if (typeof value !== 'object' || value === null) return;
		for (const [key, one] of Object.entries(value)) {
			if ((key === 'displayName' || key === 'name') && typeof one === 'string') shown.add(one);
			walk(one);
		}
	};
	for (const one of [
		resources,
		PERMISSIONS,
		new DoorFlow().description,
		new DoorFlowTrigger().description,
		new DoorFlowPollingTrigger().description,
		new DoorFlowOAuth2Api().properties,
	])
		walk(one);
	const unknown = DOCUMENTS.filter((path) => path === 'README.md' || path.startsWith('docs/')).flatMap(
		(path) => {
			const text = read(path)
				.replace(/<!-- (\w+) -->\n[\s\S]*?<!-- \/\1 -->/g, '')
				.replace(/```[\s\S]*?```/g, '')
				.replace(/\*\*/g, '');
			const phrases = [...text.matchAll(/(?<![\w*])\*([A-Z][^*\n]*)\*(?![\w*])/g)].map(
				([, phrase = '']) => phrase,
			);
			return phrases
				.filter((phrase) => !shown.has(phrase))
				.flatMap((phrase) =>
					phrase
						.split(/ → |: /)
						.filter((part) => !shown.has(part))
						.map((part) => `${path}: ${part}`),
				);
		},
	);
	expect(unknown).toEqual([]);
});

describe('errors', () => {
	const { messages, passedOn } = collect();

	test('every kind of problem has its section and a line in the overview', () => {
		for (const kind of problemKinds()) {
			expect(section(errorsText, `## ${kind}`)).toContain(`<!-- ${kind} -->\n| You see`);
			expect(errorsText).toContain(`| [\`${kind}\`](#${anchor(kind)}) |`);
		}
		expect(problemKinds()).toHaveLength(13);
	});

	test('nothing makes an error unseen: what is not read passes on a text that is', () => {
		expect(messages.length).toBeGreaterThan(100);
		expect(passedOn).toEqual([
			'nodes/DoorFlow/actions/reservation/window.ts: why',
			'nodes/DoorFlow/run.ts: arrival.hint',
			'nodes/DoorFlow/run.ts: joint.hint',
			'nodes/DoorFlow/run.ts: redact(text)',
			'nodes/DoorFlow/run.ts: message',
			'nodes/DoorFlow/run.ts: { message, description }',
			'nodes/DoorFlowTrigger/panel.ts: said',
			'nodes/DoorFlowTrigger/receive.ts: `${parsed.reason}.`',
			'nodes/shared/nodeError.ts: error as Error',
			'nodes/shared/nodeError.ts: message',
			'nodes/shared/nodeError.ts: { message, description }',
			'nodes/shared/problem.ts: message',
			'nodes/shared/values.ts: `${said.shownAs} ${read.wrong}${from}`',
		]);
	});

	/** Kinds that n8n shows as an error: a title, and a description below it. */
	const shownAsErrors = messages.filter(
		// Why a time can't be read becomes the title of an error that window.ts describes.
		({ kind, file }) => [...problemKinds(), 'node'].includes(kind) && !file.endsWith('shared/time.ts'),
	);

	test.each([...new Map(shownAsErrors.map((one) => [`${one.file}: ${one.text} → ${one.next}`, one]))])(
		'%s: what to do can be understood without the title',
		(_, { next }) => {
			// n8n 1.119 and others tell a model nothing but the description (run.ts puts the title before it there).
			for (const description of next.split(' Or: ')) {
				expect(description).toMatch(/^(?:\p{Lu}|[“"*]|n8n )[^]*[.…]$/u);
				expect(description).not.toMatch(/^(?:It|Its|This|That|These|Those|They|He|She|Them|There)\b/);
				expect(description).not.toMatch(/\b(?:named |message )?above\.$/);
				expect(description.split(/\s+/).length).toBeGreaterThan(2);
			}
		},
	);

	test('every sentence in the code that a user may see stands in a document', () => {
		const plain = (text: string): string =>
			text
				.replace(/<[^>]*>/g, '')
				.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
				.replace(/[*`]/g, '')
				.replace(/\s+/g, ' ');
		const all = DOCUMENTS.map((path) => plain(read(path))).join('\n');
		const missing: string[] = [];
		for (const path of [...files(join(ROOT, 'nodes'), '.ts'), ...files(join(ROOT, 'credentials'), '.ts')]) {
			const name = relative(ROOT, path);
			const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true);
			const visit = (node: ts.Node): void => {
				const text = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) ? node.text : '';
				// A sentence begins with a capital and has some words. What the head of a template says is enough to find it.
				if (/^[A-Z]/.test(text) && text.trim().split(/\s+/).length >= 4 && !shownElsewhere(node, name)) {
					const wanted = plain(text.replace(/ Choose from the list, or specify (?:names or )?IDs.*/, ''))
						.trim()
						.replace(/[.:]$/, '');
					if (!all.includes(wanted)) missing.push(`${name}: ${text}`);
				}
				ts.forEachChild(node, visit);
			};
			visit(source);
		}
		expect(missing).toEqual([]);
	});
});

/**
 * Texts of the editor around a node, and of the lists and placeholders in its panel: one sees them where one needs them.
 * `builderHint` is read by models alone.
 */
function shownElsewhere(node: ts.Node, file: string): boolean {
	const owner = ts.isPropertyAssignment(node.parent) ? node.parent.name.getText() : '';
	const hidden =
		ts.isPropertyAssignment(node.parent) &&
		node.parent.parent.properties.some((one) => one.getText() === "type: 'hidden'");
	if (hidden) return true;
	if (['action', 'placeholder', 'nextStep'].includes(owner)) return true;
	if (!/\.node\.ts$/.test(file)) return false;
	for (let one: ts.Node = node; one.parent; one = one.parent) {
		if (
			ts.isPropertyAssignment(one) &&
			[
				'triggerPanel',
				'activationMessage',
				'eventTriggerDescription',
				'subtitle',
				'outputs',
				'builderHint',
			].includes(one.name.getText())
		)
			return true;
		if (ts.isPropertyAssignment(one) && one.name.getText() === 'properties') return false;
	}
	return owner === 'description';
}

interface Link {
	readonly from: string;
	readonly text: string;
	readonly target: string;
}

/** Links of a document, without those in code. */
function linksOf(path: string): Link[] {
	const text = read(path)
		.replace(/```[\s\S]*?```/g, '')
		.replace(/`[^`\n]*`/g, (code) => (code.includes('](') ? '' : code));
	return [...text.matchAll(/!?\[((?:[^\]\\]|\\.)*)\]\(([^)\s]+)\)/g)].map(([, shown = '', target = '']) => ({
		from: path,
		text: shown,
		target,
	}));
}

function anchorsOf(path: string): Set<string> {
	const seen = new Map<string, number>();
	const result = new Set<string>();
	for (const [, heading = ''] of read(path)
		.replace(/```[\s\S]*?```/g, '')
		.matchAll(/^#{1,6} (.+)$/gm)) {
		const base = anchor(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1'));
		const times = seen.get(base) ?? 0;
		seen.set(base, times + 1);
		result.add(times === 0 ? base : `${base}-${times}`);
	}
	return result;
}

describe('links', () => {
	const all = DOCUMENTS.flatMap(linksOf);
	const local = all.filter(({ target }) => !/^[a-z]+:/i.test(target));
	const place = ({ from, target }: Link): { path: string; hash: string } => {
		const [file = '', hash = ''] = target.split('#');
		return { path: file === '' ? from : relative(ROOT, resolve(ROOT, dirname(from), file)), hash };
	};
	const isPicture = ({ target }: Link): boolean => target.endsWith('.png');

	test('inside the repository all lead somewhere, to the heading they name', () => {
		expect(local.length).toBeGreaterThan(150);
		const broken = local.filter((link) => {
			if (isPicture(link)) return false;
			const { path, hash } = place(link);
			if (path.startsWith('..') || !existsSync(resolve(ROOT, path))) return true;
			return (
				hash !== '' &&
				!(statSync(resolve(ROOT, path)).isFile() && path.endsWith('.md') && anchorsOf(path).has(hash))
			);
		});
		expect(broken).toEqual([]);
	});

	test('every picture is there, small enough to load, and says in words what is on it', () => {
		const pictures = local.filter(isPicture);
		expect(pictures.map(({ target }) => target).sort()).toEqual(
			['credential', 'flow', 'node', 'sandbox', 'trigger'].map((name) => `docs/pictures/${name}.png`),
		);
		for (const link of pictures) expect(link.text.split(' ').length).toBeGreaterThan(5);
		expect(
			pictures.filter((link) => !existsSync(resolve(ROOT, place(link).path))).map(({ target }) => target),
		).toEqual([]);
		for (const link of pictures)
			expect([link.target, statSync(resolve(ROOT, place(link).path)).size < 400_000]).toEqual([
				link.target,
				true,
			]);
	});

	test('a link to a test names a test that is there', () => {
		// A link whose text is the path stands for the whole file.
		const named = local.filter(({ target, text }) => /\.test\.ts$/.test(target) && !target.endsWith(text));
		expect(named.length).toBeGreaterThan(30);
		for (const link of named) {
			const code = read(place(link).path);
			const names = [...code.matchAll(/\(\s*(['"`])(.*?)\1,\s/g)].map(([, , name]) => name);
			expect(names).toContain(link.text);
		}
	});

	test('outside, all are encrypted', () => {
		for (const { target } of all.filter(({ target: to }) => /^[a-z]+:/i.test(to)))
			expect(target).toMatch(/^https:\/\//);
	});
});

describe('commands', () => {
	const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
	const named = DOCUMENTS.flatMap((path) =>
		[...read(path).matchAll(/\bnpm (run [a-z0-9:]+|start|test)\b/g)].map(([, command = '']) => ({
			path,
			script: command.replace(/^run /, ''),
		})),
	);

	test('that a document names exist', () => {
		expect(named.length).toBeGreaterThan(20);
		expect(named.filter(({ script }) => !(script in scripts))).toEqual([]);
	});

	test('are each told in the README or in CONTRIBUTING', () => {
		const told = new Set(
			named.filter(({ path }) => ['README.md', 'CONTRIBUTING.md'].includes(path)).map(({ script }) => script),
		);
		expect(Object.keys(scripts).filter((script) => !told.has(script))).toEqual([]);
	});
});
