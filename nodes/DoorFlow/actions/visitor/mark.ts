import type { IDataObject } from 'n8n-workflow';

import { choice, keyText } from '../../../shared/field';
import { textOf } from '../../../shared/lists';
import type { Call } from '../../call';

/** The fields of a person that can say who is a visitor, and DoorFlow's names for them. */
const FIELDS = {
	jobTitle: 'job_title',
	department: 'department',
	custom1: 'custom_1',
	custom2: 'custom_2',
	custom3: 'custom_3',
	custom4: 'custom_4',
	custom5: 'custom_5',
} as const;

type MarkField = keyof typeof FIELDS;

const markField = choice(
	{
		displayName: 'Mark Visitors In',
		name: 'markField',
		default: 'jobTitle',
		description:
			'The field of the record that marks visitors. Only people with this mark, or with an empty record, are treated as visitors. Use the same field and value in Check In and Check Out.',
	},
	[
		{ name: 'Job Title', value: 'jobTitle' },
		{ name: 'Department', value: 'department' },
		{ name: 'Custom Field 1', value: 'custom1' },
		{ name: 'Custom Field 2', value: 'custom2' },
		{ name: 'Custom Field 3', value: 'custom3' },
		{ name: 'Custom Field 4', value: 'custom4' },
		{ name: 'Custom Field 5', value: 'custom5' },
	],
);

const markValue = keyText({
	displayName: 'Mark',
	name: 'markValue',
	default: 'Visitor',
	description: 'The value of that field for visitors',
});

export const markFields = [markField, markValue] as const;

/** What tells visitors from everybody else. */
export interface Mark {
	/** The name of the field in the panel. */
	readonly field: MarkField;
	/** DoorFlow's name of it. */
	readonly to: string;
	readonly value: string;
}

/** What Check In writes unless told otherwise. */
export const DEFAULT_MARK: Mark = {
	field: 'jobTitle',
	to: FIELDS.jobTitle,
	value: markValue.panel.default as string,
};

/** The mark that the panel asks for. @throws DoorFlowError when it can't be read */
export function readMark(call: Call): Mark {
	const field = call.setting(markField);
	return { field, to: FIELDS[field], value: call.setting(markValue) };
}

/** Whether somebody carries the mark. */
export const isMarked = (person: IDataObject, { to, value }: Mark): boolean =>
	textOf(person[to]).trim() === value;
