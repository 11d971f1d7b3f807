import { badInput } from '../../../shared/problem';
import { toDoorFlowTime } from '../../../shared/time';
import { hasId } from '../../call';
import { channelIds, credentialTypeId, groupIds, notice } from '../../fields';
import { accountTimeZone } from '../account/timeZone';
import type { Operation } from '../operation';
import { additionalFields, firstName, lastName, personBody } from '../person/person';
import { bookDoors, bookGroups } from './book';
import { issue } from './issue';
import { register } from './register';
import { Undo } from './undo';
import { namesOf, type Visit } from './visit';

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
		{
			displayName: 'Access By',
			name: 'accessBy',
			type: 'options',
			options: [
				{
					name: 'Groups',
					value: 'groups',
					description: 'What the groups may open, for the time of the visit',
				},
				{ name: 'Doors', value: 'doors', description: 'Chosen doors, for the time of the visit' },
			],
			default: 'groups',
			required: true,
			description: 'What the visitor may open',
		},
		{ ...groupIds, required: true, displayOptions: { show: { accessBy: ['groups'] } } },
		{ ...channelIds, displayOptions: { show: { accessBy: ['doors'] } } },
		{
			displayName: 'Start Time',
			name: 'startTime',
			type: 'dateTime',
			default: '',
			description: 'When the visit begins, such as 2027-03-01T09:00. Empty means now.',
		},
		{
			displayName: 'End Time',
			name: 'endTime',
			type: 'dateTime',
			default: '',
			required: true,
			description:
				'When the access ends, such as 2027-03-01T18:00. Without a time zone, it is in the time zone of the workflow.',
		},
		{
			displayName: 'Issue',
			name: 'issue',
			type: 'options',
			options: [
				{ name: 'PIN', value: 'pin', description: 'DoorFlow draws a PIN' },
				{ name: 'Card', value: 'card', description: 'A card whose number you give' },
				{ name: 'Nothing', value: 'none', description: 'The visitor has a credential already' },
			],
			default: 'pin',
			description: 'What the visitor opens doors with',
		},
		{
			...credentialTypeId,
			required: false,
			displayOptions: { show: { issue: ['pin', 'card'] } },
			description: 'For a PIN, it is found by itself when the account has one type named PIN',
		},
		{
			displayName: 'Card Number',
			name: 'value',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 48151623',
			displayOptions: { show: { issue: ['card'] } },
		},
		{
			...additionalFields,
			description: 'Email or System ID is needed, so that a visitor who comes again is the same person',
		},
	],
	writes: true,
	syncByDefault: true,
	// Two items about the same visitor must not both find nobody.
	sequentialBy: ['additionalFields.email', 'additionalFields.systemId'],
	async run(call) {
		const extra = call.collection('additionalFields');
		const by = extra.email ? 'email' : 'systemId';
		const key = String(extra[by] ?? '').trim();
		if (key === '')
			throw badInput(
				'Neither Email nor System ID is given',
				'Add one of them under Additional Fields, so that a visitor who comes again is the same person.',
			);
		const start = hasId(call.raw('startTime', ''))
			? call.time(call.raw('startTime'), 'Start Time')
			: undefined;
		const end = call.time(call.raw('endTime', ''), 'End Time');
		if (end.getTime() <= Math.max(Date.now(), start?.getTime() ?? 0))
			throw badInput('End Time is not after Start Time and now', 'Choose a later end.');
		const zone = await accountTimeZone(call);
		const body = await personBody(call, {
			...extra,
			firstName: call.text('firstName', 'First Name'),
			lastName: call.text('lastName', 'Last Name'),
		});
		const byDoors = call.raw('accessBy') === 'doors';
		const access = await namesOf(call, byDoors);
		const visit: Visit = { call, undo: new Undo(), start, end, zone };
		return await visit.undo.guard(
			async () => {
				const { person, isNew } = await register(visit, by, key, body);
				const bookings = byDoors
					? await bookDoors(visit, person, isNew)
					: [await bookGroups(visit, person, isNew)];
				const credential = await issue(visit, person, isNew);
				return {
					person,
					isNew,
					credential: credential ?? null,
					pin: credential && call.raw('issue', 'pin') === 'pin' ? (credential.value ?? null) : null,
					window: {
						start: start ? toDoorFlowTime(start) : (bookings[0]?.start_time ?? null),
						end: toDoorFlowTime(end),
						timeZone: zone,
					},
					...access,
					...(byDoors ? { reservations: bookings } : { groupReservation: bookings[0] }),
				};
			},
			() => (call.changed = false),
		);
	},
};
