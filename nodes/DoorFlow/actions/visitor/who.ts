import type { IDataObject } from 'n8n-workflow';

import { credentialsOf, fullName, idsOf, textOf } from '../../../shared/lists';
import { PERSON_FIELDS } from '../../../shared/mask';
import type { Call } from '../../call';
import { DOORS, GROUPS, heldIfAllowed, type Held } from './held';
import { isMarked, type Mark } from './mark';
import { isVisitor } from './rules';

/** What is known of somebody who is in DoorFlow already. */
export interface Who {
	readonly person: IDataObject;
	/** Whether it is a visitor alone; everybody else has standing access. */
	readonly isVisitor: boolean;
	/** Undefined where they were not needed. */
	readonly credentials: IDataObject[] | undefined;
	/** Open group reservations; undefined where the connection may not read them. */
	readonly groupReservations: Held[] | undefined;
	/** Open reservations of doors; undefined where the connection may not read them. */
	readonly reservations: Held[] | undefined;
}

/** The credentials of a person. @throws DoorFlowError */
export async function credentialsHeld(call: Call, person: IDataObject): Promise<IDataObject[]> {
	return await call.readList(credentialsOf(textOf(person.id)), {
		about: { doing: 'list the credentials of the visitor' },
	});
}

interface Need {
	/** Whether credentials are needed for anything else. */
	readonly credentials: boolean;
	/** Whether reservations of doors are needed even where the record shows none. */
	readonly reservations: boolean;
}

/**
 * Finds out whether somebody is a visitor, and what they have booked.
 *
 * Credentials are read before bookings: whoever checks the same person in at the same time books first and issues then,
 * so that a new PIN is never seen without the booking it belongs to.
 *
 * @throws DoorFlowError
 */
export async function whoIs(call: Call, person: IDataObject, mark: Mark, need: Need): Promise<Who> {
	const hasMark = isMarked(person, mark);
	const groups = Array.isArray(person.groups) ? idsOf(person.groups) : undefined;
	const roles = Array.isArray(person.roles) ? person.roles.length : undefined;
	const credentials =
		need.credentials || (!hasMark && groups?.length === 0 && roles === 0)
			? await credentialsHeld(call, person)
			: undefined;
	const groupReservations = await heldIfAllowed(call, GROUPS, person);
	// DoorFlow makes a role for each reservation of doors: without one, there is none.
	const reservations =
		need.reservations || roles !== 0 ? await heldIfAllowed(call, DOORS, person) : ([] as Held[]);
	const now = Date.now();
	return {
		person,
		isVisitor: isVisitor({
			hasMark,
			groups,
			roles,
			credentials: credentials?.length,
			// One that was read a moment ago as pending may have begun since, before the person was read.
			activeGroups: groupReservations
				?.filter(({ isActive, start }) => isActive || start <= now)
				.flatMap(({ targets }) => targets),
			openReservations: reservations?.length,
		}),
		credentials,
		groupReservations,
		reservations,
	};
}

/** All open bookings that could be read. */
export const openBookings = ({ groupReservations = [], reservations = [] }: Who): Held[] => [
	...groupReservations,
	...reservations,
];

/** A person without values of credentials. */
export const withoutCredentials = (person: IDataObject): IDataObject =>
	Object.fromEntries(Object.entries(person).filter(([name]) => PERSON_FIELDS.has(name)));

/** What to call somebody in a message. */
export function nameOf(person: IDataObject): string {
	return `${fullName(person) || 'The person'} (ID ${textOf(person.id)})`;
}
