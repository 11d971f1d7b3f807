import { codesOfEvent, DOOR_EVENT_OPTIONS } from '../../../shared/eventCatalogue';
import { LISTS } from '../../../shared/lists';
import { badInput } from '../../../shared/problem';
import { asIds } from '../../call';
import { channelFilter, listFields, simplify } from '../../fields';
import { filters } from '../listOperation';
import type { Operation } from '../operation';

const SIMPLE = [
	'id',
	'event_code',
	'event_label',
	'channel_id',
	'channel_name',
	'person_id',
	'person_name',
	'created_at',
];

/** DoorFlow: these codes can't be asked for, although they happen. */
const NOT_LISTED = (code: number): boolean => code >= 50 && code <= 63;

export const getAll: Operation = {
	name: 'getAll',
	displayName: 'Get Many',
	action: 'Get many events',
	description: 'List what happened at the doors, of the last 90 days unless Since says otherwise',
	permission: LISTS.events.permission,
	fields: [
		...listFields,
		simplify,
		filters([
			channelFilter,
			{
				displayName: 'Event Codes',
				name: 'eventCodes',
				type: 'string',
				default: '',
				placeholder: 'e.g. 32, 33',
				description: "DoorFlow's numbers, separated by commas, in addition to the events chosen by name",
			},
			{
				displayName: 'Events',
				name: 'eventTypes',
				type: 'multiOptions',
				options: DOOR_EVENT_OPTIONS.filter(({ value }) => value !== 'remoteControl'),
				default: [],
				description: 'What happened. None chosen means who was let in or refused.',
			},
			{
				displayName: 'First Name',
				name: 'firstName',
				type: 'string',
				default: '',
				placeholder: 'e.g. Nathan',
			},
			{
				displayName: 'Include Status Events',
				name: 'includeStatus',
				type: 'boolean',
				default: false,
				description: 'Whether to list what the doors say about themselves, too',
			},
			{
				displayName: 'Last Name',
				name: 'lastName',
				type: 'string',
				default: '',
				placeholder: 'e.g. Smith',
			},
			{
				displayName: 'Since',
				name: 'since',
				type: 'dateTime',
				default: '',
				description: 'Events at this time or later',
			},
		]),
		{
			displayName: 'Sort',
			name: 'sort',
			type: 'options',
			options: [
				{ name: 'Newest First', value: 'DESC' },
				{ name: 'Oldest First', value: 'ASC' },
			],
			default: 'DESC',
			description: 'The order of the events',
		},
	],
	async run(call) {
		const given = call.collection('filters');
		const names = Array.isArray(given.eventTypes) ? given.eventTypes.map(String) : [];
		const codes = [
			...new Set([
				...names.flatMap(codesOfEvent).filter((code) => !NOT_LISTED(code)),
				...asIds(given.eventCodes, 'Event Code'),
			]),
		];
		if (names.length > 0 && codes.length === 0) {
			throw badInput('DoorFlow can not list the chosen events', 'Choose other events, or give their codes.');
		}
		const doors = asIds(given.channelIds, 'Door');
		const events = await call.list(LISTS.events, {
			query: {
				event_codes: codes.length > 0 ? codes : undefined,
				channels: doors.length > 0 ? doors : undefined,
				first_name: given.firstName ? String(given.firstName).trim() : undefined,
				last_name: given.lastName ? String(given.lastName).trim() : undefined,
				since: given.since ? call.doorFlowTime(given.since, 'Since') : undefined,
				level: given.includeStatus === true ? 'debug' : undefined,
				sort: call.raw('sort', 'DESC') === 'ASC' ? 'ASC' : 'DESC',
			},
		});
		if (call.raw('simplify', false) !== true) return events;
		return events.map((event) => Object.fromEntries(SIMPLE.map((name) => [name, event[name] ?? null])));
	},
};
