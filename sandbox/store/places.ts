import { OFFICE_HOURS, type Blueprint } from '../accounts';
import { now } from '../time';
import type { Row } from './row';

export interface Door extends Row {
	name: string;
	site_id: number;
	/** Internal: how the door leaf stands, as sensors see it. */
	sensor: 'forced' | 'heldOpen' | 'normal';
	sync: { status: 'fail' | 'ok' | 'pending' | 'syncing'; last_sync_completed_at: string | null };
}

/** Which doors a role opens, and when: around the clock, in office hours, or in a window in milliseconds. */
export interface Opening {
	readonly doors: readonly number[] | 'all';
	readonly during: 'always' | 'officeHours' | { readonly from: number; readonly to: number };
}

/** What an account is divided into: sites with their doors, and the groups and roles that open them. */
export class Places {
	readonly sites: Row[] = [];

	readonly doors = new Map<number, Door>();

	readonly groups: Array<Row & { name: string }> = [];

	readonly roles: Array<Row & { name: string; shift_id: number | null }> = [];

	/** What the roles open, by id. */
	readonly openings = new Map<number, Opening>();

	addRole(id: number, name: string, shiftId: number | null, opening: Opening): Row {
		const at = now();
		const role = { id, name, shift_id: shiftId, notes: null, created_at: at, updated_at: at };
		this.roles.push(role);
		this.openings.set(id, opening);
		return role;
	}

	removeRole(id: number): void {
		const index = this.roles.findIndex((role) => role.id === id);
		if (index >= 0) this.roles.splice(index, 1);
		this.openings.delete(id);
	}

	/** Everything as the blueprint has it. */
	build(blueprint: Blueprint, timeZone: string): void {
		const at = now();
		for (const one of [this.sites, this.groups, this.roles]) one.length = 0;
		this.doors.clear();
		this.openings.clear();
		for (const { id, name, address } of blueprint.sites) {
			this.sites.push({
				id,
				name,
				ip_address: null,
				time_zone: timeZone,
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
		for (const [index, { name, shiftId, doors }] of blueprint.roles.entries()) {
			// DoorFlow: a role without a shift counts around the clock.
			const during = shiftId === OFFICE_HOURS.id ? 'officeHours' : 'always';
			this.addRole(index + 1, name, shiftId, { doors, during });
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
	}
}
