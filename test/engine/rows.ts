import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { resources } from '../../nodes/DoorFlow/actions';
import type { Operation, Resource } from '../../nodes/DoorFlow/actions/operation';
import type { Engine } from './engine';
import { locator } from './useEngine';

export const soon = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();

export interface Row {
	/** What is entered in the panel; made anew for each item, since some operations use things up. */
	readonly enter: () => INodeParameters;
	/** What must come out. */
	readonly gives: object;
	/** What the documented failures are forced on; the operation's main request. */
	readonly path: string;
}

/** Every operation of the node; its key is its resource and its name. */
export const DECLARED: ReadonlyArray<{ key: string; resource: Resource; operation: Operation }> =
	resources.flatMap((resource) =>
		resource.operations.map((operation) => ({
			key: `${resource.name}/${operation.name}`,
			resource,
			operation,
		})),
	);

/** Fields that a row needs, and what it puts into the sandbox for them. */
export interface Rows {
	readonly ROWS: Readonly<Record<string, Row>>;
	/** The parameters of an operation as its row has them. */
	readonly call: (key: string, more?: INodeParameters) => INodeParameters;
	readonly person: () => number;
	readonly credentialOf: (personId: number, type?: number) => string;
}

/**
 * One row of parameters an operation.
 *
 * @param engine the engine whose sandbox the rows refer to; asked when a row is used
 */
export function rowsIn(engine: () => Engine): Rows {
	const store = () => engine().sandbox.store;
	const person = (): number => store().addPerson({ first_name: 'Row', last_name: 'Person', groups: [2] }).id;
	const credentialOf = (personId: number, type = 31): string =>
		store().addCredential(personId, type, type === 31 ? store().freePin() : undefined).id;
	const held = (map: Map<number, IDataObject & { id: number }>, fields: object): number => {
		const id = store().nextId();
		map.set(id, { id, ...fields } as never);
		return id;
	};
	const reservation = (): number =>
		held(store().reservations as never, {
			person_id: 1001,
			start_time: soon(1),
			end_time: soon(2),
			channel_ids: [1340],
			created_at: soon(0),
			updated_at: soon(0),
		});
	const groupReservation = (): number =>
		held(store().groupReservations as never, {
			person_id: 1001,
			start_time: soon(1),
			end_time: soon(2),
			group_ids: [1],
			state: 'pending',
			created_at: soon(0),
			updated_at: soon(0),
		});
	const rule = (): number =>
		held(store().rules as never, {
			name: 'R',
			active: true,
			conditions: [],
			events: [{ code: 32, name: 'Forced' }],
			actions: [{ type: 0, type_description: 'Call back', data: 'https://example.com' }],
		});
	const ruleFields = {
		name: 'Forced',
		callbackUrl: 'https://example.com/hook',
		eventCodes: '32, 33',
		additionalFields: { channelIds: ['1340'] },
	};
	/** A window that certainly lies on one day of the account. */
	const tomorrow = (): string => new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
	const window = () => ({ startTime: `${tomorrow()}T10:00:00`, endTime: `${tomorrow()}T11:30:00` });

	/** Every operation once; an operation without a row fails the test below. */
	const ROWS: Record<string, Row> = {
		'person/create': {
			enter: () => ({
				firstName: 'Ann',
				lastName: 'Other',
				additionalFields: { groupIds: '1,2', validTo: soon(60), notes: '日本 🚪 שלום' },
			}),
			gives: { first_name: 'Ann', groups: [1, 2], notes: '日本 🚪 שלום' },
			path: 'POST /api/3/people',
		},
		'person/upsert': {
			enter: () => ({
				matchBy: 'systemId',
				firstName: 'Uma',
				lastName: 'Psert',
				systemId: 'hr-7',
			}),
			gives: { system_id: 'hr-7' },
			path: '/api/3/people',
		},
		'person/get': {
			enter: () => ({ personId: locator(1001), simplify: true }),
			gives: { id: 1001, first_name: 'Ada' },
			path: '/api/3/people/',
		},
		'person/getAll': {
			enter: () => ({ returnAll: false, limit: 3 }),
			gives: { id: expect.any(Number) },
			path: '/api/3/people',
		},
		'person/update': {
			enter: () => ({ personId: locator(person()), updateFields: { jobTitle: 'Guard', enabled: false } }),
			gives: { job_title: 'Guard', enabled: false },
			path: '/api/3/people/',
		},
		'person/delete': {
			enter: () => ({ personId: locator(person()) }),
			gives: { deleted: true },
			path: '/api/3/people/',
		},
		'person/addToGroups': {
			enter: () => ({ personId: locator(person()), groupIds: '1,2' }),
			gives: { groups: [2, 1], added: [1], removed: [] },
			path: '/api/3/people/',
		},
		'person/removeFromGroups': {
			enter: () => ({ personId: locator(person()), groupIds: ['2'] }),
			gives: { groups: [], added: [], removed: [2] },
			path: '/api/3/people/',
		},
		'person/revokeAccess': {
			enter: () => ({ findBy: 'person', personId: locator(person()) }),
			gives: { disabled: true, ended: expect.objectContaining({ groups: [2] }), synced: true },
			path: '/api/3/people/',
		},
		'credential/create': {
			enter: () => ({ personId: locator(person()), credentialTypeId: locator(31), valueMode: 'generate' }),
			gives: { value: expect.stringMatching(/^\d{4,7}$/) },
			path: '/credentials',
		},
		'credential/get': {
			enter: () => ({
				personId: locator(1001),
				credentialId: locator(store().credentialsOf(1001)[0]?.id ?? ''),
			}),
			gives: { person_id: 1001 },
			path: '/credentials',
		},
		'credential/getAll': {
			enter: () => ({ scope: 'account', returnAll: true }),
			gives: { id: expect.any(String) },
			path: '/credentials',
		},
		'credential/update': {
			enter: () => {
				const id = person();
				return { personId: locator(id), credentialId: locator(credentialOf(id)), valueMode: 'generate' };
			},
			gives: { value: expect.stringMatching(/^\d{4,7}$/) },
			path: '/credentials',
		},
		'credential/delete': {
			enter: () => {
				const id = person();
				return { personId: locator(id), credentialId: locator(credentialOf(id)) };
			},
			gives: { deleted: true },
			path: '/credentials',
		},
		'credentialType/getAll': {
			enter: () => ({ returnAll: true }),
			gives: { slug: 'pin' },
			path: '/api/3/credential_types',
		},
		'group/getAll': {
			enter: () => ({ returnAll: false, limit: 2 }),
			gives: { name: 'Staff' },
			path: '/api/3/groups',
		},
		'role/getAll': {
			enter: () => ({ returnAll: true }),
			gives: { name: 'Everywhere' },
			path: '/api/3/roles',
		},
		'site/getAll': { enter: () => ({ returnAll: true }), gives: { name: 'Quayside' }, path: '/api/3/sites' },
		'channel/get': {
			enter: () => ({ channelId: locator(1340), simplify: true }),
			gives: { name: 'Main Entrance' },
			path: '/api/3/channels/',
		},
		'channel/getAll': {
			enter: () => ({ returnAll: true, filters: { siteId: locator(4) } }),
			gives: { name: 'Loading Bay' },
			path: '/api/3/channels',
		},
		'channel/admit': {
			enter: () => ({ channelId: locator(1340), waitForResult: true }),
			gives: { result: 'admitted' },
			path: '/api/3/channels/',
		},
		'channel/admitPerson': {
			enter: () => ({ channelId: locator(1340), personId: locator(1001), waitForResult: true }),
			gives: { result: 'admitted', person_id: 1001 },
			path: '/api/3/channels/',
		},
		'channel/unlock': {
			enter: () => ({ channelId: locator(1341), relockAt: soon(5) }),
			gives: { mode: expect.objectContaining({ description: 'unlock' }) },
			path: '/api/3/channels/',
		},
		'channel/normal': {
			enter: () => ({ channelId: locator(1341) }),
			gives: { mode: expect.objectContaining({ description: 'normal' }) },
			path: '/api/3/channels/',
		},
		'channel/lockdown': {
			enter: () => ({ channelId: locator(1342), cardLockdown: true }),
			gives: { lockdown: expect.objectContaining({ card_lockdown: { state: true } }) },
			path: '/api/3/channels/',
		},
		'channel/unlockdown': {
			enter: () => ({ channelId: locator(1342) }),
			gives: { lockdown: null },
			path: '/api/3/channels/',
		},
		'channel/autoUnlock': {
			enter: () => ({ channelId: locator(1342), shiftId: 10 }),
			gives: { auto_unlock: { id: 10, name: 'Office Hours' } },
			path: '/api/3/channels/',
		},
		'channel/regenerateEncryptionKey': {
			enter: () => ({ channelId: locator(1351) }),
			gives: { status: 'pending_encryption' },
			path: '/api/3/channels/',
		},
		'channel/removeEncryptionKey': {
			enter: () => ({ channelId: locator(1351) }),
			gives: { status: 'online' },
			path: '/api/3/channels/',
		},
		'admissionRequest/get': {
			enter: () => ({
				admissionRequestId: String(
					held(store().admissions as never, {
						status: 'denied',
						channel_id: 1340,
						requested_at: soon(0),
						door_controller: { id: 1340, name: 'Main Entrance' },
					}),
				),
			}),
			gives: { status: 'denied' },
			path: '/api/3/admission_requests/',
		},
		'reservation/create': {
			enter: () => ({ personId: locator(1001), channelIds: ['1340', 1341], ...window() }),
			gives: { channel_ids: [1340, 1341] },
			path: '/api/3/reservations',
		},
		'reservation/delete': {
			enter: () => ({ reservationId: locator(reservation()) }),
			gives: { deleted: true },
			path: '/api/3/reservations',
		},
		'reservation/getAll': {
			enter: () => {
				reservation();
				return { returnAll: true };
			},
			gives: { person_id: 1001 },
			path: '/api/3/reservations',
		},
		'groupReservation/create': {
			enter: () => ({ personId: locator(1001), groupIds: '2', ...window() }),
			gives: { group_ids: [2] },
			path: '/api/3/group_reservations',
		},
		'groupReservation/delete': {
			enter: () => ({ groupReservationId: locator(groupReservation()) }),
			gives: { deleted: true },
			path: '/api/3/group_reservations',
		},
		'groupReservation/getAll': {
			enter: () => {
				groupReservation();
				return { returnAll: true };
			},
			gives: { person_id: 1001 },
			path: '/api/3/group_reservations',
		},
		'event/get': {
			enter: () => ({ eventId: String(store().events[0]?.id) }),
			gives: { event_code: 10 },
			path: '/api/3/events/',
		},
		'event/getAll': {
			enter: () => ({
				returnAll: true,
				sort: 'ASC',
				filters: { eventTypes: ['accessGranted'], firstName: 'Ada' },
			}),
			gives: { event_code: 10 },
			path: '/api/3/events',
		},
		'event/acknowledge': {
			enter: () => ({
				resourceUrl: `${engine().sandbox.url}/api/3/events/${String(store().events[0]?.id)}?ack_token=x`,
			}),
			gives: { acknowledged: true },
			path: '/api/3/events/',
		},
		'notificationRule/create': {
			enter: () => ruleFields,
			gives: { name: 'Forced' },
			path: '/api/3/notification_rules',
		},
		'notificationRule/update': {
			enter: () => ({ notificationRuleId: locator(rule()), ...ruleFields }),
			gives: { name: 'Forced' },
			path: '/api/3/notification_rules',
		},
		'notificationRule/get': {
			enter: () => ({ notificationRuleId: locator(rule()) }),
			gives: { name: 'R' },
			path: '/api/3/notification_rules',
		},
		'notificationRule/delete': {
			enter: () => ({ notificationRuleId: locator(rule()) }),
			gives: { deleted: true },
			path: '/api/3/notification_rules',
		},
		'notificationRule/getAll': {
			enter: () => {
				rule();
				return { returnAll: true };
			},
			gives: { id: expect.any(Number) },
			path: '/api/3/notification_rules',
		},
		'sync/start': {
			enter: () => ({ waitIfLimited: true }),
			gives: { started: true, result: 'ok' },
			path: '/api/3/sync',
		},
		'visitor/checkIn': {
			enter: () => ({
				firstName: 'Vis',
				lastName: 'Itor',
				accessBy: 'groups',
				groupIds: ['2'],
				endTime: soon(60),
				issue: 'pin',
				matchBy: 'systemId',
				systemId: `visitor-${store().nextId()}`,
				options: { syncAfter: false },
			}),
			gives: { isNew: true, pin: expect.stringMatching(/^\d{4,7}$/) },
			path: '/api/3/people',
		},
		'visitor/checkOut': {
			enter: () => ({
				findBy: 'person',
				personId: locator(
					store().addPerson({ first_name: 'Vis', last_name: 'Itor', job_title: 'Visitor' }).id,
				),
				mode: 'delete',
				options: { syncAfter: false },
			}),
			gives: { checkedOut: true, deleted: true },
			path: '/api/3/people/',
		},
		'account/get': { enter: () => ({}), gives: { time_zone: 'Europe/London' }, path: '/api/3/account' },
		'account/getTokenInfo': {
			enter: () => ({}),
			gives: { account_id: 'hrbrHs7', permissions: expect.arrayContaining(['Read Doors']) },
			path: '/oauth/token/info',
		},
		'account/disconnect': { enter: () => ({}), gives: { disconnected: true }, path: '/oauth/revoke' },
	};

	const call = (key: string, more: INodeParameters = {}): INodeParameters => {
		const [resource, operation] = key.split('/');
		return { resource: resource ?? '', operation: operation ?? '', ...(ROWS[key] as Row).enter(), ...more };
	};
	return { ROWS, call, person, credentialOf };
}
