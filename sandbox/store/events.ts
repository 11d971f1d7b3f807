import { now } from '../time';
import type { Door } from './places';
import type { Row } from './row';

/** What happened at the doors. */
export class Events {
	/** Oldest first. */
	list: Row[] = [];

	readonly byId = new Map<number, Row>();

	/** Events of a door without contact to DoorFlow: they arrive, with the time at which they happened, when it is back. */
	readonly heldBack = new Map<number, Array<{ event: Row; arrived: (event: Row) => void }>>();

	/** @param recorded hears of every event that is put on record */
	constructor(
		private readonly nextId: () => number,
		private readonly recorded: (event: Row) => void,
	) {}

	/**
	 * Puts an event on record.
	 *
	 * @param id given where DoorFlow promised it before: an admission request is found under the id of its event
	 */
	add(...happening: Parameters<Events['make']>): Row {
		const event = this.make(...happening);
		this.record(event);
		return event;
	}

	/** An event that is not on record yet. */
	make(
		code: number,
		label: string,
		door: Door | undefined,
		person?: Row,
		number?: string,
		id = this.newId(),
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
		this.list.sort((one, other) => Date.parse(String(one.created_at)) - Date.parse(String(other.created_at)));
	}

	/** An id for an event, or for an admission request that will have one. */
	newId(): number {
		return this.nextId() + 90_000;
	}

	clear(): void {
		this.list = [];
		this.byId.clear();
		this.heldBack.clear();
	}

	private record(event: Row): void {
		this.list.push(event);
		this.byId.set(event.id, event);
		this.recorded(event);
	}
}
