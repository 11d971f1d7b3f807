import * as sdk from 'doorflow';
import { DoorFlow, OauthApi, Configuration, type ITokenStorage, type StoredTokens } from 'doorflow';

import { PERMISSIONS } from '../../nodes/shared/permissions';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { until } from '../until';

class Memory implements ITokenStorage {
	private tokens: StoredTokens | null = null;

	async load(): Promise<StoredTokens | null> {
		return this.tokens;
	}

	async save(tokens: StoredTokens): Promise<void> {
		this.tokens = tokens;
	}

	async clear(): Promise<void> {
		this.tokens = null;
	}
}

/** DoorFlow's own client: what it sends and can read is what DoorFlow takes and gives. */
describe("DoorFlow's official SDK against the sandbox", () => {
	let sandbox: Sandbox;
	let doorflow: DoorFlow;
	const storage = new Memory();
	const called = new Set<string>();
	/** Every operation of every class of the SDK, as `ChannelsApi.admitChannel`. */
	const operations = Object.entries(sdk as unknown as Record<string, unknown>)
		.filter(
			(entry): entry is [string, { prototype: Record<string, (...given: unknown[]) => unknown> }] =>
				/Api$/.test(entry[0]) && typeof entry[1] === 'function',
		)
		.flatMap(([name, { prototype }]) =>
			Object.getOwnPropertyNames(prototype)
				.filter((method) => method !== 'constructor' && !/(Raw|RequestOpts)$/.test(method))
				.map((method) => ({ name: `${name}.${method}`, prototype, method })),
		);
	beforeAll(async () => {
		for (const { name, prototype, method } of operations) {
			const original = prototype[method] as (...given: unknown[]) => unknown;
			prototype[method] = async function (...given: unknown[]) {
				const answer = await original.apply(this, given);
				called.add(name);
				return answer;
			};
		}
		sandbox = await startSandbox({ config: { admitDelayMs: 10, syncLimitSeconds: 1 } });
		doorflow = new DoorFlow({
			clientId: 'sandbox-client',
			clientSecret: 'sandbox-secret',
			redirectUri: 'http://localhost:3000/callback',
			storage,
			basePath: sandbox.url,
		});
	});
	afterAll(async () => await sandbox.stop());

	async function authorize(usePKCE: boolean): Promise<void> {
		const { url, state, codeVerifier } = await doorflow.getAuthorizationUrl({
			scopes: PERMISSIONS.map(({ scope }) => scope),
			usePKCE,
		});
		const consent = await fetch(`${url}&consent=auto`, { redirect: 'manual' });
		const back = new URL(consent.headers.get('location') ?? '');
		await doorflow.handleCallback(
			back.searchParams.get('code') ?? '',
			back.searchParams.get('state') ?? '',
			state,
			codeVerifier,
		);
	}

	test.each([false, true])('authorizes (PKCE: %s)', async (usePKCE) => {
		await authorize(usePKCE);
		expect(await doorflow.isAuthenticated()).toBe(true);
	});

	test('creates a person and a PIN, changes and deletes them', async () => {
		const person = await doorflow.people.createPerson({
			personInput: { firstName: 'Sdk', lastName: 'User', email: 'sdk@example.com', groupIds: [2] } as never,
		});
		expect(person.firstName).toBe('Sdk');
		const credential = await doorflow.credentials.createCredential({
			personId: person.id,
			credentialInput: { personCredential: { credentialTypeId: 31, value: '******' } },
		});
		expect(credential.value).toMatch(/^\d{4,7}$/);
		const changed = await doorflow.credentials.updateCredential({
			personId: person.id,
			id: credential.id,
			credentialUpdateInput: { personCredential: { value: '777123' } },
		});
		expect(changed.value).toBe('777123');
		expect(
			(await doorflow.credentials.listPersonCredentials({ personId: person.id })).map(({ id }) => id),
		).toEqual([credential.id]);
		expect((await doorflow.credentials.listAllCredentials({})).length).toBeGreaterThan(5);
		expect((await doorflow.credentials.getCredential({ personId: person.id, id: credential.id })).label).toBe(
			'PIN',
		);
		await doorflow.credentials.deleteCredential({ personId: person.id, id: credential.id });
		expect(
			(await doorflow.people.updatePerson({ id: person.id, personInput: { department: 'Guests' } as never }))
				.department,
		).toBe('Guests');
		expect((await doorflow.people.getPerson({ id: person.id })).email).toBe('sdk@example.com');
		expect((await doorflow.people.listPeople({ email: 'sdk@' })).length).toBe(1);
		await doorflow.people.deletePerson({ id: person.id });
	});

	test('reads what the account has', async () => {
		expect((await doorflow.accounts.getAccount()).timeZone).toBe('Europe/London');
		expect((await doorflow.channels.listChannels({})).map(({ name }) => name)).toContain('Main Entrance');
		expect((await doorflow.channels.getChannel({ id: 1340 })).mode.description).toBe('normal');
		expect((await doorflow.credentialTypes.listCredentialTypes({})).map(({ slug }) => slug)).toContain('pin');
		expect((await doorflow.groups.listGroups()).map(({ name }) => name)).toContain('Visitors');
		expect((await doorflow.roles.listRoles()).length).toBe(3);
		expect((await doorflow.sites.listSites({})).length).toBe(2);
		const events = await doorflow.events.listEvents({});
		expect(events.length).toBeGreaterThan(0);
		expect((await doorflow.events.getEvent({ id: events[0]?.id ?? 0 })).eventLabel).toBe(
			events[0]?.eventLabel,
		);
	});

	test('moves doors and books them', async () => {
		const { admissionRequestId } = await doorflow.channels.admitChannel({ id: 1340 } as never);
		await until(
			'the admission',
			async () =>
				(await doorflow.admissionRequests.getAdmissionRequest({ id: admissionRequestId as number }))
					.status === 'admitted',
		);
		expect((await doorflow.channels.unlockChannel({ id: 1340 } as never)).mode.description).toBe('unlock');
		expect((await doorflow.channels.normalChannel({ id: 1340 })).mode.description).toBe('normal');
		const start = new Date(Date.now() + 60_000);
		const window = { startTime: start, endTime: new Date(start.getTime() + 1000) };
		const booking = await doorflow.groupReservations.createGroupReservation({
			groupReservationInput: { groupReservation: { personId: 1001, groupIds: [2], ...window } },
		});
		expect((await doorflow.groupReservations.listGroupReservations({})).map(({ id }) => id)).toEqual([
			booking.id,
		]);
		await doorflow.groupReservations.deleteGroupReservation({ id: booking.id });
		expect(await doorflow.reservations.listReservations({})).toEqual([]);
		const rule = await doorflow.notificationRules.createNotificationRule({
			notificationRuleInput: {
				name: 'Forced',
				callBackUrl: 'https://example.com/hook',
				matchEventCodes: [32],
			},
		});
		expect((await doorflow.notificationRules.listNotificationRules()).map(({ name }) => name)).toEqual([
			'Forced',
		]);
		await doorflow.notificationRules.deleteNotificationRule({ id: rule.id });
		expect((await doorflow.sync.initiateSync()).result).toBe('ok');
		sandbox.store.addPerson({ first_name: 'Too', last_name: 'Soon' });
		await expect(doorflow.sync.initiateSync()).rejects.toBeDefined();
	});

	test('moves a door in every way there is', async () => {
		const { channels } = doorflow;
		const { admissionRequestId, status } = await channels.admitPerson({
			id: 1342,
			admitPersonRequest: { personId: 1001 },
		});
		expect([admissionRequestId, status]).toEqual([expect.any(Number), 'pending']);
		expect(
			(await channels.lockdownChannel({ id: 1342, lockdownChannelRequest: { cardLockdown: true } })).lockdown,
		).toMatchObject({ cardLockdown: { state: true }, rexLockdown: { state: false } });
		expect((await channels.unlockdownChannel({ id: 1342 })).lockdown).toBeUndefined();
		expect(
			(await channels.autoUnlockChannel({ id: 1342, autoUnlockChannelRequest: { shiftId: 10 } })).autoUnlock,
		).toEqual({ id: 10, name: 'Office Hours' });
		expect((await channels.regenerateEncryptionKey({ id: 1342 })).status).toBe('pending_encryption');
		expect((await channels.removeEncryptionKey({ id: 1342 })).status).toBe('online');
	});

	test('books doors, changes a rule', async () => {
		const day = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
		const [startTime, endTime] = [new Date(`${day}T10:00:00Z`), new Date(`${day}T11:00:00Z`)];
		const booking = await doorflow.reservations.createReservation({
			reservationInput: { personId: 1001, channelIds: [1340], startTime, endTime },
		});
		expect([booking.startTime, booking.channelIds]).toEqual([startTime, [1340]]);
		expect((await doorflow.reservations.listReservations({})).map(({ id }) => id)).toEqual([booking.id]);
		await doorflow.reservations.deleteReservation({ id: booking.id });
		const input = { name: 'Held', callBackUrl: 'https://example.com/hook', matchEventCodes: [33] };
		const { id } = await doorflow.notificationRules.createNotificationRule({ notificationRuleInput: input });
		const changed = await doorflow.notificationRules.updateNotificationRule({
			id,
			notificationRuleInput: { ...input, matchControllerIds: [1341] },
		});
		expect(changed.conditions).toEqual([
			{ type: 'door_controller_id', typeDescription: 'Door', value: '1341' },
		]);
		expect((await doorflow.notificationRules.getNotificationRule({ id })).events).toEqual([
			{ code: 33, name: 'Event 33' },
		]);
	});

	test('refreshes an expired token by itself, and stores the rotated one', async () => {
		const before = await storage.load();
		sandbox.control.expireTokens();
		// The SDK looks at the time of expiry that it stored.
		await storage.save({
			...(before as StoredTokens),
			expiresAt: Math.floor(Date.now() / 1000) - 10,
		} as StoredTokens);
		expect((await doorflow.people.listPeople({ perPage: 1 })).length).toBe(1);
		expect((await storage.load())?.refreshToken).not.toBe(before?.refreshToken);
		expect(sandbox.control.tokens()).toMatchObject({ refreshed: 1, refused: 0 });
	});

	test('errors are of the class that their status means', async () => {
		await expect(doorflow.people.getPerson({ id: 424242 })).rejects.toMatchObject({
			response: { status: 404 },
		});
		await expect(
			doorflow.people.createPerson({ personInput: { firstName: 'Only' } as never }),
		).rejects.toMatchObject({ response: { status: 422 } });
	});

	test('its class for OAuth gets, refreshes and revokes tokens', async () => {
		const oauth = new OauthApi(
			new Configuration({
				basePath: sandbox.url,
				fetchApi: async (url, init) => await fetch(url, { ...init, redirect: 'manual' }),
			}),
		);
		const client = { clientId: 'sandbox-client', redirectUri: 'http://localhost:3000/callback' };
		const request = { ...client, responseType: 'code', scope: 'account.sync', state: 's' } as const;
		const page = await fetch(
			`${sandbox.url}/oauth/authorize?${new URLSearchParams({ client_id: client.clientId, redirect_uri: client.redirectUri, response_type: 'code', scope: 'account.sync', state: 's', consent: 'auto' })}`,
			{ redirect: 'manual' },
		);
		const code = new URL(page.headers.get('location') ?? '').searchParams.get('code') ?? '';
		await oauth.authorizeOAuth(request);
		const tokens = await oauth.getAccessToken({
			grantType: 'authorization_code',
			...client,
			clientSecret: 'sandbox-secret',
			code,
		});
		expect(tokens).toMatchObject({ tokenType: 'Bearer', expiresIn: 3600, scope: 'account.sync' });
		const next = await oauth.getAccessToken({
			grantType: 'refresh_token',
			...client,
			clientSecret: 'sandbox-secret',
			refreshToken: String(tokens.refreshToken),
		});
		expect(next.refreshToken).not.toBe(tokens.refreshToken);
		const authorization = `Basic ${Buffer.from('sandbox-client:sandbox-secret').toString('base64url')}`;
		await oauth.revokeToken({
			authorization,
			token: String(next.refreshToken),
			tokenTypeHint: 'refresh_token',
		});
		await expect(
			oauth.getAccessToken({
				grantType: 'refresh_token',
				...client,
				clientSecret: 'sandbox-secret',
				refreshToken: String(next.refreshToken),
			}),
		).rejects.toMatchObject({ response: { status: 400 } });
	});

	test('reads the token and revokes it', async () => {
		const accessToken = (await storage.load())?.accessToken ?? '';
		// Its class for OAuth sends no token by itself.
		const info = await new OauthApi(
			new Configuration({ basePath: sandbox.url, headers: { Authorization: `Bearer ${accessToken}` } }),
		).getTokenInfo();
		expect(info.accountId).toBe('hrbrHs7');
		await doorflow.disconnect();
		expect(
			(await fetch(`${sandbox.url}/api/3/people`, { headers: { Authorization: `Bearer ${accessToken}` } }))
				.status,
		).toBe(401);
	});

	test('every operation of every class was called and could be read', () => {
		expect(operations).toHaveLength(46);
		expect(operations.map(({ name }) => name).filter((name) => !called.has(name))).toEqual([]);
	});
});
