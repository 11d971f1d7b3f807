import { DOOR_EVENT_OPTIONS } from '../shared/eventCatalogue';
import { amount, collection, flag, notice, type PanelField } from '../shared/field';
import type { Parameters } from '../shared/parameters';
import { includeSecrets } from '../shared/secretsField';
import {
	eventsField,
	ignoreOlderThanMinutes,
	leftOutOf,
	oncePerDay,
	triggerFilters,
	wantedOf,
	type LeftOut,
	type Wanted,
} from '../shared/triggerFields';

/** DoorFlow's list takes no remote control codes, and knows nothing of credentials. */
const LISTED = DOOR_EVENT_OPTIONS.filter(({ value }) => value !== 'remoteControl');

/** The events that can be asked for. */
export const ASKABLE: readonly string[] = LISTED.map(({ value }) => value);

const events = eventsField(
	LISTED,
	'Which events start the workflow. If you choose none, all do. Only the DoorFlow Trigger reports changes to credentials.',
);

const watchConnection = flag({
	displayName: 'Watch the Connection',
	name: 'watchConnection',
	default: true,
	description:
		'Whether to start the workflow once with the event connectionLost when access to DoorFlow is revoked, and once with connectionRestored when it works again. Use it to send a message.',
});

const watchWebhooks = flag({
	displayName: 'Watch the Webhooks',
	name: 'watchWebhooks',
	default: false,
	description:
		'Whether to start the workflow only for events that the DoorFlow Trigger in the same workflow missed: once with webhooksSilent, then with the events. Use it next to a DoorFlow Trigger.',
});

const handOverMissed = flag({
	displayName: 'Hand Over Missed Events',
	name: 'handOverMissed',
	default: true,
	displayOptions: { show: { watchWebhooks: [true] } },
	description:
		'Whether the missed events start the workflow, too. Each looks as it would from the DoorFlow Trigger, except that its `source` is `poll` and that it always has an `acknowledgeUrl`.',
});

const lookBackMinutes = amount(
	{
		displayName: 'Look Back (Minutes)',
		name: 'lookBackMinutes',
		default: 240,
		description:
			'How late a door can report an event and still start the workflow. Each poll checks the last 15 minutes again, and one poll every 15 minutes looks back this far.',
	},
	15,
	10_080,
);

const options = collection({ displayName: 'Options', name: 'options', placeholder: 'Add option' }, [
	ignoreOlderThanMinutes,
	includeSecrets,
	lookBackMinutes,
	oncePerDay,
]);

export const PANEL: readonly PanelField[] = [
	events,
	triggerFilters,
	watchConnection,
	watchWebhooks,
	notice(
		'watchNotice',
		"Choose the same events and filters here as in the DoorFlow Trigger of this workflow. Events that the DoorFlow Trigger gets don't start the workflow again. An event counts as missed when two polls have passed since it happened.",
		{ show: { watchWebhooks: [true] } },
	),
	handOverMissed,
	options,
];

/** What the panel says, read once a poll or run. */
export interface Panel {
	readonly wanted: Wanted;
	readonly leftOut: LeftOut;
	readonly includeSecrets: boolean;
	readonly lookBackMs: number;
	readonly watchConnection: boolean;
	readonly watchWebhooks: boolean;
	readonly handOverMissed: boolean;
}

/** Reads the panel. @throws DoorFlowError for a value that can't be read: no filter is dropped by a guess */
export const readPanel = (parameters: Parameters): Panel => ({
	wanted: wantedOf(parameters, events),
	leftOut: leftOutOf(parameters, options),
	includeSecrets: parameters.settingIn(options, includeSecrets),
	lookBackMs: parameters.settingIn(options, lookBackMinutes) * 60_000,
	watchConnection: parameters.setting(watchConnection),
	watchWebhooks: parameters.setting(watchWebhooks),
	handOverMissed: parameters.setting(handOverMissed),
});
