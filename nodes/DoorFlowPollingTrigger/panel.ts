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
	'What to start for. None chosen means all. Changes of credentials are known to the DoorFlow Trigger only.',
);

const watchConnection = flag({
	displayName: 'Watch the Connection',
	name: 'watchConnection',
	default: true,
	description:
		'Whether to start the workflow once with the event connectionLost when access to DoorFlow was taken away, and once with connectionRestored when it works again. Hang a message on it.',
});

const watchWebhooks = flag({
	displayName: 'Watch the Webhooks',
	name: 'watchWebhooks',
	default: false,
	description:
		'Whether to start the workflow only for events that the DoorFlow Trigger of the same workflow should have got and never did: once with webhooksSilent, then with the events. Use it beside a DoorFlow Trigger.',
});

const handOverMissed = flag({
	displayName: 'Hand Over Missed Events',
	name: 'handOverMissed',
	default: true,
	displayOptions: { show: { watchWebhooks: [true] } },
	description:
		'Whether the events that no webhook brought start the workflow, too, each as the DoorFlow Trigger would have given it, with the source poll',
});

const lookBackMinutes = amount(
	{
		displayName: 'Look Back (Minutes)',
		name: 'lookBackMinutes',
		default: 240,
		description:
			'How late a door may report an event so that it still starts the workflow. Each poll looks at the last 15 minutes again, and one in 15 minutes looks back this far.',
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
		'Choose the same events and filters here as in the DoorFlow Trigger of this workflow. What that one gets does not start the workflow again. An event counts as missed when two polls have passed since it happened.',
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
