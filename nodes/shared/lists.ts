import type { IDataObject } from 'n8n-workflow';

import type { Scope } from './permissions';
import { DoorFlowError } from './problem';

/** A list of DoorFlow. */
export interface List {
	readonly path: string;
	/** What it holds, as in "list doors". */
	readonly what: string;
	/** DoorFlow: the scope that reading it needs. Undefined where the request says so itself. */
	readonly permission?: Scope;
	/** How many entries DoorFlow gives a page at most; undefined where the list knows no pages. */
	readonly perPage?: number;
	/** The query parameter for that. Default: `per_page`. */
	readonly perPageName?: 'n' | 'per_page';
}

/** A list whose entries are shown in pickers and messages. */
export interface NamedList extends List {
	/** What an entry is called; empty where it has no name. */
	readonly name: (entry: IDataObject) => string;
}

/**
 * A value of an entry as text; empty for what is neither text nor number.
 *
 * @param value of any field
 */
export const textOf = (value: unknown): string =>
	typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** IDs of people, groups or doors, which DoorFlow gives as numbers; none for what is no list. */
export const idsOf = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : []);

/** First and last name; empty for a record without. */
export const fullName = (person: IDataObject): string =>
	`${textOf(person.first_name)} ${textOf(person.last_name)}`.trim();

function personName(person: IDataObject): string {
	const name = fullName(person) || `Person ${textOf(person.id)}`;
	const apart = textOf(person.email) || textOf(person.system_id) || textOf(person.department);
	return `${name}${apart ? ` (${apart})` : ''}${person.enabled === false ? ' – disabled' : ''}`;
}

/** Only the end of a value is shown: enough to tell cards apart, too little to use one. */
function credentialName(credential: IDataObject): string {
	const value = textOf(credential.value);
	const masked = value === '' ? textOf(credential.status) : `••${value.length > 4 ? value.slice(-2) : ''}`;
	return `${textOf(credential.label) || 'Credential'}${masked ? ` (${masked})` : ''}`;
}

const minute = (time: unknown): string => textOf(time).slice(0, 16).replace('T', ' ');
const bookingName = (booking: IDataObject): string =>
	`Person ${textOf(booking.person_id)}: ${minute(booking.start_time)} – ${minute(booking.end_time)}`;
const ownName = (entry: IDataObject): string => textOf(entry.name);

/** Every list that DoorFlow's API description has, with the scope and page size that it says. */
export const LISTS = {
	credentials: {
		path: '/api/3/credentials',
		what: 'credentials',
		permission: 'account.person.readonly',
		perPage: 500,
		name: credentialName,
	},
	credentialTypes: {
		path: '/api/3/credential_types',
		what: 'credential types',
		permission: 'account.credential_type.readonly',
		perPage: 500,
		name: (type) => textOf(type.label) || textOf(type.slug),
	},
	doors: {
		path: '/api/3/channels',
		what: 'doors',
		permission: 'account.channel.readonly',
		perPage: 1000,
		name: ownName,
	},
	events: {
		path: '/api/3/events',
		what: 'events',
		permission: 'account.event.access.readonly',
		perPage: 1000,
		perPageName: 'n',
		name: (event) => textOf(event.event_label),
	},
	groups: {
		path: '/api/3/groups',
		what: 'groups',
		permission: 'account.group.readonly',
		name: ownName,
	},
	groupReservations: {
		path: '/api/3/group_reservations',
		what: 'group reservations',
		permission: 'account.group_reservation.readonly',
		perPage: 500,
		name: (booking) => `${bookingName(booking)} (${textOf(booking.state)})`,
	},
	notificationRules: {
		path: '/api/3/notification_rules',
		what: 'notification rules',
		permission: 'account.notification_rule.readonly',
		name: (rule) => `${textOf(rule.name)}${rule.active === false ? ' – off' : ''}`,
	},
	people: {
		path: '/api/3/people',
		what: 'people',
		permission: 'account.person.readonly',
		perPage: 100,
		name: personName,
	},
	reservations: {
		path: '/api/3/reservations',
		what: 'reservations',
		permission: 'account.reservation.readonly',
		perPage: 500,
		name: bookingName,
	},
	roles: {
		path: '/api/3/roles',
		what: 'roles',
		permission: 'account.role.readonly',
		name: ownName,
	},
	sites: {
		path: '/api/3/sites',
		what: 'sites',
		permission: 'account.site.readonly',
		perPage: 500,
		name: ownName,
	},
} as const satisfies Record<string, NamedList>;

/** Pages asked for at the same time where the rest waits for them, and nothing else is under way. */
export const MANY_PAGES_AT_ONCE = 10;

export type ListName = keyof typeof LISTS;

/**
 * The credentials of one person.
 *
 * @param person the person's id, checked to be one
 */
export const credentialsOf = (person: string): NamedList => ({
	...LISTS.credentials,
	path: `/api/3/people/${person}/credentials`,
});

/**
 * For names that are only shown beside ids: without the permission to read them there are none.
 *
 * @param error of reading a list
 * @throws the error, if it is about anything else
 */
export function noneIfForbidden(error: unknown): IDataObject[] {
	if (error instanceof DoorFlowError && error.problem.kind === 'permission') return [];
	throw error;
}

/** The same where it counts whether there are none or nobody may know. @throws the error, if it is about anything else */
export function unknownIfForbidden(error: unknown): undefined {
	noneIfForbidden(error);
	return undefined;
}
