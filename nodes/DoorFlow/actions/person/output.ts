import type { IDataObject } from 'n8n-workflow';

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

/** What Simplify leaves of a person: the ten most wanted fields. */
export const simplePerson = (person: IDataObject): IDataObject =>
	Object.fromEntries(SIMPLE.map((name) => [name, person[name] ?? null]));
