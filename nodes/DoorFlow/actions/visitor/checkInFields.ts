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
		description: 'How to tell that the visitor is in DoorFlow already',
	},
	[
		{
			name: 'System ID',
			value: 'systemId',
			description: 'The person with this ID of your own system. Visitors cannot guess it.',
		},
		{
			name: 'Email',
			value: 'email',
			description:
				'The person with this email address. Only for addresses that visitors do not type in themselves.',
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
		{ name: 'Groups', value: 'groups', description: 'What the groups may open, for the time of the visit' },
		{ name: 'Doors', value: 'doors', description: 'Chosen doors, for the time of the visit' },
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
			'When the visit begins, such as 2027-03-01T09:00. Empty, or the word now from an expression, means now.',
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
			'When the access ends, such as 2027-03-01T18:00; a day alone means to its end. Without a time zone, it is in the time zone of the workflow.',
	},
	'ends',
);

export const issueWhat = choice(
	{ displayName: 'Issue', name: 'issue', default: 'pin', description: 'What the visitor opens doors with' },
	[
		{
			name: 'PIN',
			value: 'pin',
			description: 'DoorFlow generates a PIN. It stays the same while the visitor has another visit.',
		},
		{ name: 'Card', value: 'card', description: 'A card whose number you give' },
		{ name: 'Mobile', value: 'mobile', description: 'An invitation for the phone' },
		{ name: 'Nothing', value: 'none', description: 'The visitor has a credential already' },
	],
);

export const visitCredentialType = shownAs(credentialTypeId, {
	required: false,
	displayOptions: { show: { issue: ['pin', 'card', 'mobile'] } },
	description:
		'Needed for a card. For a PIN or a mobile, it is found by itself when the account has one such type.',
});

export const cardNumber = secretText({
	displayName: 'Card Number',
	name: 'value',
	default: '',
	required: true,
	placeholder: 'e.g. 48151623',
	description:
		'As text, so that no digit of a long number is lost. A card printed "001 - 12345" is 00112345.',
	displayOptions: { show: { issue: ['card'] } },
});

export const ifStanding = choice(
	{
		displayName: 'If They Have Access of Their Own',
		name: 'ifStanding',
		default: 'refuse',
		description:
			'What to do with an employee, or anybody else who is not only a visitor. Agents always refuse.',
	},
	[
		{ name: 'Refuse', value: 'refuse', description: 'Stop with an error; nothing is changed' },
		{
			name: 'Book Only',
			value: 'bookOnly',
			description: 'Book the groups or doors; the record and the credentials stay as they are',
		},
	],
);

export const ifDisabled = choice(
	{
		displayName: 'If They Are Disabled',
		name: 'ifDisabled',
		default: 'refuse',
		description: 'What to do with a visitor whose record is disabled. Agents always refuse.',
	},
	[
		{ name: 'Refuse', value: 'refuse', description: 'Stop with an error; nothing is changed' },
		{ name: 'Enable', value: 'enable', description: 'Enable the visitor again' },
	],
);

export const ifOverlapping = choice(
	{
		displayName: 'If They Have Another Visit at That Time',
		name: 'ifOverlapping',
		default: 'add',
		description: 'What becomes of other bookings of groups, or of doors, at the same time',
	},
	[
		{ name: 'Add', value: 'add', description: 'Keep the other visit as well' },
		{
			name: 'Replace',
			value: 'replace',
			description: 'End the other visit first, for example to correct a door',
		},
	],
);

export const takeOverCard = flag({
	displayName: 'Take Over Card',
	name: 'takeOverCard',
	default: false,
	description:
		'Whether to take the card from its last holder, if that is a visitor whose visit is over. Otherwise a card that somebody has is refused.',
	displayOptions: { show: { issue: ['card'] } },
});

/** What a visit decides itself: it would otherwise become permanent, or end other access. */
const NOT_OF_VISITS = ['enabled', 'validFrom', 'validTo', 'groupIds', 'roleIds'];

export const visitorFields = collection(
	{
		displayName: 'Additional Fields',
		name: 'additionalFields',
		placeholder: 'Add Field',
		description: 'What else to write into the record of the visitor. It never decides who the visitor is.',
	},
	additionalFields.inner.filter(({ panel }) => !NOT_OF_VISITS.includes(panel.name)),
);
