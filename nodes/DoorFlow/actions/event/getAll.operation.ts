import { codesOfEvent, DOOR_EVENT_OPTIONS } from '../../../shared/eventCatalogue';
import { choice, flag, keyText, namesField, time } from '../../../shared/field';
import { LISTS } from '../../../shared/lists';
import { badInput } from '../../../shared/problem';
import { toDoorFlowTime } from '../../../shared/time';
import { channelFilter, eventCodesField, listFields, simplify } from '../../fields';
import { filters } from '../listOperation';
import type { Operation } from '../operation';
import { EVENT } from './output';

/** DoorFlow: these codes can't be asked for, although they happen. */
const NOT_LISTED = (code: number): boolean => code >= 50 && code <= 63;

const eventCodes = eventCodesField({
	description: "DoorFlow's event codes, separated by commas, in addition to the events chosen by name",
});

const eventTypes = namesField(
	{
		displayName: 'Events',
		name: 'eventTypes',
		default: [],
		description: 'Which events to list. If you choose none, you get who was let in or refused.',
	},
	DOOR_EVENT_OPTIONS.filter(({ value }) => value !== 'remoteControl'),
);

const firstName = keyText({
	displayName: 'First Name',
	name: 'firstName',
	default: '',
	placeholder: 'e.g. Nathan',
});

const includeStatus = flag({
	displayName: 'Include Status Events',
	name: 'includeStatus',
	default: false,
	description: 'Whether to list door status events, too',
});

const lastName = keyText({
	displayName: 'Last Name',
	name: 'lastName',
	default: '',
	placeholder: 'e.g. Smith',
});

const since = time(
	{ displayName: 'Since', name: 'since', default: '', description: 'Events at this time or later' },
	'begins',
);

const narrowing = filters([channelFilter, eventCodes, eventTypes, firstName, includeStatus, lastName, since]);

const sort = choice(
	{ displayName: 'Sort', name: 'sort', default: 'DESC', description: 'The order of the events' },
	[
		{ name: 'Newest First', value: 'DESC' },
		{ name: 'Oldest First', value: 'ASC' },
	],
);

export const getAll: Operation = {
	name: 'getAll',
	displayName: 'Get Many',
	action: 'Get many events',
	description: 'List what happened at the doors, in the last 90 days unless Since says otherwise',
	permission: LISTS.events.permission,
	fields: [...listFields, simplify, narrowing, sort],
	answer: EVENT,
	secrets: 'read',
	prepare(call) {
		const names = call.readIn(narrowing, eventTypes) ?? [];
		const more = call.readIn(narrowing, eventCodes) ?? [];
		const codes = [...new Set([...names.flatMap(codesOfEvent).filter((code) => !NOT_LISTED(code)), ...more])];
		if (names.length > 0 && codes.length === 0) {
			throw badInput('DoorFlow cannot list the chosen events', 'Choose other events, or enter their codes.');
		}
		const from = call.readIn(narrowing, since);
		const query = {
			event_codes: codes.length > 0 ? codes : undefined,
			channels: call.readIn(narrowing, channelFilter),
			first_name: call.readIn(narrowing, firstName),
			last_name: call.readIn(narrowing, lastName),
			since: from && toDoorFlowTime(from),
			level: call.readIn(narrowing, includeStatus) ? 'debug' : undefined,
			sort: call.setting(sort),
		};
		return async () => await call.list(LISTS.events, { query });
	},
};
