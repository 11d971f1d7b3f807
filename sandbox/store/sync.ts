import type { Credential } from './credentials';
import type { Row } from './row';

/** What doors decide on: DoorFlow's records, or a copy of them as of the last sync. */
export interface Knowledge {
	readonly people: ReadonlyMap<number, Row>;
	readonly byValue: ReadonlyMap<string, Credential>;
	readonly reservations: ReadonlyMap<number, Row>;
	readonly groupReservations: ReadonlyMap<number, Row>;
}

function copyOf({ people, byValue, reservations, groupReservations }: Knowledge): Knowledge {
	const rows = (map: ReadonlyMap<number, Row>): Map<number, Row> =>
		new Map([...map].map(([id, row]) => [id, { ...row }]));
	return {
		people: rows(people),
		byValue: new Map([...byValue].map(([value, credential]) => [value, { ...credential }])),
		reservations: rows(reservations),
		groupReservations: rows(groupReservations),
	};
}

/** What the doors were told, and when. */
export class Sync {
	/** In milliseconds; 0 for never. */
	last = 0;

	/** Whether something changed that the doors were not told. */
	unsynced = false;

	private snapshot: Knowledge | undefined;

	/** @param isRequired whether doors know only what they were told */
	constructor(
		private readonly truth: Knowledge,
		private readonly isRequired: () => boolean,
	) {}

	/** What the doors know. */
	knowledge(): Knowledge {
		if (!this.isRequired()) return this.truth;
		this.snapshot ??= copyOf(this.truth);
		return this.snapshot;
	}

	/** Tells the doors everything. */
	tellAll(): void {
		this.snapshot = this.isRequired() ? copyOf(this.truth) : undefined;
		this.unsynced = false;
	}
}
