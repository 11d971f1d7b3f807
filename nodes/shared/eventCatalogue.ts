import { inWords } from './inWords';

/** The outputs of the trigger when it has one per category. */
export const CATEGORIES = ['Granted', 'Denied', 'Door', 'Credential', 'Other'] as const;

export type Category = (typeof CATEGORIES)[number];

interface EventKind {
	readonly name: string;
	readonly displayName: string;
	readonly description: string;
	readonly category: Category;
	/** DoorFlow's event codes, as ranges from–to: its guides disagree on single codes, not on ranges. */
	readonly codes: ReadonlyArray<readonly [number, number]>;
}

const KINDS = [
	{
		name: 'accessDenied',
		displayName: 'Access Denied',
		description: 'A card, PIN or phone was refused',
		category: 'Denied',
		codes: [
			[20, 29],
			[71, 73],
		],
	},
	{
		name: 'accessGranted',
		displayName: 'Access Granted',
		description: 'Somebody was let in',
		category: 'Granted',
		codes: [
			[10, 18],
			[70, 70],
		],
	},
	{
		name: 'autoUnlock',
		displayName: 'Auto-Unlock',
		description: 'A shift unlocked or locked a door',
		category: 'Door',
		codes: [[40, 42]],
	},
	{
		name: 'controllerSync',
		displayName: 'Controller Sync',
		description: 'Changes were sent to a door',
		category: 'Other',
		codes: [[100, 107]],
	},
	{
		name: 'credentialCreated',
		displayName: 'Credential Created',
		description: 'A person got a PIN, card or mobile credential',
		category: 'Credential',
		codes: [],
	},
	{
		name: 'credentialDeleted',
		displayName: 'Credential Deleted',
		description: 'A credential was taken away',
		category: 'Credential',
		codes: [],
	},
	{
		name: 'credentialUpdated',
		displayName: 'Credential Updated',
		description: 'A credential was changed',
		category: 'Credential',
		codes: [],
	},
	{
		name: 'doorAlarm',
		displayName: 'Door Alarm',
		description: 'A door raised another alarm',
		category: 'Door',
		codes: [[34, 37]],
	},
	{
		name: 'doorForced',
		displayName: 'Door Forced',
		description: 'A door was opened by force',
		category: 'Door',
		codes: [[32, 32]],
	},
	{
		name: 'doorHeldOpen',
		displayName: 'Door Held Open',
		description: 'A door stays open for too long',
		category: 'Door',
		codes: [[33, 33]],
	},
	{
		name: 'doorNormal',
		displayName: 'Door Normal',
		description: 'A door is closed again',
		category: 'Door',
		codes: [[31, 31]],
	},
	{
		name: 'doorStatus',
		displayName: 'Door Status',
		description: 'A door controller started, stopped or lost contact',
		category: 'Door',
		codes: [[1, 3]],
	},
	{
		name: 'other',
		displayName: 'Other',
		description: 'Everything without a name of its own',
		category: 'Other',
		codes: [
			[220, 220],
			[223, 225],
		],
	},
	{
		name: 'remoteControl',
		displayName: 'Remote Control',
		description: 'A door was opened from afar, or that failed',
		category: 'Door',
		codes: [[50, 63]],
	},
	{
		name: 'requestToExit',
		displayName: 'Request to Exit',
		description: 'An exit button was pressed',
		category: 'Door',
		codes: [[30, 30]],
	},
	{
		name: 'tamper',
		displayName: 'Tamper',
		description: 'Somebody tampers with a reader or controller',
		category: 'Door',
		codes: [[90, 91]],
	},
] as const satisfies readonly EventKind[];

export type EventName = (typeof KINDS)[number]['name'];

/** For the multi-select of events. */
export const EVENT_OPTIONS = KINDS.map(({ name, displayName, description }) => ({
	name: displayName,
	value: name,
	description,
}));

/** The expression for what stands under a trigger on the canvas, such as "Access Granted, Door Forced". */
export const EVENTS_SUBTITLE = `={{ $parameter["events"].length ? $parameter["events"].map((name) => ${inWords(KINDS, 'name')}).join(", ") : "All events" }}`;

/** For Event → Get Many, which knows what happened at doors only. */
export const DOOR_EVENT_OPTIONS = KINDS.filter(({ codes }) => codes.length > 0).map(
	({ name, displayName, description }) => ({
		name: displayName,
		value: name,
		description,
	}),
);

/**
 * Our name of a DoorFlow event code.
 *
 * @param code as in `event_code`
 */
export function eventOfCode(code: unknown): EventName {
	if (typeof code !== 'number') return 'other';
	return NAME_OF_CODE.get(code) ?? 'other';
}

/** Looked up for each of thousands of events. */
const NAME_OF_CODE: ReadonlyMap<number, EventName> = new Map(
	KINDS.flatMap(({ name }) => codesOfEvent(name).map((code): [number, EventName] => [code, name])),
);
/**
 * All codes of an event name, for DoorFlow's `event_codes` filter.
 *
 * @param name one of our event names
 */
export function codesOfEvent(name: string): number[] {
	const kind = KINDS.find((one) => one.name === name);
	return ((kind?.codes ?? []) as ReadonlyArray<readonly [number, number]>).flatMap(([from, to]) =>
		Array.from({ length: to - from + 1 }, (_, index) => from + index),
	);
}

const KNOWN_ACTIONS: readonly string[] = ['CREATE', 'UPDATE', 'DESTROY'];

/**
 * What a notification is about, as far as it says so itself: credentials by their action; events only once fetched.
 *
 * @param resourceType as in the notification
 * @param action `CREATE`, `UPDATE`, `DESTROY`, or one that is not known: what that means, nobody can tell
 * @returns undefined where the resource must be fetched to know
 */
export function eventOfNotification(resourceType: string, action: string): EventName | undefined {
	if (!KNOWN_ACTIONS.includes(action)) return 'other';
	if (resourceType === 'PersonCredential') {
		if (action === 'CREATE') return 'credentialCreated';
		if (action === 'UPDATE') return 'credentialUpdated';
		if (action === 'DESTROY') return 'credentialDeleted';
	}
	return /Event$/.test(resourceType) ? undefined : 'other';
}

/** The category of an event, which is also the trigger's output. */
export function categoryOf(name: EventName): Category {
	return KINDS.find((kind) => kind.name === name)?.category ?? 'Other';
}
