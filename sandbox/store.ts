import { randomBytes, randomInt } from 'node:crypto';
import { EventEmitter } from 'node:events';

import { isMobile, PASSFLOW_CODE, PIN_CODE, type Blueprint, type CredentialType } from './accounts';
import { DEFAULTS, type Config } from './config';
import { now } from './time';

/** A record in DoorFlow's own field names. */
export type Row = Record<string, unknown> & { id: number };

export interface Credential {
	id: string;
	credential_type_id: number;
	person_id: number;
	label: string;
	value?: string;
	status?: 'active' | 'invited' | 'revoked' | 'revoking';
	url?: string;
	/** Internal, in milliseconds. */
	changedAt: number;
}

export interface Door extends Row {
	name: string;
	site_id: number;
	/** Internal: how the door leaf stands, as sensors see it. */
	sensor: 'forced' | 'heldOpen' | 'normal';
}

export interface Delivery {
	id: number;
	accountId: string;
	action: string;
	resourceType: string;
	resourceId: string;
	raisedAt: string;
	/** Each with the headers it was signed with; `status` is a text where no answer came. */
	attempts: Array<{ at: string; status: number | string; timestamp: string; signature: string }>;
	acknowledged: boolean;
	/** Not sent any more, because the application was revoked or the list cleared. */
	dropped: boolean;
	/** Of the last attempt, as it was signed but for its ack_tokens, which are shortened; empty before the first. */
	body: string;
}

export interface LoggedRequest {
	at: string;
	method: string;
	path: string;
	status: number;
	/** Names only: values may be PINs. */
	fields?: string[];
}

/** What doors decide on: DoorFlow's records, or a copy of them as of the last sync. */
export interface Knowledge {
	readonly people: ReadonlyMap<number, Row>;
	readonly byValue: ReadonlyMap<string, Credential>;
	readonly reservations: ReadonlyMap<number, Row>;
	readonly groupReservations: ReadonlyMap<number, Row>;
}

/** What all accounts of a sandbox have in common. */
export class Shared {
	config: Config;

	outbox: Array<Record<string, unknown>> = [];

	requests: LoggedRequest[] = [];

	deliveries: Delivery[] = [];

	/** Tells the page what happens: `event`, `delivery`, `outbox`, `tokens`; and tests, which request `arrived` or is `silent`. */
	readonly news = new EventEmitter();

	private readonly initial: Config;

	constructor(config: Partial<Config> = {}) {
		this.initial = { ...DEFAULTS, ...config };
		this.config = { ...this.initial };
	}

	/** As at the start, but webhooks still go where they went: whoever resets does not move. */
	reset(): void {
		const { webhookUrl } = this.config;
		// Others hold on to this object.
		Object.assign(this.config, this.initial, { webhookUrl });
		this.outbox = [];
		this.requests = [];
		this.deliveries = [];
	}
}

/** Hashids of DoorFlow are short texts of letters and digits. */
export const hashid = (): string => randomBytes(9).toString('base64url').replace(/[-_]/g, 'x').slice(0, 8);

const FIRST_NAMES = ['Alma', 'Boris', 'Carla', 'Denis', 'Elif', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jonas'];
const LAST_NAMES = [
	'Adler',
	'Brand',
	'Cortez',
	'Dubois',
	'Evans',
	'Fischer',
	'Garcia',
	'Hansen',
	'Ivanov',
	'Jensen',
];

/** Everything one account holds. Records are changed through the methods, because they keep the indexes. */
export class Store implements Knowledge {
	readonly people = new Map<number, Row>();

	readonly credentials = new Map<string, Credential>();

	readonly doors = new Map<number, Door>();

	readonly reservations = new Map<number, Row>();

	readonly groupReservations = new Map<number, Row>();

	readonly rules = new Map<number, Row>();

	readonly admissions = new Map<number, Row>();

	/** Oldest first. */
	events: Row[] = [];

	readonly eventById = new Map<number, Row>();

	/** Events of a door without contact to DoorFlow: they arrive, with the time at which they happened, when it is back. */
	readonly heldBack = new Map<number, Array<{ event: Row; arrived: (event: Row) => void }>>();

	/** E-mail addresses in lower case, so that uniqueness does not cost a walk over everybody. */
	readonly emails = new Map<string, number>();

	readonly systemIds = new Map<string, number>();

	readonly byValue = new Map<string, Credential>();

	/** In milliseconds; 0 for never. */
	lastSync = 0;

	/** Whether something changed that the doors were not told. */
	unsynced = false;

	private snapshot: Knowledge | undefined;

	private lastId: number;

	private readonly byPerson = new Map<number, Set<Credential>>();

	private listed: Row[] | undefined;

	constructor(
		readonly blueprint: Blueprint,
		readonly shared: Shared,
	) {
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

	readonly sites: Row[] = [];

	readonly groups: Array<Row & { name: string }> = [];

	readonly roles: Array<Row & { name: string; shift_id: number | null }> = [];

	nextId(): number {
		return ++this.lastId;
	}

	/** Everything as it was at the start. */
	reset(): void {
		for (const one of [
			this.people,
			this.credentials,
			this.doors,
			this.reservations,
			this.groupReservations,
			this.rules,
		])
			one.clear();
		for (const one of [
			this.admissions,
			this.eventById,
			this.heldBack,
			this.emails,
			this.systemIds,
			this.byValue,
			this.byPerson,
		])
			one.clear();
		for (const one of [this.sites, this.groups, this.roles]) one.length = 0;
		this.events = [];
		this.listed = undefined;
		this.lastSync = 0;
		this.lastId = this.blueprint.firstId;
		this.seed();
	}

	/** Everybody, by id. */
	everybody(): readonly Row[] {
		this.listed ??= [...this.people.values()];
		return this.listed;
	}

	addPerson(fields: Record<string, unknown>): Row {
		const at = now();
		const person: Row = {
			id: this.nextId(),
			first_name: '',
			last_name: '',
			salutation: null,
			job_title: null,
			email: null,
			organisation_id: null,
			system_id: null,
			department: null,
			enabled: true,
			valid_from: null,
			valid_to: null,
			image_url: null,
			image_thumbnail_url: null,
			telephone: null,
			mobile: null,
			notes: null,
			barcode: null,
			custom_1: null,
			custom_2: null,
			custom_3: null,
			custom_4: null,
			custom_5: null,
			created_at: at,
			updated_at: at,
			groups: [],
			roles: [],
		};
		this.people.set(person.id, person);
		this.listed?.push(person);
		this.changePerson(person, fields);
		return person;
	}

	changePerson(person: Row, fields: Record<string, unknown>): void {
		for (const [name, index] of [
			['email', this.emails],
			['system_id', this.systemIds],
		] as const) {
			const key = (value: unknown): string | undefined =>
				typeof value === 'string' ? (name === 'email' ? value.toLowerCase() : value) : undefined;
			const before = key(person[name]);
			if (!(name in fields)) continue;
			if (before !== undefined && index.get(before) === person.id) index.delete(before);
			const after = key(fields[name]);
			if (after !== undefined) index.set(after, person.id);
		}
		Object.assign(person, fields);
		this.unsynced = true;
	}

	/** DoorFlow keeps the audit trail, so events go on naming the person. */
	removePerson(person: Row): void {
		for (const credential of this.credentialsOf(person.id)) this.removeCredential(credential);
		this.changePerson(person, { email: null, system_id: null });
		this.people.delete(person.id);
		this.listed = undefined;
	}

	/**
	 * Gives a person a credential, without a look at the rules.
	 *
	 * @param value absent for an invitation to a mobile credential
	 */
	addCredential(personId: number, typeId: number, value?: string): Credential {
		const type = this.credentialTypes.find(({ id }) => id === typeId);
		const credential: Credential = {
			id: hashid(),
			credential_type_id: typeId,
			person_id: personId,
			label: type?.label ?? '',
			changedAt: Date.now(),
		};
		if (value === undefined) credential.status = 'invited';
		// DoorFlow: only PassFlow has an address, and only while invited.
		if (value === undefined && type?.code === PASSFLOW_CODE)
			credential.url = `https://passes.example/${credential.id}`;
		this.credentials.set(credential.id, credential);
		const own = this.byPerson.get(personId) ?? new Set();
		this.byPerson.set(personId, own.add(credential));
		if (value !== undefined) this.changeValue(credential, value);
		return credential;
	}

	changeValue(credential: Credential, value: string): void {
		if (credential.value !== undefined) this.byValue.delete(credential.value);
		credential.value = value;
		this.byValue.set(value, credential);
		this.unsynced = true;
	}

	removeCredential(credential: Credential): void {
		this.credentials.delete(credential.id);
		this.byPerson.get(credential.person_id)?.delete(credential);
		if (credential.value !== undefined && this.byValue.get(credential.value) === credential)
			this.byValue.delete(credential.value);
		this.unsynced = true;
	}

	credentialsOf(personId: number): Credential[] {
		return [...(this.byPerson.get(personId) ?? [])];
	}

	/** A PIN that nobody has, of the length that the account demands. */
	freePin(): string {
		const { pinLength } = this.config;
		for (;;) {
			const digits = pinLength || randomInt(5, 8);
			const pin = String(randomInt(10 ** (digits - 1), 10 ** digits));
			if (!this.byValue.has(pin)) return pin;
		}
	}

	/**
	 * Puts an event on record.
	 *
	 * @param id given where DoorFlow promised it before: an admission request is found under the id of its event
	 */
	addEvent(
		code: number,
		label: string,
		door: Door | undefined,
		person?: Row,
		number?: string,
		id = this.nextId() + 90_000,
	): Row {
		const event = this.makeEvent(code, label, door, person, number, id);
		this.record(event);
		return event;
	}

	/** An event that happens at a door without contact; it comes with the door's next contact. */
	holdBack(door: Door, event: Row, arrived: (event: Row) => void): void {
		this.heldBack.set(door.id, [...(this.heldBack.get(door.id) ?? []), { event, arrived }]);
	}

	/** The door is in contact again. */
	release(door: Door): void {
		const late = this.heldBack.get(door.id) ?? [];
		this.heldBack.delete(door.id);
		for (const { event, arrived } of late) {
			this.record(event);
			arrived(event);
		}
		this.events.sort(
			(one, other) => Date.parse(String(one.created_at)) - Date.parse(String(other.created_at)),
		);
	}

	makeEvent(
		code: number,
		label: string,
		door: Door | undefined,
		person?: Row,
		number?: string,
		id = this.nextId() + 90_000,
	): Row {
		const at = now();
		return {
			id,
			event_id: id,
			event_code: code,
			event_label: label,
			door_controller_id: door?.id ?? null,
			door_controller_name: door?.name ?? null,
			channel_id: door?.id ?? null,
			channel_name: door?.name ?? null,
			person_id: person?.id ?? null,
			person_name: person ? `${String(person.first_name)} ${String(person.last_name)}` : null,
			credentials_number: number ?? null,
			created_at: at,
			updated_at: at,
		};
	}

	/** What the doors know, when they are told at a sync only. */
	doorsKnow(): Knowledge {
		if (!this.config.requireSync) return this;
		this.snapshot ??= this.copy();
		return this.snapshot;
	}

	/** Tells the doors everything. */
	syncDoors(): void {
		this.snapshot = this.config.requireSync ? this.copy() : undefined;
		this.unsynced = false;
	}

	/** Makes people and events until there are enough, for measuring. */
	fill(people: number, events: number): void {
		const pin = this.credentialTypes.find(({ code }) => code === PIN_CODE);
		for (let count = this.people.size; count < people; count++) {
			const first = FIRST_NAMES[count % 10] ?? '';
			const last = `${LAST_NAMES[Math.floor(count / 10) % 10] ?? ''} ${count}`;
			const person = this.addPerson({
				first_name: first,
				last_name: last,
				email: `p${count}@${this.blueprint.emailHost}`,
				groups: [1 + (count % this.groups.length)],
			});
			const value = String(1_000_000 + count);
			if (pin && !this.byValue.has(value)) this.addCredential(person.id, pin.id, value);
		}
		const everybody = this.everybody();
		const doors = [...this.doors.values()];
		for (let count = this.events.length; count < events; count++) {
			this.addEvent(11, 'Admitted: PIN', doors[count % doors.length], everybody[count % everybody.length]);
		}
	}

	private record(event: Row): void {
		this.events.push(event);
		this.eventById.set(event.id, event);
		this.shared.news.emit('event', { ...event, account_id: this.account.id });
	}

	private copy(): Knowledge {
		const rows = (map: Map<number, Row>): Map<number, Row> =>
			new Map([...map].map(([id, row]) => [id, { ...row }]));
		return {
			people: rows(this.people),
			byValue: new Map([...this.byValue].map(([value, credential]) => [value, { ...credential }])),
			reservations: rows(this.reservations),
			groupReservations: rows(this.groupReservations),
		};
	}

	private seed(): void {
		const { blueprint } = this;
		const at = now();
		for (const { id, name, address } of blueprint.sites) {
			this.sites.push({
				id,
				name,
				ip_address: null,
				time_zone: this.timeZone,
				notes: null,
				site_ips: [{ ip_address: address }],
			});
		}
		for (const [index, { name }] of blueprint.groups.entries()) {
			this.groups.push({
				id: index + 1,
				name,
				notes: null,
				global_across_sites: true,
				created_at: at,
				updated_at: at,
			});
		}
		for (const [index, { name, shiftId }] of blueprint.roles.entries()) {
			this.roles.push({
				id: index + 1,
				name,
				shift_id: shiftId,
				notes: null,
				created_at: at,
				updated_at: at,
			});
		}
		for (const [index, [id, name, siteId]] of blueprint.doors.entries()) {
			this.doors.set(id, {
				id,
				name,
				mac_address: `00:1b:44:11:${(id % 256).toString(16).padStart(2, '0')}:b${index}`,
				status: 'online',
				unit: index + 1,
				model: 'D21',
				model_long: 'DoorFlow D21 controller',
				serial_number: `SN-${id}`,
				card_format: null,
				pin_format: null,
				freescale_version: null,
				pic_version: null,
				reader_device_class_name: null,
				site_id: siteId,
				created_at: at,
				updated_at: at,
				sync: { status: 'ok', last_sync_completed_at: at },
				lockdown: null,
				mode: { description: 'normal', relock_at: null, change_stamp: null },
				auto_unlock: null,
				sensor: 'normal',
			});
		}
		const pin = this.credentialTypes.find(({ code }) => code === PIN_CODE);
		const card = this.credentialTypes.find((type) => type.code !== PIN_CODE && !isMobile(type));
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
		this.syncDoors();
	}
}
