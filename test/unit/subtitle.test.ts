import { resources } from '../../nodes/DoorFlow/actions';
import { DoorFlow } from '../../nodes/DoorFlow/DoorFlow.node';
import { DoorFlowPollingTrigger } from '../../nodes/DoorFlowPollingTrigger/DoorFlowPollingTrigger.node';
import { DoorFlowTrigger } from '../../nodes/DoorFlowTrigger/DoorFlowTrigger.node';

const evaluate = (expression: unknown, parameter: object): unknown =>
	new Function('$parameter', `return ${String(expression).slice(3, -2)}`)(parameter);
test('the node says what it does in the words of its panel', () => {
	const { subtitle } = new DoorFlow().description;
	expect(evaluate(subtitle, { resource: 'person', operation: 'create' })).toBe('Create: Person');
	expect(evaluate(subtitle, { resource: 'channel', operation: 'getAll' })).toBe('Get Many: Door');
	expect(evaluate(subtitle, { resource: 'later', operation: 'new' })).toBe('new: later');
});
test('an operation has the same words in each resource', () => {
	const words = new Map<string, string>();
	for (const { operations } of resources) {
		for (const { name, displayName } of operations)
			expect([name, words.set(name, words.get(name) ?? displayName).get(name)]).toEqual([name, displayName]);
	}
});
test('a trigger says what it starts for', () => {
	for (const { subtitle } of [new DoorFlowTrigger().description, new DoorFlowPollingTrigger().description]) {
		expect(evaluate(subtitle, { events: ['accessGranted', 'doorForced'] })).toBe(
			'Access Granted, Door Forced',
		);
		expect(evaluate(subtitle, { events: [] })).toBe('All events');
	}
});
