import type { IDataObject } from 'n8n-workflow';

import {
	collection,
	flag,
	nameText,
	recordText,
	shownAs,
	time,
	type Collection,
	type Field,
	type RecordRule,
} from '../../../shared/field';
import { badInput } from '../../../shared/problem';
import { toDoorFlowTime } from '../../../shared/time';
import type { Call } from '../../call';
import { groupIds, roleIds } from '../../fields';
import type { Effect } from '../../effects';
import { photoCheck } from './photo';

/** One field of a person: what the panel shows, and DoorFlow's name for it (undefined for the photo file, which has several). */
interface PersonField {
	readonly field: Field;
	readonly to: string | undefined;
}

const MAX_TEXT = 255;

const text = (
	to: string,
	displayName: string,
	name: string,
	placeholder: string,
	description?: string,
	more: RecordRule = { maxLength: MAX_TEXT },
): PersonField => ({
	to,
	field: recordText(
		{
			displayName,
			name,
			default: '',
			...(placeholder === '' ? {} : { placeholder }),
			...(description === undefined ? {} : { description }),
		},
		more,
	),
});

const name = (displayName: string, key: string, placeholder: string): Field<string> =>
	nameText({ displayName, name: key, default: '', required: true, placeholder }, MAX_TEXT);

export const firstName = name('First Name', 'firstName', 'e.g. Nathan');
export const lastName = name('Last Name', 'lastName', 'e.g. Smith');

/** The same where they may stay as they are. */
export const optionalFirstName = shownAs(firstName, {
	required: false,
	description: 'Needed for a new person',
});
export const optionalLastName = shownAs(lastName, {
	required: false,
	description: 'Needed for a new person',
});

export const enabled = flag(
	{
		displayName: 'Enabled',
		name: 'enabled',
		default: true,
		description: "Whether the person's credentials open doors",
	},
	'stays',
);

export const validFrom = time(
	{
		displayName: 'Valid From',
		name: 'validFrom',
		default: '',
		description:
			"When the person's credentials start to open doors, such as 2027-03-01T09:00. The word none removes the limit.",
	},
	'begins',
	['none'],
);

export const validTo = time(
	{
		displayName: 'Valid To',
		name: 'validTo',
		default: '',
		description:
			"When the person's credentials stop opening doors, such as 2027-03-01T18:00; a date without a time means the end of that day. The word none removes the limit.",
	},
	'ends',
	['none'],
);

export const email = text(
	'email',
	'Email',
	'email',
	'e.g. nathan@example.com',
	'Each address can belong to only one person in the account',
	{ maxLength: MAX_TEXT, form: 'email' },
);
export const systemId = text(
	'system_id',
	'System ID',
	'systemId',
	'e.g. HR-1042',
	"The person's ID in your own system, used to find the person again",
	{ maxLength: MAX_TEXT, form: 'systemId' },
);

const photoFile = recordText({
	displayName: 'Photo: Binary Property',
	name: 'imageBinaryProperty',
	default: '',
	placeholder: 'e.g. data',
	description: 'Name of the input field that holds the photo file, a JPEG or PNG',
});

const firstNameRow: PersonField = { to: 'first_name', field: shownAs(firstName, { required: false }) };
const lastNameRow: PersonField = { to: 'last_name', field: shownAs(lastName, { required: false }) };

/** Everything a person has beside the name: panel, request and documentation are made from this table. */
export const PERSON: readonly PersonField[] = [
	text(
		'barcode',
		'Barcode',
		'barcode',
		'e.g. 4006381333931',
		'Enter it as text, so that long numbers keep all digits',
		{ maxLength: MAX_TEXT, form: 'code' },
	),
	...[1, 2, 3, 4, 5].map((number) =>
		text(
			`custom_${number}`,
			`Custom Field ${number}`,
			`custom${number}`,
			'',
			'One of five fields that your account can use for anything',
			{},
		),
	),
	text('department', 'Department', 'department', 'e.g. Facilities'),
	email,
	{ to: 'enabled', field: enabled },
	{ to: 'group_ids', field: groupIds },
	text('job_title', 'Job Title', 'jobTitle', 'e.g. Electrician'),
	text('mobile', 'Mobile', 'mobile', 'e.g. +441632960123', 'With country code, as in +441632960123'),
	text('notes', 'Notes', 'notes', '', undefined, {}),
	text('organisation_id', 'Organisation ID', 'organisationId', 'e.g. 42', 'A whole number', {
		form: 'wholeNumber',
	}),
	{ to: undefined, field: photoFile },
	text(
		'image_remote_url',
		'Photo: URL',
		'imageRemoteUrl',
		'e.g. https://example.com/nathan.jpg',
		'The address from which DoorFlow fetches the photo',
		{ clearsTo: '' },
	),
	{ to: 'role_ids', field: roleIds },
	text('salutation', 'Salutation', 'salutation', 'e.g. Ms.'),
	systemId,
	text('telephone', 'Telephone', 'telephone', 'e.g. +441632960123'),
	{ to: 'valid_from', field: validFrom },
	{ to: 'valid_to', field: validTo },
];

const panelOf = (rows: readonly PersonField[]): Field[] =>
	[...rows]
		.map(({ field }) => field)
		.sort((one, other) => one.panel.displayName.localeCompare(other.panel.displayName, 'en'));

/** For Create and Create or Update: everything but the name, which has fields of its own. */
export const additionalFields: Collection = collection(
	{ displayName: 'Additional Fields', name: 'additionalFields', placeholder: 'Add Field' },
	panelOf(PERSON),
);

/** For Update: what is added is set, what is not added stays as it is. */
export const updateFields: Collection = collection(
	{
		displayName: 'Update Fields',
		name: 'updateFields',
		placeholder: 'Add Field',
		description:
			'Only the fields you add here are changed, and an empty field stays as it is. To clear a text, use an expression that returns null. A list of groups or roles replaces the existing one.',
	},
	panelOf([...PERSON, firstNameRow, lastNameRow]),
);

/**
 * Checks that what somebody is looked for by is not given once more, with another value, among the additional fields.
 *
 * @returns DoorFlow's name of it
 * @throws DoorFlowError when it is
 */
export function checkedKey(call: Call, by: 'email' | 'systemId', value: string): 'email' | 'system_id' {
	const record = by === 'email' ? email : systemId;
	const again = call.readIn(additionalFields, record.field);
	if (again !== undefined && again !== value) {
		throw badInput(
			`${record.field.panel.displayName} is given twice, with different values`,
			'The node finds the person by the first one. Remove the field under Additional Fields; to change the value, use Update.',
		);
	}
	return by === 'email' ? 'email' : 'system_id';
}

/** A person's fields in DoorFlow's words, and the photo, which is read when it is sent. */
export interface PersonBody {
	readonly fields: IDataObject;
	/** Whether nothing at all is given. */
	readonly isEmpty: boolean;
	/** Whether a photo file is given; it is not among the fields. */
	readonly hasPhoto: boolean;
	/** What an agent may not bring about for somebody who is there already. */
	readonly effects: readonly Effect[];
	/** The same for somebody new, from whom nothing can be taken. */
	readonly effectsIfNew: readonly Effect[];
	/** Adds the photo. @throws DoorFlowError when the file can't be read any more */
	readonly withPhoto: () => Promise<IDataObject>;
}

/**
 * Reads the fields of a person. What was not added, or is missing in the input, stays as it is.
 *
 * @param from the collection they were added to
 * @param names the person's name, where it has fields of its own
 * @throws DoorFlowError when one can't be read
 */
export async function readPerson(
	call: Call,
	from: Collection,
	names: { firstName?: string | undefined; lastName?: string | undefined } = {},
): Promise<PersonBody> {
	const fields: IDataObject = {
		...(names.firstName === undefined ? {} : { first_name: names.firstName }),
		...(names.lastName === undefined ? {} : { last_name: names.lastName }),
	};
	for (const { to, field } of from === updateFields ? [...PERSON, firstNameRow, lastNameRow] : PERSON) {
		const value = call.readIn(from, field);
		if (to === undefined || value === undefined) continue;
		// "No limit" is said by a word in the panel, by null to DoorFlow.
		if (field.rule?.kind === 'time') fields[to] = value instanceof Date ? toDoorFlowTime(value) : null;
		else fields[to] = value as IDataObject[string];
	}
	const { valid_from: start, valid_to: end } = fields;
	if (typeof start === 'string' && typeof end === 'string' && end <= start) {
		throw badInput('Valid To is not after Valid From', 'Swap the two times, or choose a later end.');
	}
	// DoorFlow fetches it: whatever stands in the address gets to whoever owns it.
	const sends: readonly Effect[] = fields.image_remote_url ? ['sendsData'] : [];
	const file = call.readIn(from, photoFile);
	const photo = file === undefined ? undefined : await photoCheck(call, file);
	return {
		fields,
		effects: [...effectsOf(fields), ...sends],
		effectsIfNew: sends,
		hasPhoto: photo !== undefined,
		isEmpty: photo === undefined && Object.keys(fields).length === 0,
		withPhoto: async () => ({ ...fields, ...(await photo?.()) }),
	};
}

/** Whether a validity is shortened, or a group taken away, can't be told without reading: all of these count. */
function effectsOf(fields: IDataObject): Effect[] {
	const has = (...names: string[]): boolean => names.some((name) => name in fields);
	return [
		...(fields.enabled === false ? (['disables'] as const) : []),
		...(has('group_ids', 'role_ids') ? (['setsGroupsOrRoles'] as const) : []),
		...(has('valid_from', 'valid_to') ? (['setsValidity'] as const) : []),
	];
}
