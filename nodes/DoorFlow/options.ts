import { amount, collection, flag, type Collection } from '../shared/field';
import type { Operation } from './actions/operation';

const SYNC_AFTER = {
	displayName: 'Sync After Changes',
	name: 'syncAfter',
	description:
		'Whether to start one controller sync when all items are done, so that the changes reach the doors at once. Needs the permission "Send Changes to the Doors".',
};

const syncAfterOn = flag({ ...SYNC_AFTER, default: true });
const syncAfterOff = flag({ ...SYNC_AFTER, default: false });

/** Whether a sync follows, with the default of this operation. */
export const syncAfter = ({ syncByDefault }: Operation): typeof syncAfterOn =>
	syncByDefault ? syncAfterOn : syncAfterOff;

export const waitForSync = flag({
	displayName: 'Wait If Sync Is Limited',
	name: 'waitForSync',
	default: false,
	description:
		'Whether Sync After Changes waits, for two and a half minutes at most, when the last sync was too short a time ago (usually 30 seconds). Otherwise a hint says that the changes are not yet on the doors.',
});

export const timeout = amount(
	{
		displayName: 'Timeout',
		name: 'timeout',
		default: 30,
		description: 'How many seconds to wait for one answer of DoorFlow',
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
		description: 'How many items are worked on at the same time. The results keep the order of the input.',
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
		concurrency,
		...(operation.writes ? [syncAfter(operation)] : []),
		timeout,
		...(operation.writes ? [waitForSync] : []),
	]);
	made.set(operation, fresh);
	return fresh;
}
