import type { Config } from '../config';
import { now } from '../time';
import type { Credential } from './credentials';
import type { Door, Opening } from './places';
import type { Row } from './row';

/** What a door decides on: DoorFlow's records, or a copy of them as of the sync that reached it last. */
export interface Knowledge {
	readonly people: ReadonlyMap<number, Row>;
	readonly byValue: ReadonlyMap<string, Credential>;
	/** By id, which is what a phone shows. */
	readonly credentials: ReadonlyMap<string, Credential>;
	readonly groupReservations: ReadonlyMap<number, Row>;
	/** What the roles open, by id. */
	readonly openings: ReadonlyMap<number, Opening>;
}

/** What one sync carries. */
interface Load {
	readonly knowledge: Knowledge;
	/** The last change that is part of it. */
	readonly version: number;
}

interface AtDoor {
	has: Load;
	underWay?: Load | undefined;
	/** Whether the last sync did not reach the door. */
	failed: boolean;
}

export interface AccountSync {
	readonly status: 'complete' | 'failing' | 'pending' | 'syncing';
	readonly last_sync: string | null;
	readonly description: string | null;
}

function copyOf(truth: Knowledge): Knowledge {
	const rows = (map: ReadonlyMap<number, Row>): Map<number, Row> =>
		new Map([...map].map(([id, row]) => [id, { ...row }]));
	return {
		people: rows(truth.people),
		byValue: new Map(truth.byValue),
		credentials: new Map(
			[...truth.credentials]
				.filter(([, { status }]) => status === 'active')
				.map(([id, one]) => [id, { ...one }]),
		),
		groupReservations: rows(truth.groupReservations),
		openings: new Map(truth.openings),
	};
}

/** What each door was told, and when: DoorFlow's changes reach the doors with a sync, and no door has to be like another. */
export class Sync {
	/** When the last one was started, in milliseconds; 0 for never. */
	last = 0;

	private version = 0;

	/** Records that changed, by kind and id, with the number of their last change; those that all doors have are left out. */
	private readonly changedAt = new Map<string, number>();

	private readonly atDoors = new Map<number, AtDoor>();

	/** What arrives at the doors when a sync that is under way has taken its time. */
	private readonly arrivals = new Set<() => void>();

	/** Of the last sync, whichever doors it reached. */
	private latest: Load;

	constructor(
		private readonly truth: Knowledge,
		private readonly doors: () => ReadonlyMap<number, Door>,
		private readonly config: () => Config,
	) {
		this.latest = { knowledge: truth, version: 0 };
	}

	/** How many syncs were started. A request for one that finds nothing to send starts none. */
	count = 0;

	/** Whether something changed since the last sync was started. */
	get unsynced(): boolean {
		return this.version > this.latest.version;
	}

	/** What a door knows; without a door, what was synced last. */
	knowledge(door?: Door): Knowledge {
		if (!this.config().requireSync) return this.truth;
		return (door ? this.at(door).has : this.latest).knowledge;
	}

	/** How many records changed that a door was not told of. */
	lacks(door: Door): number {
		if (!this.config().requireSync) return 0;
		const { version } = this.at(door).has;
		return [...this.changedAt.values()].filter((one) => one > version).length;
	}

	/**
	 * Something changed that the doors have to be told.
	 *
	 * @param what kind and id, such as `person 1001`
	 */
	changed(what: string): void {
		this.changedAt.set(what, ++this.version);
		for (const door of this.doors().values()) this.show(door);
	}

	/** Starts a sync; doors without contact miss it, and catch up when they are back. */
	start(): void {
		this.last = Date.now();
		this.count++;
		this.latest = this.load();
		this.send(this.latest, [...this.doors().values()]);
	}

	/** DoorFlow: a door that was offline catches up alone, on what was synced meanwhile. */
	catchUp(door: Door): void {
		const { has, underWay } = this.at(door);
		if (!underWay && has.version < this.latest.version) this.send(this.latest, [door]);
	}

	/** Ends what is under way at once, however long it was to take. */
	finish(): void {
		for (const arrive of this.arrivals) arrive();
	}

	/** Every door knows everything, as if it had always been so. */
	tellAll(): void {
		this.latest = this.load();
		this.atDoors.clear();
		this.changedAt.clear();
		for (const door of this.doors().values()) this.show(door);
	}

	/** How the account's sync stands. */
	account(): AccountSync {
		const all = [...this.doors().values()].map((door) => this.at(door));
		const failed = all.filter((one) => one.failed).length;
		let status: AccountSync['status'] = failed > 0 ? 'failing' : 'complete';
		if (this.unsynced) status = 'pending';
		if (all.some(({ underWay }) => underWay)) status = 'syncing';
		return {
			status,
			last_sync: this.last ? new Date(this.last).toISOString() : null,
			description: status === 'failing' ? `${failed} of ${all.length} failed` : null,
		};
	}

	private load(): Load {
		const { requireSync } = this.config();
		return { knowledge: requireSync ? copyOf(this.truth) : this.truth, version: this.version };
	}

	private at(door: Door): AtDoor {
		const known = this.atDoors.get(door.id) ?? { has: this.latest, failed: false };
		this.atDoors.set(door.id, known);
		return known;
	}

	private send(load: Load, doors: readonly Door[]): void {
		for (const door of doors) {
			const at = this.at(door);
			at.failed = door.status === 'offline';
			at.underWay = at.failed ? undefined : load;
			this.show(door);
		}
		const arrive = (): void => {
			this.arrivals.delete(arrive);
			for (const door of doors) this.arrive(door, load);
		};
		const { syncTakesMs } = this.config();
		if (syncTakesMs === 0) return arrive();
		this.arrivals.add(arrive);
		setTimeout(arrive, syncTakesMs).unref();
	}

	private arrive(door: Door, load: Load): void {
		const at = this.at(door);
		// Another sync, or a reset, came in between.
		if (at.underWay !== load) return;
		at.underWay = undefined;
		at.failed = door.status === 'offline';
		if (!at.failed) at.has = load;
		this.show(door, at.failed ? undefined : now());
		const everywhere = Math.min(...[...this.doors().values()].map((one) => this.at(one).has.version));
		for (const [what, version] of this.changedAt) if (version <= everywhere) this.changedAt.delete(what);
	}

	/**
	 * Puts a door's state where DoorFlow shows it. A sync that failed is shown until the door caught up, whatever changes
	 * meanwhile; DoorFlow's description does not say which of the two goes first.
	 */
	private show(door: Door, completedAt: string | null = door.sync.last_sync_completed_at): void {
		const { has, underWay, failed } = this.at(door);
		let status: Door['sync']['status'] = has.version < this.version ? 'pending' : 'ok';
		if (failed) status = 'fail';
		if (underWay) status = 'syncing';
		door.sync = { status, last_sync_completed_at: completedAt };
	}
}
