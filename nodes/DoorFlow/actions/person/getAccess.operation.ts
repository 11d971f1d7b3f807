import type { IDataObject } from 'n8n-workflow';

import { amount, choice, shownAs } from '../../../shared/field';
import { hint } from '../../../shared/hint';
import { fullName, LISTS, textOf } from '../../../shared/lists';
import { DAY_MS } from '../../../shared/time';
import type { Call } from '../../call';
import { groupField, limit, personId, returnAll } from '../../fields';
import type { Answer, Operation } from '../operation';
import { DEFAULT_MARK, isMarked } from '../visitor/mark';
import type { Held } from '../visitor/held';
import { namesOf, withNames } from '../visitor/output';
import {
	credentialsSeen,
	KINDS,
	lastSeen,
	lastSeenByName,
	openBookings,
	type LastSeen,
	type Seen,
} from './accessReading';
import { flagsOf, isStanding, type Access, type Review } from './accessRules';
import { membershipOf, readPersonById } from './groups';

/** How far events are read back, in days, unless Dormant After asks for more. */
const LOOK_BACK_DAYS = 365;

const REVIEWED: Answer = {
	all: [
		'personId',
		'name',
		'enabled',
		'validFrom',
		'validTo',
		'groups',
		'roles',
		'bookings',
		'credentials',
		'lastEvent',
		'standing',
		'flags',
	],
	simple: ['personId', 'name', 'enabled', 'validTo', 'groups', 'bookings', 'lastEvent', 'standing', 'flags'],
};

const scope = choice(
	{
		displayName: 'Whose Access',
		name: 'scope',
		default: 'person',
		required: true,
		description: 'Whose access to show',
	},
	[
		{ name: 'One Person', value: 'person' },
		{ name: 'People of a Group', value: 'group' },
		{ name: 'Everybody', value: 'all' },
	],
);

const who = shownAs(personId, { displayOptions: { show: { scope: ['person'] } } });

const groupId = shownAs(groupField('groupId', 'Group', 'Everybody who is in this group now'), {
	displayOptions: { show: { scope: ['group'] } },
});

const dormantDays = amount(
	{
		displayName: 'Dormant After (Days)',
		name: 'dormantDays',
		default: 90,
		description: 'People who were not let in for this many days are flagged as dormant',
	},
	1,
	3650,
);

const several = { scope: ['group', 'all'] };
const [allOfThem, upTo] = [
	shownAs(returnAll, { displayOptions: { show: several } }),
	shownAs(limit, { displayOptions: { show: { ...several, returnAll: [false] } } }),
] as const;

/** What is kept of a person: nothing else is needed, and there may be many. */
const KEPT = [
	'id',
	'first_name',
	'last_name',
	'enabled',
	'valid_from',
	'valid_to',
	'created_at',
	'groups',
	'roles',
	DEFAULT_MARK.to,
];

const slim = (person: IDataObject): IDataObject =>
	Object.fromEntries(KEPT.map((name) => [name, person[name] ?? null]));

export const getAccess: Operation = {
	name: 'getAccess',
	displayName: 'Get Access',
	action: 'Review the access of people',
	description:
		'Get an access review: who may enter, until when and with what, when they last did, and what to check',
	permission: LISTS.people.permission,
	alsoNeeds: [
		{ permission: LISTS.events.permission },
		{ permission: LISTS.groupReservations.permission },
		{ permission: LISTS.reservations.permission },
	],
	reads: [LISTS.groups.permission, LISTS.roles.permission, LISTS.credentialTypes.permission],
	answer: REVIEWED,
	fields: [scope, who, groupId, dormantDays, allOfThem, upTo],
	prepare(call) {
		const of = call.setting(scope);
		const id = of === 'all' ? undefined : call.need(of === 'person' ? who : groupId);
		const days = call.setting(dormantDays);
		const most = of === 'person' || call.setting(returnAll) ? undefined : call.setting(limit);
		return async () => {
			const now = Date.now();
			const review: Review = {
				now,
				since: now - Math.max(days, LOOK_BACK_DAYS) * DAY_MS,
				dormantDays: days,
			};
			if (of === 'person') return await onePerson(call, String(id), review);
			const people = await call.readList(LISTS.people, {
				limit: most,
				...(of === 'group' ? { where: (one) => membershipOf(one).groups.includes(Number(id)) } : {}),
				slim,
			});
			if (people.length === 0) {
				if (of === 'group')
					hint(call.context, `Nobody is in the group with ID ${id}. Check that the group still exists.`);
				return [];
			}
			const [credentials, events] = [
				await credentialsSeen(call),
				await lastSeen(call, review.since, new Set(people.map((person) => textOf(person.id)))),
			];
			return await rowsOf(call, people, credentials, events, review);
		};
	},
};

/** For many items with one person each, everything is read once as well. */
async function onePerson(call: Call, id: string, review: Review): Promise<IDataObject[]> {
	const person = slim(await readPersonById(call, id));
	const isAlone = call.context.getInputData().length === 1;
	const credentials = await credentialsSeen(call, isAlone ? id : undefined);
	const events = isAlone
		? await lastSeenByName(call, review.since, person)
		: await call.api.once(
				`last events of the last ${Math.round((review.now - review.since) / DAY_MS)} days`,
				async () => await lastSeen(call, review.since),
			);
	return await rowsOf(call, [person], credentials, events, review);
}

async function rowsOf(
	call: Call,
	people: readonly IDataObject[],
	credentials: ReadonlyMap<string, Seen[]>,
	events: ReadonlyMap<string, LastSeen>,
	review: Review,
): Promise<IDataObject[]> {
	const groupNames = await namesOf(call, 'groups');
	const roleNames = await namesOf(call, 'roles');
	const groupBookings = await openBookings(call, KINDS.groups);
	const doorBookings = await openBookings(call, KINDS.doors);
	return people.map((person) => {
		const id = textOf(person.id);
		const { groups, roles } = membershipOf(person);
		const [inGroups, atDoors] = [groupBookings.get(id) ?? [], doorBookings.get(id) ?? []];
		const own = credentials.get(id) ?? [];
		const last = events.get(id);
		const access: Access = {
			enabled: person.enabled !== false,
			validTo: timeOf(person.valid_to),
			createdAt: timeOf(person.created_at),
			hasMark: isMarked(person, DEFAULT_MARK),
			groups,
			roles: roles.length,
			credentials: own.length,
			activeGroups: inGroups.filter(({ isActive }) => isActive).flatMap(({ targets }) => targets),
			openReservations: atDoors.length,
			lastAdmitted: last?.admitted ?? null,
		};
		return {
			personId: person.id,
			name: fullName(person),
			enabled: access.enabled,
			validFrom: person.valid_from,
			validTo: person.valid_to,
			groups: withNames(groups, groupNames),
			roles: withNames(roles, roleNames),
			bookings: [
				...inGroups.map((one) => bookingOf('groupReservation', one)),
				...atDoors.map((one) => bookingOf('reservation', one)),
			],
			credentials: own as unknown as IDataObject[],
			lastEvent: last ? { at: last.at, door: last.door, event: last.event } : null,
			standing: isStanding(access),
			flags: flagsOf(access, review),
		};
	});
}

function timeOf(value: unknown): number | null {
	const time = Date.parse(textOf(value));
	return Number.isNaN(time) ? null : time;
}

const bookingOf = (kind: string, { row, targets }: Held): IDataObject => ({
	kind,
	id: row.id,
	start: row.start_time,
	end: row.end_time,
	ids: [...targets],
});
