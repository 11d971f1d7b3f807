import { channelFilter, groupFilter, personFilter } from '../DoorFlow/fields';
import { collection, namesField, type Field } from './field';
import type { Parameters } from './parameters';

/** What the user wants to hear of. Empty lists mean everything. */
export interface Wanted {
	readonly events: readonly string[];
	readonly channelIds: readonly number[];
	readonly personIds: readonly number[];
	readonly groupIds: readonly number[];
}

/**
 * The choice of events of a trigger.
 *
 * @param options the events that this trigger can tell of
 */
export const eventsField = (
	options: ReadonlyArray<{ name: string; value: string; description: string }>,
	description: string,
): Field<string[]> =>
	namesField({ displayName: 'Events', name: 'events', default: [], description }, options);

export const triggerFilters = collection(
	{ displayName: 'Filters', name: 'filters', placeholder: 'Add Filter' },
	[channelFilter, groupFilter, personFilter],
);

/**
 * What a trigger is to tell of. A filter that can't be read is an error, never a filter less.
 *
 * @throws DoorFlowError
 */
export const wantedOf = (parameters: Parameters, events: Field<string[]>): Wanted => ({
	events: parameters.read(events) ?? [],
	channelIds: parameters.readIn(triggerFilters, channelFilter) ?? [],
	personIds: parameters.readIn(triggerFilters, personFilter) ?? [],
	groupIds: parameters.readIn(triggerFilters, groupFilter) ?? [],
});
