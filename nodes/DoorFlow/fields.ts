import type { INodeProperties } from 'n8n-workflow';

import type { ListName } from '../shared/lists';
import { amount, collection, flag, idField, idsField, shownAs, time, type Field } from '../shared/field';

interface Pick {
	readonly name: string;
	readonly displayName: string;
	readonly description: string;
	/** The picker's method, see pickers.ts. */
	readonly search: string;
	readonly placeholder: string;
	/** The form of an id: all of DoorFlow's are whole numbers, but for credentials. */
	readonly id: 'hashid' | 'number';
	/** The list whose names are taken as well. */
	readonly named?: ListName;
}

const ID_FORM = {
	number: {
		regex: '^\\s*[1-9][0-9]{0,17}\\s*$',
		errorMessage: 'DoorFlow IDs are whole numbers, such as 12345',
	},
	hashid: {
		regex: '^\\s*[A-Za-z0-9_-]{1,64}\\s*$',
		errorMessage: 'A credential ID consists of letters and digits, such as nbYfy7',
	},
};

function pick({ name, displayName, description, search, placeholder, id, named }: Pick): Field<string> {
	const panel: INodeProperties = {
		displayName,
		name,
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		required: true,
		description,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: `Select a ${displayName.toLowerCase()}…`,
				typeOptions: { searchListMethod: search, searchable: true },
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder,
				// A name can be any text.
				...(named ? {} : { validation: [{ type: 'regex', properties: ID_FORM[id] }] }),
			},
		],
	};
	return idField(panel, displayName.toLowerCase(), id, { named });
}

export const personId = pick({
	name: 'personId',
	displayName: 'Person',
	description: 'The person by ID, a whole number. A name is not enough: Person → Get Many returns the ID.',
	search: 'searchPeople',
	placeholder: 'e.g. 12345',
	id: 'number',
});

export const credentialId = pick({
	name: 'credentialId',
	displayName: 'Credential',
	description:
		'The PIN, card or mobile credential of the person chosen above, by ID. Credential → Get Many returns the ID (letters and digits). It is not the PIN or card number itself.',
	search: 'searchCredentials',
	placeholder: 'e.g. nbYfy7',
	id: 'hashid',
});

export const credentialTypeId = pick({
	name: 'credentialTypeId',
	displayName: 'Credential Type',
	description:
		'PIN, card or mobile: each account has its own list. By ID or by exact name; Credential Type → Get Many returns both.',
	search: 'searchCredentialTypes',
	placeholder: 'e.g. 6, or PIN',
	id: 'number',
	named: 'credentialTypes',
});

export const channelId = pick({
	name: 'channelId',
	displayName: 'Door',
	description:
		'The door by ID (DoorFlow calls it a channel) or by its exact name. Door → Get Many returns both.',
	search: 'searchDoors',
	placeholder: 'e.g. 1340, or Main Entrance',
	id: 'number',
	named: 'doors',
});

export const reservationId = pick({
	name: 'reservationId',
	displayName: 'Reservation',
	description: 'The reservation by ID. The list shows current and future ones.',
	search: 'searchReservations',
	placeholder: 'e.g. 77',
	id: 'number',
});

export const groupReservationId = pick({
	name: 'groupReservationId',
	displayName: 'Group Reservation',
	description: 'The group reservation by ID. The list shows current and future ones.',
	search: 'searchGroupReservations',
	placeholder: 'e.g. 77',
	id: 'number',
});

export const notificationRuleId = pick({
	name: 'notificationRuleId',
	displayName: 'Notification Rule',
	description: 'The rule by ID, a whole number. Notification Rule → Get Many returns it.',
	search: 'searchNotificationRules',
	placeholder: 'e.g. 12',
	id: 'number',
});

export const siteId = pick({
	name: 'siteId',
	displayName: 'Site',
	description: 'Only what belongs to this site',
	search: 'searchSites',
	placeholder: 'e.g. 3, or Head Office',
	id: 'number',
	named: 'sites',
});

/**
 * One group.
 *
 * @param name of the field
 */
export const groupField = (name: string, displayName: string, description: string): Field<string> =>
	pick({
		name,
		displayName,
		description,
		search: 'searchGroups',
		placeholder: 'e.g. 7, or Visitors',
		id: 'number',
		named: 'groups',
	});

/** A site to narrow a list down to, inside a collection of filters. */
export const siteFilter: Field<string> = shownAs(siteId, { required: false });

interface PickMany {
	readonly name: string;
	readonly displayName: string;
	/** As in "door". */
	readonly thing: string;
	readonly description: string;
	/** The method that fills the list, see pickers.ts. */
	readonly load: string;
	readonly required?: boolean;
	/** Where the list as a whole is set, so that an empty one that an expression gives is a value. */
	readonly replaces?: true;
	/** The list whose names are taken as well. */
	readonly named?: ListName | undefined;
}

function pickMany({
	name,
	displayName,
	thing,
	description,
	load,
	required,
	replaces,
	named,
}: PickMany): Field<number[]> {
	const panel: INodeProperties = {
		displayName,
		name,
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: load },
		default: [],
		...(required ? { required } : {}),
		description: `${description}. Choose from the list, or specify ${named ? 'names or IDs' : 'IDs'} using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.`,
	};
	return idsField(panel, thing, { replaces, named });
}

const DOORS = {
	name: 'channelIds',
	displayName: 'Door Names or IDs',
	thing: 'door',
	load: 'loadDoors',
	named: 'doors',
} as const;
const GROUPS = {
	name: 'groupIds',
	displayName: 'Group Names or IDs',
	thing: 'group',
	load: 'loadGroups',
	named: 'groups',
} as const;

export const channelIds = pickMany({
	...DOORS,
	description: 'The doors to give access to. An empty choice never means all doors',
	required: true,
});

export const entryDoors = pickMany({
	...DOORS,
	name: 'entryChannelIds',
	displayName: 'Entry Door Names or IDs',
	description: 'Anyone who passes one of these doors is in',
	required: true,
});

export const exitDoors = pickMany({
	...DOORS,
	name: 'exitChannelIds',
	displayName: 'Exit Door Names or IDs',
	description:
		'Anyone who passes one of these doors is out. A door with a reader on only one side is not an exit door, because its exit button identifies nobody',
});

export const safeDoors = pickMany({
	...DOORS,
	name: 'safeChannelIds',
	displayName: 'Safe Door Names or IDs',
	description: 'The readers at the assembly point: anyone who uses a card or PIN there is safe',
});

export const channelFilter = pickMany({ ...DOORS, description: 'Only what happened at these doors' });

export const watchedDoors = pickMany({
	...DOORS,
	description: 'The doors that the rule watches. Without this field, it watches all',
});

/**
 * DoorFlow's numbers of events.
 *
 * @param panel what the operation says of them
 */
export const eventCodesField = (panel: { readonly description: string; readonly required?: true }) =>
	idsField(
		{
			displayName: 'Event Codes',
			name: 'eventCodes',
			type: 'string',
			default: '',
			placeholder: 'e.g. 32, 33',
			...panel,
		},
		'event code',
	);

/** The same for a trigger, which asks for no list of names before it looks at an event. */
export const triggerDoors = pickMany({
	...DOORS,
	named: undefined,
	description: 'Only what happened at these doors',
});

export const groupFilter = pickMany({
	...GROUPS,
	named: undefined,
	description: 'Only what people in these groups do',
});

export const personFilter = pickMany({
	name: 'personIds',
	displayName: 'Person Names or IDs',
	thing: 'person',
	description: 'Only what these people do',
	load: 'loadPeople',
});

/** The groups that somebody gets for a time. */
export const bookedGroups = pickMany({
	...GROUPS,
	description: 'The groups decide which doors the person can open',
	required: true,
});

export const addedGroups = pickMany({
	...GROUPS,
	description: 'The groups to add the person to',
	required: true,
});

export const removedGroups = pickMany({
	...GROUPS,
	description: 'The groups to remove the person from. An empty choice never means all groups',
	required: true,
});

/** The groups that a list of people decides. */
export const ownedGroupIds: Field<number[]> = {
	...pickMany({
		name: 'ownedGroupIds',
		displayName: 'Groups the List Decides',
		thing: 'group',
		description:
			'Only these groups are added or removed; all others stay. A row with any other group is a conflict',
		load: 'loadGroups',
		named: 'groups',
	}),
	rule: { kind: 'ids', thing: 'group', named: 'groups', permits: true },
};

/** The groups of a person, set as a whole. */
export const groupIds = pickMany({
	...GROUPS,
	description: 'The groups decide which doors the person can open',
	replaces: true,
});

/** The roles of a person, set as a whole. */
export const roleIds = pickMany({
	name: 'roleIds',
	displayName: 'Role Names or IDs',
	thing: 'role',
	description: 'The roles of the person',
	load: 'loadRoles',
	named: 'roles',
	replaces: true,
});

export const returnAll = flag({
	displayName: 'Return All',
	name: 'returnAll',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
});

export const limit = amount(
	{
		displayName: 'Limit',
		name: 'limit',
		default: 50,
		description: 'Max number of results to return',
		displayOptions: { show: { returnAll: [false] } },
	},
	1,
);

/** Return All and Limit, as everywhere in n8n. */
export const listFields = [returnAll, limit] as const;

export const updatedSince = time(
	{
		displayName: 'Updated Since',
		name: 'updatedSince',
		default: '',
		description: 'Only what was changed at this time or later',
	},
	'begins',
);

/** For lists that DoorFlow can narrow down to what changed. */
export const updatedSinceFilters = collection(
	{ displayName: 'Filters', name: 'filters', placeholder: 'Add Filter' },
	[updatedSince],
);

/** For answers of more than ten fields. */
export const simplify = flag({
	displayName: 'Simplify',
	name: 'simplify',
	default: false,
	// A tool has Output instead, which can do the same and more.
	displayOptions: { hide: { '@tool': [true] } },
	description: 'Whether to return a simplified version of the response instead of the raw data',
});
