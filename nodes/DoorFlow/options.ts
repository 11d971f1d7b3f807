import { includeSecrets } from '../shared/secretsField';
import { amount, collection, flag, shownAs, type Collection, type Field } from '../shared/field';
import type { Operation } from './actions/operation';

const syncAfterOff = flag({
	displayName: 'Sync After Changes',
	name: 'syncAfter',
	default: false,
	description:
		'Whether to start one controller sync after all items are done, so that the changes reach the doors at once. Needs the permission "Send Changes to the Doors".',
});

const waitForSyncOff = flag({
	displayName: 'Wait If Sync Is Limited',
	name: 'waitForSync',
	default: false,
	description:
		'Whether Sync After Changes waits, for two and a half minutes at most, if the last sync was too recent (usually 30 seconds). All waiting executions share one sync. If off, the changes are not on the doors yet, and a hint says so.',
});

const on = (field: Field<boolean>): Field<boolean> => shownAs(field, { default: true });
const syncAfterOn = on(syncAfterOff);
const waitForSyncOn = on(waitForSyncOff);

/** Whether a sync follows, with the default of this operation. */
export const syncAfter = ({ syncByDefault }: Operation): Field<boolean> =>
	syncByDefault ? syncAfterOn : syncAfterOff;

/** Whether that sync is waited for, with the default of this operation. */
export const waitForSync = ({ syncByDefault }: Operation): Field<boolean> =>
	syncByDefault ? waitForSyncOn : waitForSyncOff;

export const waitForDoors = flag({
	displayName: 'Wait for the Doors',
	name: 'waitForDoors',
	default: false,
	description:
		'Whether to wait, for two minutes at most, until the doors have the changes. Needs Sync After Changes and includes Wait If Sync Is Limited. It does not wait for offline doors, which get the changes later.',
});

export const timeout = amount(
	{
		displayName: 'Timeout',
		name: 'timeout',
		default: 30,
		description: 'How many seconds to wait for each answer from DoorFlow',
	},
	0.1,
	3600,
	true,
);

export const concurrency = amount(
	{
		displayName: 'Items at Once',
		name: 'concurrency',
		default: 5,
		description: 'How many items to process at the same time. The results keep the order of the input.',
	},
	1,
	20,
);

const made = new WeakMap<Operation, Collection>();

/** The options of an operation: all have the same, and those that write have some more. */
export function optionsOf(operation: Operation): Collection {
	const known = made.get(operation);
	if (known) return known;
	const fresh = collection({ displayName: 'Options', name: 'options', placeholder: 'Add option' }, [
		...(operation.secrets === 'read' ? [includeSecrets] : []),
		concurrency,
		...(operation.writes ? [syncAfter(operation)] : []),
		timeout,
		...(operation.writes ? [waitForDoors, waitForSync(operation)] : []),
	]);
	made.set(operation, fresh);
	return fresh;
}
