import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type {
	DoorFlowAnswer,
	DoorFlowApi,
	DoorFlowRequest,
	ListWish,
	Refused,
	WhenCancelled,
} from '../shared/api';
import type { Collection, Field } from '../shared/field';
import type { List } from '../shared/lists';
import type { Parameters } from '../shared/parameters';
import type { Needed } from '../shared/permissions';
import { DoorFlowError, type Problem } from '../shared/problem';
import type { Operation } from './actions/operation';
import { limit, returnAll } from './fields';
import type { Names } from './names';
import { neededFor } from './needed';
import { optionsOf, timeout } from './options';

/** A request of an operation. It needs the operation's permission, unless it names another one. */
export type CallRequest = DoorFlowRequest;

/** Milliseconds that one attempt to take something back may take, and that it may wait for DoorFlow's limit. */
const LAST_TIMEOUT_MS = 10_000;
const LAST_LIMITED_MS = 30_000;

/** What an operation works with: one item's parameters, and DoorFlow. */
export class Call {
	/** Whether this item changed something at DoorFlow, or may have. */
	changed = false;

	constructor(
		readonly context: IExecuteFunctions,
		readonly itemIndex: number,
		readonly api: DoorFlowApi,
		readonly parameters: Parameters,
		private readonly operation: Operation,
		private readonly names: Pick<Names, 'permissions'>,
		private readonly whenCancelled: WhenCancelled = 'stop',
		private readonly patience: 'always' | 'never' | 'untilCancelled' = 'always',
	) {}

	/** The same item, but its requests are sent even when the execution was cancelled, and soon given up: for taking back. */
	evenWhenCancelled(): Call {
		return this.asLast('never');
	}

	/**
	 * The same item, but its requests are sent even when the execution was cancelled: for what must follow a change that was
	 * made. They are given up as soon as others are, unless it was cancelled.
	 */
	completing(): Call {
		return this.patience === 'never' ? this : this.asLast('untilCancelled');
	}

	private asLast(patience: 'never' | 'untilCancelled'): Call {
		const { context, itemIndex, api, parameters, operation, names } = this;
		return new Call(context, itemIndex, api, parameters, operation, names, 'send', patience);
	}

	/** A value, or undefined when nothing is given. @throws DoorFlowError when it can't be read */
	read<T>(field: Field<T>): T | undefined {
		return this.parameters.read(field);
	}

	/** A value that must be there. @throws DoorFlowError when it is not, or can't be read */
	need<T>(field: Field<T>): T {
		return this.parameters.need(field);
	}

	/** A value that has a default in the panel. @throws DoorFlowError when it can't be read */
	setting<T>(field: Field<T>): T {
		return this.parameters.setting(field);
	}

	/** A field in a collection, or undefined when it was not added or left empty. @throws DoorFlowError when it can't be read */
	readIn<T>(collection: Collection, field: Field<T>): T | undefined {
		return this.parameters.readIn(collection, field);
	}

	/** {@link request}, for what asks DoorFlow on behalf of an item, such as the pages of a list. */
	readonly send = async (request: DoorFlowRequest): Promise<DoorFlowAnswer<unknown>> =>
		await this.request<unknown>(request);

	/** Asks DoorFlow. @throws DoorFlowError for every failure */
	async request<T = IDataObject>(request: CallRequest): Promise<DoorFlowAnswer<T>> {
		const outcome = await this.ask<T>(request);
		return 'problem' in outcome ? this.fail(outcome.problem) : outcome;
	}

	/** Asks DoorFlow, and gives a failure back instead of throwing it. */
	async ask<T = IDataObject>(request: CallRequest): Promise<DoorFlowAnswer<T> | Refused> {
		const outcome = await this.api.ask<T>(this.complete(request));
		if (request.method !== 'GET' && (!('problem' in outcome) || outcome.mayBeDone)) this.changed = true;
		return outcome;
	}

	/** Ends the work on this item. @throws DoorFlowError always */
	fail(problem: Problem): never {
		throw new DoorFlowError(problem);
	}

	/** How long one attempt may take, in milliseconds, if the user chose it. @throws DoorFlowError when it can't be read */
	get timeoutMs(): number | undefined {
		const seconds = this.parameters.readIn(optionsOf(this.operation), timeout);
		return seconds === undefined ? undefined : seconds * 1000;
	}

	/** All permissions that this item needs, as far as its parameters say. */
	readonly needs = (): Needed[] => neededFor(this.operation, this.parameters, this.names);

	private complete(request: CallRequest): DoorFlowRequest {
		const { timeoutMs } = this;
		const last = this.whenCancelled === 'send';
		const isHasty =
			this.patience === 'never' ||
			(this.patience === 'untilCancelled' && this.api.cancelSignal?.aborted === true);
		return {
			...request,
			// What takes something back is sent, also where the same request as a step of its own would not be begun.
			whenCancelled: last ? 'send' : (request.whenCancelled ?? this.whenCancelled),
			...(timeoutMs === undefined ? {} : { timeoutMs }),
			...(isHasty
				? {
						timeoutMs: Math.min(timeoutMs ?? LAST_TIMEOUT_MS, LAST_TIMEOUT_MS),
						maxLimitedMs: LAST_LIMITED_MS,
					}
				: {}),
			about: {
				...(this.operation.permission === undefined ? {} : { permission: this.operation.permission }),
				needs: this.needs,
				...request.about,
			},
		};
	}

	/** Reads a list, with the timeout and the permission of the operation. @throws DoorFlowError */
	async readList(list: List, wish: Omit<ListWish, 'send'> = {}): Promise<IDataObject[]> {
		return await this.api.list(list, { ...wish, send: this.send });
	}

	/**
	 * Get Many: reads a list as `returnAll` and `limit` say.
	 *
	 * @param list one of {@link LISTS}
	 * @param wish what to narrow it down to
	 * @throws DoorFlowError
	 */
	async list(list: List, wish: Pick<ListWish, 'about' | 'query' | 'where'> = {}): Promise<IDataObject[]> {
		return await this.readList(list, {
			...wish,
			limit: this.setting(returnAll) ? undefined : this.setting(limit),
		});
	}
}
