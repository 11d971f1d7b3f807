import { choice, keyText, type Field } from '../../../shared/field';

/** Ways to say who somebody is, for a choice such as Match By or Find By. */
export const BY_PERSON = {
	name: 'Person',
	value: 'person',
	description: 'Choose the person from the list, or enter the ID from DoorFlow',
} as const;

export const BY_EMAIL = {
	name: 'Email',
	value: 'email',
	description: 'The person with this email address',
} as const;

export const BY_SYSTEM_ID = {
	name: 'System ID',
	value: 'systemId',
	description: 'The person with this ID from your own system',
} as const;

/**
 * The e-mail address that decides who is meant.
 *
 * @param choice name of the field that shows it, when that is `email`
 */
export const emailShownBy = (choice: string): Field<string> =>
	keyText(
		{
			displayName: 'Email',
			name: 'email',
			default: '',
			required: true,
			placeholder: 'e.g. nathan@example.com',
			displayOptions: { show: { [choice]: [BY_EMAIL.value] } },
		},
		'email',
	);

/**
 * The ID of the user's own system that decides who is meant.
 *
 * @param choice name of the field that shows it, when that is `systemId`
 * @param example such as `HR-1042`
 */
export const systemIdShownBy = (choice: string, example: string): Field<string> =>
	keyText(
		{
			displayName: 'System ID',
			name: 'systemId',
			default: '',
			required: true,
			placeholder: `e.g. ${example}`,
			displayOptions: { show: { [choice]: [BY_SYSTEM_ID.value] } },
		},
		'systemId',
	);

/**
 * Find By, for somebody who is on record already.
 *
 * @param whom such as `the visitor`
 * @param more other ways than the three that always go
 */
export const findByField = <const V extends string = never>(
	whom: string,
	...more: ReadonlyArray<{ readonly name: string; readonly value: V; readonly description: string }>
) =>
	choice<'person' | 'email' | 'systemId' | V>(
		{
			displayName: 'Find By',
			name: 'findBy',
			default: BY_PERSON.value,
			required: true,
			description: `How to find ${whom}`,
		},
		[BY_PERSON, BY_EMAIL, BY_SYSTEM_ID, ...more],
	);
