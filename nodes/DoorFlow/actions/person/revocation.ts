import type { IDataObject } from 'n8n-workflow';

import { credentialsOf, fullName, LISTS, textOf, type List } from '../../../shared/lists';
import { DoorFlowError, type About } from '../../../shared/problem';
import type { Call } from '../../call';
import { knownMembershipOf, membershipOf, readPersonById, saysMembership } from './groups';
import { Steps } from './steps';

/** What is taken away beside being enabled and the reservations. */
export interface RevocationWish {
	readonly removesGroups: boolean;
	readonly deletesCredentials: boolean;
}

type Kind = 'credentials' | 'groupReservations' | 'reservations';

const ABOUT: Readonly<Record<Kind, About>> = {
	reservations: { doing: 'end the reservations', permission: 'account.reservation' },
	groupReservations: { doing: 'end the group reservations', permission: 'account.group_reservation' },
	credentials: { doing: 'delete the credentials' },
};

/** @param what DoorFlow has in its record although it was told otherwise */
const unfinished = (what: string): DoorFlowError =>
	new DoorFlowError({
		kind: 'conflict',
		message: `DoorFlow still lists ${what}`,
		description: 'Somebody else may be changing the same person. Check in DoorFlow, then run it again.',
	});

/** Takes all access from one person, step by step, and keeps account of what is done and what is not. */
export class Revocation {
	private readonly ended: Record<Kind | 'groups' | 'roles', Array<number | string>> = {
		reservations: [],
		groupReservations: [],
		groups: [],
		roles: [],
		credentials: [],
	};

	private readonly steps: Steps;

	private readonly id: string;

	private readonly name: string;

	private disabled: boolean;

	/** @param known the bookings of everybody, where they were read a moment ago for many people */
	constructor(
		private readonly call: Call,
		private readonly person: IDataObject,
		private readonly known: Partial<Record<Kind, readonly IDataObject[]>> = {},
	) {
		this.id = textOf(person.id);
		this.name = fullName(person);
		this.disabled = person.enabled === false;
		this.steps = new Steps(call);
	}

	/**
	 * Does it, first what keeps a door open longest: nobody disabled opens anything, whatever else is left. A step that
	 * fails keeps none of the others from being done.
	 *
	 * @throws DoorFlowError that says what is done and what is not
	 */
	async carryOut({ removesGroups, deletesCredentials }: RevocationWish): Promise<IDataObject> {
		const before = membershipOf(this.person);
		await this.steps.step('the person is not disabled', async () => await this.disable());
		await this.endAll('groupReservations', LISTS.groupReservations);
		await this.endAll('reservations', LISTS.reservations);
		if (removesGroups) {
			await this.steps.step(
				'groups and roles are not taken away',
				async () => await this.takeMembership(before),
			);
		}
		if (deletesCredentials) await this.endAll('credentials', credentialsOf(this.id));
		if (this.steps.failed.length > 0) throw this.halfway();
		return {
			personId: this.person.id,
			name: this.name,
			disabled: this.disabled,
			ended: this.ended,
		};
	}

	private async disable(): Promise<void> {
		if (this.disabled) return;
		this.accept(await this.write({ enabled: false }, 'disable the person'));
	}

	/** Takes DoorFlow's record as the proof. @throws DoorFlowError when it says that the person is enabled */
	private accept(person: IDataObject): void {
		this.disabled = person.enabled === false;
		if (!this.disabled) throw unfinished('the person as enabled');
	}

	/** What reservations gave is gone by now, so the record is read again; DoorFlow's record afterwards is the proof. */
	private async takeMembership(before: ReturnType<typeof membershipOf>): Promise<void> {
		const left = await readPersonById(this.call, this.id);
		const { groups: inGroups, roles: withRoles } = membershipOf(left);
		if (!saysMembership(left) || inGroups.length + withRoles.length > 0)
			await this.write({ group_ids: [], role_ids: [] }, 'take groups and roles away');
		const person = await readPersonById(this.call, this.id);
		const { groups, roles } = knownMembershipOf(person);
		this.ended.groups = before.groups.filter((one) => !groups.includes(one));
		this.ended.roles = before.roles.filter((one) => !roles.includes(one));
		this.accept(person);
		if (groups.length + roles.length > 0) throw unfinished('groups or roles of the person');
	}

	private async write(body: IDataObject, doing: string): Promise<IDataObject> {
		const answer = await this.call.request({
			method: 'PUT',
			path: `/api/3/people/${this.id}`,
			body,
			about: { doing, target: { thing: 'person', id: this.id } },
		});
		return answer.body;
	}

	/** Deletes all of a list that belong to the person. What is gone already counts as ended. */
	private async endAll(kind: Kind, list: List): Promise<void> {
		const about = ABOUT[kind];
		await this.steps.step(`it is not known which ${WORDS[kind]} there are`, async () => {
			const where = (one: IDataObject): boolean =>
				kind === 'credentials' || (String(one.person_id) === this.id && one.state !== 'deactivated');
			const all = this.known[kind]?.filter(where) ?? (await this.call.readList(list, { where, about }));
			for (const one of all) {
				const id = textOf(one.id);
				await this.steps.remove(`${WORDS[kind]}: ${id}`, `${list.path}/${id}`, about, () => {
					this.ended[kind].push(one.id as number | string);
				});
			}
		});
	}

	private halfway(): DoorFlowError {
		const done = [
			...(this.disabled ? ['the person is disabled and opens no door after the next sync'] : []),
			...(['groupReservations', 'reservations', 'groups', 'roles', 'credentials'] as const)
				.filter((kind) => this.ended[kind].length > 0)
				.map((kind) => `${WORDS[kind]} ended: ${this.ended[kind].join(', ')}`),
		];
		const { problem, isPartly, description } = this.steps.halfway(done);
		return new DoorFlowError({
			...problem,
			message: `The access of ${this.name} (person ${this.id}) is ${isPartly ? 'only partly' : 'not'} revoked: ${problem.message}`,
			description,
		});
	}
}

const WORDS: Readonly<Record<Kind | 'groups' | 'roles', string>> = {
	reservations: 'reservations',
	groupReservations: 'group reservations',
	groups: 'groups',
	roles: 'roles',
	credentials: 'credentials',
};
