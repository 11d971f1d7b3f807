import {
	NodeApiError,
	NodeOperationError,
	sleep,
	type IDataObject,
	type IExecuteFunctions,
	type INode,
	type INodeExecutionData,
} from 'n8n-workflow';

import { DoorFlowApi } from '../shared/api';
import { DoorFlowError, type Problem } from '../shared/problem';
import { redact } from '../shared/redact';
import { resources } from './actions';
import type { Operation, Output } from './actions/operation';
import { Call, picked } from './call';
import { ALLOW } from './describe';
import { syncAfterBatch } from './syncAfter';

const DEFAULT_CONCURRENCY = 5;
const MAX_CONCURRENCY = 20;
/** Late enough that the request is sent before. */
const PREPARE_AFTER_MS = 10;

type Done = { readonly output: Output } | { readonly problem: Problem };

/**
 * Runs the chosen operation for all items: several at a time, results in the order of the input, each error on its
 * item when the node is set to continue, one sync after the whole batch. What was changed before a failure is synced
 * too: a right that was taken away must not live on at the doors because a later item failed.
 *
 * @throws NodeApiError or NodeOperationError with the first problem, unless the node continues on fail
 */
export async function run(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const items = context.getInputData();
	const node = context.getNode();
	const operation = chosenOperation(context);
	refuseToAgents(context, operation);
	const api = new DoorFlowApi(context);
	const keepGoing = context.continueOnFail();
	// Each item's parameters are resolved once, for its lane as for its requests.
	const calls: Array<Call | undefined> = items.map(
		(_, index) => new Call(context, index, api, operation.permission),
	);
	const done: Array<Done | undefined> = new Array<Done | undefined>(items.length);
	const ahead = concurrency(context);
	let stop = false;
	let changed = false;

	const work = async (index: number): Promise<void> => {
		if (stop) return;
		const call = calls[index] as Call;
		const later = calls[index + ahead];
		// While DoorFlow works on this one, n8n has time for a later one.
		if (later) void sleep(PREPARE_AFTER_MS).then(() => done[index] ?? later.prepareLike(call));
		const result = await attempt(operation, call);
		calls[index] = undefined;
		done[index] = result;
		if (call.changed || 'output' in result) changed = true;
		// A cancelled execution ends at once; a failed one lets what is under way finish, so that it is reported.
		if ('problem' in result && (!keepGoing || result.problem.kind === 'cancelled')) stop = true;
	};
	await inLanes(lanes(calls as Call[], operation), ahead, work);

	const failed = done.findIndex((result) => result !== undefined && 'problem' in result);
	const first = failed < 0 ? undefined : done[failed];
	const cancelled = done.some(
		(result) => result !== undefined && 'problem' in result && result.problem.kind === 'cancelled',
	);
	const hint = cancelled || !changed ? undefined : await syncAfterBatch(context, operation, api);
	if (first && 'problem' in first && (!keepGoing || cancelled)) {
		const { problem } = first;
		throw nodeError(
			node,
			hint === undefined ? problem : { ...problem, description: `${problem.description} ${hint}` },
			failed,
		);
	}
	if (hint) context.addExecutionHints({ message: hint, location: 'outputPane' });

	// n8n sends an item with an error to the error output. Elsewhere that object would keep expressions such as
	// $('DoorFlow').all() from reading the items.
	const toErrorOutput = node.onError === 'continueErrorOutput';
	const output: INodeExecutionData[] = [];
	for (const [index, result] of done.entries()) {
		if (result === undefined) continue;
		const pairedItem = { item: index };
		if ('problem' in result) {
			output.push({
				json: errorJson(result.problem),
				...(toErrorOutput ? { error: nodeError(node, result.problem, index) } : {}),
				pairedItem,
			});
		} else {
			for (const json of Array.isArray(result.output) ? result.output : [result.output])
				output.push({ json, pairedItem });
		}
	}
	return [output];
}

function chosenOperation(context: IExecuteFunctions): Operation {
	const resource = context.getNodeParameter('resource', 0);
	const name = context.getNodeParameter('operation', 0);
	const operation = resources
		.find((one) => one.name === resource)
		?.operations.find((one) => one.name === name);
	if (!operation) {
		throw new NodeOperationError(context.getNode(), 'This operation does not exist', {
			description:
				'Open the node and choose a resource and an operation. The workflow may come from a newer version of this package.',
		});
	}
	return operation;
}

/**
 * Holds whoever configured it: the editor does not offer these operations to a tool, but an expression, an import or a
 * model that fills in the operation may still ask for them. The operation is the resolved one. The switch is read as
 * it was saved, so that only a literal `true` counts: an expression that a model fills in never does.
 *
 * @throws NodeOperationError before anything is sent
 */
function refuseToAgents(context: IExecuteFunctions, { dangerous, displayName }: Operation): void {
	const node = context.getNode();
	// n8n gives a node that an AI agent uses a type of its own, with this ending. Its built-in agents, which run a node
	// without a workflow, fall back to the plain type; nothing else executes nodes in this mode.
	const byAgent = node.type.endsWith('Tool') || context.getMode() === 'internal';
	if (!dangerous || !byAgent || node.parameters[ALLOW] === true) return;
	throw new NodeOperationError(node, `"${displayName}" is not allowed to AI agents in this tool`, {
		description:
			'It moves doors, takes access away or deletes. Do not try again. A person can allow it: open the tool and switch on "Allow Door Control and Deletion".',
	});
}

async function attempt(operation: Operation, call: Call): Promise<Done> {
	try {
		return { output: await operation.run(call) };
	} catch (error) {
		if (error instanceof DoorFlowError) return { problem: error.problem };
		const text = error instanceof Error ? error.message : String(error);
		return {
			problem: {
				kind: 'unexpected',
				message: redact(text),
				description:
					'If an expression of this node is named above, correct it. Otherwise this is a fault of the DoorFlow node: please report it with the operation and what you entered.',
			},
		};
	}
}

/** n8n's own error, which the editor and error workflows show. */
function nodeError(given: INode, problem: Problem, itemIndex: number): NodeApiError | NodeOperationError {
	// n8n keeps the whole node in the error. A PIN typed into the panel must not get into the record of the run that way.
	const node = {
		...given,
		parameters: 'value' in given.parameters ? { ...given.parameters, value: '•••' } : given.parameters,
	};
	const { message, description, status } = problem;
	if (status === undefined) return new NodeOperationError(node, message, { description, itemIndex });
	const error = new NodeApiError(
		node,
		{ message, description },
		{ message, description, httpCode: String(status), itemIndex },
	);
	// n8n adds its own texts for some codes; the message said here is the one to read.
	error.message = message;
	return error;
}

function errorJson({ kind, message, description, status, fields, retryInSeconds }: Problem): IDataObject {
	return {
		error: message,
		errorDetails: {
			kind,
			description,
			...(status === undefined ? {} : { status }),
			...(fields === undefined ? {} : { fields: fields as unknown as IDataObject }),
			...(retryInSeconds === undefined ? {} : { retryInSeconds }),
		},
	};
}

function concurrency(context: IExecuteFunctions): number {
	const options = context.getNodeParameter('options', 0, {}) as IDataObject;
	const wanted = options.concurrency === undefined ? DEFAULT_CONCURRENCY : Number(options.concurrency);
	return Number.isInteger(wanted) && wanted >= 1 ? Math.min(wanted, MAX_CONCURRENCY) : DEFAULT_CONCURRENCY;
}

/** Items that concern the same thing go into one lane and keep their order; all others have a lane of their own. */
function lanes(calls: readonly Call[], { sequentialBy = [] }: Operation): number[][] {
	const parameters = typeof sequentialBy === 'string' ? [sequentialBy] : sequentialBy;
	const laneOf = new Map<string, number[]>();
	const all = new Set<number[]>();
	for (const [index, call] of calls.entries()) {
		const keys = parameters.map((parameter) => laneKey(call, parameter)).filter((key) => key !== undefined);
		const [first = [], ...others] = new Set(
			keys.map((key) => laneOf.get(key)).filter((lane) => lane !== undefined),
		);
		// An item can tie lanes together: one knows the e-mail address, one the system ID, and this one both.
		for (const other of others) {
			first.push(...other);
			all.delete(other);
			for (const [key, lane] of laneOf) if (lane === other) laneOf.set(key, first);
		}
		if (others.length > 0) first.sort((one, other) => one - other);
		first.push(index);
		all.add(first);
		for (const key of keys) laneOf.set(key, first);
	}
	return [...all];
}

function laneKey(call: Call, parameter: string): string | undefined {
	const [name = '', field] = parameter.split('.');
	try {
		const given: unknown = call.raw(name, '');
		const value = field === undefined ? picked(given) : (given as IDataObject)[field];
		const text =
			typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : '';
		return text === '' ? undefined : `${parameter}=${text}`;
	} catch {
		// The operation itself will report the wrong value on its item.
		return undefined;
	}
}

async function inLanes(
	all: number[][],
	atOnce: number,
	work: (index: number) => Promise<void>,
): Promise<void> {
	let next = 0;
	const worker = async (): Promise<void> => {
		for (let lane = all[next++]; lane !== undefined; lane = all[next++]) {
			for (const index of lane) await work(index);
		}
	};
	await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker));
}
