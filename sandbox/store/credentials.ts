import { randomInt } from 'node:crypto';

import { PASSFLOW_CODE, type CredentialType } from '../accounts';
import { hashid } from './row';

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

/** What people open doors with. */
export class Credentials {
	readonly byId = new Map<string, Credential>();

	readonly byValue = new Map<string, Credential>();

	private readonly byPerson = new Map<number, Set<Credential>>();

	/** @param changed hears of every one that doors must be told about */
	constructor(
		private readonly types: readonly CredentialType[],
		private readonly changed: (credential: Credential) => void,
	) {}

	/**
	 * Gives a person a credential, without a look at the rules.
	 *
	 * @param value absent for an invitation to a mobile credential
	 */
	add(personId: number, typeId: number, value?: string): Credential {
		const type = this.types.find(({ id }) => id === typeId);
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
		this.byId.set(credential.id, credential);
		const own = this.byPerson.get(personId) ?? new Set();
		this.byPerson.set(personId, own.add(credential));
		if (value !== undefined) this.changeValue(credential, value);
		return credential;
	}

	changeValue(credential: Credential, value: string): void {
		if (credential.value !== undefined) this.byValue.delete(credential.value);
		credential.value = value;
		this.byValue.set(value, credential);
		this.changed(credential);
	}

	/** @param status what became of an invitation */
	changeStatus(credential: Credential, status: 'active' | 'revoking'): void {
		credential.status = status;
		delete credential.url;
		this.changed(credential);
	}

	remove(credential: Credential): void {
		this.byId.delete(credential.id);
		this.byPerson.get(credential.person_id)?.delete(credential);
		if (credential.value !== undefined && this.byValue.get(credential.value) === credential)
			this.byValue.delete(credential.value);
		this.changed(credential);
	}

	of(personId: number): Credential[] {
		return [...(this.byPerson.get(personId) ?? [])];
	}

	/**
	 * A PIN that nobody has.
	 *
	 * @param length the number of digits that the account demands; 0 for none
	 */
	freePin(length: number): string {
		for (;;) {
			const digits = length || randomInt(5, 8);
			const pin = String(randomInt(10 ** (digits - 1), 10 ** digits));
			if (!this.byValue.has(pin)) return pin;
		}
	}

	clear(): void {
		for (const map of [this.byId, this.byValue, this.byPerson]) map.clear();
	}
}
