import type { INodeParameters } from 'n8n-workflow';

import { PERMISSIONS, type Scope } from '../../nodes/shared/permissions';
import { DECLARED, rowsIn, soon } from './rows';
import { engine, locator, useEngine } from './useEngine';

useEngine({ config: { admitDelayMs: 5, syncLimitSeconds: 0, inviteMs: 1 } });

const { call, person } = rowsIn(() => engine);

/** Something that no operation needs: a connection without any permission can't be made. */
const NOTHING = 'account.shift.readonly';

/** Operations as their rows set them, and as fields that need more do. */
const CASES: ReadonlyArray<readonly [name: string, key: string, more?: () => INodeParameters]> = [
	...DECLARED.filter(({ key }) => key !== 'account/disconnect').map(({ key }) => [key, key] as const),
	...DECLARED.filter(({ operation: { writes, syncByDefault } }) => writes && !syncByDefault).map(
		({ key }) => [`${key}, then a sync`, key, () => ({ options: { syncAfter: true } })] as const,
	),
	[
		'visitor/checkIn by doors, with a sync',
		'visitor/checkIn',
		() => ({ accessBy: 'doors', channelIds: ['1340'], endTime: soon(5), options: {} }),
	],
	['visitor/checkIn with a card', 'visitor/checkIn', () => card()],
	['visitor/checkIn by the name of a group', 'visitor/checkIn', () => ({ groupIds: 'Visitors' })],
	['visitor/checkIn by the name of a door', 'visitor/checkIn', () => byDoorName()],
	['visitor/checkOut with a sync', 'visitor/checkOut', () => ({ options: {} })],
	['person/addToGroups by name', 'person/addToGroups', () => ({ groupIds: 'Staff' })],
	['person/create with a role by name', 'person/create', () => withRole()],
	['channel/lockdown of a site', 'channel/lockdown', () => ({ target: 'site', siteId: locator(4) })],
	['channel/unlockdown of the account', 'channel/unlockdown', () => ({ target: 'account' })],
	['person/getAccess of everybody', 'person/getAccess', () => ({ scope: 'all', returnAll: true })],
	['person/syncFromList, a dry run that would revoke', 'person/syncFromList', () => list(true)],
	['person/syncFromList that revokes', 'person/syncFromList', () => list(false)],
	['person/syncFromList that decides groups and roles', 'person/syncFromList', () => membership()],
];

let made = 0;
const card = (): INodeParameters => ({
	issue: 'card',
	credentialTypeId: locator(32),
	value: `77${String(++made).padStart(6, '0')}`,
});
const byDoorName = (): INodeParameters => ({
	accessBy: 'doors',
	channelIds: 'Main Entrance',
	endTime: soon(5),
});
const withRole = (): INodeParameters => ({ additionalFields: { roleIds: 'Everywhere' } });
const list = (dryRun: boolean): INodeParameters => {
	const prefix = `leaver-${++made}-`;
	engine.sandbox.store.addPerson({ first_name: 'Lea', last_name: 'Ver', system_id: `${prefix}1` });
	return {
		scope: 'systemIdPrefix',
		scopePrefix: prefix,
		ifMissing: 'revokeAccess',
		dryRun,
		maxRemovalPercent: 100,
	};
};
const membership = (): INodeParameters => {
	const systemId = `member-${++made}`;
	engine.sandbox.store.addPerson({ first_name: 'Mem', last_name: 'Ber', system_id: systemId });
	return {
		systemId,
		additionalFields: { groupIds: '2', roleIds: 'Everywhere' },
		ownedGroupIds: '2',
		dryRun: false,
	};
};

const nameOf = (scope: Scope): string => PERMISSIONS.find((one) => one.scope === scope)?.name ?? scope;

/** The permissions named in a text, in DoorFlow's own terms. */
const named = (text: string): Scope[] =>
	PERMISSIONS.filter(({ name }) => text.includes(`"${name}"`)).map(({ scope }) => scope);

interface Refused {
	/** The scopes of which the sandbox wants one, which knows them from DoorFlow's description. */
	readonly wants: Scope[];
	readonly message: string;
	readonly description: string;
}

/** What the operation says with only these permissions; undefined where it goes through. */
async function withScopes(
	scopes: readonly Scope[],
	key: string,
	more?: () => INodeParameters,
): Promise<Refused | undefined> {
	await engine.connect([NOTHING, ...scopes]);
	const { outputs, hints } = await engine.run(call(key, more?.()), { continueOnFail: true });
	const [row] = outputs[0] ?? [];
	const sync = hints.find((one) => one.includes('may be missing'));
	if (sync !== undefined) return { wants: ['account.sync'], message: sync, description: '' };
	const details = row?.json.errorDetails as { kind: string; description: string } | undefined;
	if (!details) return undefined;
	const said = /This needs the scope (\S+?(?: or \S+?)*)\.(?: |$)/.exec(details.description)?.[1];
	expect([row?.json.error, details.kind]).toEqual([expect.any(String), 'permission']);
	return {
		wants: (said?.split(' or ') ?? []) as Scope[],
		message: String(row?.json.error),
		description: details.description,
	};
}

const manages = (scope: Scope): string => scope.replace(/\.readonly$/, '');

for (const [name, key, more] of CASES)
	describe(name, () => {
		test('each permission that is refused is named, and is in the list from the first time on', async () => {
			const granted: Scope[] = [];
			const lists: Scope[][] = [];
			for (;;) {
				const refused = await withScopes(granted, key, more);
				if (!refused) break;
				// Check Out says itself what it can't do without; DoorFlow refused only what it can do without.
				if (key !== 'visitor/checkOut') expect(refused.wants).not.toEqual([]);
				const missing = named(refused.message);
				// One of those that the sandbox wants, or the right to manage that includes it.
				expect(missing.filter((scope) => granted.includes(scope))).toEqual([]);
				for (const scope of refused.wants)
					expect(missing.map(manages)).toEqual(expect.arrayContaining([manages(scope)]));
				if (refused.description !== '') lists.push(named(refused.description));
				const [first] = missing;
				expect(first).toBeDefined();
				granted.push(first as Scope);
			}
			for (const scope of granted) expect(lists[0] ?? [scope]).toContain(scope);
			for (const one of lists) expect(one).toEqual(lists[0]);
		});

		test('with all that the first error lists, it goes through at once', async () => {
			const refused = await withScopes([], key, more);
			const listed = refused ? named(refused.description || refused.message) : [];
			expect(await withScopes(listed, key, more)).toBeUndefined();
		});
	});

test('the list is in the editor’s names, and says what to do', async () => {
	await engine.connect([NOTHING]);
	const { error } = await engine.run(call('visitor/checkIn', { options: {} }));
	expect(error?.message).toBe(
		'DoorFlow does not allow this connection to list credential types: the permission "Read Credential Types" may be missing',
	);
	expect(error?.description).toBe(
		`With these settings, the node needs the permissions "${nameOf('account.person')}", "${nameOf('account.group_reservation')}", "${nameOf('account.credential_type.readonly')}" and "${nameOf('account.sync')}". Open the DoorFlow credential, add all of them that it doesn't request yet, save and press Connect again (or Switch account). If the credential already requests all of them, the person who connected may not have these rights in DoorFlow. DoorFlow says: This needs the scope account.credential_type.readonly.`,
	);
});

test('what an operation needs alone is told without a list', async () => {
	await engine.connect([NOTHING]);
	const { error } = await engine.run(call('person/get', { personId: locator(person()) }));
	expect(error?.description).toMatch(
		/^Open the DoorFlow credential, add the permission "Read People and Credentials", save and press Connect again \(or Switch account\)\./,
	);
});
