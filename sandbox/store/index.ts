import { isMobile, isPin, type Blueprint, type CredentialType } from '../accounts';
import type { Config } from '../config';
import { Bookings } from './bookings';
import { Credentials, type Credential } from './credentials';
import { Events } from './events';
import { fill } from './madeUp';
import { People } from './people';
import { Places, type Door } from './places';
import type { Row } from './row';
import type { Delivery, LoggedRequest, Shared } from './shared';
import { Sync, type Knowledge } from './sync';

export type { Credential } from './credentials';
export type { Door, Opening } from './places';
export type { Row } from './row';
export { Shared, type Answered, type Delivery, type LoggedRequest } from './shared';
export type { Knowledge } from './sync';

/**
 * Everything one account holds, each kind in a file of its own; here they meet. Records are changed through the
 * methods, because they keep the indexes.
 */
export class Store implements Knowledge {
	/** Notification rules. */
	readonly rules = new Map<number, Row>();

	/** Admission requests. */
	readonly admissions = new Map<number, Row>();

	private lastId: number;

	private readonly places = new Places();

	private readonly persons = new People(
		() => this.nextId(),
		({ id }) => this.sync.changed(`person ${id}`),
	);

	private readonly keys: Credentials;

	private readonly log = new Events(
		() => this.nextId(),
		(event) => this.shared.news.emit('event', { ...event, account_id: this.account.id }),
	);

	/** How much the doors know. */
	readonly sync = new Sync(
		this,
		() => this.doors,
		() => this.config,
	);

	readonly bookings = new Bookings(
		() => this.nextId(),
		this.persons,
		this.places,
		(what) => this.sync.changed(what),
		() => this.config.bookingsLateMs,
	);

	constructor(
		readonly blueprint: Blueprint,
		readonly shared: Shared,
	) {
		this.keys = new Credentials(blueprint.credentialTypes, ({ id }) => this.sync.changed(`credential ${id}`));
		this.lastId = blueprint.firstId;
		this.seed();
	}

	get account(): Blueprint['account'] {
		return this.blueprint.account;
	}

	get config(): Config {
		return this.shared.config;
	}

	get requests(): LoggedRequest[] {
		return this.shared.requests;
	}

	get deliveries(): Delivery[] {
		return this.shared.deliveries;
	}

	get outbox(): Array<Record<string, unknown>> {
		return this.shared.outbox;
	}

	get timeZone(): string {
		return this.blueprint.timeZone || this.config.accountTimeZone;
	}

	get credentialTypes(): readonly CredentialType[] {
		return this.blueprint.credentialTypes;
	}

	get sites(): Row[] {
		return this.places.sites;
	}

	get doors(): Map<number, Door> {
		return this.places.doors;
	}

	get groups(): Places['groups'] {
		return this.places.groups;
	}

	get roles(): Places['roles'] {
		return this.places.roles;
	}

	get openings(): Places['openings'] {
		return this.places.openings;
	}

	get reservations(): Map<number, Row> {
		return this.bookings.reservations;
	}

	get groupReservations(): Map<number, Row> {
		return this.bookings.groupReservations;
	}

	get people(): Map<number, Row> {
		return this.persons.byId;
	}

	/** By address in lower case. */
	get emails(): ReadonlyMap<string, number> {
		return this.persons.emails;
	}

	get systemIds(): ReadonlyMap<string, number> {
		return this.persons.systemIds;
	}

	get credentials(): Map<string, Credential> {
		return this.keys.byId;
	}

	get byValue(): ReadonlyMap<string, Credential> {
		return this.keys.byValue;
	}

	/** Oldest first. */
	get events(): Row[] {
		return this.log.list;
	}

	get eventById(): ReadonlyMap<number, Row> {
		return this.log.byId;
	}

	get heldBack(): Events['heldBack'] {
		return this.log.heldBack;
	}

	/** In milliseconds; 0 for never. */
	get lastSync(): number {
		return this.sync.last;
	}

	set lastSync(at: number) {
		this.sync.last = at;
	}

	/** Whether something changed that the doors were not told. */
	get unsynced(): boolean {
		return this.sync.unsynced;
	}

	nextId(): number {
		return ++this.lastId;
	}

	/** Everything as it was at the start. */
	reset(): void {
		for (const one of [this.rules, this.admissions]) one.clear();
		for (const one of [this.persons, this.keys, this.log, this.bookings]) one.clear();
		this.lastSync = 0;
		this.lastId = this.blueprint.firstId;
		this.seed();
	}

	/** Everybody, by id. */
	everybody(): readonly Row[] {
		return this.persons.everybody();
	}

	addPerson(fields: Record<string, unknown>): Row {
		return this.persons.add(fields);
	}

	changePerson(person: Row, fields: Record<string, unknown>): void {
		this.persons.change(person, fields);
	}

	/** DoorFlow keeps the audit trail, so events go on naming the person. */
	removePerson(person: Row): void {
		for (const credential of this.credentialsOf(person.id)) this.removeCredential(credential);
		this.persons.remove(person);
	}

	/** @see Credentials.add */
	addCredential(personId: number, typeId: number, value?: string): Credential {
		return this.keys.add(personId, typeId, value);
	}

	changeValue(credential: Credential, value: string): void {
		this.keys.changeValue(credential, value);
	}

	/** @param status what became of an invitation */
	changeStatus(credential: Credential, status: 'active' | 'revoking'): void {
		this.keys.changeStatus(credential, status);
	}

	removeCredential(credential: Credential): void {
		this.keys.remove(credential);
	}

	credentialsOf(personId: number): Credential[] {
		return this.keys.of(personId);
	}

	/** A PIN that nobody has, of the length that the account demands. */
	freePin(): string {
		return this.keys.freePin(this.config.pinLength);
	}

	/** Puts an event on record. @see Events.add */
	addEvent(...event: Parameters<Events['add']>): Row {
		return this.log.add(...event);
	}

	/** An event that is not on record yet. */
	makeEvent(...event: Parameters<Events['make']>): Row {
		return this.log.make(...event);
	}

	/** An event that happens at a door without contact; it comes with the door's next contact. */
	holdBack(door: Door, event: Row, arrived: (event: Row) => void): void {
		this.log.holdBack(door, event, arrived);
	}

	/** The door is in contact again. */
	release(door: Door): void {
		this.log.release(door);
	}

	/** What a door knows; without a door, what was synced last. */
	doorsKnow(door?: Door): Knowledge {
		return this.sync.knowledge(door);
	}

	/** Makes people and events until there are enough, for measuring; they count as known to the doors, where nothing else waits. */
	fill(people: number, events: number): void {
		const { unsynced } = this.sync;
		fill(this, people, events);
		if (!unsynced) this.sync.tellAll();
	}

	private seed(): void {
		const { blueprint } = this;
		this.places.build(blueprint, this.timeZone);
		const pin = this.credentialTypes.find(isPin);
		const card = this.credentialTypes.find((type) => !isPin(type) && !isMobile(type));
		for (const [index, [first, last, groups, pinValue, cardValue]] of blueprint.people.entries()) {
			const person = this.addPerson({
				first_name: first,
				last_name: last,
				email: `${first.toLowerCase()}.${last.toLowerCase()}@${blueprint.emailHost}`,
				groups: [...groups],
				department: index % 2 ? 'Facilities' : 'Operations',
			});
			if (pin) this.addCredential(person.id, pin.id, pinValue);
			if (card && cardValue !== undefined) this.addCredential(person.id, card.id, cardValue);
		}
		const [entrance, second] = this.doors.values();
		const [somebody] = this.people.values();
		this.addEvent(10, 'Admitted: card', entrance, somebody, blueprint.people[0]?.[4]);
		this.addEvent(13, 'Admitted: request to exit', second);
		// Only the first account is made larger for measuring.
		if (blueprint.timeZone === '') this.fill(this.config.seedPeople, this.config.seedEvents);
		this.sync.tellAll();
	}
}
