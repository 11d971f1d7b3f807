import type { IDataObject } from 'n8n-workflow';

import { choice, secretText, shownAs } from '../../../shared/field';
import { credentialsOf, fullName, LISTS, textOf } from '../../../shared/lists';
import { DoorFlowError, forbiddenProblem } from '../../../shared/problem';
import { toDoorFlowTime } from '../../../shared/time';
import type { Call } from '../../call';
import { personId } from '../../fields';
import { TAKES_ACCESS, type Operation } from '../operation';
import { findPerson } from '../person/findPerson';
import { inTurnWith, readPersonById } from '../person/groups';
import { Steps } from '../person/steps';
import { giveBack } from './book';
import { DOORS, GROUPS, noteBookings, type Held } from './held';
import { markFields, readMark, type Mark } from './mark';
import { CHECKED_OUT } from './output';
import { momentOf } from './rules';
import { credentialsHeld, nameOf, openBookings, whoIs, type Who } from './who';
import { emailShownBy, findByField, systemIdShownBy } from '../person/identity';

const findBy = findByField('the visitor', {
	name: 'Card or PIN',
	value: 'credentialValue',
	description: 'The person who has this number, such as the number on a returned badge',
});

const visitorPicked = shownAs(personId, { displayOptions: { show: { findBy: ['person'] } } });

const email = emailShownBy('findBy');

const systemId = systemIdShownBy('findBy', 'VISITOR-1042');

const credentialValue = secretText({
	displayName: 'Card Number or PIN',
	name: 'credentialValue',
	typeOptions: { password: true },
	default: '',
	required: true,
	placeholder: 'e.g. 48151623',
	description: 'Enter it as text, so that long numbers keep all digits',
	displayOptions: { show: { findBy: ['credentialValue'] } },
});

const mode = choice(
	{
		displayName: 'Afterwards',
		name: 'mode',
		default: 'endVisit',
		required: true,
		description: "What to do with the visitor's record",
	},
	[
		{
			name: 'End the Visit',
			value: 'endVisit',
			description: 'End bookings and credentials; the record stays for the next visit',
		},
		{
			name: 'Disable the Person',
			value: 'disable',
			description: "The same, and the person can't get in until somebody enables the record again",
		},
		{
			name: 'Delete the Person',
			value: 'delete',
			description: 'The same, and delete the record. Keep the record if you need to know who was there.',
		},
	],
);

const which = choice(
	{ displayName: 'Visits', name: 'which', default: 'all', description: 'Which visits of the person to end' },
	[
		{ name: 'All', value: 'all', description: "Today's visit and all future visits" },
		{
			name: 'Only the Current One',
			value: 'current',
			description: 'Keep future visits. If there is one, the PIN or card and the record stay as well.',
		},
	],
);

/** Where a day begins last: what is over there is over wherever the account is. */
const LAST_ZONE = 'Etc/GMT+12';

type Mode = 'delete' | 'disable' | 'endVisit';

interface Wish {
	readonly mode: Mode;
	readonly onlyCurrent: boolean;
	readonly mark: Mark;
}

const EITHER_KIND = [GROUPS.create.permission, DOORS.create.permission] as const;

export const checkOut: Operation = {
	name: 'checkOut',
	displayName: 'Check Out',
	action: 'Check out a visitor, which ends the visit',
	description:
		"End a visitor's bookings, remove the credentials and sync the doors. For people with access of their own, only the bookings end.",
	permission: 'account.person',
	// What the visit did not need is not needed to end it.
	alsoNeeds: [{ permission: EITHER_KIND }],
	fields: [findBy, visitorPicked, email, systemId, credentialValue, mode, which, ...markFields],
	...TAKES_ACCESS,
	answer: CHECKED_OUT,
	prepare(call) {
		const by = call.setting(findBy);
		const value = call.need({ person: visitorPicked, email, systemId, credentialValue }[by]);
		const wish: Wish = {
			mode: call.setting(mode),
			onlyCurrent: call.setting(which) === 'current',
			mark: readMark(call),
		};
		return {
			keys: [by === 'person' ? value : `${by}=${value}`],
			send: async () => {
				const found = await find(call, by, value);
				return await inTurnWith(
					call,
					found,
					async (person) => await new CheckOut(call, person, wish).carryOut(),
				);
			},
		};
	},
};

/** @throws DoorFlowError when nobody is found; the number is never repeated */
async function find(
	call: Call,
	by: 'credentialValue' | 'email' | 'person' | 'systemId',
	value: string,
): Promise<IDataObject> {
	if (by === 'person') return await readPersonById(call, value);
	if (by !== 'credentialValue') {
		const person = await findPerson(call, by, value);
		if (person) return person;
	} else {
		const [card] = await call.readList(LISTS.credentials, {
			about: { doing: 'look for the card or PIN', secrets: [value] },
			where: (one) => textOf(one.value) === value,
		});
		if (card) return await readPersonById(call, textOf(card.person_id));
	}
	throw new DoorFlowError({
		kind: 'notFound',
		message: `Nobody in DoorFlow has this ${by === 'email' ? 'e-mail address' : by === 'systemId' ? 'System ID' : 'card or PIN'}`,
		description:
			'Nothing was changed. The visitor may already be checked out. Otherwise, check the value, or find the visitor in another way.',
	});
}

/** Ends the visits of one person, what keeps a door open longest first, and keeps account of what is done. */
class CheckOut {
	private readonly steps: Steps;

	private readonly ended = {
		reservations: [] as number[],
		groupReservations: [] as number[],
		credentials: [] as string[],
	};

	/** What was done to the record. */
	private readonly record = { closed: false, disabled: false, deleted: false };

	private readonly path: string;

	constructor(
		private readonly call: Call,
		private readonly person: IDataObject,
		private readonly wish: Wish,
	) {
		this.steps = new Steps(call);
		this.path = `/api/3/people/${textOf(person.id)}`;
	}

	/** @throws DoorFlowError that says what is ended and what is not */
	async carryOut(): Promise<IDataObject> {
		const who = await whoIs(this.call, this.person, this.wish.mark, {
			credentials: false,
			reservations: true,
		});
		this.refuse(who);
		const open = openBookings(who);
		const ending = this.wish.onlyCurrent ? open.filter((one) => one.start <= Date.now()) : open;
		const staying = open.filter((one) => !ending.includes(one));
		const endsAccess = who.isVisitor && staying.length === 0;
		if (endsAccess)
			await this.steps.step('the validity of the person is not ended', async () => await this.close());
		const gone: Held[] = [];
		for (const booking of longestOpenFirst(ending)) await this.end(booking, gone);
		await this.steps.inAnyCase('groups are not given back', async () => {
			const left = open.filter((one) => one.isActive && !gone.includes(one));
			await giveBack(
				this.call,
				this.person,
				gone,
				left.flatMap(({ targets }) => targets),
			);
		});
		if (endsAccess) {
			await this.takeCredentials(who);
			if (this.wish.mode === 'delete' && this.steps.failed.length === 0) await this.remove();
		}
		if (this.steps.failed.length > 0) throw this.halfway();
		return {
			checkedOut: true,
			id: this.person.id,
			name: fullName(this.person),
			known: who.isVisitor ? 'visitor' : 'standing',
			disabled: this.record.disabled || this.person.enabled === false,
			deleted: this.record.deleted,
			ended: this.ended,
			staying: staying.map(({ row }) => row),
		};
	}

	/** @throws DoorFlowError when this person is not to be disabled or deleted, or nothing can be told about the visits */
	private refuse({ isVisitor, groupReservations, reservations }: Who): void {
		const { mode: wanted } = this.wish;
		if (!isVisitor && wanted !== 'endVisit') {
			throw new DoorFlowError({
				kind: 'notAllowed',
				message: `${nameOf(this.person)} has access of their own and was not ${wanted === 'delete' ? 'deleted' : 'disabled'} as a visitor`,
				description:
					'Nothing was changed. If the person is leaving for good, use Person → Revoke Access. To end only the visits, choose End the Visit.',
			});
		}
		const hidden = [
			...(groupReservations === undefined ? [GROUPS] : []),
			...(reservations === undefined ? [DOORS] : []),
		];
		// What the record shows must be ended, and can't be.
		const needed = hidden.find((kind) => {
			const shown = this.person[kind === GROUPS ? 'groups' : 'roles'];
			return hidden.length === 2 || (!isVisitor && (!Array.isArray(shown) || shown.length > 0));
		});
		if (!needed) return;
		const isAny = hidden.length === 2;
		const about = {
			doing: isAny ? 'list the reservations to end' : `list the ${needed.thing}s to end`,
			permission: isAny ? EITHER_KIND : needed.create.permission,
			needs: this.call.needs,
		};
		throw new DoorFlowError(forbiddenProblem(about, ' Nothing was changed.'));
	}

	/** Ends the validity first: whatever else fails, nothing opens any more after the next sync. */
	private async close(): Promise<void> {
		const now = toDoorFlowTime(new Date());
		const { valid_to: validTo, valid_from: validFrom, enabled } = this.person;
		const disables = this.wish.mode !== 'endVisit';
		const body: IDataObject = {
			...(disables && enabled !== false ? { enabled: false } : {}),
			...(momentOf(validTo, LAST_ZONE) <= Date.now() ? {} : { valid_to: now }),
			// DoorFlow wants the end after the start.
			...(momentOf(validFrom, LAST_ZONE) >= Date.parse(now) ? { valid_from: null } : {}),
		};
		if (Object.keys(body).length > 0) {
			await this.call.request({
				method: 'PUT',
				path: this.path,
				body,
				about: {
					doing: 'end the validity of the person',
					target: { thing: 'person', id: textOf(this.person.id) },
				},
			});
		}
		this.record.closed = true;
		this.record.disabled = disables;
	}

	/** @param gone those that are ended, or may be: none of them is a reason to be in a group any more */
	private async end(booking: Held, gone: Held[]): Promise<void> {
		const { kind, id, row } = booking;
		await this.steps.remove(
			`the ${kind.thing} ${id}`,
			`${kind.list.path}/${id}`,
			kind.end,
			async () => {
				this.ended[kind === DOORS ? 'reservations' : 'groupReservations'].push(Number(row.id));
				gone.push(booking);
				await noteBookings(this.call, kind, { ended: [id] });
			},
			() => void gone.push(booking),
		);
	}

	private async takeCredentials({ credentials }: Who): Promise<void> {
		await this.steps.step('it is not known which credentials there are', async () => {
			const { path } = credentialsOf(textOf(this.person.id));
			for (const credential of credentials ?? (await credentialsHeld(this.call, this.person))) {
				const id = textOf(credential.id);
				await this.steps.remove(
					`the credential ${id}`,
					`${path}/${id}`,
					{ doing: 'take the credentials away' },
					() => void this.ended.credentials.push(id),
				);
			}
		});
	}

	private async remove(): Promise<void> {
		await this.steps.remove('the person is not deleted', this.path, { doing: 'delete the person' }, () => {
			this.record.deleted = true;
		});
	}

	private halfway(): DoorFlowError {
		const { closed, disabled, deleted } = this.record;
		const { groupReservations, reservations, credentials } = this.ended;
		const list = (words: string, ids: ReadonlyArray<number | string>): string[] =>
			ids.length > 0 ? [`${words} ended: ${ids.join(', ')}`] : [];
		const { problem, isPartly, description } = this.steps.halfway([
			...(closed
				? [
						`the person ${disabled ? 'is disabled' : 'is not valid any more'} and opens no door after the next sync`,
					]
				: []),
			...list('group reservations', groupReservations),
			...list('reservations', reservations),
			...list('credentials', credentials),
			...(deleted ? ['the person is deleted'] : []),
		]);
		return new DoorFlowError({
			...problem,
			message: `${nameOf(this.person)} is ${isPartly ? 'only partly' : 'not'} checked out: ${problem.message}`,
			description,
		});
	}
}

/** What is open now comes before what is still to come; of each, what lasts longest. */
const longestOpenFirst = (held: readonly Held[]): Held[] => {
	const now = Date.now();
	const isNow = ({ start }: Held): number => (start <= now ? 0 : 1);
	return [...held].sort((one, other) => isNow(one) - isNow(other) || other.end - one.end);
};
