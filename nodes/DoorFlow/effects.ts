/**
 * What an AI agent may bring about only where a person allowed it, by what it does to doors, people and data. The words
 * are those that the agent is told.
 */
export const EFFECTS = {
	movesDoors: 'it controls doors or changes what opens them',
	takesAccess: 'it takes access away',
	deletes: 'it deletes something',
	replacesSecret: 'it replaces a PIN or card number',
	readsSecrets: 'it reads PINs, card numbers and invitation links',
	sendsData: 'it makes DoorFlow contact an address from the input',
	silences: 'it ends notifications or the connection to DoorFlow',
	disables: 'it disables the person',
	endsBookings: 'it ends other reservations of the person',
	endsMembership:
		'when it ends, DoorFlow takes the person out of its groups, even out of those that the person was in before',
	setsGroupsOrRoles: 'it replaces groups or roles, which can take access away',
	setsValidity: 'it sets when the access begins or ends, which can take it away',
	takesCards: 'it can take a card from somebody else',
	undecided: 'nobody has decided yet whether an agent may do it',
} as const;

export type Effect = keyof typeof EFFECTS;

/** What an operation leads to, whatever its parameters; or what each of those leads to that lead to anything. */
type Class = Effect | Readonly<Record<string, Effect>>;

const HARMLESS = {} as const;

/** What is read is masked, unless the secrets are asked for. */
const READS_SECRETS = { 'options.includeSecrets': 'readsSecrets' } as const;

/** Of somebody who is there already, in whichever collection they stand. */
const personFields = (collection: string): Readonly<Record<string, Effect>> => ({
	[`${collection}.enabled`]: 'disables',
	[`${collection}.groupIds`]: 'setsGroupsOrRoles',
	[`${collection}.roleIds`]: 'setsGroupsOrRoles',
	[`${collection}.validFrom`]: 'setsValidity',
	[`${collection}.validTo`]: 'setsValidity',
	[`${collection}.imageRemoteUrl`]: 'sendsData',
});

/**
 * The class of every operation and, where it depends on them, of its parameters. What is not here is refused to agents.
 * Whether a parameter's value really leads to its effect is decided by the operation, from the resolved value.
 */
const CLASSES: Readonly<Record<string, Readonly<Record<string, Class>>>> = {
	account: { disconnect: 'silences', get: HARMLESS, getTokenInfo: HARMLESS },
	admissionRequest: { get: HARMLESS },
	channel: {
		admit: 'movesDoors',
		admitPerson: 'movesDoors',
		autoUnlock: 'movesDoors',
		get: HARMLESS,
		getAll: HARMLESS,
		lockdown: 'movesDoors',
		normal: 'movesDoors',
		regenerateEncryptionKey: 'movesDoors',
		removeEncryptionKey: 'movesDoors',
		unlock: 'movesDoors',
		unlockdown: 'movesDoors',
	},
	credential: {
		// It adds to what a person has: DoorFlow refuses a second one of a type.
		create: HARMLESS,
		delete: 'takesAccess',
		get: READS_SECRETS,
		getAll: READS_SECRETS,
		update: 'replacesSecret',
	},
	credentialType: { getAll: HARMLESS },
	event: { acknowledge: HARMLESS, get: READS_SECRETS, getAll: READS_SECRETS, whoIsIn: HARMLESS },
	group: { getAll: HARMLESS },
	// Of somebody who is in one of the groups for good, it takes access away once it is over.
	groupReservation: { create: 'endsMembership', delete: 'takesAccess', getAll: HARMLESS },
	notificationRule: {
		create: 'sendsData',
		delete: 'silences',
		get: HARMLESS,
		getAll: HARMLESS,
		update: 'sendsData',
	},
	person: {
		addToGroups: HARMLESS,
		// Nobody is there yet to take anything from.
		create: { 'additionalFields.imageRemoteUrl': 'sendsData' },
		delete: 'deletes',
		get: READS_SECRETS,
		getAccess: HARMLESS,
		getAll: READS_SECRETS,
		removeFromGroups: 'takesAccess',
		revokeAccess: 'takesAccess',
		syncFromList: { ...personFields('additionalFields'), ifMissing: 'disables' },
		update: personFields('updateFields'),
		upsert: personFields('additionalFields'),
	},
	reservation: { create: HARMLESS, delete: 'takesAccess', getAll: HARMLESS },
	role: { getAll: HARMLESS },
	site: { getAll: HARMLESS },
	sync: { start: HARMLESS },
	visitor: {
		checkIn: {
			'additionalFields.imageRemoteUrl': 'sendsData',
			ifOverlapping: 'endsBookings',
			takeOverCard: 'takesCards',
		},
		checkOut: 'takesAccess',
	},
};

function classOf(resource: string, operation: string): Class {
	return CLASSES[resource]?.[operation] ?? 'undecided';
}

/**
 * What an operation leads to, whatever its parameters: it is neither offered to an agent nor done for one.
 *
 * @returns undefined where it is harmless, or depends on the parameters
 */
export function alwaysLeadsTo(resource: string, operation: string): Effect | undefined {
	const known = classOf(resource, operation);
	return typeof known === 'string' ? known : undefined;
}

/**
 * What its parameters lead to, one by one, as they are named in a saved workflow.
 *
 * @returns empty for an operation that is always refused, or harmless
 */
export function parametersLeadTo(resource: string, operation: string): Readonly<Record<string, Effect>> {
	const known = classOf(resource, operation);
	return typeof known === 'string' ? {} : known;
}
