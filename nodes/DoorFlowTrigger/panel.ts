import { EVENT_OPTIONS } from '../shared/eventCatalogue';
import { amount, choice, collection, flag, notice, type PanelField } from '../shared/field';
import type { Rules } from '../shared/lives';
import type { Parameters } from '../shared/parameters';
import type { Scope } from '../shared/permissions';
import { DoorFlowError, type Problem } from '../shared/problem';
import { includeSecrets } from '../shared/secretsField';
import {
	eventsField,
	ignoreOlderThanMinutes,
	leftOutOf,
	neededToTell,
	oncePerDay,
	triggerFilters,
	wantedOf,
	type LeftOut,
	type Wanted,
} from '../shared/triggerFields';

const events = eventsField(EVENT_OPTIONS, 'Which events start the workflow. If you choose none, all do.');

const outputMode = choice(
	{
		displayName: 'Output',
		name: 'outputMode',
		default: 'single',
		description: 'Whether all events leave by one output, or each category by its own',
	},
	[
		{ name: 'One for All Events', value: 'single' },
		{
			name: 'One per Category',
			value: 'perCategory',
			description: 'Granted, Denied, Door, Credential and Other',
		},
	],
);

const acknowledge = choice(
	{
		displayName: 'Acknowledge',
		name: 'acknowledge',
		default: 'automatic',
		description: 'When to tell DoorFlow that the event was handled, so that it stops sending it',
	},
	[
		{ name: 'Automatically', value: 'automatic', description: 'As soon as n8n has stored the run' },
		{
			name: 'With Event → Acknowledge',
			value: 'manual',
			description:
				'When a DoorFlow node at the end of the workflow says so. If the workflow fails before that, DoorFlow sends the event again.',
		},
	],
);

const combineWhenBusy = flag({
	displayName: 'Combine When Busy',
	name: 'combineWhenBusy',
	default: true,
	description:
		'Whether to start one run with several items when events arrive faster than n8n can run the workflow. If off, each request starts its own run, and a burst takes about twice as long.',
});

const confirmWithinSeconds = amount(
	{
		displayName: 'Confirm Within (Seconds)',
		name: 'confirmWithinSeconds',
		default: 300,
		description:
			'How long the workflow may take to run Event → Acknowledge. After that, the next delivery of the event starts the workflow again. A time shorter than Tolerance in Seconds counts as that long. Only applies if you acknowledge with Event → Acknowledge.',
	},
	5,
);

const deduplicate = flag({
	displayName: 'Deduplicate',
	name: 'deduplicate',
	default: true,
	description: 'Whether an event that DoorFlow sends again starts the workflow only once',
});

const toleranceSeconds = amount(
	{
		displayName: 'Tolerance in Seconds',
		name: 'toleranceSeconds',
		default: 300,
		description: 'How far the clocks of DoorFlow and n8n may differ. Older requests are rejected.',
	},
	1,
);

const options = collection({ displayName: 'Options', name: 'options', placeholder: 'Add option' }, [
	combineWhenBusy,
	confirmWithinSeconds,
	deduplicate,
	ignoreOlderThanMinutes,
	includeSecrets,
	oncePerDay,
	toleranceSeconds,
]);

export const PANEL: readonly PanelField[] = [
	notice(
		'webhookNotice',
		'Unfold Webhook URLs above, choose Production URL (not the Test URL), and copy it into your application in <a href="https://developer.doorflow.com" target="_blank">DoorFlow\'s developer portal</a>. Then publish the workflow (n8n 1: activate it). To test, open a door, or send a test event in the portal. Execute step listens at the Test URL instead: while you use it, enter that one in the portal. An application has only one webhook URL. If several workflows need events, import the example <a href="https://github.com/n8n-nodes-doorflow/n8n-nodes-doorflow/blob/main/examples/event-router.json" target="_blank">Event router</a>, which starts the others, or use DoorFlow Polling Triggers, which need no URL. Requests that DoorFlow didn\'t sign are rejected.',
	),
	events,
	outputMode,
	triggerFilters,
	acknowledge,
	options,
];

/** What the panel says, read once a webhook or run. */
export interface Panel {
	readonly wanted: Wanted;
	readonly leftOut: LeftOut;
	readonly includeSecrets: boolean;
	readonly perCategory: boolean;
	/** Whether the workflow itself confirms an event. */
	readonly manual: boolean;
	readonly combineWhenBusy: boolean;
	/**
	 * With manual acknowledgement: an event that was not confirmed by then starts the workflow again. At least as long as
	 * the tolerance, or a captured request could be used for that.
	 */
	readonly confirmWithinMs: number;
	readonly deduplicate: boolean;
	readonly toleranceSeconds: number;
}

/** What the panel says about events that come again. */
export const rulesOf = ({ deduplicate, manual, confirmWithinMs }: Panel): Rules => ({
	deduplicate,
	confirmMs: manual ? confirmWithinMs : undefined,
});

/**
 * Reads the panel. A value that can't be read is a problem: nothing is filtered, or left unfiltered, by a guess.
 *
 * @param parameters of the webhook, the run, or the activation
 */
export function readPanel(parameters: Parameters): Panel | { readonly problem: Problem } {
	try {
		const toleranceS = parameters.settingIn(options, toleranceSeconds);
		return {
			wanted: wantedOf(parameters, events),
			leftOut: leftOutOf(parameters, options),
			includeSecrets: parameters.settingIn(options, includeSecrets),
			perCategory: parameters.setting(outputMode) === 'perCategory',
			manual: parameters.setting(acknowledge) === 'manual',
			combineWhenBusy: parameters.settingIn(options, combineWhenBusy),
			confirmWithinMs: Math.max(parameters.settingIn(options, confirmWithinSeconds), toleranceS) * 1000,
			deduplicate: parameters.settingIn(options, deduplicate),
			toleranceSeconds: toleranceS,
		};
	} catch (error) {
		if (error instanceof DoorFlowError) return { problem: error.problem };
		const said = error instanceof Error ? error.message : String(error);
		return {
			problem: {
				kind: 'unexpected',
				message: said,
				description: 'Open the DoorFlow Trigger and correct the expression that the message names.',
			},
		};
	}
}

/** All permissions that the trigger needs as it is set. */
export const neededBy = ({ wanted }: Pick<Panel, 'wanted'>): Scope[] =>
	neededToTell(
		wanted,
		EVENT_OPTIONS.map(({ value }) => value),
	);
