import type { INode, WorkflowExecuteMode } from 'n8n-workflow';

import { isHeldBack, refusal, refusalOfFields } from '../../nodes/DoorFlow/agents';
import { ALLOW } from '../../nodes/DoorFlow/describe';
import { alwaysLeadsTo, EFFECTS, parametersLeadTo, type Effect } from '../../nodes/DoorFlow/effects';
import { EVERY } from '../agentDecisions';

const nodeOf = (type: string, parameters: INode['parameters'] = {}) => ({ type, parameters }) as INode;
const running = (mode: WorkflowExecuteMode) => ({ getMode: () => mode });
const TOOL = 'n8n-nodes-doorflow.doorFlowTool';
const PLAIN = 'n8n-nodes-doorflow.doorFlow';

test('what each operation leads to, and each of its parameters, is as it was decided', () => {
	for (const [resource, operations] of Object.entries(EVERY))
		for (const [operation, decided] of Object.entries(operations)) {
			const isRefused = typeof decided === 'string';
			expect([resource, operation, alwaysLeadsTo(resource, operation)]).toEqual([
				resource,
				operation,
				isRefused ? decided : undefined,
			]);
			expect([resource, operation, parametersLeadTo(resource, operation)]).toEqual([
				resource,
				operation,
				isRefused ? {} : decided,
			]);
		}
});

test.each([
	['person', 'notThereYet'],
	['notThereYet', 'get'],
])('%s/%s, which nobody decided on, is refused', (resource, operation) => {
	expect(alwaysLeadsTo(resource, operation)).toBe('undecided');
	expect(parametersLeadTo(resource, operation)).toEqual({});
});

describe('an agent is held back', () => {
	test.each([
		['a tool', TOOL, 'trigger', true],
		['an agent that runs the node without a workflow', PLAIN, 'internal', true],
		['a workflow', PLAIN, 'trigger', false],
		['a person who tries a workflow', PLAIN, 'manual', false],
		['a node that only has it in its name', 'n8n-nodes-doorflow.doorFlowToolbox', 'trigger', false],
	] as const)('%s', (_who, type, mode, isAgent) => {
		expect(isHeldBack(running(mode), nodeOf(type))).toBe(isAgent);
	});

	test('unless a person switched it on; nothing but the switch itself counts', () => {
		expect(isHeldBack(running('trigger'), nodeOf(TOOL, { [ALLOW]: true }))).toBe(false);
		expect(isHeldBack(running('internal'), nodeOf(PLAIN, { [ALLOW]: true }))).toBe(false);
		for (const saved of [false, 'true', 1, '={{ true }}', "={{ $fromAI('allow') }}", {}, []])
			expect([saved, isHeldBack(running('trigger'), nodeOf(TOOL, { [ALLOW]: saved }))]).toEqual([
				saved,
				true,
			]);
	});
});

test('a refusal says what it would lead to, and who may allow it', () => {
	for (const effect of Object.keys(EFFECTS) as Effect[]) {
		expect(EFFECTS[effect]).toMatch(/^\w+ \w+/);
		expect(refusal('Delete', effect)).toEqual({
			kind: 'notAllowed',
			message: `"Delete" is not allowed to AI agents in this tool: ${EFFECTS[effect]}`,
			description: expect.stringContaining('A person can allow it'),
		});
	}
});

test('so does that of fields, all of them; harmless ones are not refused', () => {
	expect(refusalOfFields('Update', [])).toBeUndefined();
	expect(refusalOfFields('Update', ['disables', 'setsValidity'])).toEqual({
		kind: 'notAllowed',
		message: `"Update" is not allowed to AI agents in this tool with these fields: ${EFFECTS.disables}; ${EFFECTS.setsValidity}`,
		description: expect.stringContaining('A person can allow it'),
	});
});
