import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type {
	DoorFlowAnswer,
	DoorFlowApi,
	DoorFlowRequest,
	ListWish,
	Refused,
	WhenCancelled,
} from '../shared/api';
import type { List } from '../shared/lists';
import type { Needed } from '../shared/permissions';
import { badInput, DoorFlowError, type Problem } from '../shared/problem';
import { isZone, readTime, toDoorFlowTime } from '../shared/time';

/** A request of an operation. It needs the operation's permission, unless it names another one. */
export type CallRequest = DoorFlowRequest;

interface Locator {
	value?: unknown;
}

/** Milliseconds that one attempt to take something back may take, and that it may wait for DoorFlow's limit. */
const LAST_TIMEOUT_MS = 10_000;
const LAST_LIMITED_MS = 30_000;

/** What an operation works with: one item's parameters, checked, and DoorFlow. */
export class Call {
	/** Whether this item changed something at DoorFlow, or may have. */
	changed = false;

	private readonly resolved = new Map<string, { readonly value: unknown; readonly fallback: unknown }>();

	constructor(
		readonly context: IExecuteFunctions,
		readonly itemIndex: number,
		readonly api: DoorFlowApi,
		private readonly permission: Needed | undefined,
		private readonly whenCancelled: WhenCancelled = 'stop',
	) {}

	/** The same item, but its requests are sent even when the execution was cancelled, and soon given up: for taking back. */
	evenWhenCancelled(): Call {
		return new Call(this.context, this.itemIndex, this.api, this.permission, 'send');
	}

	/** The parameter as n8n resolved it, whatever it is. n8n resolves it once: that costs as much as sending a request. */
	raw(name: string, fallback?: unknown): unknown {
		const known = this.resolved.get(name) ?? {
			value: this.context.getNodeParameter(name, this.itemIndex, fallback),
			fallback,
		};
		this.resolved.set(name, known);
		return known.value;
	}

	/** Resolves the parameters that another item needed, before they are asked for. */
	prepareLike(other: Call): void {
		for (const [name, { fallback }] of other.resolved) {
			try {
				this.raw(name, fallback);
			} catch {
				// It is reported when the item's turn comes.
			}
		}
	}

	/**
	 * A text that must be there.
	 *
	 * @throws DoorFlowError when it is empty or no text
	 */
	text(name: string, shownAs: string): string {
		const value = this.raw(name, '');
		if (typeof value === 'number') return String(value);
		if (typeof value !== 'string' || value.trim() === '') {
			throw badInput(`${shownAs} is empty`, `Fill in ${shownAs}, or check the expression it comes from.`);
		}
		return value.trim();
	}

	/** Whether something is switched on. @throws DoorFlowError when it is neither true nor false */
	flag(name: string, shownAs: string): boolean {
		return asFlag(this.raw(name, false), shownAs);
	}

	/**
	 * The id of a picked item (or of a plain id field).
	 *
	 * @throws DoorFlowError when nothing is picked or it can't be an id
	 */
	id(name: string, shownAs: string, form: 'hashid' | 'number' = 'number'): string {
		return asId(this.raw(name, ''), shownAs, form);
	}

	/** The ids of a multi-select: at least one. @throws DoorFlowError when there is none or one can't be an id */
	ids(name: string, shownAs: string): number[] {
		const list = asIds(this.raw(name, []), shownAs);
		if (list.length === 0) {
			throw badInput(
				`No ${shownAs.toLowerCase()} is chosen`,
				`Choose at least one. An empty choice never means all of them.`,
			);
		}
		return list;
	}

	/** A collection of optional fields; only those that were added are in it. */
	collection(name: string): IDataObject {
		const value = this.raw(name, {});
		return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as IDataObject) : {};
	}

	/** A date value, read in the workflow's time zone when it has none of its own. @throws DoorFlowError when it is none */
	time(value: unknown, shownAs: string): Date {
		const zone = this.context.getTimezone();
		const read = readTime(value, isZone(zone) ? zone : 'UTC');
		if (!read.ok) {
			throw badInput(
				`${shownAs} can't be read as a time: ${read.reason}`,
				`Pick a date and time for ${shownAs}, or check the expression it comes from.`,
			);
		}
		return read.date;
	}

	/** Like {@link time}, written as DoorFlow takes it. */
	doorFlowTime(value: unknown, shownAs: string): string {
		return toDoorFlowTime(this.time(value, shownAs));
	}

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

	/** How long one attempt may take, in milliseconds, if the user chose it. */
	get timeoutMs(): number | undefined {
		const { timeout } = this.collection('options');
		return typeof timeout === 'number' && timeout > 0 ? timeout * 1000 : undefined;
	}

	private complete(request: CallRequest): DoorFlowRequest {
		const { timeoutMs } = this;
		const last = this.whenCancelled === 'send';
		return {
			whenCancelled: this.whenCancelled,
			...request,
			...(timeoutMs === undefined ? {} : { timeoutMs }),
			...(last
				? {
						timeoutMs: Math.min(timeoutMs ?? LAST_TIMEOUT_MS, LAST_TIMEOUT_MS),
						maxLimitedMs: LAST_LIMITED_MS,
					}
				: {}),
			about: { ...(this.permission === undefined ? {} : { permission: this.permission }), ...request.about },
		};
	}

	/**
	 * Get Many: reads a list as `returnAll` and `limit` say.
	 *
	 * @param list one of {@link LISTS}
	 * @param wish what to narrow it down to
	 * @throws DoorFlowError
	 */
	async list(list: List, wish: Pick<ListWish, 'about' | 'query' | 'where'> = {}): Promise<IDataObject[]> {
		return await this.api.list(list, {
			...wish,
			limit: this.raw('returnAll', false) === true ? undefined : asCount(this.raw('limit', 50)),
			send: async (request) => await this.request<unknown>(request),
		});
	}
}

/** @throws DoorFlowError when it is neither true nor false */
export function asFlag(value: unknown, shownAs: string): boolean {
	if (typeof value === 'boolean') return value;
	if (value === 'true') return true;
	if (value === 'false' || value === '' || value === undefined || value === null) return false;
	throw badInput(
		`${shownAs} is neither true nor false`,
		`Switch ${shownAs} on or off, or let its expression give true or false.`,
	);
}

/** What is picked, out of a picker's value or a plain one. */
export const picked = (given: unknown): unknown =>
	typeof given === 'object' && given !== null && 'value' in given ? (given as Locator).value : given;

/** Whether anything is picked at all, for a picker that may stay empty. */
export function hasId(given: unknown): boolean {
	const value = picked(given);
	return value !== undefined && value !== null && value !== '';
}

/** @throws DoorFlowError when nothing is picked or it can't be an id */
export function asId(given: unknown, shownAs: string, form: 'hashid' | 'number'): string {
	const value = picked(given);
	const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
	if (text === '') {
		throw badInput(
			`No ${shownAs.toLowerCase()} is chosen`,
			`Pick one from the list, or give its ID. If it comes from an expression, that is empty for this item.`,
		);
	}
	const wellFormed = form === 'number' ? /^[1-9]\d{0,17}$/ : /^[A-Za-z0-9_-]{1,64}$/;
	if (!wellFormed.test(text)) {
		throw badInput(
			`"${text.slice(0, 40)}" can't be the ID of a ${shownAs.toLowerCase()}`,
			form === 'number'
				? 'It is a whole number, such as 12345.'
				: 'It consists of letters and digits, such as nbYfy7.',
		);
	}
	return text;
}

/** Ids from a list of texts or numbers, or from a text with commas. @throws DoorFlowError when one can't be an id */
export function asIds(value: unknown, shownAs: string): number[] {
	const list: unknown[] = Array.isArray(value)
		? value
		: typeof value === 'string'
			? value.split(',')
			: value === undefined || value === null
				? []
				: [value];
	const filled = list.filter((entry) => !(typeof entry === 'string' && entry.trim() === ''));
	return [...new Set(filled.map((entry) => Number(asId(entry, shownAs, 'number'))))];
}

/** @throws DoorFlowError when it is not a whole number of 1 or more */
export function asCount(value: unknown): number {
	const count = typeof value === 'string' ? Number(value) : value;
	if (typeof count !== 'number' || !Number.isInteger(count) || count < 1) {
		throw badInput(
			'Limit is not a whole number of 1 or more',
			'Set Limit to how many results you want, or switch Return All on.',
		);
	}
	return count;
}
