import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { resources } from '../../nodes/DoorFlow/actions';
import { DoorFlow } from '../../nodes/DoorFlow/DoorFlow.node';
import { DoorFlowTrigger } from '../../nodes/DoorFlowTrigger/DoorFlowTrigger.node';

type Found<T> = ReadonlyArray<{ readonly item: T }>;

/** The search of n8n's nodes panel, from the package that the editor takes it from. */
const { sublimeSearch } = createRequire(require.resolve('n8n-core'))(
	'@n8n/utils/dist/search/sublime-search',
) as { sublimeSearch: <T extends object>(filter: string, data: readonly T[]) => Found<T> };

const codexOf = (node: string): { alias: string[] } =>
	JSON.parse(readFileSync(join(__dirname, '..', '..', 'nodes', node, `${node}.node.json`), 'utf8')) as {
		alias: string[];
	};
const NODES = ['DoorFlow', 'DoorFlowTrigger', 'DoorFlowPollingTrigger'].map((node) => ({
	node,
	properties: { displayName: node.replace(/(?<=w)(?=[TP])|(?<=g)(?=T)/g, ' '), codex: codexOf(node) },
}));
const ACTIONS = resources.flatMap(({ name, operations }) =>
	operations.map((operation) => ({
		key: `${name}/${operation.name}`,
		properties: { displayName: operation.action },
	})),
);

/** What people type, and what they mean. */
const WORDS: ReadonlyArray<readonly [string, string]> = [
	['check in', 'visitor/checkIn'],
	['open door', 'channel/admit'],
	['who is in', 'event/whoIsIn'],
	['reception', 'visitor/checkIn'],
	['sign in', 'visitor/checkIn'],
	['guest', 'visitor/checkIn'],
	['badge', 'credential/create'],
	['key', 'credential/create'],
	['leaver', 'person/revokeAccess'],
	['muster', 'event/whoIsIn'],
	['lockdown', 'channel/lockdown'],
	['visitor', 'visitor/checkIn'],
	['pin', 'credential/create'],
	['unlock', 'channel/unlock'],
	['unlock door', 'channel/unlock'],
	['lock down', 'channel/lockdown'],
	['door', 'channel/get'],
];
/** n8n finds letters in order, also with others between: "Get many group reservations" for "guest". */
const AMONG = 2;

describe.each(WORDS)('"%s" in the nodes panel', (word, key) => {
	test('finds the node by a word of its own, before its triggers', () => {
		const [best] = sublimeSearch(word, NODES);
		expect(best?.item.node).toBe('DoorFlow');
		expect(codexOf('DoorFlow').alias.map((alias) => alias.toLowerCase())).toContain(word);
	});

	test(`finds ${key} among the actions`, () => {
		const found = sublimeSearch(word, ACTIONS).map(({ item }) => item.key);
		expect(found.slice(0, AMONG)).toContain(key);
	});
});

test.each(['booking', 'evacuation', 'fob', 'mobile credential'])('"%s" finds the node', (word) => {
	expect(sublimeSearch(word, NODES)[0]?.item.node).toBe('DoorFlow');
});

test('what n8n shows of both as one entry, with the description of the trigger, says what both do', () => {
	const [node, trigger] = [new DoorFlow(), new DoorFlowTrigger()].map(({ description }) => description);
	expect(trigger?.name).toBe(`${node?.name}Trigger`);
	for (const word of ['visitors', 'people', 'PINs', 'cards', 'doors']) {
		expect(node?.description).toContain(word);
		expect(trigger?.description).toContain(word);
	}
	expect(trigger?.description).toContain('start the workflow');
});

test('a word that means nothing here finds nothing, so that the others are no accident', () => {
	expect(sublimeSearch('spreadsheet', ACTIONS)).toEqual([]);
	expect(sublimeSearch('spreadsheet', NODES)).toEqual([]);
});

describe('who presses Enter gets the first one', () => {
	const { properties } = new DoorFlow().description;
	const values = (name: string, resource?: string): unknown[] =>
		(
			properties.find(
				(one) =>
					one.name === name &&
					(resource === undefined || one.displayOptions?.show?.resource?.includes(resource)),
			)?.options ?? []
		).map((option) => 'value' in option && option.value);

	test('the most wanted come first, the account last', () => {
		const shown = values('resource');
		expect(shown.slice(0, 5)).toEqual(['visitor', 'person', 'credential', 'channel', 'event']);
		expect(shown.at(-1)).toBe('account');
	});

	test('a visitor is checked in before anything else, and Disconnect is the very last', () => {
		expect(values('operation', 'visitor')[0]).toBe('checkIn');
		expect(values('operation', 'account').at(-1)).toBe('disconnect');
	});
});
