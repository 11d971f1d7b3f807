import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeProperties, INodePropertyCollection, INodeTypeDescription } from 'n8n-workflow';

import { DoorFlow } from '../../nodes/DoorFlow/DoorFlow.node';
import { DoorFlowPollingTrigger } from '../../nodes/DoorFlowPollingTrigger/DoorFlowPollingTrigger.node';
import { DoorFlowTrigger } from '../../nodes/DoorFlowTrigger/DoorFlowTrigger.node';
import { CATEGORIES } from '../../nodes/shared/eventCatalogue';
import type { WorkflowFile } from '../../harness/n8n';

const FOLDER = join(__dirname, '..', '..', 'examples');
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

const TYPES: Record<
	string,
	{ description: Pick<INodeTypeDescription, 'defaultVersion' | 'properties' | 'version'> }
> = {
	'n8n-nodes-doorflow.doorFlow': new DoorFlow() as never,
	'n8n-nodes-doorflow.doorFlowTool': new DoorFlow() as never,
	'n8n-nodes-doorflow.doorFlowTrigger': new DoorFlowTrigger() as never,
	'n8n-nodes-doorflow.doorFlowPollingTrigger': new DoorFlowPollingTrigger() as never,
};

type Example = WorkflowFile & { active?: unknown; pinData?: unknown };
type Node = Example['nodes'][number];
const read = (name: string): Example => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Example;
const isExpression = (value: unknown): boolean => typeof value === 'string' && value.startsWith('=');

/** What is wrong with a value, in the words of the description. */
function faults(property: INodeProperties, value: unknown, at: string): string[] {
	if (isExpression(value)) return [];
	const options = (property.options ?? []) as Array<
		INodeProperties | INodePropertyCollection | { name: string; value: unknown }
	>;
	if (property.type === 'resourceLocator') {
		const locator = value as { __rl?: unknown; mode?: unknown };
		return locator.__rl === true && property.modes?.some(({ name }) => name === locator.mode)
			? []
			: [`${at} is no saved resource locator`];
	}
	if (property.type === 'collection') {
		return Object.entries(value as object).flatMap(([name, inner]) => {
			const field = options.find((one) => one.name === name) as INodeProperties | undefined;
			return field ? faults(field, inner, `${at}.${name}`) : [`${at}.${name} does not exist`];
		});
	}
	if (
		property.type === 'options' ||
		(property.type === 'multiOptions' && property.typeOptions?.loadOptionsMethod === undefined)
	) {
		const chosen = property.type === 'options' ? [value] : (value as unknown[]);
		return chosen
			.filter((one) => !options.some((option) => 'value' in option && option.value === one))
			.map((one) => `${at} has no choice ${String(one)}`);
	}
	const types: Record<string, string> = {
		boolean: 'boolean',
		number: 'number',
		string: 'string',
		dateTime: 'string',
	};
	const wanted = types[property.type];
	return wanted !== undefined && typeof value !== wanted ? [`${at} is no ${wanted}`] : [];
}

/** Whether the panel shows a property for these parameters. */
function isShown(
	{ displayOptions }: INodeProperties,
	parameters: Record<string, unknown>,
	all: readonly INodeProperties[],
	isTool: boolean,
): boolean {
	if (isTool && displayOptions?.hide?.['@tool']) return false;
	return Object.entries(displayOptions?.show ?? {}).every(([name, values]) => {
		if (name === '@tool') return isTool;
		const current =
			parameters[name] ??
			all.find((one) => one.name === name && isShown(one, parameters, all, isTool))?.default;
		return isExpression(current) || (values as unknown[]).includes(current);
	});
}

function faultsOf({ type, parameters, name: node }: Node): string[] {
	const properties = TYPES[type]?.description.properties ?? [];
	const isTool = type.endsWith('Tool');
	const visible = properties.filter((one) => isShown(one, parameters, properties, isTool));
	const found = Object.entries(parameters).flatMap(([name, value]) => {
		// n8n adds the times itself.
		if (name === 'pollTimes' && type.endsWith('PollingTrigger')) return [];
		const property = visible.find((one) => one.name === name);
		return property ? faults(property, value, `${node}: ${name}`) : [`${node}: ${name} does not exist here`];
	});
	const missing = visible.filter(
		(one) =>
			one.required &&
			!(one.name in parameters) &&
			(one.default === '' ||
				one.type === 'resourceLocator' ||
				(Array.isArray(one.default) && one.default.length === 0)),
	);
	return [...found, ...missing.map((one) => `${node}: ${one.name} is required`)];
}

const isNote = ({ type }: Node): boolean => type === 'n8n-nodes-base.stickyNote';

interface Box {
	readonly left: number;
	readonly top: number;
	readonly right: number;
	readonly bottom: number;
}

/** What a node takes on the canvas, its name below included; in n8n's pixels. */
function box(node: Node): Box {
	const [left = 0, top = 0] = node.position ?? [];
	if (isNote(node))
		return {
			left,
			top,
			right: left + Number(node.parameters.width),
			bottom: top + Number(node.parameters.height),
		};
	return { left: left - 40, top: top - 10, right: left + 136, bottom: top + 150 };
}

const overlap = (one: Box, other: Box): boolean =>
	one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

/** Shapes of real tokens and keys. The ids of nodes are the only long hexadecimal texts that belong here. */
const SECRETS = [
	/xox[a-z]-/,
	/hooks\.slack\.com/,
	/\bsk[-_](live|test)?/,
	/\bAKIA[0-9A-Z]{12}/,
	/\bAC[0-9a-f]{32}\b/,
	/\bBearer\s+\S/i,
	/\beyJ[\w-]{10,}/,
	/-----BEGIN/,
	/(?<![\w-])[0-9a-f]{32,}(?![\w-])/i,
	/sandbox-secret/,
];

/** Letters, blanks and what joins names: no link, no number. */
const ONLY_A_NAME = ".replace(/[^\\p{L}\\p{M}’' -]/gu, '').slice(0, 40)";

describe.each(NAMES)('examples/%s', (name) => {
	const text = readFileSync(join(FOLDER, name), 'utf8');
	const file = read(name);
	const notes = file.nodes.filter(isNote);
	const working = file.nodes.filter((node) => !isNote(node));

	test('comes switched off, with no account and no data of anybody', () => {
		expect(file.active).toBe(false);
		expect(file.pinData).toBeUndefined();
		expect(file.nodes.filter(({ credentials }) => credentials !== undefined)).toEqual([]);
		for (const secret of SECRETS) expect(text).not.toMatch(secret);
		for (const [address] of text.matchAll(/https?:\/\/[^\s"'/]+/g)) expect(address).toMatch(/\.example$/);
	});

	test('every parameter of DoorFlow exists, and none is missing', () => {
		const own = working.filter(({ type }) => type.startsWith('n8n-nodes-doorflow.'));
		expect(own.length).toBeGreaterThan(0);
		for (const node of own) {
			const description = TYPES[node.type]?.description;
			expect(node.typeVersion).toBe(description?.defaultVersion ?? description?.version);
			expect(faultsOf(node)).toEqual([]);
		}
	});

	test('notes say what it does and what to fill in', () => {
		const main = String(notes[0]?.parameters.content);
		expect(main).toMatch(/^## .+\n.+/);
		expect(main).toContain('**Before you start**');
		expect(main).toContain('your DoorFlow credential');
		for (const node of working) {
			const placeholder = /REPLACE|YOUR-MESSAGE-GATEWAY/.exec(JSON.stringify(node.parameters))?.[0];
			if (placeholder)
				expect([node.name, main.includes(placeholder) || main.includes(`**${node.name}**`)]).toEqual([
					node.name,
					true,
				]);
		}
		// What a note names in bold like a node is a node.
		const named = [...main.matchAll(/\bin \*\*([^*]+)\*\*/gi)].map(([, node]) => node);
		for (const one of named) expect(working.map((node) => node.name)).toContain(one);
	});

	test('messages go nowhere before somebody fills in where', () => {
		for (const { type, parameters } of working) {
			if (/^n8n-nodes-base\.slack(HitlTool)?$/.test(type))
				expect((parameters.channelId as { value: string }).value).toContain('REPLACE');
			if (type === 'n8n-nodes-base.twilio') expect(parameters.from).toContain('REPLACE');
			if (type === 'n8n-nodes-base.emailSend')
				expect([parameters.fromEmail, parameters.toEmail]).toEqual([
					expect.stringContaining('REPLACE'),
					expect.stringContaining('REPLACE'),
				]);
		}
	});

	test('what a visitor types is stripped of all that is no name before it is in a message', () => {
		for (const { name: node, parameters } of working) {
			const text = [parameters.text, parameters.message, parameters.jsonBody].join(' ');
			// Somebody who may hand out cards typed it, or it is a list of HR's.
			if (name === 'contractor-90-days.json' || name === 'hr-list-nightly.json') continue;
			for (const [typed, rest] of text.matchAll(
				/(?:\['First name'\]|\['Your name'\]|first_name|person_name|\.Host)(.{0,130})/gsu,
			))
				expect([node, typed, rest]).toEqual([node, typed, expect.stringContaining(ONLY_A_NAME)]);
		}
	});

	test('no Code node is read by its name: in n8n 1.123, its data is null there', () => {
		for (const { name: code } of working.filter(({ type }) => type === 'n8n-nodes-base.code'))
			expect(text).not.toContain(`$('${code}')`);
	});

	test('is tidy: all connected, no two on one place, notes beside nodes', () => {
		const names = file.nodes.map((node) => node.name);
		expect(new Set(names).size).toBe(names.length);
		const links = Object.entries(
			file.connections as Record<string, Record<string, Array<Array<{ node: string }>>>>,
		).flatMap(([from, outputs]) =>
			Object.values(outputs)
				.flat(2)
				.map(({ node }) => [from, node] as const),
		);
		for (const link of links) for (const end of link) expect(names).toContain(end);
		// What an agent uses leads to it; all else is led to.
		for (const node of working.filter(({ type }) => !/Trigger$|\.webhook$/.test(type)))
			expect(links.map(([from, to]) => (/Tool$|\.lm[A-Z]/.test(node.type) ? from : to))).toContain(node.name);
		file.nodes.forEach((one, index) =>
			file.nodes.slice(index + 1).forEach((other) => {
				const bothNodes = !isNote(one) && !isNote(other);
				const apart = bothNodes
					? one.position?.join() !== other.position?.join()
					: !overlap(box(one), box(other));
				expect([one.name, other.name, apart]).toEqual([one.name, other.name, true]);
			}),
		);
	});

	test('the table in examples/README.md has it', () => {
		expect(readFileSync(join(FOLDER, 'README.md'), 'utf8')).toContain(`(${name})`);
	});
});

test('no two examples have the same id or address, so that all can run in one n8n', () => {
	const nodes = NAMES.flatMap((name) => read(name).nodes);
	for (const ids of [
		nodes.map(({ id }) => id),
		nodes.flatMap(({ webhookId }) => webhookId ?? []),
		nodes.filter(({ type }) => type === 'n8n-nodes-base.webhook').map(({ parameters }) => parameters.path),
	]) {
		expect(new Set(ids).size).toBe(ids.length);
	}
});

test('the table in examples/README.md has no example that is not there', () => {
	const listed = [...readFileSync(join(FOLDER, 'README.md'), 'utf8').matchAll(/\(([\w-]+\.json)\)/g)].map(
		([, name]) => name,
	);
	expect(listed.sort()).toEqual([...NAMES].sort());
});

describe('these checks can fail', () => {
	const node = (parameters: Record<string, unknown>): string[] =>
		faultsOf({ name: 'N', type: 'n8n-nodes-doorflow.doorFlow', parameters });
	test.each([
		[{ resource: 'door', operation: 'get' }, 'resource has no choice door'],
		[{ resource: 'person', operation: 'get', personId: '5' }, 'personId is no saved resource locator'],
		[{ resource: 'person', operation: 'get' }, 'personId is required'],
		[
			{
				resource: 'person',
				operation: 'create',
				firstName: 'A',
				lastName: 'B',
				additionalFields: { mail: 'x' },
			},
			'additionalFields.mail does not exist',
		],
		[
			{ resource: 'group', operation: 'getAll', returnAll: true, personId: 1 },
			'personId does not exist here',
		],
		[{ resource: 'group', operation: 'getAll', returnAll: 'yes' }, 'returnAll is no boolean'],
	])('%j: %s', (parameters, fault) => {
		expect(node(parameters).join('\n')).toContain(fault);
	});
});

describe('one webhook URL for several workflows', () => {
	const ROUTER = 'event-router.json';
	const startsOf = ({ nodes, connections }: Example, type: string): unknown[] =>
		nodes
			.filter((node) => node.type === type)
			.map(({ name }) => (connections as Record<string, { main: unknown[][] }>)[name]?.main);
	const TRIGGER = 'n8n-nodes-doorflow.doorFlowTrigger';
	const triggered = NAMES.filter((name) => startsOf(read(name), TRIGGER).length > 0);

	test.each(triggered.filter((name) => name !== ROUTER))(
		'%s can be started by another workflow as well',
		(name) => {
			const example = read(name);
			const byOther = startsOf(example, 'n8n-nodes-base.executeWorkflowTrigger');
			expect(byOther).toHaveLength(1);
			expect(byOther).toEqual(startsOf(example, TRIGGER));
		},
	);

	test('the router has an output for each category, and each starts a workflow', () => {
		const router = read(ROUTER);
		const trigger = router.nodes.find(({ type }) => type === TRIGGER);
		expect(trigger?.parameters.outputMode).toBe('perCategory');
		const [outputs = []] = startsOf(router, TRIGGER) as Array<Array<Array<{ node: string }>>>;
		expect(outputs).toHaveLength(CATEGORIES.length);
		for (const [first] of outputs) {
			const started = router.nodes.find(({ name }) => name === first?.node);
			expect(started?.type).toBe('n8n-nodes-base.executeWorkflow');
		}
	});
});
