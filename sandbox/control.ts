import { isMobile } from './accounts';
import type { Authority } from './authority';
import { faultsOf, type Config } from './config';
import { decide, settleMode } from './doors';
import { Refusal } from './errors';
import type { Delivery, Door, LoggedRequest, Row, Shared, Store } from './store';
import { isRunning } from './store/bookings';
import { now } from './time';
import type { Webhooks } from './webhooks';

/** What the tokens came to. */
export interface TokenCounts {
	issued: number;
	refreshed: number;
	refused: number;
	/** Access tokens that would be accepted now. */
	live: number;
	/** Whether anybody has the application authorized. */
	connected: boolean;
}

/** A door leaf that was moved or a controller that lost contact. */
const STATES: Record<string, { code: number; label: string } | undefined> = {
	forced: { code: 32, label: 'Door forced open' },
	heldOpen: { code: 33, label: 'Door held open' },
	normal: { code: 31, label: 'Door back to normal' },
	offline: { code: 3, label: 'Contact with door lost' },
	online: { code: 1, label: 'Door started' },
};

/** Lists on the page, newest first. */
const SHOWN = 100;
const PEOPLE_SHOWN = 200;
/** A notification is repeated until it is acknowledged, and may travel with a thousand others. */
const ATTEMPTS_SHOWN = 5;
const BODY_SHOWN = 4000;

const nameOf = (person: Row): string => `${String(person.first_name)} ${String(person.last_name)}`;

/** What stands for doors, people and DoorFlow's administrators: moves the sandbox without a token. */
export class Control {
	constructor(
		private readonly shared: Shared,
		private readonly stores: readonly Store[],
		private readonly authority: Authority,
		private readonly webhooks: Webhooks,
	) {}

	/** People, doors, events, settings and lists as at the start; connections stay, and so does the webhook URL. */
	reset(): void {
		this.webhooks.clear();
		this.shared.reset();
		for (const store of this.stores) store.reset();
	}

	/**
	 * Turns knobs.
	 *
	 * @returns all settings, without the webhook secret
	 * @throws Refusal 400 that says what is wrong with the wish
	 */
	config(wish: Readonly<Record<string, unknown>>): Config {
		const faults = faultsOf(wish);
		if (faults.length > 0) throw new Refusal(400, { error: faults.join(' ') });
		const { requireSync } = this.shared.config;
		Object.assign(this.shared.config, wish);
		// From now on the doors know what they know now.
		if (wish.requireSync === true && !requireSync) for (const store of this.stores) store.sync.tellAll();
		const { seedPeople, seedEvents } = this.shared.config;
		if (wish.seedPeople !== undefined || wish.seedEvents !== undefined)
			this.stores[0]?.fill(seedPeople, seedEvents);
		return this.settings();
	}

	expireTokens(): void {
		this.authority.expireAccessTokens();
	}

	/** As a customer who removes the application: tokens and webhooks end at once. */
	revokeApplication(): void {
		this.authority.revokeAll();
		this.webhooks.clear();
	}

	/**
	 * Shows a door a PIN, card or phone.
	 *
	 * @param wish.value PIN, card number, plate, or the id of a mobile credential
	 * @returns the event
	 * @throws Refusal 404 for an unknown door
	 */
	present(wish: { channelId?: unknown; value?: unknown }): Row {
		const [store, door] = this.find(wish.channelId);
		if (typeof wish.value !== 'string' || wish.value === '')
			throw new Refusal(400, {
				error: 'No value was given: a PIN, a card number, or the ID of a mobile credential.',
			});
		const { code, label, person } = decide(store, door, wish.value);
		const shown = /^\d{4,7}$/.test(wish.value) ? undefined : wish.value;
		const told = (event: Row): void => this.webhooks.raise(store, event, 'Event');
		if (door.status === 'offline') {
			const event = store.makeEvent(code, label, door, person, shown);
			store.holdBack(door, event, told);
			return event;
		}
		const event = store.addEvent(code, label, door, person, shown);
		told(event);
		return event;
	}

	/**
	 * Moves a door leaf, or takes a controller off the network.
	 *
	 * @returns the event
	 * @throws Refusal 404 for an unknown door or state
	 */
	door(wish: { channelId?: unknown; state?: unknown }): Row {
		const [store, door] = this.find(wish.channelId);
		const state = String(wish.state);
		const known = STATES[state];
		if (!known)
			throw new Refusal(404, { error: `There is no such state. States: ${Object.keys(STATES).join(', ')}.` });
		if (state === 'offline' || state === 'online') {
			door.status = state;
			door.updated_at = now();
			const event = store.addEvent(known.code, known.label, door);
			if (state === 'online') {
				store.release(door);
				store.sync.catchUp(door);
			}
			return event;
		}
		door.sensor = state as Door['sensor'];
		const told = (event: Row): void => this.webhooks.raise(store, event, 'PerimeterEvent');
		if (door.status === 'offline') {
			const event = store.makeEvent(known.code, known.label, door);
			store.holdBack(door, event, told);
			return event;
		}
		const event = store.addEvent(known.code, known.label, door);
		told(event);
		return event;
	}

	/** Sends all notifications of the session again. @see Webhooks.repeat */
	async redeliver(wish: { times?: unknown; shuffle?: unknown }): Promise<Record<string, number>> {
		const times = wish.times ?? 1;
		if (typeof times !== 'number' || !Number.isInteger(times) || times < 1 || times > 100)
			throw new Refusal(400, { error: 'times must be a whole number from 1 to 100.' });
		return await this.webhooks.repeat(times, wish.shuffle === true);
	}

	/**
	 * Sends a signed notification of an event whether anybody is connected or not, as one that was on its way already.
	 *
	 * @returns the receiver's status; 0 for none
	 */
	async sendAnyway(eventId: number): Promise<number> {
		return await this.webhooks.sendAnyway(this.stores[0] as Store, eventId);
	}

	/** Forgets what was sent, so that only what comes is sent again. */
	forgetSent(): void {
		this.webhooks.clear();
	}

	deliveries(): Delivery[] {
		return this.shared.deliveries;
	}

	requests(): LoggedRequest[] {
		return this.shared.requests;
	}

	tokens(): TokenCounts {
		return { ...this.authority.counts, live: this.authority.live(), connected: this.authority.connected() };
	}

	outbox(): Array<Record<string, unknown>> {
		return this.shared.outbox;
	}

	/** Takes a message, as an SMS gateway would. */
	post(message: Record<string, unknown>): void {
		const entry = { at: new Date().toISOString(), ...message };
		this.shared.outbox.push(entry);
		this.shared.news.emit('outbox', entry);
	}

	/**
	 * Everything the page shows. With the values of credentials: the page stands for DoorFlow's administrator.
	 *
	 * @param accountId the first account by default
	 */
	state(accountId?: string): Record<string, unknown> {
		const store = this.stores.find(({ account }) => account.id === accountId) ?? (this.stores[0] as Store);
		store.bookings.settle();
		const lastEvents = new Map<unknown, Row>();
		for (const event of store.events.slice(-1000)) lastEvents.set(event.channel_id, event);
		const reservations = this.reservationsByPerson(store);
		const deliveries = this.shared.deliveries.filter((one) => one.accountId === store.account.id);
		const until = this.authority.liveUntil(store.account.id);
		return {
			account: store.account,
			accounts: this.stores.map(({ account }) => ({
				...account,
				connected: this.authority.connected(account.id),
			})),
			doors: [...store.doors.values()].map((door) => this.doorState(store, door, lastEvents.get(door.id))),
			people: store
				.everybody()
				.slice(-PEOPLE_SHOWN)
				.map((person) => this.personState(store, person, reservations.get(person.id) ?? [])),
			peopleCount: store.people.size,
			events: store.events.slice(-SHOWN).reverse(),
			deliveries: deliveries
				.slice(-2 * SHOWN)
				.reverse()
				.map((delivery) => this.deliveryState(store, delivery)),
			outbox: this.shared.outbox.slice(-SHOWN).reverse(),
			tokens: {
				...this.tokens(),
				liveUntil: until === undefined ? null : new Date(until).toISOString(),
				granted: this.authority.granted(store.account.id),
			},
			config: this.settings(),
		};
	}

	/** What the page shows of a notification: the last attempts, and how many there were. */
	private deliveryState(store: Store, delivery: Delivery): Record<string, unknown> {
		const { attempts, body, resourceType, resourceId } = delivery;
		const credential = resourceType === 'PersonCredential' ? store.credentials.get(resourceId) : undefined;
		const person = store.people.get(credential?.person_id ?? 0);
		return {
			...delivery,
			attempts: attempts.slice(-ATTEMPTS_SHOWN),
			attemptCount: attempts.length,
			body: body.length > BODY_SHOWN ? `${body.slice(0, BODY_SHOWN)}…` : body,
			about: credential && person ? `${credential.label} – ${nameOf(person)}` : null,
		};
	}

	/** Present and future ones, of doors and of groups. */
	private reservationsByPerson(store: Store): Map<unknown, Row[]> {
		const found = new Map<unknown, Row[]>();
		for (const row of [...store.reservations.values(), ...store.groupReservations.values()]) {
			if (Date.parse(String(row.end_time)) < Date.now()) continue;
			found.set(row.person_id, [...(found.get(row.person_id) ?? []), row]);
		}
		return found;
	}

	private settings(): Config {
		const { webhookSecret } = this.shared.config;
		return { ...this.shared.config, webhookSecret: webhookSecret ? '…' : '' };
	}

	private find(channelId: unknown): [Store, Door] {
		for (const store of this.stores) {
			const door = store.doors.get(Number(channelId));
			if (door) return [store, door];
		}
		throw new Refusal(404, { error: `There is no door "${String(channelId)}".` });
	}

	private doorState(store: Store, door: Door, lastEvent: Row | undefined): Record<string, unknown> {
		const site = store.sites.find(({ id }) => id === door.site_id)?.name ?? '';
		settleMode(door, Date.now());
		const { relock_at: relockAt } = door.mode as { relock_at: string | null };
		return {
			id: door.id,
			name: door.name,
			site,
			siteName: site,
			mode: (door.mode as { description: string }).description,
			relockAt,
			autoUnlock: (door.auto_unlock as { name: string } | null)?.name ?? null,
			lockdown: door.lockdown !== null,
			online: door.status !== 'offline',
			status: door.status,
			heldBack: store.heldBack.get(door.id)?.length ?? 0,
			lacks: store.sync.lacks(door),
			sync: door.sync.status,
			sensor: door.sensor,
			lastEvent: lastEvent ?? null,
		};
	}

	private personState(store: Store, person: Row, reservations: readonly Row[]): Record<string, unknown> {
		const groupName = (id: number): string => store.groups.find((group) => group.id === id)?.name ?? '';
		const credentials = store.credentialsOf(person.id).map((credential) => {
			const type = store.credentialTypes.find(({ id }) => id === credential.credential_type_id);
			const { id, label, value, status } = credential;
			return {
				id,
				label,
				type: type?.slug ?? '',
				mobile: type ? isMobile(type) : false,
				value: value ?? null,
				status: status ?? null,
			};
		});
		return {
			id: person.id,
			name: nameOf(person),
			email: person.email,
			enabled: person.enabled,
			validFrom: person.valid_from,
			validTo: person.valid_to,
			groups: (person.groups as number[]).map(groupName),
			credentials,
			reservations: reservations.map((row) => ({
				id: row.id,
				from: row.start_time,
				to: row.end_time,
				running: isRunning(row, Date.now()),
				opens: row.channel_ids
					? (row.channel_ids as number[]).map((id) => store.doors.get(id)?.name ?? '')
					: (row.group_ids as number[]).map(groupName),
			})),
		};
	}
}
