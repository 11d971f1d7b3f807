import { DoorFlow, OauthApi, Configuration, type ITokenStorage, type StoredTokens } from 'doorflow';

import { PERMISSIONS } from '../../nodes/shared/permissions';
import { startSandbox, type Sandbox } from '../../sandbox/server';

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
	beforeAll(async () => {
		sandbox = await startSandbox({ config: { admitDelayMs: 10, syncLimitSeconds: 1 } });
		doorflow = new DoorFlow({ clientId: 'sandbox-client', clientSecret: 'sandbox-secret', redirectUri: 'http://localhost:3000/callback', storage, basePath: sandbox.url });
	});
	afterAll(async () => await sandbox.stop());

	async function authorize(usePKCE: boolean): Promise<void> {
		const { url, state, codeVerifier } = await doorflow.getAuthorizationUrl({ scopes: PERMISSIONS.map(({ scope }) => scope), usePKCE });
		const consent = await fetch(`${url}&consent=auto`, { redirect: 'manual' });
		const back = new URL(consent.headers.get('location') ?? '');
		await doorflow.handleCallback(back.searchParams.get('code') ?? '', back.searchParams.get('state') ?? '', state, codeVerifier);
	}

	test.each([false, true])('authorizes (PKCE: %s)', async (usePKCE) => {
		await authorize(usePKCE);
		expect(await doorflow.isAuthenticated()).toBe(true);
	});

	test('creates a person and a PIN, changes and deletes them', async () => {
		const person = await doorflow.people.createPerson({ personInput: { firstName: 'Sdk', lastName: 'User', email: 'sdk@example.com', groupIds: [2] } as never });
		expect(person.firstName).toBe('Sdk');
		const credential = await doorflow.credentials.createCredential({ personId: person.id, credentialInput: { personCredential: { credentialTypeId: 31, value: '******' } } });
		expect(credential.value).toMatch(/^\d{4,7}$/);
		const changed = await doorflow.credentials.updateCredential({ personId: person.id, id: credential.id, credentialUpdateInput: { personCredential: { value: '777123' } } });
		expect(changed.value).toBe('777123');
		expect((await doorflow.credentials.listPersonCredentials({ personId: person.id })).map(({ id }) => id)).toEqual([credential.id]);
		expect((await doorflow.credentials.listAllCredentials({})).length).toBeGreaterThan(5);
		expect((await doorflow.credentials.getCredential({ personId: person.id, id: credential.id })).label).toBe('PIN');
		await doorflow.credentials.deleteCredential({ personId: person.id, id: credential.id });
		expect((await doorflow.people.updatePerson({ id: person.id, personInput: { department: 'Guests' } as never })).department).toBe('Guests');
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
		expect((await doorflow.events.getEvent({ id: events[0]?.id ?? 0 })).eventLabel).toBe(events[0]?.eventLabel);
	});

	test('moves doors and books them', async () => {
		const { admissionRequestId } = await doorflow.channels.admitChannel({ id: 1340 } as never);
		await new Promise((resolve) => setTimeout(resolve, 60));
		expect((await doorflow.admissionRequests.getAdmissionRequest({ id: admissionRequestId as number })).status).toBe('admitted');
		expect((await doorflow.channels.unlockChannel({ id: 1340 } as never)).mode.description).toBe('unlock');
		expect((await doorflow.channels.normalChannel({ id: 1340 })).mode.description).toBe('normal');
		const start = new Date(Date.now() + 60_000);
		const window = { startTime: start, endTime: new Date(start.getTime() + 1000) };
		const booking = await doorflow.groupReservations.createGroupReservation({ groupReservationInput: { groupReservation: { personId: 1001, groupIds: [2], ...window } } });
		expect((await doorflow.groupReservations.listGroupReservations({})).map(({ id }) => id)).toEqual([booking.id]);
		await doorflow.groupReservations.deleteGroupReservation({ id: booking.id });
		expect(await doorflow.reservations.listReservations({})).toEqual([]);
		const rule = await doorflow.notificationRules.createNotificationRule({ notificationRuleInput: { name: 'Forced', callBackUrl: 'https://example.com/hook', matchEventCodes: [32] } });
		expect((await doorflow.notificationRules.listNotificationRules()).map(({ name }) => name)).toEqual(['Forced']);
		await doorflow.notificationRules.deleteNotificationRule({ id: rule.id });
		expect((await doorflow.sync.initiateSync()).result).toBe('ok');
		await expect(doorflow.sync.initiateSync()).rejects.toBeDefined();
	});

	test('reads the token and revokes it', async () => {
		const accessToken = (await storage.load())?.accessToken ?? '';
		// Its class for OAuth sends no token by itself.
		const info = await new OauthApi(new Configuration({ basePath: sandbox.url, headers: { Authorization: `Bearer ${accessToken}` } })).getTokenInfo();
		expect(info.accountId).toBe('hrbrHs7');
		await doorflow.disconnect();
		expect((await fetch(`${sandbox.url}/api/3/people`, { headers: { Authorization: `Bearer ${accessToken}` } })).status).toBe(401);
	});
});
