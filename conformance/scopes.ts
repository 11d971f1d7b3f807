import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

import { resources } from '../nodes/DoorFlow/actions';
import { credentialsOf, LISTS } from '../nodes/shared/lists';
import { PERMISSIONS, type Needed } from '../nodes/shared/permissions';

/**
 * Compares the permission that each operation and each list names with the scopes in DoorFlow's own API description.
 * Give its path in DOORFLOW_OPENAPI; the description is DoorFlow's and not part of this project.
 */

interface Described {
	readonly operationId: string;
	readonly security?: ReadonlyArray<{ readonly OAuth2?: readonly string[] }>;
}

export interface ScopedDescription {
	readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

/**
 * The request of DoorFlow's description that is at the heart of an operation: its scope is the one that is named. An
 * operation that is missing here is a difference, so that a new one can't be forgotten.
 */
const REQUESTS: Readonly<Record<string, string>> = {
	'account/disconnect': 'revokeToken',
	'account/get': 'getAccount',
	'account/getTokenInfo': 'getTokenInfo',
	'admissionRequest/get': 'getAdmissionRequest',
	'channel/admit': 'admitChannel',
	'channel/admitPerson': 'admitPerson',
	'channel/autoUnlock': 'autoUnlockChannel',
	'channel/get': 'getChannel',
	'channel/getAll': 'listChannels',
	'channel/lockdown': 'lockdownChannel',
	'channel/normal': 'normalChannel',
	'channel/regenerateEncryptionKey': 'regenerateEncryptionKey',
	'channel/removeEncryptionKey': 'removeEncryptionKey',
	'channel/unlock': 'unlockChannel',
	'channel/unlockdown': 'unlockdownChannel',
	'credential/create': 'createCredential',
	'credential/delete': 'deleteCredential',
	'credential/get': 'getCredential',
	'credential/getAll': 'listAllCredentials',
	'credential/update': 'updateCredential',
	'credentialType/getAll': 'listCredentialTypes',
	'event/acknowledge': 'getEvent',
	'event/get': 'getEvent',
	'event/getAll': 'listEvents',
	'event/whoIsIn': 'listEvents',
	'group/getAll': 'listGroups',
	'groupReservation/create': 'createGroupReservation',
	'groupReservation/delete': 'deleteGroupReservation',
	'groupReservation/getAll': 'listGroupReservations',
	'notificationRule/create': 'createNotificationRule',
	'notificationRule/delete': 'deleteNotificationRule',
	'notificationRule/get': 'getNotificationRule',
	'notificationRule/getAll': 'listNotificationRules',
	'notificationRule/update': 'updateNotificationRule',
	'person/addToGroups': 'updatePerson',
	'person/create': 'createPerson',
	'person/delete': 'deletePerson',
	'person/get': 'getPerson',
	'person/getAccess': 'listPeople',
	'person/getAll': 'listPeople',
	'person/removeFromGroups': 'updatePerson',
	'person/revokeAccess': 'updatePerson',
	'person/syncFromList': 'updatePerson',
	'person/update': 'updatePerson',
	'person/upsert': 'createPerson',
	'reservation/create': 'createReservation',
	'reservation/delete': 'deleteReservation',
	'reservation/getAll': 'listReservations',
	'role/getAll': 'listRoles',
	'site/getAll': 'listSites',
	'sync/start': 'initiateSync',
	'visitor/checkIn': 'createPerson',
	'visitor/checkOut': 'updatePerson',
};

const inOrder = (scopes: readonly string[]): string => [...scopes].sort().join(' or ') || 'none';
const scopesOf = ({ security = [] }: Described): string =>
	inOrder(security.flatMap(({ OAuth2 = [] }) => OAuth2));
const said = (needed: Needed | undefined): string => inOrder(needed === undefined ? [] : [needed].flat());

/**
 * Where the scopes that operations and lists name are not those of the description.
 *
 * @param description DoorFlow's, parsed
 * @returns a line for each difference; none when all agree
 */
export function scopeDifferences(description: ScopedDescription): string[] {
	const differences: string[] = [];
	const compare = (what: string, needed: Needed | undefined, described: Described | undefined): void => {
		if (!described) differences.push(`${what}: its request is not in the description`);
		else if (said(needed) !== scopesOf(described))
			differences.push(`${what}: names ${said(needed)}, described is ${scopesOf(described)}`);
	};
	const requests = Object.values(description.paths).flatMap((methods) => Object.values(methods));
	const operations = resources.flatMap(({ name: resource, operations: all }) =>
		all.map(({ name, permission }) => ({ key: `${resource}/${name}`, permission })),
	);
	for (const { key, permission } of operations) {
		const request = REQUESTS[key];
		if (request === undefined) differences.push(`${key}: this check doesn't know its request`);
		else
			compare(
				key,
				permission,
				requests.find(({ operationId }) => operationId === request),
			);
	}
	for (const key of Object.keys(REQUESTS))
		if (!operations.some((one) => one.key === key)) differences.push(`${key}: no operation of the node`);
	for (const { path, what, permission } of [
		...Object.values(LISTS),
		{ ...credentialsOf('{person_id}'), what: 'credentials of a person' },
	])
		compare(`list ${what}`, permission, description.paths[path]?.get);
	const offered = new Set(PERMISSIONS.map(({ scope }): string => scope));
	for (const request of requests)
		for (const scope of (request.security ?? []).flatMap(({ OAuth2 = [] }) => OAuth2))
			if (!offered.has(scope))
				differences.push(`${request.operationId}: ${scope} can't be ticked in the credential`);
	return differences;
}

function main(): void {
	const file = process.env.DOORFLOW_OPENAPI ?? '';
	if (!existsSync(file)) throw new Error("Put the path of DoorFlow's openapi.yaml into DOORFLOW_OPENAPI.");
	const differences = scopeDifferences(parse(readFileSync(file, 'utf8')) as ScopedDescription);
	const compared = `Scopes of ${Object.keys(REQUESTS).length} operations and ${Object.keys(LISTS).length + 1} lists compared.`;
	console.log(`${compared} ${differences.length === 0 ? 'No difference.' : 'Differences:'}`);
	for (const difference of differences) console.log(`- ${difference}`);
	if (differences.length > 0) process.exitCode = 1;
}

if (require.main === module) {
	try {
		main();
	} catch (error) {
		console.error(error instanceof Error ? error.message : error);
		process.exitCode = 1;
	}
}
