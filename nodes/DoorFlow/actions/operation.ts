import type { IDataObject } from 'n8n-workflow';

import type { PanelField } from '../../shared/field';
import type { Parameters } from '../../shared/parameters';
import type { Needed, Scope } from '../../shared/permissions';
import type { Problem } from '../../shared/problem';
import type { Call } from '../call';
import type { Effect } from '../effects';
import type { Reached, Settings } from '../syncAfter';

export type Output = IDataObject | IDataObject[];

/** A permission that an operation needs beside its own. */
export interface AlsoNeeded {
	readonly permission: Needed;
	/** Whether these parameters need it; without it, all do. */
	readonly when?: (parameters: Parameters) => boolean;
}

/** What is in a long answer, in its own names: all of it, and the at most ten that are wanted most. */
export interface Answer {
	readonly all: readonly string[];
	readonly simple: readonly string[];
}

/** Does it for one item. @throws DoorFlowError */
export type Send = () => Promise<Output>;

/**
 * One item's work, its parameters read and checked. Items that share one of `keys` are done one after the other, in
 * order. `confirm` checks what only DoorFlow can tell, such as a rule of the account, by reading alone.
 */
export interface Prepared {
	/** What the parameters lead to, as `effects.ts` classes them: an AI agent may not do it, unless a person allows it. */
	readonly effects?: readonly Effect[];
	/** The ids of the doors that the change matters to, when it is done; without it, all. */
	readonly doors?: (output: Output) => readonly number[] | undefined;
	readonly keys?: ReadonlyArray<number | string | undefined>;
	readonly confirm?: () => Promise<void>;
	/** What kept a row of the output from being done, by its index, once it was sent: an error output gets that instead. */
	readonly problemOfRow?: (index: number) => Problem | undefined;
	readonly send: Send;
}

/** What became of one item, or of something that belongs to none. */
export interface Outcome {
	readonly output: Output;
	/** What kept a row of the output from being done: an error output gets that instead. */
	readonly problemOfRow?: ((index: number) => Problem | undefined) | undefined;
	/** A failure that only an error output gets a row of. */
	readonly asError?: Problem | undefined;
}

/** What an operation gives that takes all items together. */
export interface Joint {
	/** By the index of the item; one that is not there puts nothing out. */
	readonly ofItems: ReadonlyMap<number, Outcome>;
	/** What belongs to no single item; made when it is known how far the changes came. */
	readonly more: (reached: Reached) => Outcome[];
	/** Whether a sync is due although nothing was changed: an earlier run did not come that far. */
	readonly needsSync: boolean;
	/** Whether items that can't be read are told by {@link more} alone. */
	readonly tellsErrors: boolean;
	/** What kept all changes from being made: where the node stops on errors, it ends with that. */
	readonly fatal?: Problem | undefined;
	/** For the user, beside the output. */
	readonly hint: string | undefined;
}

/**
 * One operation, declared once: the node's description, its router, the permission hints, the documentation check and
 * the table of the engine test are all derived from these declarations.
 */
export interface Operation {
	/** The value saved in workflows. Never renamed. */
	readonly name: string;
	readonly displayName: string;
	/** As it reads in the nodes panel. */
	readonly action: string;
	readonly description: string;
	/** The scope DoorFlow asks for, or several of which one is enough; none for what every connection may do. */
	readonly permission?: Needed;
	/** Permissions that other requests of it need. */
	readonly alsoNeeds?: readonly AlsoNeeded[];
	/** Permissions that it can do without: it then leaves out what it can't read, or is more careful. */
	readonly reads?: readonly Scope[];
	/** Shown for this operation only; that condition is added when the description is built. */
	readonly fields: readonly PanelField[];
	/**
	 * Changes something at DoorFlow: it has `options.syncAfter`, and the parameters of all items are checked before
	 * anything is sent.
	 */
	readonly writes?: true;
	/** Whether `options.syncAfter` and `options.waitForSync` start out switched on. */
	readonly syncByDefault?: true;
	/** Its output says how far the change came: `synced`, `onDoors`, `doorsMissing`, `retryInSeconds`, `syncProblem`. */
	readonly reportsSync?: true;
	/** Said where the answer has more than ten fields: it can be shortened then, for AI agents and by Simplify. */
	readonly answer?: Answer;
	/**
	 * Whose PINs, card numbers and invitation links it puts out: those that it `made` itself, or, where the user asks for
	 * them under Options, those that it `read`. Without it they are masked in whatever it puts out.
	 */
	readonly secrets?: 'made' | 'read';
	/**
	 * Reads and checks all parameters of one item, and sends nothing.
	 *
	 * @throws DoorFlowError for what can't be read
	 */
	readonly prepare: (call: Call) => Prepared | Promise<Prepared | Send> | Send;
	/**
	 * Begins to read what {@link together} needs whatever the items are, while the rest of a long list of items is read.
	 * It may be that nothing is done with it.
	 */
	readonly ahead?: (call: Call, settings: Settings) => void;
	/**
	 * Does it for all items at once, in place of each one's `send`: the items together are one thing, such as a list.
	 *
	 * @param calls those that could be read
	 * @param unread the others
	 * @param settings what holds for all
	 * @throws DoorFlowError when nothing was done for any of them
	 */
	readonly together?: (calls: readonly Call[], unread: readonly Call[], settings: Settings) => Promise<Joint>;
}

export interface Resource {
	/** The value saved in workflows. Never renamed. */
	readonly name: string;
	readonly displayName: string;
	readonly description: string;
	readonly operations: readonly Operation[];
}

/** What operations have in common that take all access of a person away and tell the doors. */
export const TAKES_ACCESS = {
	writes: true,
	syncByDefault: true,
	reportsSync: true,
} as const satisfies Partial<Operation>;
