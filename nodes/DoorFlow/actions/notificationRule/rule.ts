import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { badInput } from '../../../shared/problem';
import { asFlag, asIds, type Call } from '../../call';
import { notice, watchedDoors } from '../../fields';

export const ruleFields: readonly INodeProperties[] = [
	notice(
		'unsignedNotice',
		'DoorFlow does not say that the calls of notification rules are signed. For workflows that act on them, use the DoorFlow Trigger, which checks every call.',
	),
	{
		displayName: 'Name',
		name: 'name',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. Forced doors at night',
	},
	{
		displayName: 'Callback URL',
		name: 'callbackUrl',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. https://example.com/hook',
		description: 'DoorFlow calls this address when one of the events happens. It must start with https://.',
	},
	{
		displayName: 'Event Codes',
		name: 'eventCodes',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 32, 33',
		description:
			"DoorFlow's numbers of the events, separated by commas: 32 is a forced door, 33 one held open",
	},
	{
		displayName: 'Additional Fields',
		name: 'additionalFields',
		type: 'collection',
		placeholder: 'Add Field',
		default: {},
		options: [
			{
				displayName: 'Active',
				name: 'active',
				type: 'boolean',
				default: true,
				description: 'Whether the rule is in force',
			},
			watchedDoors,
		],
	},
];

/**
 * A rule as DoorFlow takes it.
 *
 * @throws DoorFlowError when a field is empty or can't be read
 */
export function ruleBody(call: Call): IDataObject {
	const callback = call.text('callbackUrl', 'Callback URL');
	if (!URL.canParse(callback) || new URL(callback).protocol !== 'https:') {
		throw badInput(
			'Callback URL is no address that starts with https://',
			'DoorFlow allows encrypted connections only.',
		);
	}
	const codes = asIds(call.raw('eventCodes', ''), 'Event Code');
	if (codes.length === 0) {
		throw badInput('No event code is given', 'Give at least one, such as 32 for forced doors.');
	}
	const { active, channelIds } = call.collection('additionalFields');
	const doors = asIds(channelIds, 'Door');
	if (channelIds !== undefined && doors.length === 0) {
		throw badInput(
			'The field for doors was added, but no door is chosen',
			'Choose doors, or take the field away to make the rule for all doors.',
		);
	}
	return {
		name: call.text('name', 'Name'),
		call_back_url: callback,
		match_event_codes: codes,
		...(active === undefined ? {} : { active: asFlag(active, 'Active') }),
		...(doors.length === 0 ? {} : { match_controller_ids: doors }),
	};
}
