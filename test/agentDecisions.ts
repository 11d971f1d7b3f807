import type { Effect } from '../nodes/DoorFlow/effects';

/** What an operation that an agent may not do at all leads to; or those of its parameters that it may not set. */
type Decision = Effect | Readonly<Record<string, Effect>>;

/** Of a person who is there already. */
const takes = (collection: string): Decision => ({
	[`${collection}.enabled`]: 'disables',
	[`${collection}.groupIds`]: 'setsGroupsOrRoles',
	[`${collection}.roleIds`]: 'setsGroupsOrRoles',
	[`${collection}.validFrom`]: 'setsValidity',
	[`${collection}.validTo`]: 'setsValidity',
	[`${collection}.imageRemoteUrl`]: 'sendsData',
});
const harmless = {};
const secrets = { 'options.includeSecrets': 'readsSecrets' } as const;

/**
 * What becomes of each operation, and of each of its parameters, when an agent asks for it while the switch is off;
 * written out by hand, so that the classes in the code can't change by mistake. Harmless is what only reads, or gives what
 * a person can take away again.
 */
export const EVERY: Readonly<Record<string, Readonly<Record<string, Decision>>>> = {
	account: { disconnect: 'silences', get: harmless, getTokenInfo: harmless },
	admissionRequest: { get: harmless },
	channel: {
		admit: 'movesDoors',
		admitPerson: 'movesDoors',
		autoUnlock: 'movesDoors',
		get: harmless,
		getAll: harmless,
		lockdown: 'movesDoors',
		normal: 'movesDoors',
		regenerateEncryptionKey: 'movesDoors',
		removeEncryptionKey: 'movesDoors',
		unlock: 'movesDoors',
		unlockdown: 'movesDoors',
	},
	credential: {
		create: harmless,
		delete: 'takesAccess',
		get: secrets,
		getAll: secrets,
		update: 'replacesSecret',
	},
	credentialType: { getAll: harmless },
	event: { acknowledge: harmless, get: secrets, getAll: secrets, whoIsIn: harmless },
	group: { getAll: harmless },
	groupReservation: { create: 'endsMembership', delete: 'takesAccess', getAll: harmless },
	notificationRule: {
		create: 'sendsData',
		delete: 'silences',
		get: harmless,
		getAll: harmless,
		update: 'sendsData',
	},
	person: {
		addToGroups: harmless,
		create: { 'additionalFields.imageRemoteUrl': 'sendsData' },
		delete: 'deletes',
		get: secrets,
		getAccess: harmless,
		getAll: secrets,
		removeFromGroups: 'takesAccess',
		revokeAccess: 'takesAccess',
		syncFromList: { ...(takes('additionalFields') as object), ifMissing: 'disables' },
		update: takes('updateFields'),
		upsert: takes('additionalFields'),
	},
	reservation: { create: harmless, delete: 'takesAccess', getAll: harmless },
	role: { getAll: harmless },
	site: { getAll: harmless },
	sync: { start: harmless },
	visitor: {
		checkIn: {
			'additionalFields.imageRemoteUrl': 'sendsData',
			ifOverlapping: 'endsBookings',
			takeOverCard: 'takesCards',
		},
		checkOut: 'takesAccess',
	},
};
