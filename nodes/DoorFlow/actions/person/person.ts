import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { asFlag, asIds, type Call } from '../../call';
import { byName } from '../../describe';
import { groupIds, roleIds } from '../../fields';
import { badInput } from '../../../shared/problem';

/** The fields shown by Simplify, in DoorFlow's own names. */
const SIMPLE = [
	'id',
	'first_name',
	'last_name',
	'email',
	'mobile',
	'enabled',
	'valid_from',
	'valid_to',
	'groups',
	'system_id',
];

/** DoorFlow's name of each field of a person that is a plain text. */
const TEXTS: Readonly<Record<string, { to: string; shownAs: string }>> = {
	firstName: { to: 'first_name', shownAs: 'First Name' },
	lastName: { to: 'last_name', shownAs: 'Last Name' },
	email: { to: 'email', shownAs: 'Email' },
	mobile: { to: 'mobile', shownAs: 'Mobile' },
	telephone: { to: 'telephone', shownAs: 'Telephone' },
	jobTitle: { to: 'job_title', shownAs: 'Job Title' },
	department: { to: 'department', shownAs: 'Department' },
	salutation: { to: 'salutation', shownAs: 'Salutation' },
	notes: { to: 'notes', shownAs: 'Notes' },
	systemId: { to: 'system_id', shownAs: 'System ID' },
	barcode: { to: 'barcode', shownAs: 'Barcode' },
	imageRemoteUrl: { to: 'image_remote_url', shownAs: 'Photo URL' },
	custom1: { to: 'custom_1', shownAs: 'Custom Field 1' },
	custom2: { to: 'custom_2', shownAs: 'Custom Field 2' },
	custom3: { to: 'custom_3', shownAs: 'Custom Field 3' },
	custom4: { to: 'custom_4', shownAs: 'Custom Field 4' },
	custom5: { to: 'custom_5', shownAs: 'Custom Field 5' },
};

/** DoorFlow draws a photo small; what is larger than this is a mistake that would only clog the request. */
const MAX_PHOTO_BYTES = 10 * 1024 * 1024;

export const firstName: INodeProperties = {
	displayName: 'First Name',
	name: 'firstName',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. Nathan',
};

export const lastName: INodeProperties = {
	displayName: 'Last Name',
	name: 'lastName',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. Smith',
};

const text = (
	displayName: string,
	name: string,
	placeholder: string,
	description?: string,
): INodeProperties => ({
	displayName,
	name,
	type: 'string',
	default: '',
	...(placeholder === '' ? {} : { placeholder }),
	...(description === undefined ? {} : { description }),
});

const PERSON_FIELDS: readonly INodeProperties[] = [
	text('Barcode', 'barcode', 'e.g. 4006381333931'),
	...[1, 2, 3, 4, 5].map((number) =>
		text(
			`Custom Field ${number}`,
			`custom${number}`,
			'',
			'One of five fields that your account may use as it likes',
		),
	),
	text('Department', 'department', 'e.g. Facilities'),
	{
		displayName: 'Email',
		name: 'email',
		type: 'string',
		default: '',
		placeholder: 'e.g. nathan@example.com',
		description: 'Each address may belong to one person of the account only',
	},
	{
		displayName: 'Enabled',
		name: 'enabled',
		type: 'boolean',
		default: true,
		description: 'Whether the credentials of the person open doors',
	},
	groupIds,
	text('Job Title', 'jobTitle', 'e.g. Electrician'),
	text('Mobile', 'mobile', 'e.g. +441632960123', 'With country code, as in +441632960123'),
	text('Notes', 'notes', ''),
	{
		displayName: 'Organisation ID',
		name: 'organisationId',
		type: 'string',
		default: '',
		placeholder: 'e.g. 42',
		description: 'A whole number. Empty removes it.',
	},
	text(
		'Photo: Binary Property',
		'imageBinaryProperty',
		'e.g. data',
		'Name of the input field that holds the photo file',
	),
	text(
		'Photo: URL',
		'imageRemoteUrl',
		'e.g. https://example.com/nathan.jpg',
		'DoorFlow fetches the photo from there. Empty removes the photo.',
	),
	roleIds,
	text('Salutation', 'salutation', 'e.g. Ms.'),
	text(
		'System ID',
		'systemId',
		'e.g. HR-1042',
		'The ID of the person in your own system, so that it is found again',
	),
	text('Telephone', 'telephone', 'e.g. +441632960123'),
	{
		displayName: 'Valid From',
		name: 'validFrom',
		type: 'dateTime',
		default: '',
		description:
			'The credentials open nothing before this time, such as 2027-03-01T09:00. Empty removes the limit.',
	},
	{
		displayName: 'Valid To',
		name: 'validTo',
		type: 'dateTime',
		default: '',
		description:
			'The credentials open nothing after this time, such as 2027-03-01T18:00. Empty removes the limit.',
	},
];

/** For Create and Create or Update: everything but the name, which has fields of its own. */
export const additionalFields: INodeProperties = {
	displayName: 'Additional Fields',
	name: 'additionalFields',
	type: 'collection',
	placeholder: 'Add Field',
	default: {},
	options: [...PERSON_FIELDS],
};

/** For Update: what is added is set, empty clears it, what is not added stays as it is. */
export const updateFields: INodeProperties = {
	displayName: 'Update Fields',
	name: 'updateFields',
	type: 'collection',
	placeholder: 'Add Field',
	default: {},
	description:
		'Only the fields added here are changed. An empty value clears the field; a list of groups or roles replaces the one that was there.',
	options: byName([...PERSON_FIELDS, { ...firstName, required: false }, { ...lastName, required: false }]),
};

/**
 * Puts fields of the panel into DoorFlow's words. An empty value clears the field, an absent one leaves it alone.
 *
 * @param fields a collection of the panel
 * @throws DoorFlowError when one can't be read
 */
export async function personBody(call: Call, fields: IDataObject): Promise<IDataObject> {
	const body: IDataObject = {};
	for (const [name, value] of Object.entries(fields)) {
		const plain = TEXTS[name];
		if (plain) body[plain.to] = plainText(value, plain.shownAs, name === 'imageRemoteUrl' ? '' : null);
		else if (name === 'enabled') body.enabled = asFlag(value, 'Enabled');
		else if (name === 'groupIds') body.group_ids = asIds(value, 'Group');
		else if (name === 'roleIds') body.role_ids = asIds(value, 'Role');
		else if (name === 'organisationId') body.organisation_id = organisationId(value);
		else if (name === 'validFrom') body.valid_from = optionalTime(call, value, 'Valid From');
		else if (name === 'validTo') body.valid_to = optionalTime(call, value, 'Valid To');
		else if (name === 'imageBinaryProperty') Object.assign(body, await photo(call, value));
	}
	for (const [name, shownAs] of [
		['first_name', 'First Name'],
		['last_name', 'Last Name'],
	] as const) {
		if (name in body && body[name] === null) {
			throw badInput(
				`${shownAs} is empty`,
				`A person must have a name. Fill in ${shownAs}, or take the field away.`,
			);
		}
	}
	if (
		typeof body.valid_from === 'string' &&
		typeof body.valid_to === 'string' &&
		body.valid_to <= body.valid_from
	) {
		throw badInput('Valid To is not after Valid From', 'Swap the two times, or choose a later end.');
	}
	return body;
}

const MAX_TEXT = 255;

function plainText(value: unknown, shownAs: string, empty: '' | null): string | null {
	if (value === undefined || value === null) return empty;
	if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
		throw badInput(
			`${shownAs} is not a text`,
			`Check the expression of ${shownAs}: it gives a list or an object.`,
		);
	}
	const trimmed = String(value).trim();
	if (trimmed === '') return empty;
	if (
		trimmed.length > MAX_TEXT &&
		!['Notes', 'Photo URL'].includes(shownAs) &&
		!shownAs.startsWith('Custom')
	) {
		throw badInput(
			`${shownAs} is ${trimmed.length} characters long, more than ${MAX_TEXT}`,
			`Shorten ${shownAs}. A text this long is most likely not what belongs there.`,
		);
	}
	return trimmed;
}

function organisationId(value: unknown): number | null {
	const given = plainText(value, 'Organisation ID', null);
	if (given === null) return null;
	if (!/^\d{1,15}$/.test(given))
		throw badInput('Organisation ID is not a whole number', 'Correct it, or empty it to remove it.');
	return Number(given);
}

function optionalTime(call: Call, value: unknown, shownAs: string): string | null {
	return value === '' || value === null || value === undefined ? null : call.doorFlowTime(value, shownAs);
}

async function photo(call: Call, value: unknown): Promise<IDataObject> {
	const property = plainText(value, 'Photo: Binary Property', null);
	if (property === null) return {};
	const file = call.context.getInputData()[call.itemIndex]?.binary?.[property];
	if (!file) {
		throw badInput(
			`The input has no file named "${property.slice(0, 60)}"`,
			'Name the binary property that holds the photo, as shown under Binary in the input, or take the photo away.',
		);
	}
	if (!file.mimeType.startsWith('image/')) {
		throw badInput(
			`The file in "${property}" is no picture (${file.mimeType})`,
			'DoorFlow takes JPEG and PNG photos.',
		);
	}
	const bytes = await call.context.helpers.getBinaryDataBuffer(call.itemIndex, property);
	if (bytes.length > MAX_PHOTO_BYTES) {
		throw badInput(
			'The photo is larger than 10 MB',
			'Make it smaller before this node, for example with the Edit Image node.',
		);
	}
	return { image_base64: bytes.toString('base64') };
}

/** A person as DoorFlow gave it, or its ten most wanted fields. */
export function personOutput(call: Call, person: IDataObject): IDataObject {
	if (call.raw('simplify', false) !== true) return person;
	return Object.fromEntries(SIMPLE.map((name) => [name, person[name] ?? null]));
}
