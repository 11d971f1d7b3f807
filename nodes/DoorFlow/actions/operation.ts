import type { IDataObject } from 'n8n-workflow';

import type { PanelField } from '../../shared/field';
import type { Needed } from '../../shared/permissions';
import type { Call } from '../call';

export type Output = IDataObject | IDataObject[];

/** Does it for one item. @throws DoorFlowError */
export type Send = () => Promise<Output>;

/**
 * What the parameters of an item lead to, where it depends on them: an AI agent may not do it, unless a person allows it.
 * What an operation always leads to is said by `dangerous`.
 */
export type Effect = 'disables' | 'endsBookings' | 'setsGroupsOrRoles' | 'setsValidity' | 'takesCards';

/**
 * One item's work, its parameters read and checked. Items that share one of `keys` are done one after the other, in
 * order. `confirm` checks what only DoorFlow can tell, such as a rule of the account, by reading alone.
 */
export interface Prepared {
	readonly effects?: readonly Effect[];
	/** The ids of the doors that the change matters to, when it is done; without it, all. */
	readonly doors?: (output: Output) => readonly number[] | undefined;
	readonly keys?: ReadonlyArray<number | string | undefined>;
	readonly confirm?: () => Promise<void>;
	readonly send: Send;
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
	/**
	 * Moves a door, takes access away, changes credentials or notifications, or deletes, whatever its parameters. Not
	 * offered to AI agents unless the user allows it.
	 */
	readonly dangerous?: true;
	/**
	 * Reads and checks all parameters of one item, and sends nothing.
	 *
	 * @throws DoorFlowError for what can't be read
	 */
	readonly prepare: (call: Call) => Prepared | Promise<Prepared | Send> | Send;
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
	dangerous: true,
} as const satisfies Partial<Operation>;
