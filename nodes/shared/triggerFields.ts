import { groupFilter, personFilter, triggerDoors } from '../DoorFlow/fields';
import { categoryOf, type EventName } from './eventCatalogue';
import { amount, collection, flag, namesField, type Collection, type Field } from './field';
import type { Parameters } from './parameters';
import type { Scope } from './permissions';

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
	[triggerDoors, groupFilter, personFilter],
);

/**
 * What a trigger is to tell of. A filter that can't be read is an error, never a filter less.
 *
 * @throws DoorFlowError
 */
export const wantedOf = (parameters: Parameters, events: Field<string[]>): Wanted => ({
	events: parameters.read(events) ?? [],
	channelIds: parameters.readIn(triggerFilters, triggerDoors) ?? [],
	personIds: parameters.readIn(triggerFilters, personFilter) ?? [],
	groupIds: parameters.readIn(triggerFilters, groupFilter) ?? [],
});

/**
 * The permissions that a trigger needs for what it is to tell of.
 *
 * @param possible the events that this trigger can tell of
 */
export function neededToTell(
	{ events, groupIds }: Pick<Wanted, 'events' | 'groupIds'>,
	possible: readonly string[],
): Scope[] {
	const told = events.length > 0 ? events : possible;
	const ofCredentials = (name: string): boolean => categoryOf(name as EventName) === 'Credential';
	const readsPeople = groupIds.length > 0 || told.some(ofCredentials);
	return [
		...(told.every(ofCredentials) ? [] : (['account.event.access.readonly'] as const)),
		...(readsPeople ? (['account.person.readonly'] as const) : []),
	];
}

/** Empty by default: everything is told. */
export const ignoreOlderThanMinutes: Field<number | ''> = amount(
	{
		displayName: 'Ignore Older Than (Minutes)',
		name: 'ignoreOlderThanMinutes',
		default: '',
		description:
			'Ignore events that happened longer ago than this, such as those that a door reports late. Leave it empty to get all events.',
	},
	1,
);

export const oncePerDay = flag({
	displayName: 'Once per Day',
	name: 'oncePerDay',
	default: false,
	description:
		"Whether to start the workflow only the first time a person is let in each day, in the DoorFlow account's time zone. Other events are not affected.",
});

/** What both triggers leave out although the filters let it through. */
export interface LeftOut {
	/** Undefined for no limit. */
	readonly olderThanMinutes: number | undefined;
	/** Whether only a person's first admission of a day is wanted. */
	readonly oncePerDay: boolean;
}

/**
 * Reads what is to be left out.
 *
 * @param options the trigger's collection of options, with both fields in it
 * @throws DoorFlowError for a value that can't be read
 */
export function leftOutOf(parameters: Parameters, options: Collection): LeftOut {
	const minutes = parameters.readIn(options, ignoreOlderThanMinutes);
	return {
		olderThanMinutes: typeof minutes === 'number' ? minutes : undefined,
		oncePerDay: parameters.settingIn(options, oncePerDay),
	};
}
