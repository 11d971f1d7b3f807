import type { IDataObject } from 'n8n-workflow';

import { hint } from '../../../shared/hint';
import { idsOf, textOf } from '../../../shared/lists';
import { isAgents } from '../../../shared/isAgents';
import { oneAtATime } from '../../../shared/oneAtATime';
import { badInput, DoorFlowError, forbiddenProblem } from '../../../shared/problem';
import { toDoorFlowTime } from '../../../shared/time';
import { isHeldBack } from '../../agents';
import type { Call } from '../../call';
import type { Effect } from '../../effects';
import { accountTimeZone } from '../account/timeZone';
import type { Operation, Output } from '../operation';
import { findPerson } from '../person/findPerson';
import { inTurnWith } from '../person/groups';
import { email, firstName, lastName, readPerson, systemId } from '../person/personFields';
import { boundedWindow } from '../reservation/window';
import { carryOut, planBookings } from './book';
import {
	accessBy,
	cardNumber,
	endTime,
	ifDisabled,
	ifOverlapping,
	ifStanding,
	issueWhat,
	matchBy,
	matchEmail,
	matchSystemId,
	startTime,
	takeOverCard,
	visitCredentialType,
	visitDoors,
	visitGroups,
	visitorFields,
} from './checkInFields';
import { DOORS, GROUPS, heldIfAllowed, type Held } from './held';
import { issue, typeToIssue } from './issue';
import { markFields, readMark, type Mark } from './mark';
import { CHECKED_IN, named } from './output';
import { changeRecord, createRecord, differences, tellRenaming, type Record } from './record';
import { MINUTE_MS, momentOf, overlapping } from './rules';
import { Undo } from './undo';
import type { Visit, Wanted } from './visit';
import { nameOf, openBookings, whoIs, withoutCredentials, type Who } from './who';

/** Reads what the visit is to be. @throws DoorFlowError when something can't be read or is missing */
function wantedOf(call: Call): Wanted {
	const byDoors = call.setting(accessBy) === 'doors';
	const what = call.setting(issueWhat);
	// A card number must never end up as a PIN: only for a card the type must be chosen.
	const type =
		what === 'none'
			? undefined
			: what === 'card'
				? call.need(visitCredentialType)
				: call.read(visitCredentialType);
	// An agent neither books for employees nor enables anybody, whatever the panel says.
	const isAgent = isAgents(call.context, call.context.getNode());
	const standing = call.setting(ifStanding);
	const disabled = call.setting(ifDisabled);
	return {
		byDoors,
		ids: call.need(byDoors ? visitDoors : visitGroups),
		issue: what,
		...(type === undefined ? {} : { credentialTypeId: Number(type) }),
		...(what === 'card' ? { cardNumber: call.need(cardNumber) } : {}),
		takeOverCard: what === 'card' && call.setting(takeOverCard),
		ifStanding: isAgent ? 'refuse' : standing,
		ifDisabled: isAgent ? 'refuse' : disabled,
		replaces: call.setting(ifOverlapping) === 'replace',
		keepsSecrets: isHeldBack(call.context, call.context.getNode()),
	};
}

/** Refuses fields that would say twice what the visit says itself. @throws DoorFlowError */
function checkAdditional(call: Call, mark: Mark, by: 'email' | 'systemId', key: string): void {
	const marked = visitorFields.inner.find(({ panel }) => panel.name === mark.field);
	if (marked && call.readIn(visitorFields, marked) !== undefined) {
		throw badInput(
			`${marked.panel.displayName} says who is a visitor, so it can't be set under Additional Fields`,
			'Remove it there, or choose another field under Mark Visitors In.',
		);
	}
	const { field } = by === 'email' ? email : systemId;
	const again = call.readIn(visitorFields, field);
	if (again !== undefined && again !== key) {
		throw badInput(
			`${field.panel.displayName} is given twice, with different values`,
			'The node finds the visitor by the first one. Remove the field under Additional Fields.',
		);
	}
}

/** @throws DoorFlowError when the times can't be those of a visit */
function windowOf(call: Call, byDoors: boolean): { start: Date | undefined; end: Date } {
	const begins = call.read(startTime);
	const start = begins === 'now' ? undefined : begins;
	const end = call.need(endTime);
	const from = Math.max(Date.now(), start?.getTime() ?? 0);
	if (end.getTime() <= from) {
		throw badInput(
			'End Time must be in the future and after Start Time',
			'Choose a later end. A day picked in the calendar begins at midnight, so pick a time as well.',
		);
	}
	if (end.getTime() - from < MINUTE_MS) {
		throw badInput('The visit is shorter than a minute', 'Choose a later end.');
	}
	// A window is bounded before anything is asked; the account's zone then cuts it into days.
	boundedWindow(start ?? new Date(), end, 'UTC', byDoors ? 'doors' : 'groups');
	return { start, end };
}

export const checkIn: Operation = {
	name: 'checkIn',
	displayName: 'Check In',
	action: 'Check in a visitor or guest (reception sign in)',
	description:
		'Register a visitor, book access for a limited time, issue a PIN and sync, in one step: you need no other operation. People with access of their own are refused. If a part fails, the rest is undone.',
	permission: 'account.person',
	alsoNeeds: [
		{ permission: 'account.group_reservation', when: (given) => given.setting(accessBy) === 'groups' },
		{ permission: 'account.reservation', when: (given) => given.setting(accessBy) === 'doors' },
		{
			permission: 'account.credential_type.readonly',
			when: (given) =>
				['mobile', 'pin'].includes(given.setting(issueWhat)) && given.read(visitCredentialType) === undefined,
		},
	],
	reads: ['account.group.readonly', 'account.channel.readonly'],
	fields: [
		matchBy,
		matchSystemId,
		matchEmail,
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
		takeOverCard,
		ifStanding,
		ifDisabled,
		ifOverlapping,
		...markFields,
		visitorFields,
	],
	writes: true,
	syncByDefault: true,
	reportsSync: true,
	answer: CHECKED_IN,
	secrets: 'made',
	async prepare(call) {
		const by = call.setting(matchBy);
		const key = call.need(by === 'email' ? matchEmail : matchSystemId);
		const mark = readMark(call);
		checkAdditional(call, mark, by, key);
		const wanted = wantedOf(call);
		const { start, end } = windowOf(call, wanted.byDoors);
		const record = await readPerson(call, visitorFields, {
			firstName: call.need(firstName),
			lastName: call.need(lastName),
		});
		const effects: Effect[] = [
			...record.effectsIfNew,
			...(wanted.replaces ? (['endsBookings'] as const) : []),
			...(wanted.takeOverCard ? (['takesCards'] as const) : []),
		];
		return {
			effects,
			doors: doorsOf,
			// Two items about the same visitor must not both find nobody.
			keys: [
				`${by}=${key}`,
				...(by === 'systemId' && record.fields.email ? [`email=${textOf(record.fields.email)}`] : []),
				...(by === 'email' && record.fields.system_id ? [`systemId=${textOf(record.fields.system_id)}`] : []),
			],
			send: async () => {
				// Before anything is written: names that can't be read must not fail a check-in half-way.
				const [zone, type] = await Promise.all([
					accountTimeZone(call),
					typeToIssue(call, wanted),
					named(call, wanted.byDoors ? 'doors' : 'groups', wanted.ids),
				]);
				const visit: Visit = { call, wanted, undo: new Undo(), start, end, zone, made: new Set() };
				const fields = await record.withPhoto();
				const lane = `${await call.api.connection()} visitor ${by}=${key.toLowerCase()}`;
				return await oneAtATime(
					lane,
					async () =>
						await visit.undo.guard(
							async () => await new CheckIn(visit, { by, key, fields, mark }, type).carryOut(),
							() => (call.changed = false),
						),
				);
			},
		};
	},
};

/** The doors that a visit is about; undefined where groups decide which they are. */
function doorsOf(output: Output): number[] | undefined {
	if (Array.isArray(output) || 'groups' in output || !Array.isArray(output.doors)) return undefined;
	return output.doors.map((door) => Number((door as IDataObject).id));
}

/** One check-in: who it is, the record, the bookings, the credential. */
class CheckIn {
	constructor(
		private readonly visit: Visit,
		private readonly record: Record,
		/** Undefined when nothing is to be issued. */
		private readonly type: number | undefined,
	) {}

	/** @throws DoorFlowError when it is refused or a step fails */
	async carryOut(): Promise<IDataObject> {
		const { call } = this.visit;
		const found = await findPerson(call, this.record.by, this.record.key);
		if (found) return await this.returning(found);
		const { person, isOurs } = await createRecord(this.visit, this.record);
		return isOurs ? await this.newcomer(person) : await this.returning(person);
	}

	private async newcomer(person: IDataObject): Promise<IDataObject> {
		// Nobody can have booked for a person that was not there.
		const held = await carryOut(this.visit, person, planBookings(this.visit, [], []), []);
		const credential = await this.issue(person, [], false);
		return await this.output('new', person, held, [], credential);
	}

	private async returning(found: IDataObject): Promise<IDataObject> {
		const { call } = this.visit;
		return await inTurnWith(call, found, async (person) => {
			const { byDoors } = this.visit.wanted;
			// Where the record must be changed anyway, the answer is newer than what was found, and says whether a list of
			// the whole account has to be read.
			const isUnread = byDoors && hasNoRole(person) && this.differs(person);
			const who = await whoIs(call, person, this.record.mark, {
				credentials: this.type !== undefined,
				reservations: byDoors && !isUnread,
			});
			await this.refuse(who);
			if (who.isVisitor) return await this.visitor(who, isUnread);
			return await this.standing(isUnread ? await withReservations(call, who) : who);
		});
	}

	/** @throws DoorFlowError when this person is not to be checked in */
	private async refuse({ person, isVisitor }: Who): Promise<void> {
		const { ifStanding: standing, ifDisabled: disabled } = this.visit.wanted;
		if (person.enabled !== true && (!isVisitor || disabled === 'refuse')) {
			throw new DoorFlowError({
				kind: 'notAllowed',
				message: `${nameOf(person)} is disabled in DoorFlow and was not checked in`,
				description: isVisitor
					? 'Nothing was changed. Somebody may have disabled this person for a reason. To let this visitor in again anyway, set If They Are Disabled to Enable.'
					: 'Nothing was changed. The person is not only a visitor and may have been disabled for a reason. Ask the people who manage access.',
			});
		}
		if (!isVisitor && standing === 'refuse') {
			const groups = await named(this.visit.call, 'groups', idsOf(person.groups));
			const groupNames = groups.map(({ id, name }) => textOf(name) || textOf(id)).join(', ');
			throw new DoorFlowError({
				kind: 'notAllowed',
				message: `${nameOf(person)} has access of their own and was not checked in as a visitor`,
				description: `Nothing was changed. ${groups.length > 0 ? `The person is in ${groupNames}. ` : ''}Check ${this.record.by === 'email' ? 'the e-mail address' : 'the System ID'}. If you do mean this person, let them use their own card or PIN, or set If They Have Access of Their Own to Book Only.`,
			});
		}
	}

	private held(who: Who): Held[] {
		const { wanted, call } = this.visit;
		const held = wanted.byDoors ? who.reservations : who.groupReservations;
		if (held) return held;
		const kind = wanted.byDoors ? DOORS : GROUPS;
		return call.fail(forbiddenProblem({ ...kind.create, needs: call.needs }, ' Nothing was changed.'));
	}

	private differs(person: IDataObject): boolean {
		return Object.keys(differences({ person }, this.visit, this.record)).length > 0;
	}

	/** @param isUnread the reservations of doors were not read, because the record showed no role and is changed now */
	private async visitor(found: Who, isUnread: boolean): Promise<IDataObject> {
		const { visit } = this;
		const planned = planBookings(visit, this.held(found), []);
		const differing = differences(found, visit, this.record);
		const isSameVisit = planned.missing.length + planned.ended.length === 0;
		const body = isSameVisit ? withoutPhoto(differing) : differing;
		const person = Object.keys(body).length > 0 ? await changeRecord(visit, found, body) : found.person;
		// Somebody has booked doors for the visitor meanwhile.
		const isLate = isUnread && !hasNoRole(person);
		const who = isLate ? await withReservations(visit.call, found) : found;
		const plan = isLate ? planBookings(visit, this.held(who), []) : planned;
		const before = openBookings(who);
		const held = await carryOut(visit, person, plan, []);
		const credential = await this.issue(person, who.credentials ?? [], before.length > 0);
		tellRenaming(visit.call, found.person, person, this.record);
		return await this.output('visitor', person, held, before, credential);
	}

	/** Only bookings: neither the record nor a credential is touched or told. */
	private async standing(who: Who): Promise<IDataObject> {
		const { call, wanted, end, zone } = this.visit;
		const held = this.held(who);
		const given = (who.groupReservations ?? [])
			.filter(({ isActive }) => isActive)
			.flatMap(({ targets }) => targets);
		const permanent = idsOf(who.person.groups).filter((group) => !given.includes(group));
		const plan = planBookings(this.visit, held, wanted.byDoors ? [] : permanent);
		const booked = await carryOut(this.visit, who.person, plan, permanent);
		const { valid_from: validFrom, valid_to: validTo } = who.person;
		if (momentOf(validTo, zone) < end.getTime()) {
			hint(
				call.context,
				`The access of ${nameOf(who.person)} ends in DoorFlow before this visit does, and was not changed. Valid To in the record decides.`,
			);
		}
		if (momentOf(validFrom, zone) > plan.window.start) {
			hint(
				call.context,
				`The access of ${nameOf(who.person)} begins in DoorFlow after this visit does, and was not changed. Valid From in the record decides.`,
			);
		}
		return await this.output('standing', who.person, booked, openBookings(who), undefined);
	}

	private async issue(
		person: IDataObject,
		credentials: readonly IDataObject[],
		hadVisit: boolean,
	): Promise<IDataObject | undefined> {
		if (this.type === undefined) return undefined;
		return await issue(this.visit, this.type, { person, credentials, hadVisit, mark: this.record.mark });
	}

	/**
	 * @param held bookings of this kind that share time with the window
	 * @param before all that the person had booked before
	 */
	private async output(
		known: 'new' | 'standing' | 'visitor',
		person: IDataObject,
		held: readonly Held[],
		before: readonly Held[],
		credential: IDataObject | undefined,
	): Promise<IDataObject> {
		const { call, wanted, start, end, zone } = this.visit;
		const kind = wanted.byDoors ? DOORS : GROUPS;
		const window = { start: start?.getTime() ?? Date.now(), end: end.getTime() };
		// Where it begins now, or has begun before with the same visit; another visit may have begun earlier.
		const begun = held.find(({ targets: own }) => own.some((target) => wanted.ids.includes(target)));
		const others = overlapping(before, window).filter((one) => one.kind !== kind);
		const targets = (all: readonly Held[], extra: readonly number[] = []): number[] => [
			...new Set([...all.flatMap((one) => one.targets), ...extra]),
		];
		const own = targets(held);
		const otherTargets = targets(others);
		const names = async (ofKind: typeof kind, ids: readonly number[]) =>
			await named(call, ofKind === DOORS ? 'doors' : 'groups', ids);
		const rows = (ofKind: typeof kind): string => (ofKind === DOORS ? 'reservations' : 'groupReservations');
		const what = (ofKind: typeof kind): string => (ofKind === DOORS ? 'doors' : 'groups');
		const otherKind = wanted.byDoors ? GROUPS : DOORS;
		return {
			// First, because n8n's table begins with it: what reception looks for.
			pin: credential && wanted.issue === 'pin' ? (credential.value ?? null) : null,
			person: withoutCredentials(person),
			known,
			isNew: known === 'new',
			credential: credential ?? null,
			window: {
				start: start ? toDoorFlowTime(start) : (begun?.row.start_time ?? toDoorFlowTime(new Date())),
				end: toDoorFlowTime(end),
				timeZone: zone,
			},
			[what(kind)]: await names(kind, own),
			[rows(kind)]: held.map(({ row }) => row),
			...(others.length > 0
				? {
						[what(otherKind)]: await names(otherKind, otherTargets),
						[rows(otherKind)]: others.map(({ row }) => row),
					}
				: {}),
		};
	}
}

/** DoorFlow makes a role for each reservation of doors. What it does not tell counts as one. */
const hasNoRole = ({ roles }: IDataObject): boolean => Array.isArray(roles) && roles.length === 0;

/** The same with the person's reservations of doors as they are now. */
const withReservations = async (call: Call, who: Who): Promise<Who> => ({
	...who,
	reservations: await heldIfAllowed(call, DOORS, who.person, 'fresh'),
});

const withoutPhoto = (body: IDataObject): IDataObject =>
	Object.fromEntries(Object.entries(body).filter(([name]) => !name.startsWith('image_')));
