import type { IDataObject } from 'n8n-workflow';

import { choice, namesField, type Field } from '../shared/field';
import type { Answer, Operation } from './actions/operation';
import type { Call } from './call';
import { simplify } from './fields';

export const outputFields = choice(
	{
		displayName: 'Output',
		name: 'outputFields',
		default: 'simplified',
		displayOptions: { show: { '@tool': [true] } },
		description:
			'How much of the output the AI agent gets. Less output is cheaper and reveals less to the model.',
	},
	[
		{ name: 'Raw', value: 'raw', description: 'The whole output' },
		{ name: 'Selected Fields', value: 'selected', description: 'Only the fields that you choose' },
		{ name: 'Simplified', value: 'simplified', description: 'The most useful fields' },
	],
);

const selectedFieldsOf = ({ all }: Answer): Field<string[]> =>
	namesField(
		{
			displayName: 'Fields',
			name: 'selectedFields',
			// Not `required`: n8n would want it of every tool whose operation is chosen by an expression.
			default: [],
			displayOptions: { show: { '@tool': [true], outputFields: ['selected'] } },
			description: 'Which fields of the output the AI agent gets',
		},
		[...all].sort().map((name) => ({ name, value: name })),
	);

const made = new WeakMap<Answer, readonly [typeof outputFields, Field<string[]>]>();

/** What an operation with a long answer shows besides its own fields when it is an AI agent's tool. */
export function answerFieldsOf({ answer }: Operation): readonly Field[] {
	return answer ? fieldsOf(answer) : [];
}

function fieldsOf(answer: Answer): readonly [typeof outputFields, Field<string[]>] {
	const known = made.get(answer);
	if (known) return known;
	const fresh = [outputFields, selectedFieldsOf(answer)] as const;
	made.set(answer, fresh);
	return fresh;
}

/** Shortens one entry of an answer. */
export type Shorten = (entry: IDataObject) => IDataObject;

const only =
	(names: readonly string[]): Shorten =>
	(entry) =>
		Object.fromEntries(names.map((name) => [name, entry[name] ?? null]));

/**
 * How the answer of an operation is to be shortened: for an AI agent as `outputFields` says, elsewhere by Simplify.
 *
 * @param forAgent whether an AI agent uses the node as its tool
 * @returns undefined when the answer is given as it is
 * @throws DoorFlowError when the parameters can't be read, or no field is selected
 */
export function shorteningOf(
	{ answer, fields }: Operation,
	call: Call,
	forAgent: boolean,
): Shorten | undefined {
	if (!answer) return undefined;
	if (!forAgent) return fields.includes(simplify) && call.setting(simplify) ? only(answer.simple) : undefined;
	const [how, which] = fieldsOf(answer);
	switch (call.setting(how)) {
		case 'raw':
			return undefined;
		case 'selected':
			return only(call.need(which));
		default:
			return only(answer.simple);
	}
}
