/** One OAuth scope of DoorFlow, in the words the credential shows. */
export interface Permission {
	readonly scope: string;
	/** The option's name in the credential's Permissions list. */
	readonly name: string;
	readonly description: string;
	/** DoorFlow approves this one by hand, for each application. */
	readonly restricted?: true;
}

/** Every scope that DoorFlow documents, in the order the credential lists them (by name). */
export const PERMISSIONS = [
	{
		scope: 'account.group_reservation',
		name: 'Book Group Access',
		description: 'Give a person the access of a group for a limited time, and end it',
	},
	{
		scope: 'account.reservation',
		name: 'Book Door Access',
		description: 'Give a person access to certain doors for a limited time, and end it',
	},
	{
		scope: 'account.channel.admit',
		name: 'Control Doors (Restricted)',
		description:
			'Unlock, lock down and control doors. DoorFlow approves this manually: ask its support before you add it, otherwise connecting fails.',
		restricted: true,
	},
	{
		scope: 'account.channel.admit.person',
		name: 'Let a Named Person In',
		description: 'Open a door once for one named person',
	},
	{
		scope: 'account.notification_rule',
		name: 'Manage Notification Rules',
		description: 'Create, change and delete notification rules',
	},
	{
		scope: 'account.person',
		name: 'Manage People and Credentials',
		description: 'Create, change and delete people, PINs, cards and mobile credentials',
	},
	{
		scope: 'account.channel.readonly',
		name: 'Read Doors',
		description: 'List doors and their status',
	},
	{
		scope: 'account.credential_type.readonly',
		name: 'Read Credential Types',
		description: 'List the kinds of credentials the account offers',
	},
	{
		scope: 'account.event.access.readonly',
		name: 'Read Door Events',
		description: 'Read who opened which door, and receive these events in the DoorFlow Trigger',
	},
	{
		scope: 'account.group_reservation.readonly',
		name: 'Read Group Bookings',
		description: 'List group reservations',
	},
	{
		scope: 'account.group.readonly',
		name: 'Read Groups',
		description: 'List the groups that decide who can open which doors',
	},
	{
		scope: 'account.notification_rule.readonly',
		name: 'Read Notification Rules',
		description: 'List notification rules',
	},
	{
		scope: 'account.person.readonly',
		name: 'Read People and Credentials',
		description: 'List people and their credentials without changing them',
	},
	{
		scope: 'account.reservation.readonly',
		name: 'Read Door Bookings',
		description: 'List door reservations',
	},
	{ scope: 'account.role.readonly', name: 'Read Roles', description: 'List roles' },
	{
		scope: 'account.shift.readonly',
		name: 'Read Shifts',
		description: 'Read the shifts that unlock doors on a timetable',
	},
	{ scope: 'account.site.readonly', name: 'Read Sites', description: 'List sites' },
	{
		scope: 'account.sync',
		name: 'Send Changes to the Doors',
		description: 'Start a controller sync, so that changes reach the doors at once',
	},
] as const satisfies readonly Permission[];

export type Scope = (typeof PERMISSIONS)[number]['scope'];

/** What something needs: a scope, or one of several. */
export type Needed = Scope | readonly Scope[];

/** What a visitor flow with events needs, and nothing more (DoorFlow: ask for the fewest). */
export const DEFAULT_SCOPES: readonly Scope[] = [
	'account.person',
	'account.credential_type.readonly',
	'account.group.readonly',
	'account.group_reservation',
	'account.reservation',
	'account.channel.readonly',
	'account.event.access.readonly',
	'account.sync',
];

/**
 * The credential's own words for what is needed, one for each scope that will do.
 *
 * @param needed a scope of DoorFlow, or alternatives
 */
export function permissionNames(needed: Needed): string[] {
	return [needed].flat().map((scope) => PERMISSIONS.find((one) => one.scope === scope)?.name ?? scope);
}

/**
 * The same as one text, such as "Control Doors (Restricted) or Let a Named Person In".
 *
 * @param needed a scope of DoorFlow, or alternatives
 */
export function permissionName(needed: Needed): string {
	return permissionNames(needed).join(' or ');
}

/**
 * The same with each name in quotes.
 *
 * @param needed a scope of DoorFlow, or alternatives
 */
export function quotedPermission(needed: Needed): string {
	return permissionNames(needed)
		.map((name) => `"${name}"`)
		.join(' or ');
}

/**
 * What is to be ticked for several needs, each once: what another one includes is left out.
 *
 * @param needs in any order, with repetitions
 */
export function leastOf(needs: readonly Needed[]): Needed[] {
	const includes = (one: Needed, other: Needed): boolean =>
		[one].flat().every((scope) => [other].flat().some((wanted) => allows([scope], wanted)));
	const same = (one: Needed, other: Needed): boolean => includes(one, other) && includes(other, one);
	return needs.filter(
		(need, index) =>
			!needs.some((other, at) => at !== index && includes(other, need) && (!same(other, need) || at < index)),
	);
}

/**
 * Needs in the credential's own words, as in `"Read Doors", "Read Groups" and either "A" or "B"`.
 *
 * @param needs at least one
 */
export function listOfPermissions(needs: readonly Needed[]): string {
	const quoted = needs.map((need) => `${[need].flat().length > 1 ? 'either ' : ''}${quotedPermission(need)}`);
	const last = quoted.pop() ?? '';
	return quoted.length === 0 ? last : `${quoted.join(', ')} and ${last}`;
}

/**
 * Tells whether granted scopes allow what needs a scope. The right to manage includes the right to read.
 *
 * @param granted scopes of the token
 * @param needed the scope an operation needs
 */
export function allows(granted: readonly string[], needed: Scope): boolean {
	if (granted.includes(needed)) return true;
	return needed.endsWith('.readonly') && granted.includes(needed.slice(0, -'.readonly'.length));
}
