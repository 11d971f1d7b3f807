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

/** A person as DoorFlow gave it, or its ten most wanted fields. */
export const personOutput = (person: IDataObject, simplified: boolean): IDataObject =>
	simplified ? Object.fromEntries(SIMPLE.map((name) => [name, person[name] ?? null])) : person;
