import type { IDataObject } from 'n8n-workflow';

import { collection, flag, keyText, notice } from '../../../shared/field';
import { badInput } from '../../../shared/problem';
import type { Call } from '../../call';
import { eventCodesField, watchedDoors } from '../../fields';

const ruleName = keyText({
	displayName: 'Name',
	name: 'name',
	default: '',
	required: true,
	placeholder: 'e.g. Forced doors at night',
});

const callbackUrl = keyText({
	displayName: 'Callback URL',
	name: 'callbackUrl',
	default: '',
	required: true,
	placeholder: 'e.g. https://example.com/hook',
	description: 'The address that DoorFlow calls when one of the events happens. It must start with https://.',
});

const eventCodes = eventCodesField({
	required: true,
	description: "DoorFlow's event codes, separated by commas: 32 is a forced door, 33 a door held open",
});

const active = flag(
	{
		displayName: 'Active',
		name: 'active',
		default: true,
		description: 'Whether the rule is active',
	},
	'stays',
);

const moreFields = collection(
	{ displayName: 'Additional Fields', name: 'additionalFields', placeholder: 'Add Field' },
	[active, watchedDoors],
);

export const ruleFields = [
	notice(
		'unsignedNotice',
		'DoorFlow does not say whether it signs these calls. If a workflow acts on events, use the DoorFlow Trigger, which checks every call.',
	),
	ruleName,
	callbackUrl,
	eventCodes,
	moreFields,
] as const;

/**
 * A rule as DoorFlow takes it. Without doors, it is for all of them; `active` is there only when it was added.
 *
 * @throws DoorFlowError when a field is empty or can't be read
 */
export function ruleBody(call: Call): IDataObject {
	const callback = call.need(callbackUrl);
	if (!URL.canParse(callback) || new URL(callback).protocol !== 'https:') {
		throw badInput(
			'Callback URL does not start with https://',
			'DoorFlow only calls encrypted addresses. Enter one that starts with https://.',
		);
	}
	const codes = call.need(eventCodes);
	const isActive = call.readIn(moreFields, active);
	const doors = call.readIn(moreFields, watchedDoors);
	if (doors === undefined && call.parameters.isAdded(moreFields, watchedDoors)) {
		throw badInput(
			'You added the field for doors but chose no door',
			'Choose doors, or remove the field so that the rule watches all doors.',
		);
	}
	return {
		name: call.need(ruleName),
		call_back_url: callback,
		match_event_codes: codes,
		...(isActive === undefined ? {} : { active: isActive }),
		...(doors === undefined ? {} : { match_controller_ids: doors }),
	};
}
