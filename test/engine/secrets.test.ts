import { createHmac } from 'node:crypto';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { ALLOW } from '../../nodes/DoorFlow/describe';
import { checkIn, engine, locator, useEngine } from './useEngine';

useEngine({ config: { syncLimitSeconds: 0 } });
beforeEach(async () => {
	await engine.control('reset', {});
	await engine.control('config', { personCredentialFields: true });
});

const PIN = '48151635';
const LINK = 'https://passflow.example.com/invitations/tOkEn-of-12';
const VISITOR_CARD = '70010001';
const store = () => engine.sandbox.store;

/** Somebody with a PIN and an invitation, who used the PIN at a door a moment ago. */
function somebody(): { person: number; credential: string; event: number } {
	const person = store().addPerson({ first_name: 'Sec', last_name: 'Ret', groups: [1] }).id;
	const credential = store().addCredential(person, 31, PIN).id;
	Object.assign(store().addCredential(person, 34), { url: LINK });
	const event = store().addEvent(11, 'Admitted: PIN', store().doors.get(1340));
	Object.assign(event, { credentials_number: PIN, person_id: person });
	return { person, credential, event: event.id };
}

/** Every operation that reads what has secrets in it. */
const readings = ({ person, credential, event }: ReturnType<typeof somebody>): INodeParameters[] =>
	[
		{ resource: 'credential', operation: 'get', credentialId: locator(credential) },
		{ resource: 'credential', operation: 'getAll', scope: 'person', returnAll: true },
		{ resource: 'credential', operation: 'getAll', scope: 'account', returnAll: true },
		{ resource: 'person', operation: 'get' },
		{ resource: 'person', operation: 'getAll', returnAll: true },
		{ resource: 'event', operation: 'get', eventId: String(event) },
		{ resource: 'event', operation: 'getAll', returnAll: true },
	].map((one) => ({ personId: locator(String(person)), ...one }));

/** Others that answer with what has secrets in it. */
const changes = ({ person }: ReturnType<typeof somebody>): INodeParameters[] =>
	[
		{ operation: 'update', updateFields: { notes: 'x' } },
		{ operation: 'upsert', matchBy: 'systemId', systemId: 'S-1', firstName: 'Sec', lastName: 'Ret' },
	].map((one) => ({ resource: 'person', personId: locator(String(person)), ...one }));

describe('what only reads puts no secret out', () => {
	test('neither into the output nor into what n8n keeps of the execution', async () => {
		const known = somebody();
		Object.assign(store().people.get(known.person) ?? {}, { system_id: 'S-1' });
		for (const parameters of [...readings(known), ...changes(known)]) {
			const { items, run, error } = await engine.run(parameters);
			expect([parameters.operation, error, items.length > 0]).toEqual([
				parameters.operation,
				undefined,
				true,
			]);
			expect(JSON.stringify(items)).toContain('••35');
			expect(JSON.stringify(run.data.resultData)).not.toContain(PIN);
			expect(JSON.stringify(run.data.resultData)).not.toContain(LINK);
		}
	});

	test('unless it is asked for', async () => {
		const known = somebody();
		for (const parameters of readings(known)) {
			const { items } = await engine.run({ ...parameters, options: { includeSecrets: true } });
			expect([parameters, JSON.stringify(items).includes(PIN)]).toEqual([parameters, true]);
		}
	});

	test('an agent gets none, and may ask for them only where a person allowed it', async () => {
		const known = somebody();
		for (const parameters of readings(known)) {
			for (const path of ['tool', 'request'] as const) {
				const raw = { ...parameters, outputFields: 'raw' };
				const { answer, run } = await engine.agent(raw, {}, path);
				expect(answer).toContain('••35');
				expect(answer + JSON.stringify(run.data.resultData)).not.toContain(PIN);
				expect(answer).not.toContain(LINK);
				const asking = { ...raw, options: { includeSecrets: "={{ $fromAI('secrets', '', 'boolean') }}" } };
				const refused = await engine.agent(asking, { secrets: true }, path);
				expect(refused.answer).toContain('it reads PINs, card numbers and invitation links');
				expect(refused.answer).not.toContain(PIN);
				const allowed = await engine.agent({ ...asking, [ALLOW]: true }, { secrets: true }, path);
				expect(allowed.answer).toContain(PIN);
			}
		}
	});

	test('a card is found all the same by its number', async () => {
		const { person } = somebody();
		const { items } = await engine.run({
			resource: 'visitor',
			operation: 'checkOut',
			findBy: 'credentialValue',
			credentialValue: PIN,
		});
		expect(items[0]).toMatchObject({ checkedOut: true, id: person });
	});
});

describe('a check-in', () => {
	const visit = (more: INodeParameters = {}): INodeParameters => checkIn({ outputFields: 'raw', ...more });
	const first = (answer: string): IDataObject =>
		(JSON.parse(answer) as IDataObject[]).flat()[0] as IDataObject;
	const credential = () => [...store().credentials.values()].at(-1);

	test('tells an agent the PIN that it drew, and not the one that the visitor has', async () => {
		const drawn = first((await engine.agent(visit(), {}, 'request')).answer);
		const pin = credential()?.value ?? '';
		expect(pin).toMatch(/^\d{4,}$/);
		expect(drawn).toMatchObject({ pin, credential: { value: pin } });
		const { answer } = await engine.agent(visit(), {}, 'request');
		expect(first(answer)).toMatchObject({ known: 'visitor', isNew: false });
		expect(String(first(answer).pin)).toMatch(/^••/);
		expect(answer).not.toContain(pin);
		const allowed = await engine.agent(visit({ [ALLOW]: true }), {}, 'request');
		expect(first(allowed.answer).pin).toBe(pin);
		// A workflow has to be able to send the message again.
		expect((await engine.run(visit())).items[0]?.pin).toBe(pin);
	});

	test('replaces no card for an agent while a visit is open, and takes back what it did', async () => {
		const card = (value: string, more: INodeParameters = {}): INodeParameters =>
			visit({ issue: 'card', credentialTypeId: locator('32'), value, ...more });
		await engine.run(card(VISITOR_CARD));
		const before = JSON.stringify([...store().credentials.values()]);
		const bookings = store().groupReservations.size;
		const later = { endTime: new Date(Date.now() + 30 * 3_600_000).toISOString() };
		const { answer } = await engine.agent(card('70010002', later), {}, 'request');
		expect(answer).toContain('has another card, which an AI agent may not replace');
		expect(JSON.stringify([...store().credentials.values()])).toBe(before);
		expect(store().groupReservations.size).toBe(bookings);
		const allowed = await engine.agent(card('70010002', { ...later, [ALLOW]: true }), {}, 'request');
		expect(allowed.answer).toContain('70010002');
		expect(credential()?.value).toBe('70010002');
	});
});

describe('a number that an agent guesses', () => {
	test.each([
		['a PIN', 31],
		['a card', 32],
	])('%s: the agent is not told whose it is', async (_what, type) => {
		const { id } = store().addPerson({ first_name: 'Ada', last_name: 'Okafor', groups: [1] });
		store().addCredential(id, type, '7531597');
		const guess = (more: INodeParameters = {}): INodeParameters =>
			checkIn({ issue: 'card', credentialTypeId: locator(String(type)), value: '7531597', ...more });
		for (const path of ['tool', 'request'] as const) {
			const { answer, run } = await engine.agent(guess(), {}, path);
			expect(answer).toContain('The card number is already in use');
			expect(answer + JSON.stringify(run.data.resultData)).not.toMatch(new RegExp(`Okafor|ID ${id}`));
		}
		expect((await engine.run(guess())).error?.message).toContain('Okafor');
		expect((await engine.agent(guess({ [ALLOW]: true }), {}, 'request')).answer).toContain('Okafor');
	});
});

describe('a trigger', () => {
	const told = async (
		resource: string,
		resourceType: string,
		resourceId: number | string,
		options: INodeParameters,
	): Promise<unknown> => {
		const body = Buffer.from(
			JSON.stringify([
				{
					action: 'CREATE',
					resource: `${engine.sandbox.url}${resource}?ack_token=${resourceId}`,
					resource_type: resourceType,
					resource_id: String(resourceId),
					account_id: 'hrbrHs7',
					ack_token: String(resourceId),
				},
			]),
		);
		const timestamp = String(Math.floor(Date.now() / 1000));
		const signature = createHmac('sha256', 'sandbox-secret')
			.update(`${timestamp}.`)
			.update(body)
			.digest('hex');
		const { items } = await engine.webhook(
			{ body, headers: { signature, timestamp } },
			{
				options: { ...options, deduplicate: false },
			},
		);
		return items[0]?.json;
	};

	test.each([
		[{}, '••35', '••12'],
		[{ includeSecrets: false }, '••35', '••12'],
		[{ includeSecrets: true }, PIN, LINK],
	])('with %j: a webhook gives a PIN as %s, a link as %s', async (options, pin, link) => {
		const { person, credential, event } = somebody();
		const path = `/api/3/people/${person}/credentials`;
		const invited = store()
			.credentialsOf(person)
			.find((one) => one.credential_type_id === 34);
		expect(await told(`${path}/${credential}`, 'PersonCredential', credential, options)).toMatchObject({
			event: 'credentialCreated',
			data: { id: credential, person_id: person, value: pin },
		});
		expect(
			await told(`${path}/${invited?.id}`, 'PersonCredential', invited?.id ?? '', options),
		).toMatchObject({
			data: { url: link },
		});
		expect(await told(`/api/3/events/${event}`, 'Event', event, options)).toMatchObject({
			data: { id: event, event_code: 11, credentials_number: pin },
		});
	});

	test.each([
		[{}, '••35'],
		[{ includeSecrets: true }, PIN],
	])('with %j: a poll gives the number that was used as %s', async (options, pin) => {
		const stored: IDataObject = {};
		await engine.poll({ options }, stored);
		const { event } = somebody();
		expect(await engine.poll({ options }, stored)).toMatchObject([
			{ data: { id: event, credentials_number: pin } },
		]);
	});
});
