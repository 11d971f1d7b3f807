import {
	NodeApiError,
	NodeOperationError,
	sleep,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';

import { inOrder } from '../shared/inOrder';
import { hint } from '../shared/hint';
import { withoutSecrets } from '../shared/mask';
import { isAgents } from '../shared/isAgents';
import { DoorFlowApi } from '../shared/api';
import { choice } from '../shared/field';
import { parametersOfItem, type Parameters } from '../shared/parameters';
import { badInput, DoorFlowError, type Problem } from '../shared/problem';
import { redact } from '../shared/redact';
import { includeSecrets } from '../shared/secretsField';
import { resources } from './actions';
import { isHeldBack, refusal, refusalOfFields } from './agents';
import { shorteningOf, type Shorten } from './answer';
import { alwaysLeadsTo, type Effect } from './effects';
import type { Joint, Operation, Outcome, Prepared, Resource } from './actions/operation';
import { Call } from './call';
import { Names } from './names';
import { concurrency, optionsOf, syncAfter, timeout, waitForDoors, waitForSync } from './options';
import { bringToDoors, NOT_SYNCED, type Settings } from './syncAfter';
import { withoutTyped } from './typedSecrets';

/** Late enough that the request is sent before. */
const PREPARE_AFTER_MS = 10;
/** From so many good items on, reading them takes as long as DoorFlow does, so that both are done at once. */
const MANY_ITEMS = 200;
/** How long parameters are read before n8n's loop gets its turn. */
const READ_AT_ONCE_MS = 10;
/** The same while answers of DoorFlow come in: each of them takes several turns, and the next request waits for it. */
const READ_BETWEEN_ANSWERS_MS = 2;

type Done =
	| (Outcome & {
			readonly doors?: readonly number[] | undefined;
			readonly shorten?: Shorten | undefined;
	  })
	| { readonly problem: Problem };

type Ready = Prepared & { readonly shorten?: Shorten | undefined; readonly masks: boolean };

/** Reads and checks one item, and whether it may be done. It never throws. */
type Prepare = (call: Call) => Promise<Ready | { readonly problem: Problem }>;

/** One item on its way: read and checked, or refused. */
interface Work {
	readonly call: Call;
	ready?: ReturnType<Prepare>;
}

/**
 * Runs the chosen operation for all items: several at a time, results in the order of the input, each error on its
 * item when the node is set to continue, one sync after the whole batch. What was changed before a failure is synced
 * too: a right that was taken away must not live on at the doors because a later item failed.
 *
 * An operation that writes reads and checks all items before it sends anything. Set to stop on errors, one bad item
 * means that nothing was sent, so that Retry On Fail repeats nothing.
 *
 * @throws NodeApiError or NodeOperationError with the first problem, unless the node continues on fail
 */
export async function run(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const items = context.getInputData();
	const node = context.getNode();
	const api = new DoorFlowApi(context);
	const keepGoing = context.continueOnFail();
	const names = new Names(api);
	const first = parametersOfItem(context, node.parameters, 0, names.of);
	const { resource, operation } = orNodeError(context, () => chosenOperation(first));
	const heldBack = isHeldBack(context, node);
	const always = heldBack ? alwaysLeadsTo(resource.name, operation.name) : undefined;
	if (always) throw nodeError(context, refusal(operation.displayName, always), 0);
	const prepare = preparing(operation, names, isAgents(context, node), heldBack);
	const all: Array<Work | undefined> = items.map((_, index) => ({
		call: new Call(
			context,
			index,
			api,
			index === 0 ? first : parametersOfItem(context, node.parameters, index, names.of),
			operation,
			names,
		),
	}));
	const done: Array<Done | undefined> = new Array<Done | undefined>(items.length);
	const settings = settingsOf(first, operation);
	if ('problem' in settings) {
		if (!keepGoing) throw nodeError(context, settings.problem, 0);
		// n8n would pass the input on as if all had gone well.
		return [items.map((_, item) => ({ json: errorJson(settings.problem), pairedItem: { item } }))];
	}
	let stop = false;
	let changed = false;

	if (operation.writes) {
		const toConfirm = await prepareAll(operation, all as Work[], done, prepare, settings);
		stop = done.some((result) => result !== undefined) && !keepGoing;
		if (!stop) await confirmAll(toConfirm, done, settings.concurrency);
		stop = done.some((result) => result !== undefined) && !keepGoing;
		if (stop) sayNothingWasSent(done, items.length);
	}
	const work = async (index: number): Promise<void> => {
		if (stop || done[index]) return;
		const { call } = all[index] as Work;
		const later = all[index + settings.concurrency];
		// While DoorFlow works on this one, n8n has time for a later one.
		if (later) void sleep(PREPARE_AFTER_MS).then(() => (later.ready ??= prepare(later.call)));
		const result = await attempt(all[index] as Work, names, prepare);
		all[index] = undefined;
		done[index] = result;
		if (call.changed || 'output' in result) changed = true;
		// A cancelled execution ends at once; a failed one lets what is under way finish, so that it is reported.
		if ('problem' in result && (!keepGoing || result.problem.kind === 'cancelled')) stop = true;
	};
	const joint =
		operation.together && !stop
			? await attemptTogether(operation.together, all as Work[], done, settings)
			: undefined;
	if (operation.together) {
		if (joint?.needsSync || all.some((one) => one?.call.changed)) changed = true;
	} else if (!stop)
		await workThrough(
			operation.writes ? await queues(all as Work[]) : items.map((_, index) => [index]),
			settings.concurrency,
			work,
		);

	const failed = done.findIndex((result) => result !== undefined && 'problem' in result);
	const firstFailed = failed < 0 ? undefined : done[failed];
	const cancelled = done.some(
		(result) => result !== undefined && 'problem' in result && result.problem.kind === 'cancelled',
	);
	const stopped = firstFailed !== undefined && (!keepGoing || cancelled);
	const arrival =
		cancelled || !changed
			? NOT_SYNCED
			: await bringToDoors(
					api,
					// Nobody gets to see where the changes of a failed run arrive.
					stopped ? { ...settings, waitForDoors: false } : settings,
					done.flatMap((result) => (result && 'output' in result ? [result.doors] : [])),
				);
	const final =
		stopped && 'problem' in firstFailed ? firstFailed.problem : keepGoing ? undefined : joint?.fatal;
	if (final) {
		throw nodeError(
			context,
			arrival.hint === undefined ? final : { ...final, description: `${final.description} ${arrival.hint}` },
			stopped ? failed : undefined,
		);
	}
	if (arrival.hint) hint(context, arrival.hint);
	if (joint?.hint) hint(context, joint.hint);

	// n8n sends an item with an error to the error output. Elsewhere that object would keep expressions such as
	// $('DoorFlow').all() from reading the items.
	const toErrorOutput = node.onError === 'continueErrorOutput';
	const output: INodeExecutionData[] = [];
	const put = (
		{ output: given, problemOfRow, asError }: Outcome,
		item?: number,
		finish = (json: IDataObject): IDataObject => json,
	): void => {
		const add = (json: IDataObject, why: Problem | undefined): void =>
			void output.push({
				json: finish(json),
				...(toErrorOutput && why ? { error: nodeError(context, why, item) } : {}),
				...(item === undefined ? {} : { pairedItem: { item } }),
			});
		for (const [row, json] of (Array.isArray(given) ? given : [given]).entries())
			add(json, problemOfRow?.(row));
		if (toErrorOutput && asError) add({}, asError);
	};
	for (const [index, result] of done.entries()) {
		if (result === undefined) continue;
		const pairedItem = { item: index };
		if ('problem' in result) {
			if (joint?.tellsErrors && !toErrorOutput) continue;
			output.push({
				json: errorJson(result.problem),
				...(toErrorOutput ? { error: nodeError(context, result.problem, index) } : {}),
				pairedItem,
			});
		} else {
			const reached = operation.reportsSync ? arrival.of(result.doors) : undefined;
			put(result, index, (json) => {
				const whole = reached ? { ...json, ...reached } : json;
				return result.shorten?.(whole) ?? whole;
			});
		}
	}
	for (const outcome of joint?.more(arrival.of(undefined)) ?? []) put(outcome);
	return [output];
}

const options = (
	list: ReadonlyArray<{ readonly name: string; readonly displayName: string }>,
): Array<{ name: string; value: string }> =>
	list.map(({ name, displayName }) => ({ name: displayName, value: name }));

const resourceField = choice({ displayName: 'Resource', name: 'resource', default: '' }, options(resources));

/** @throws DoorFlowError when there is none of that name; the workflow may come from a newer version of this package */
function chosenOperation(parameters: Parameters): {
	readonly resource: Resource;
	readonly operation: Operation;
} {
	const resource = resources.find(({ name }) => name === parameters.need(resourceField)) as Resource;
	const operationField = choice(
		{ displayName: 'Operation', name: 'operation', default: '' },
		options(resource.operations),
	);
	const chosen = parameters.need(operationField);
	return { resource, operation: resource.operations.find(({ name }) => name === chosen) as Operation };
}

/** What holds for all items: the options, as the first item has them. */
function settingsOf(parameters: Parameters, operation: Operation): Settings | { problem: Problem } {
	const all = optionsOf(operation);
	try {
		const seconds = parameters.readIn(all, timeout);
		const writes = operation.writes === true;
		const syncs = writes && parameters.settingIn(all, syncAfter(operation));
		const waits = writes && parameters.settingIn(all, waitForDoors);
		if (waits && !syncs) {
			throw badInput(
				'Wait for the Doors needs Sync After Changes',
				'Changes reach the doors only after a sync. Under Options, switch Sync After Changes on, or switch Wait for the Doors off.',
			);
		}
		return {
			concurrency: parameters.settingIn(all, concurrency),
			syncAfter: syncs,
			waitForSync: writes && parameters.settingIn(all, waitForSync(operation)),
			waitForDoors: waits,
			...(seconds === undefined ? {} : { timeoutMs: seconds * 1000 }),
		};
	} catch (error) {
		return { problem: problemOf(error) };
	}
}

/** @throws NodeOperationError instead of DoorFlowError, for what concerns the node as a whole */
function orNodeError<T>(context: IExecuteFunctions, work: () => T): T {
	try {
		return work();
	} catch (error) {
		throw nodeError(context, problemOf(error), 0);
	}
}

/**
 * How the items of an operation are prepared.
 *
 * @param names what is called what in the account
 * @param forAgent whether an AI agent uses the node as its tool
 * @param heldBack whether that agent may do only what is harmless
 */
function preparing(operation: Operation, names: Names, forAgent: boolean, heldBack: boolean): Prepare {
	return async (call) => {
		try {
			// An option that can't be read is no reason to begin.
			void call.timeoutMs;
			const shorten = shorteningOf(operation, call, forAgent);
			const given = await names.during(() => operation.prepare(call), call.needs);
			const prepared = typeof given === 'function' ? { send: given } : given;
			const reads =
				operation.secrets === 'read' && call.readIn(optionsOf(operation), includeSecrets) === true;
			const effects: Effect[] = [...(prepared.effects ?? []), ...(reads ? (['readsSecrets'] as const) : [])];
			const refused = heldBack ? refusalOfFields(operation.displayName, effects) : undefined;
			if (refused) return { problem: refused };
			return { ...prepared, shorten, masks: !reads && operation.secrets !== 'made' };
		} catch (error) {
			return { problem: problemOf(error) };
		}
	};
}

/** An item with something left to check that only DoorFlow can tell. */
interface ToConfirm {
	readonly index: number;
	readonly confirm: () => Promise<void>;
}

async function prepareAll(
	operation: Operation,
	all: readonly Work[],
	done: Array<Done | undefined>,
	prepare: Prepare,
	settings: Settings,
): Promise<ToConfirm[]> {
	const toConfirm: ToConfirm[] = [];
	let since = Date.now();
	let atOnce = READ_AT_ONCE_MS;
	for (const [index, work] of all.entries()) {
		const prepared = await prepare(work.call);
		// What all items do together is not sent by each.
		if (!operation.together) work.ready = Promise.resolve(prepared);
		if ('problem' in prepared) done[index] = prepared;
		else if (prepared.confirm) toConfirm.push({ index, confirm: prepared.confirm });
		if (index === MANY_ITEMS && operation.ahead && !done.some(Boolean)) {
			operation.ahead(work.call, settings);
			atOnce = READ_BETWEEN_ANSWERS_MS;
		}
		if (Date.now() - since < atOnce) continue;
		await sleep(0);
		since = Date.now();
	}
	return toConfirm;
}

/** What only DoorFlow can tell, such as the account's time zone; it is asked before anything is written. */
async function confirmAll(
	toConfirm: readonly ToConfirm[],
	done: Array<Done | undefined>,
	atOnce: number,
): Promise<void> {
	await inOrder(toConfirm, atOnce, async ({ index, confirm }) => {
		try {
			await confirm();
		} catch (error) {
			done[index] = { problem: problemOf(error) };
		}
	});
}

/** Says on the first bad item that the good ones were not sent either. */
function sayNothingWasSent(done: Array<Done | undefined>, count: number): void {
	const index = done.findIndex((result) => result !== undefined);
	const bad = done[index];
	if (!bad || !('problem' in bad)) return;
	const which =
		count > 1
			? ` It is item ${index} (n8n counts from 0) of ${count}. The node checks all items first, so nothing was changed at DoorFlow.`
			: ' Nothing was changed at DoorFlow.';
	done[index] = { problem: { ...bad.problem, description: `${bad.problem.description}${which}` } };
}

async function attempt(work: Work, names: Names, prepare: Prepare): Promise<Done> {
	const prepared = await (work.ready ??= prepare(work.call));
	if ('problem' in prepared) return prepared;
	try {
		// What only reads may read its fields as late as here.
		const given = await names.during(() => prepared.send(), work.call.needs);
		const output = prepared.masks ? withoutSecrets(given) : given;
		const { shorten, problemOfRow } = prepared;
		return { output, doors: prepared.doors?.(output), shorten, problemOfRow };
	} catch (error) {
		return { problem: problemOf(error) };
	}
}

/** Does it for all items at once. What fails as a whole has failed for each item. */
async function attemptTogether(
	together: NonNullable<Operation['together']>,
	all: readonly Work[],
	done: Array<Done | undefined>,
	settings: Settings,
): Promise<Joint | undefined> {
	const indexes = [...all.keys()].filter((index) => !done[index]);
	const unread = [...all.keys()].filter((index) => done[index]);
	const callsOf = (some: readonly number[]): Call[] => some.map((index) => (all[index] as Work).call);
	try {
		const joint = await together(callsOf(indexes), callsOf(unread), settings);
		for (const [index, outcome] of joint.ofItems) done[index] = outcome;
		return joint;
	} catch (error) {
		const problem = problemOf(error);
		for (const index of indexes) done[index] = { problem };
		return undefined;
	}
}

function problemOf(error: unknown): Problem {
	if (error instanceof DoorFlowError) return error.problem;
	const text = error instanceof Error ? error.message : String(error);
	return {
		kind: 'unexpected',
		message: redact(text),
		description:
			'If the message names an expression of this node, correct it. Otherwise, this is a bug in the DoorFlow node: please report it with the operation and what you entered.',
	};
}

/** What to do. Some n8n, such as 1.119, tell an agent's model nothing else, so there it begins with what happened. */
const toldAlone = (context: IExecuteFunctions, { message, description }: Problem): string =>
	isAgents(context, context.getNode()) ? `${message}. ${description}` : description;

/** n8n's own error, which the editor and error workflows show. */
function nodeError(
	context: IExecuteFunctions,
	problem: Problem,
	itemIndex?: number,
): NodeApiError | NodeOperationError {
	const given = context.getNode();
	const node = { ...given, parameters: withoutTyped(given.parameters) };
	const { message, status } = problem;
	const description = toldAlone(context, problem);
	const at = itemIndex === undefined ? {} : { itemIndex };
	if (status === undefined) return new NodeOperationError(node, message, { description, ...at });
	const error = new NodeApiError(
		node,
		{ message, description },
		{ message, description, httpCode: String(status), ...at },
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

/** Items that concern the same thing go into one queue and keep their order; all others have a queue of their own. */
async function queues(all: readonly Work[]): Promise<number[][]> {
	const queueOf = new Map<string, number[]>();
	const found = new Set<number[]>();
	for (const [index, work] of all.entries()) {
		const prepared = await work.ready;
		const keys = (prepared && 'keys' in prepared ? (prepared.keys ?? []) : []).flatMap((key) =>
			key === undefined ? [] : [String(key).toLowerCase()],
		);
		const [first = [], ...others] = new Set(
			keys.map((key) => queueOf.get(key)).filter((queue) => queue !== undefined),
		);
		// An item can tie queues together: one knows the e-mail address, one the system ID, and this one both.
		for (const other of others) {
			first.push(...other);
			found.delete(other);
			for (const [key, queue] of queueOf) if (queue === other) queueOf.set(key, first);
		}
		if (others.length > 0) first.sort((one, other) => one - other);
		first.push(index);
		found.add(first);
		for (const key of keys) queueOf.set(key, first);
	}
	return [...found];
}

async function workThrough(
	all: number[][],
	atOnce: number,
	work: (index: number) => Promise<void>,
): Promise<void> {
	let next = 0;
	const worker = async (): Promise<void> => {
		for (let queue = all[next++]; queue !== undefined; queue = all[next++]) {
			for (const index of queue) await work(index);
		}
	};
	await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker));
}
