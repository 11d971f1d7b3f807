import type { IDataObject } from 'n8n-workflow';

import { textOf } from './lists';

/**
 * Fields of a person as DoorFlow describes them. Any other may hold the value of a credential, under its type's slug.
 */
export const PERSON_FIELDS: ReadonlySet<string> = new Set(
	'id first_name last_name salutation job_title email organisation_id system_id department enabled valid_from valid_to image_url image_thumbnail_url telephone mobile notes barcode custom_1 custom_2 custom_3 custom_4 custom_5 created_at updated_at groups roles'.split(
		' ',
	),
);

/**
 * What is shown of a PIN, a card number or a link: its last two characters, enough to tell cards apart, too little to
 * use one. Of a short one, nothing.
 *
 * @param secret what DoorFlow gives; anything but text or a number is no secret and stays
 * @returns such as `••35`
 */
export function masked<T>(secret: T): T | string {
	const text = textOf(secret);
	if (text === '') return secret;
	return `••${text.length > 4 ? text.slice(-2) : ''}`;
}

/** Whether it is a credential, which has its PIN or number in `value` and the link of an invitation in `url`. */
const isCredential = (entry: IDataObject): boolean => 'credential_type_id' in entry && 'person_id' in entry;

/** DoorFlow: all of these are in every person. What operations tell of one has not all of them. */
const isPerson = (entry: IDataObject): boolean =>
	['first_name', 'last_name', 'groups', 'roles'].every((name) => name in entry);

function isSecret(entry: IDataObject, name: string): boolean {
	if (name === 'credentials_number') return true;
	if (isCredential(entry)) return name === 'value' || name === 'url';
	return isPerson(entry) && !PERSON_FIELDS.has(name);
}

/**
 * What DoorFlow gave, without PINs, card numbers and links of invitations: those of a credential (`value`, `url`), the
 * one used at a door (`credentials_number`), and those that DoorFlow adds to a person. All else stays.
 *
 * @param data a credential, a person, an event, or anything with such in it; it is not changed
 */
export function withoutSecrets<T>(data: T): T {
	return strip(data, false) as T;
}

function strip(data: unknown, hides: boolean): unknown {
	if (Array.isArray(data)) return data.map((one) => strip(one, hides));
	if (typeof data !== 'object' || data === null || data instanceof Date) return hides ? masked(data) : data;
	const entry = data as IDataObject;
	return Object.fromEntries(
		Object.entries(entry).map(([name, value]) => [name, strip(value, hides || isSecret(entry, name))]),
	);
}
