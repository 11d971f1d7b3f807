import { randomBytes, randomInt } from 'node:crypto';

/** A record in DoorFlow's own field names. */
export type Row = Record<string, unknown> & { id: number };

export interface Config {
	webhookUrl: string;
	latencyMs: number;
	failureRate: number;
	rateLimitPerSecond: number;
	accessTokenSeconds: number;
	rotation: 'lenient' | 'reuse-detection' | 'strict';
	syncLimitSeconds: number;
	/** The key that signs webhooks; empty for the client secret. */
	webhookSecret: string;
	redeliverAfterMs: number;
	/** Added to the timestamp of signed webhooks. */
	clockSkewSeconds: number;
	admitDelayMs: number;
	/** What doors answer to an admission. */
	admitOutcome: 'admitted' | 'denied' | 'offline' | 'timeout';
	/** How long an invited mobile credential takes to become active. */
	inviteMs: number;
	pagingHeaders: 'legacy' | 'none' | 'openapi';
	/** Requests whose path matches this expression get `failureStatus`. */
	failurePath: string;
	failureStatus: number;
	/** Write requests are carried out, but the connection closes without an answer. */
	dropAfterWrite: boolean;
	accountTimeZone: string;
}

export const DEFAULTS: Config = {
	webhookUrl: '',
	latencyMs: 0,
	failureRate: 0,
	rateLimitPerSecond: 0,
	accessTokenSeconds: 3600,
	rotation: 'strict',
	syncLimitSeconds: 30,
	webhookSecret: '',
	redeliverAfterMs: 2000,
	clockSkewSeconds: 0,
	admitDelayMs: 300,
	admitOutcome: 'admitted',
	inviteMs: 500,
	pagingHeaders: 'openapi',
	failurePath: '',
	failureStatus: 500,
	dropAfterWrite: false,
	accountTimeZone: 'Europe/London',
};

export interface Credential {
	id: string;
	credential_type_id: number;
	person_id: number;
	label: string;
	value?: string;
	status?: string;
	url?: string;
	changedAt: number;
}

export interface Door extends Row {
	name: string;
	site_id: number;
	/** How the door leaf stands, as sensors see it. */
	sensor: 'forced' | 'heldOpen' | 'normal';
}

export interface Delivery {
	id: number;
	action: string;
	resourceType: string;
	resourceId: string;
	attempts: Array<{ at: string; status: number | string }>;
	acknowledged: boolean;
}

export const hashid = (): string => randomBytes(9).toString('base64url').replace(/[-_]/g, 'x').slice(0, 8);

const iso = (offsetMs = 0): string => new Date(Date.now() + offsetMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
export const now = iso;

/** Everything this DoorFlow knows. One account; a reset makes it anew. */
export class Store {
	config: Config;

	readonly account = { id: 'hrbrHs7', name: 'Harbour House' };

	people = new Map<number, Row>();

	credentials = new Map<string, Credential>();

	doors = new Map<number, Door>();

	reservations = new Map<number, Row>();

	groupReservations = new Map<number, Row>();

	rules = new Map<number, Row>();

	admissions = new Map<number, Row>();

	events: Row[] = [];

	eventById = new Map<number, Row>();

	outbox: Array<Record<string, unknown>> = [];

	requests: Array<{ at: string; method: string; path: string; status: number; fields?: string[] }> = [];

	deliveries: Delivery[] = [];

	/** Values in use, so that uniqueness does not cost a walk over everybody. */
	readonly values = new Set<string>();

	readonly emails = new Map<string, number>();

	lastSync = 0;

	private lastId = 1000;

	readonly credentialTypes = [
		{ id: 31, label: 'PIN', slug: 'pin', code: 6 },
		{ id: 32, label: 'Card', slug: 'card', code: 5 },
		{ id: 33, label: 'HID Mobile', slug: 'hid-mobile', code: 14 },
		{ id: 34, label: 'PassFlow', slug: 'passflow', code: 15 },
		{ id: 35, label: 'Number Plate', slug: 'number-plate', code: null },
	];

	readonly sites = [
		{ id: 3, name: 'Quayside', ip_address: null, time_zone: 'Europe/London', notes: null, site_ips: [{ ip_address: '192.0.2.10' }] },
		{ id: 4, name: 'Warehouse', ip_address: null, time_zone: 'Europe/London', notes: null, site_ips: [] },
	];

	readonly groups = ['Staff', 'Visitors', 'Contractors', 'Cleaning'].map((name, index) => ({
		id: index + 1,
		name,
		notes: null,
		global_across_sites: true,
		created_at: iso(),
		updated_at: iso(),
	}));

	readonly roles = ['Everywhere', 'Ground Floor', 'Warehouse Only'].map((name, index) => ({
		id: index + 1,
		name,
		shift_id: index === 1 ? 10 : null,
		notes: null,
		created_at: iso(),
		updated_at: iso(),
	}));

	constructor(config: Partial<Config> = {}) {
		this.config = { ...DEFAULTS, ...config };
		this.seed();
	}

	nextId(): number {
		return ++this.lastId;
	}

	addPerson(fields: Record<string, unknown>): Row {
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
			created_at: iso(),
			updated_at: iso(),
			groups: [],
			roles: [],
			...fields,
		};
		this.people.set(person.id, person);
		if (typeof person.email === 'string') this.emails.set(person.email.toLowerCase(), person.id);
		return person;
	}

	addCredential(personId: number, typeId: number, value?: string): Credential {
		const type = this.credentialTypes.find(({ id }) => id === typeId);
		const credential: Credential = {
			id: hashid(),
			credential_type_id: typeId,
			person_id: personId,
			label: type?.label ?? '',
			...(value === undefined ? { status: 'invited', url: 'https://invitation.example/join' } : { value }),
			changedAt: Date.now(),
		};
		this.credentials.set(credential.id, credential);
		if (value !== undefined) this.values.add(value);
		return credential;
	}

	removeCredential(credential: Credential): void {
		this.credentials.delete(credential.id);
		if (credential.value !== undefined) this.values.delete(credential.value);
	}

	credentialsOf(personId: number): Credential[] {
		return [...this.credentials.values()].filter((credential) => credential.person_id === personId);
	}

	/** A PIN that nobody has. */
	freePin(): string {
		for (;;) {
			const pin = String(randomInt(10_000, 9_999_999));
			if (!this.values.has(pin)) return pin;
		}
	}

	addEvent(code: number, label: string, door: Door | undefined, person?: Row, number?: string): Row {
		const event: Row = {
			id: this.nextId() + 90_000,
			event_id: null,
			event_code: code,
			event_label: label,
			door_controller_id: door?.id ?? null,
			door_controller_name: door?.name ?? null,
			channel_id: door?.id ?? null,
			channel_name: door?.name ?? null,
			person_id: person?.id ?? null,
			person_name: person ? `${String(person.first_name)} ${String(person.last_name)}` : null,
			credentials_number: number ?? null,
			created_at: iso(),
			updated_at: iso(),
		};
		this.events.push(event);
		this.eventById.set(event.id, event);
		return event;
	}

	private seed(): void {
		const doors: Array<[number, string, number]> = [
			[1340, 'Main Entrance', 3],
			[1341, 'Reception', 3],
			[1342, 'Meeting Room', 3],
			[1343, 'Server Room', 3],
			[1350, 'Loading Bay', 4],
			[1351, 'Warehouse Side Door', 4],
		];
		for (const [index, [id, name, siteId]] of doors.entries()) {
			this.doors.set(id, {
				id,
				name,
				mac_address: `00:1b:44:11:3a:b${index}`,
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
				created_at: iso(),
				updated_at: iso(),
				sync: { status: 'ok', last_sync_completed_at: iso() },
				lockdown: null,
				mode: { description: 'normal', relock_at: null, change_stamp: null },
				auto_unlock: null,
				sensor: 'normal',
			});
		}
		const names: Array<[string, string, number[]]> = [
			['Ada', 'Okafor', [1]],
			['Bruno', 'Lindqvist', [1]],
			['Chen', 'Wei', [1, 4]],
			['Dalia', 'Haddad', [3]],
			['Edwin', 'Marsh', [2]],
			['Freya', 'Nilsen', [1]],
		];
		for (const [index, [first, last, groups]] of names.entries()) {
			const person = this.addPerson({
				first_name: first,
				last_name: last,
				email: `${first.toLowerCase()}.${last.toLowerCase()}@harbour.example`,
				groups,
				department: index % 2 ? 'Facilities' : 'Operations',
			});
			this.addCredential(person.id, 31, String(41_000 + index * 7));
			if (index < 3) this.addCredential(person.id, 32, String(48_151_600 + index));
		}
		this.addEvent(10, 'Admitted: card', this.doors.get(1340), this.people.get(1001), '48151600');
		this.addEvent(13, 'Admitted: request to exit', this.doors.get(1341));
	}
}
