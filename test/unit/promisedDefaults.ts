/**
 * The default of every parameter, nested ones included, written out by hand.
 *
 * n8n does not save a parameter that has its default. So whoever changes a default here changes every workflow that was
 * saved with it, on doors that stand in use. A line is added with a new parameter, and never changed: another default
 * takes a new version of the node (see CONTRIBUTING.md, "Promises to saved workflows").
 *
 * To add an operation, give it a key `<resource>/<operation>` and one line for each parameter. What stands in a collection
 * has its name after a dot; notices have no value and no line. `options` follow from what the operation does, and stand in
 * {@link OPTIONS} alone.
 */
export type Defaults = Readonly<Record<string, unknown>>;

/** An item to be picked, that nobody has picked yet. */
const PICK = { mode: 'list', value: '' };
const LIST = { returnAll: false, limit: 50 };

/** The fields of a person, in whichever collection they are offered. */
const PERSON: Defaults = {
	barcode: '',
	custom1: '',
	custom2: '',
	custom3: '',
	custom4: '',
	custom5: '',
	department: '',
	email: '',
	enabled: true,
	groupIds: [],
	imageBinaryProperty: '',
	imageRemoteUrl: '',
	jobTitle: '',
	mobile: '',
	notes: '',
	organisationId: '',
	roleIds: [],
	salutation: '',
	systemId: '',
	telephone: '',
	validFrom: '',
	validTo: '',
};

/** A collection that is empty until a field is added, and the value that each field has when it is added. */
const collection = (name: string, inner: Defaults): Defaults => ({
	[name]: {},
	...Object.fromEntries(Object.entries(inner).map(([field, value]) => [`${name}.${field}`, value])),
});

const without = (all: Defaults, ...names: readonly string[]): Defaults =>
	Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));

const RULE: Defaults = {
	name: '',
	callbackUrl: '',
	eventCodes: '',
	...collection('additionalFields', { active: true, channelIds: [] }),
};

export const OPERATIONS: Readonly<Record<string, Defaults>> = {
	'person/create': { firstName: '', lastName: '', ...collection('additionalFields', PERSON) },
	'person/upsert': {
		matchBy: 'email',
		email: '',
		systemId: '',
		firstName: '',
		lastName: '',
		...collection('additionalFields', PERSON),
	},
	'person/getAccess': { scope: 'person', personId: PICK, groupId: PICK, dormantDays: 90, ...LIST },
	'person/syncFromList': {
		matchBy: 'systemId',
		systemId: '',
		email: '',
		firstName: '',
		lastName: '',
		...collection('additionalFields', PERSON),
		scope: 'none',
		scopeGroupId: PICK,
		scopePrefix: '',
		ifMissing: 'report',
		ownedGroupIds: [],
		// The first run of a list shows what it would do.
		dryRun: true,
		maxRemovals: 5,
		maxRemovalPercent: 10,
		outputItems: 'people',
	},
	'person/get': { personId: PICK, simplify: false },
	'person/getAll': {
		...LIST,
		simplify: false,
		...collection('filters', { email: '', exact: true, systemId: '', updatedSince: '' }),
	},
	'person/update': {
		personId: PICK,
		...collection('updateFields', { ...PERSON, firstName: '', lastName: '' }),
	},
	'person/delete': { personId: PICK },
	'person/addToGroups': { personId: PICK, groupIds: [] },
	'person/removeFromGroups': { personId: PICK, groupIds: [] },
	'person/revokeAccess': {
		findBy: 'person',
		personId: PICK,
		email: '',
		systemId: '',
		removeGroups: true,
		deleteCredentials: false,
	},

	'credential/create': { personId: PICK, credentialTypeId: PICK, valueMode: 'generate', value: '' },
	'credential/get': { personId: PICK, credentialId: PICK },
	'credential/getAll': { scope: 'person', personId: PICK, ...LIST },
	'credential/update': { personId: PICK, credentialId: PICK, valueMode: 'generate', value: '' },
	'credential/delete': { personId: PICK, credentialId: PICK },

	'credentialType/getAll': LIST,
	'group/getAll': LIST,
	'role/getAll': LIST,
	'site/getAll': LIST,

	'channel/get': { channelId: PICK, simplify: false },
	'channel/getAll': { ...LIST, simplify: false, ...collection('filters', { siteId: PICK }) },
	'channel/admit': { channelId: PICK, waitForResult: true },
	'channel/admitPerson': { channelId: PICK, personId: PICK, waitForResult: true },
	'channel/unlock': { channelId: PICK, relockAt: '' },
	'channel/normal': { channelId: PICK },
	// The exit button stays usable: people must be able to leave a building that is locked down.
	'channel/lockdown': {
		target: 'door',
		channelId: PICK,
		siteId: PICK,
		cardLockdown: true,
		rexLockdown: false,
		auxLockdown: false,
	},
	'channel/unlockdown': { target: 'door', channelId: PICK, siteId: PICK },
	'channel/autoUnlock': { channelId: PICK, shiftId: '' },
	'channel/regenerateEncryptionKey': { channelId: PICK },
	'channel/removeEncryptionKey': { channelId: PICK },

	'admissionRequest/get': { admissionRequestId: '' },

	'reservation/create': { personId: PICK, channelIds: [], startTime: '', endTime: '' },
	'reservation/delete': { reservationId: PICK },
	'reservation/getAll': { ...LIST, ...collection('filters', { updatedSince: '' }) },
	'groupReservation/create': { personId: PICK, groupIds: [], startTime: '', endTime: '' },
	'groupReservation/delete': { groupReservationId: PICK },
	'groupReservation/getAll': { ...LIST, ...collection('filters', { updatedSince: '' }) },

	'event/get': { eventId: '' },
	'event/whoIsIn': {
		entryChannelIds: [],
		exitChannelIds: [],
		safeChannelIds: [],
		sinceHours: 16,
		visitorsExpected: true,
	},
	'event/getAll': {
		...LIST,
		simplify: false,
		...collection('filters', {
			channelIds: [],
			eventCodes: '',
			eventTypes: [],
			firstName: '',
			includeStatus: false,
			lastName: '',
			since: '',
		}),
		sort: 'DESC',
	},
	'event/acknowledge': { resourceUrl: '={{ $json.acknowledgeUrl }}' },

	'notificationRule/create': RULE,
	'notificationRule/get': { notificationRuleId: PICK },
	'notificationRule/getAll': LIST,
	'notificationRule/update': { notificationRuleId: PICK, ...RULE },
	'notificationRule/delete': { notificationRuleId: PICK },

	'sync/start': { waitIfLimited: false },

	'account/get': {},
	'account/getTokenInfo': {},
	'account/disconnect': {},

	'visitor/checkIn': {
		matchBy: 'systemId',
		systemId: '',
		email: '',
		firstName: '',
		lastName: '',
		accessBy: 'groups',
		groupIds: [],
		channelIds: [],
		startTime: '',
		endTime: '',
		issue: 'pin',
		credentialTypeId: PICK,
		value: '',
		takeOverCard: false,
		ifStanding: 'refuse',
		ifDisabled: 'refuse',
		ifOverlapping: 'add',
		markField: 'jobTitle',
		markValue: 'Visitor',
		// A visit says these itself.
		...collection(
			'additionalFields',
			without(PERSON, 'enabled', 'validFrom', 'validTo', 'groupIds', 'roleIds'),
		),
	},
	'visitor/checkOut': {
		findBy: 'person',
		personId: PICK,
		email: '',
		systemId: '',
		credentialValue: '',
		mode: 'endVisit',
		which: 'all',
		markField: 'jobTitle',
		markValue: 'Visitor',
	},
};

const ALWAYS: Defaults = { concurrency: 5, timeout: 30 };

/**
 * `options`: of operations that change nothing which a sync would bring to the doors, of those that do, and of those after
 * which a sync follows unless it is switched off.
 */
export const OPTIONS: Readonly<Record<'changes' | 'nothing' | 'syncs', Defaults>> = {
	nothing: collection('options', ALWAYS),
	changes: collection('options', {
		...ALWAYS,
		syncAfter: false,
		waitForDoors: false,
		waitForSync: false,
	}),
	syncs: collection('options', { ...ALWAYS, syncAfter: true, waitForDoors: false, waitForSync: true }),
};

/** Operations that mask PINs and card numbers unless an option asks for them. */
export const READS_SECRETS: readonly string[] = [
	'credential/get',
	'credential/getAll',
	'event/get',
	'event/getAll',
	'person/get',
	'person/getAll',
];

/** Operations with other options than {@link OPTIONS}`.changes`. */
export const CHANGES_NOTHING = [
	'account/disconnect',
	'account/get',
	'account/getTokenInfo',
	'admissionRequest/get',
	'channel/get',
	'channel/getAll',
	'credential/get',
	'credential/getAll',
	'credentialType/getAll',
	'event/acknowledge',
	'event/get',
	'event/getAll',
	'event/whoIsIn',
	'group/getAll',
	'groupReservation/getAll',
	'notificationRule/get',
	'notificationRule/getAll',
	'person/get',
	'person/getAccess',
	'person/getAll',
	'reservation/getAll',
	'role/getAll',
	'site/getAll',
	'sync/start',
];
export const SYNCS = ['person/revokeAccess', 'person/syncFromList', 'visitor/checkIn', 'visitor/checkOut'];

/** What operations with more than ten fields in their answer show besides, as an AI agent's tool. */
export const AS_TOOL: Defaults = { outputFields: 'simplified', selectedFields: [] };
export const LONG_ANSWERS = [
	'channel/admit',
	'channel/admitPerson',
	'channel/autoUnlock',
	'channel/get',
	'channel/getAll',
	'channel/lockdown',
	'channel/normal',
	'channel/regenerateEncryptionKey',
	'channel/removeEncryptionKey',
	'channel/unlock',
	'channel/unlockdown',
	'event/get',
	'event/getAll',
	'person/create',
	'person/get',
	'person/getAccess',
	'person/getAll',
	'person/update',
	'person/upsert',
	'visitor/checkIn',
	'visitor/checkOut',
];

/** What is chosen in the node itself, before any operation is. */
export const NODE: Defaults = { resource: 'person', allowDoorControlAndDeletion: false };

/**
 * The operation that n8n runs when a workflow names only the resource: the first choice of a fresh node, too, so it must
 * never be one that cannot be taken back.
 */
export const FIRST_OPERATION: Readonly<Record<string, string>> = {
	person: 'getAll',
	credential: 'getAll',
	credentialType: 'getAll',
	group: 'getAll',
	role: 'getAll',
	site: 'getAll',
	channel: 'getAll',
	admissionRequest: 'get',
	reservation: 'getAll',
	groupReservation: 'getAll',
	event: 'getAll',
	notificationRule: 'getAll',
	sync: 'start',
	account: 'get',
	visitor: 'checkIn',
};

export const TRIGGER: Defaults = {
	events: [],
	outputMode: 'single',
	...collection('filters', { channelIds: [], personIds: [], groupIds: [] }),
	acknowledge: 'automatic',
	...collection('options', {
		toleranceSeconds: 300,
		deduplicate: true,
		combineWhenBusy: true,
		confirmWithinSeconds: 300,
		ignoreOlderThanMinutes: '',
		includeSecrets: false,
		oncePerDay: false,
	}),
};

export const POLLING_TRIGGER: Defaults = {
	events: [],
	...collection('filters', { channelIds: [], personIds: [], groupIds: [] }),
	watchConnection: true,
	watchWebhooks: false,
	handOverMissed: true,
	...collection('options', {
		ignoreOlderThanMinutes: '',
		includeSecrets: false,
		oncePerDay: false,
		lookBackMinutes: 240,
	}),
};
