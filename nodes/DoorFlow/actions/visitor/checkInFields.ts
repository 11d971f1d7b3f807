import { choice, collection, flag, secretText, shownAs, time } from '../../../shared/field';
import { bookedGroups, channelIds, credentialTypeId } from '../../fields';
import { additionalFields } from '../person/personFields';
import { emailShownBy, systemIdShownBy } from '../person/identity';

export const matchBy = choice(
	{
		displayName: 'Match By',
		name: 'matchBy',
		default: 'systemId',
		required: true,
		description: 'How to find out whether the visitor is already in DoorFlow',
	},
	[
		{
			name: 'System ID',
			value: 'systemId',
			description: 'The person with this ID from your own system, which visitors cannot guess',
		},
		{
			name: 'Email',
			value: 'email',
			description:
				'The person with this email address. Use it only if visitors do not type in the address themselves.',
		},
	],
);

export const matchSystemId = systemIdShownBy('matchBy', 'VISITOR-1042');

export const matchEmail = emailShownBy('matchBy');

export const accessBy = choice(
	{
		displayName: 'Access By',
		name: 'accessBy',
		default: 'groups',
		required: true,
		description: 'What the visitor may open',
	},
	[
		{
			name: 'Groups',
			value: 'groups',
			description: 'The doors that these groups open, for the time of the visit',
		},
		{ name: 'Doors', value: 'doors', description: 'Certain doors, for the time of the visit' },
	],
);

export const visitGroups = shownAs(bookedGroups, { displayOptions: { show: { accessBy: ['groups'] } } });

export const visitDoors = shownAs(channelIds, { displayOptions: { show: { accessBy: ['doors'] } } });

export const startTime = time(
	{
		displayName: 'Start Time',
		name: 'startTime',
		default: '',
		description:
			'When the visit begins, such as 2027-03-01T09:00. Leave it empty, or return the word now from an expression, to begin now.',
	},
	'begins',
	['now'],
);

export const endTime = time(
	{
		displayName: 'End Time',
		name: 'endTime',
		default: '',
		required: true,
		description:
			"When the access ends, such as 2027-03-01T18:00; a date without a time means the end of that day. Without a time zone, it is in the workflow's time zone.",
	},
	'ends',
);

export const issueWhat = choice(
	{ displayName: 'Issue', name: 'issue', default: 'pin', description: 'What the visitor opens doors with' },
	[
		{
			name: 'PIN',
			value: 'pin',
			description: 'DoorFlow generates a PIN. Visitors keep it while they have another visit.',
		},
		{ name: 'Card', value: 'card', description: 'A card whose number you enter' },
		{ name: 'Mobile', value: 'mobile', description: 'An invitation on the phone' },
		{ name: 'Nothing', value: 'none', description: 'The visitor already has a credential' },
	],
);

export const visitCredentialType = shownAs(credentialTypeId, {
	required: false,
	displayOptions: { show: { issue: ['pin', 'card', 'mobile'] } },
	description:
		'Required for a card. For a PIN or a mobile credential, the node finds it if the account has exactly one such type.',
});

export const cardNumber = secretText({
	displayName: 'Card Number',
	name: 'value',
	default: '',
	required: true,
	placeholder: 'e.g. 48151623',
	description:
		'Enter it as text, so that long numbers keep all digits. For a card printed "001 - 12345", enter 00112345.',
	displayOptions: { show: { issue: ['card'] } },
});

export const ifStanding = choice(
	{
		displayName: 'If They Have Access of Their Own',
		name: 'ifStanding',
		default: 'refuse',
		description:
			'What to do with an employee, or anybody else who is not only a visitor. For an AI agent, the node always refuses.',
	},
	[
		{ name: 'Refuse', value: 'refuse', description: 'Stop with an error and change nothing' },
		{
			name: 'Book Only',
			value: 'bookOnly',
			description: 'Book the groups or doors, but leave the record and the credentials as they are',
		},
	],
);

export const ifDisabled = choice(
	{
		displayName: 'If They Are Disabled',
		name: 'ifDisabled',
		default: 'refuse',
		description:
			'What to do with a visitor whose record is disabled. For an AI agent, the node always refuses.',
	},
	[
		{ name: 'Refuse', value: 'refuse', description: 'Stop with an error and change nothing' },
		{ name: 'Enable', value: 'enable', description: 'Enable the visitor again' },
	],
);

export const ifOverlapping = choice(
	{
		displayName: 'If They Have Another Visit Then',
		name: 'ifOverlapping',
		default: 'add',
		description: 'What to do with other bookings of groups, or of doors, at the same time',
	},
	[
		{ name: 'Add', value: 'add', description: 'Keep both visits' },
		{
			name: 'Replace',
			value: 'replace',
			description: 'End the other visit first, for example to correct the door',
		},
	],
);

export const takeOverCard = flag({
	displayName: 'Take Over Card',
	name: 'takeOverCard',
	default: false,
	description:
		'Whether to take the card from its last holder, if that is a visitor whose visit is over. Otherwise, a card that somebody else has is refused.',
	displayOptions: { show: { issue: ['card'] } },
});

/** What a visit decides itself: it would otherwise become permanent, or end other access. */
const NOT_OF_VISITS = ['enabled', 'validFrom', 'validTo', 'groupIds', 'roleIds'];

export const visitorFields = collection(
	{
		displayName: 'Additional Fields',
		name: 'additionalFields',
		placeholder: 'Add Field',
		description: "What else to write to the visitor's record. It never decides who the visitor is.",
	},
	additionalFields.inner.filter(({ panel }) => !NOT_OF_VISITS.includes(panel.name)),
);
