import { now } from '../time';
import type { Row } from './row';

/** The people of an account, with the indexes that uniqueness needs: without them it would cost a walk over everybody. */
export class People {
	readonly byId = new Map<number, Row>();

	/** By address in lower case. */
	readonly emails = new Map<string, number>();

	readonly systemIds = new Map<string, number>();

	private listed: Row[] | undefined;

	/** @param changed hears of everybody who is added, changed or removed */
	constructor(
		private readonly nextId: () => number,
		private readonly changed: (person: Row) => void,
	) {}

	/** By id. */
	everybody(): readonly Row[] {
		this.listed ??= [...this.byId.values()];
		return this.listed;
	}

	add(fields: Record<string, unknown>): Row {
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
		this.byId.set(person.id, person);
		this.listed?.push(person);
		this.change(person, fields);
		return person;
	}

	change(person: Row, fields: Record<string, unknown>): void {
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
		this.changed(person);
	}

	remove(person: Row): void {
		this.change(person, { email: null, system_id: null });
		this.byId.delete(person.id);
		this.listed = undefined;
	}

	clear(): void {
		for (const map of [this.byId, this.emails, this.systemIds]) map.clear();
		this.listed = undefined;
	}
}
