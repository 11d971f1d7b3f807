import { createHash } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';

/** How long n8n may take to start a run that was handed to it. After that, a delivery of the same notification counts. */
const HANDED_MS = 60_000;
const IN_MEMORY = 10_000;

/** What this process did with a notification. */
interface Trace {
	readonly at: number;
	readonly emitted: boolean;
}

/** What tells one notification from another. */
export interface Identity {
	readonly resourceType: string;
	readonly resourceId: string;
	readonly action: string;
	readonly ackToken: string;
}

/** Where a notification arrives: the same one may go to several workflows. */
interface Place {
	getWorkflow(): { id?: string };
	getNode(): { id: string };
}

const traces = new Map<string, Trace>();

/** The text under which a notification is remembered, in memory and in n8n's database. */
export function keyOf({ resourceType, resourceId, action, ackToken }: Identity, ...more: unknown[]): string {
	return createHash('sha256')
		.update(JSON.stringify([resourceType, resourceId, action, ackToken, ...more]))
		.digest('base64url')
		.slice(0, 22);
}

export function identityOf(item: IDataObject, ackToken: string): Identity {
	return {
		resourceType: String(item.resourceType),
		resourceId: String(item.resourceId),
		action: String(item.action),
		ackToken,
	};
}

/** Remembers that n8n was given a notification, or that it went into the workflow. Memory only: a restart may forget it. */
export function remember(place: Place, identity: Identity, emitted: boolean): void {
	const key = named(place, identity);
	traces.delete(key);
	traces.set(key, { at: Date.now(), emitted });
	if (traces.size > IN_MEMORY) traces.delete(traces.keys().next().value as string);
}

/**
 * What this process did with a notification a moment ago, so that a redelivery needs no execution to find out. A sender
 * that repeats faster than n8n works would otherwise bury it in executions.
 *
 * @param confirmMs how long the workflow may take to confirm it; undefined when the trigger does
 * @returns `handed` while n8n has it and may not have started the run; `emitted` when it went into the workflow
 */
export function lately(
	place: Place,
	identity: Identity,
	confirmMs: number | undefined,
): 'emitted' | 'handed' | undefined {
	const trace = traces.get(named(place, identity));
	if (!trace) return undefined;
	const age = Date.now() - trace.at;
	if (!trace.emitted) return age < Math.min(HANDED_MS, confirmMs ?? HANDED_MS) ? 'handed' : undefined;
	return confirmMs === undefined || age < confirmMs ? 'emitted' : undefined;
}

/** Names a notification at its place. */
export const named = (place: Place, identity: Identity): string =>
	`${place.getWorkflow().id ?? ''}/${place.getNode().id}/${keyOf(identity)}`;
