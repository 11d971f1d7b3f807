import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { Needed } from '../../shared/permissions';
import type { Call } from '../call';

export type Output = IDataObject | IDataObject[];

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
	readonly fields: readonly INodeProperties[];
	/** Changes something at DoorFlow, so that a sync may be wanted after the batch: it has `options.syncAfter`. */
	readonly writes?: true;
	/** Whether `options.syncAfter` starts out switched on. */
	readonly syncByDefault?: true;
	/** Moves a door, cuts access or deletes. Not offered to AI agents unless the user allows it. */
	readonly dangerous?: true;
	/**
	 * Items that have the same value of one of these parameters are done one after the other, in order. A field of a
	 * collection is written `additionalFields.email`.
	 */
	readonly sequentialBy?: readonly string[] | string;
	/** Does it for one item. @throws DoorFlowError */
	readonly run: (call: Call) => Promise<Output>;
}

export interface Resource {
	/** The value saved in workflows. Never renamed. */
	readonly name: string;
	readonly displayName: string;
	readonly description: string;
	readonly operations: readonly Operation[];
}
