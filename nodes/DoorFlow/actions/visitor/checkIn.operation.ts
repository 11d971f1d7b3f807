import { choice, notice, secretText, shownAs, time } from '../../../shared/field';
import { badInput } from '../../../shared/problem';
import { toDoorFlowTime } from '../../../shared/time';
import type { Call } from '../../call';
import { bookedGroups, channelIds, credentialTypeId } from '../../fields';
import { accountTimeZone } from '../account/timeZone';
import type { Operation } from '../operation';
import { additionalFields, email, firstName, lastName, readPerson, systemId } from '../person/personFields';
import { boundedWindow } from '../reservation/window';
import { bookDoors, bookGroups } from './book';
import { issue } from './issue';
import { register } from './register';
import { Undo } from './undo';
import { namesOf, type Visit, type Wanted } from './visit';

const accessBy = choice(
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

const visitGroups = shownAs(bookedGroups, { displayOptions: { show: { accessBy: ['groups'] } } });

const visitDoors = shownAs(channelIds, { displayOptions: { show: { accessBy: ['doors'] } } });

const startTime = time(
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

const endTime = time(
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

const issueWhat = choice(
	{ displayName: 'Issue', name: 'issue', default: 'pin', description: 'What the visitor opens doors with' },
	[
		{ name: 'PIN', value: 'pin', description: 'DoorFlow generates a PIN' },
		{ name: 'Card', value: 'card', description: 'A card whose number you give' },
		{ name: 'Nothing', value: 'none', description: 'The visitor has a credential already' },
	],
);

const visitCredentialType = shownAs(credentialTypeId, {
	required: false,
	displayOptions: { show: { issue: ['pin', 'card'] } },
	description: 'For a PIN, it is found by itself when the account has one type named PIN',
});

const cardNumber = secretText({
	displayName: 'Card Number',
	name: 'value',
	default: '',
	required: true,
	placeholder: 'e.g. 48151623',
	description: 'As text, so that no digit of a long number is lost',
	displayOptions: { show: { issue: ['card'] } },
});

const visitorFields = {
	...additionalFields,
	panel: {
		...additionalFields.panel,
		description: 'Email or System ID is needed, so that a visitor who comes again is the same person',
	},
};

/** Reads what the visit is to be. @throws DoorFlowError when something can't be read or is missing */
function wantedOf(call: Call): Wanted {
	const byDoors = call.setting(accessBy) === 'doors';
	const what = call.setting(issueWhat);
	// A card number must never end up as a PIN: only for a PIN the type may be left to be found.
	const type =
		what === 'none'
			? undefined
			: what === 'card'
				? call.need(visitCredentialType)
				: call.read(visitCredentialType);
	return {
		byDoors,
		ids: call.need(byDoors ? visitDoors : visitGroups),
		issue: what,
		...(type === undefined ? {} : { credentialTypeId: Number(type) }),
		...(what === 'card' ? { cardNumber: call.need(cardNumber) } : {}),
	};
}

export const checkIn: Operation = {
	name: 'checkIn',
	displayName: 'Check In',
	action: 'Check a visitor in',
	description:
		'Register a visitor, grant access for a time, hand out a PIN and sync, in one step: no other operation is needed. If a part fails, nothing stays behind.',
	permission: 'account.person',
	fields: [
		notice(
			'identityNotice',
			'If visitors type their own email address, for example into a form, give a System ID instead of Email: who types the address of an employee would be taken for that employee, and be told their PIN.',
		),
		firstName,
		lastName,
		accessBy,
		visitGroups,
		visitDoors,
		startTime,
		endTime,
		issueWhat,
		visitCredentialType,
		cardNumber,
		visitorFields,
	],
	writes: true,
	syncByDefault: true,
	async prepare(call) {
		const keys = {
			email: call.readIn(visitorFields, email.field),
			systemId: call.readIn(visitorFields, systemId.field),
		};
		const by = keys.email ? 'email' : 'systemId';
		const key = String(keys[by] ?? '');
		if (key === '') {
			throw badInput(
				'Neither Email nor System ID is given',
				'Add one of them under Additional Fields, so that a visitor who comes again is the same person.',
			);
		}
		const begins = call.read(startTime);
		const start = begins === 'now' ? undefined : begins;
		const end = call.need(endTime);
		if (end.getTime() <= Math.max(Date.now(), start?.getTime() ?? 0)) {
			throw badInput('End Time must be in the future and after Start Time', 'Choose a later end.');
		}
		const wanted = wantedOf(call);
		const record = await readPerson(call, visitorFields, {
			firstName: call.need(firstName),
			lastName: call.need(lastName),
		});
		// A window is bounded before anything is asked; the account's zone then cuts it into days.
		boundedWindow(start ?? new Date(), end, 'UTC', wanted.byDoors ? 'doors' : 'groups');
		return {
			// Two items about the same visitor must not both find nobody.
			keys: Object.entries(keys).flatMap(([name, value]) => (value ? [`${name}=${value}`] : [])),
			send: async () => {
				const zone = await accountTimeZone(call);
				const access = await namesOf(call, wanted);
				const body = await record.withPhoto();
				const visit: Visit = { call, wanted, undo: new Undo(), start, end, zone };
				return await visit.undo.guard(
					async () => {
						const { person, isNew } = await register(visit, by, key, body);
						const bookings = wanted.byDoors
							? await bookDoors(visit, person, isNew)
							: [await bookGroups(visit, person, isNew)];
						const credential = await issue(visit, person, isNew);
						return {
							person,
							isNew,
							credential: credential ?? null,
							pin: credential && wanted.issue === 'pin' ? (credential.value ?? null) : null,
							window: {
								start: start ? toDoorFlowTime(start) : (bookings[0]?.start_time ?? null),
								end: toDoorFlowTime(end),
								timeZone: zone,
							},
							...access,
							...(wanted.byDoors ? { reservations: bookings } : { groupReservation: bookings[0] }),
						};
					},
					() => (call.changed = false),
				);
			},
		};
	},
};
