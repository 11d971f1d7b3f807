import { createHmac } from 'node:crypto';
import {
	getGlobalState,
	setGlobalState,
	type IDataObject,
	type INodeExecutionData,
	type INodeParameters,
	type INodeProperties,
} from 'n8n-workflow';

import { optionsOf } from '../../nodes/DoorFlow/options';
import { isCollection, type Collection, type Field, type PanelField } from '../../nodes/shared/field';
import { isRecord, type Rule } from '../../nodes/shared/values';
import { Engine } from './engine';
import { DECLARED, rowsIn, soon, type Row } from './rows';
import { engine, locator, useEngine } from './useEngine';

jest.mock('../../nodes/shared/retryPolicy', () => jest.requireActual<object>('./quickRetries'));

useEngine({ config: { admitDelayMs: 20, syncLimitSeconds: 0, inviteMs: 1 } });

const store = () => engine.sandbox.store;
const { ROWS, call } = rowsIn(() => engine);
/** The requests that reach DoorFlow meanwhile. */
const during = async <T>(work: () => Promise<T>): Promise<{ result: T; requests: string[] }> => {
	const before = store().requests.length;
	const result = await work();
	const requests = store().requests.slice(before);
	return { result, requests: requests.map(({ method, path }) => `${method} ${path}`) };
};

interface Place {
	readonly key: string;
	readonly field: Field;
	readonly within?: Collection;
}

const WRITES = DECLARED.filter(({ operation }) => operation.writes);

/** Every field of every write operation, but those that only record something, and notices. */
const DECIDING: readonly Place[] = WRITES.flatMap(({ key, operation }) =>
	[...operation.fields, optionsOf(operation)]
		.flatMap((field: PanelField): Place[] =>
			isCollection(field) ? field.inner.map((one) => ({ key, field: one, within: field })) : [{ key, field }],
		)
		.filter(({ field }) => field.rule !== undefined && !isRecord(field.rule)),
);

const nameOf = ({ key, field, within }: Place): string =>
	`${key}: ${within ? `${within.panel.name}.` : ''}${field.panel.name}`;

const RENAMED = '{{ $json.renamed }}';
const byExpression = (field: Field, expression: string): INodeParameters[string] =>
	field.panel.type === 'resourceLocator' ? locator(`=${expression}`) : `=${expression}`;

const email = (): string => `values${store().nextId()}@example.com`;

/** Something that a field may hold. */
function sample({ panel, rule }: Field): INodeParameters[string] {
	const value = {
		flag: () => true,
		id: (one: Extract<Rule, { kind: 'id' }>) => locator(one.form === 'number' ? 1 : 'x'),
		ids: () => ['1'],
		key: (one: Extract<Rule, { kind: 'key' }>) => (one.form === 'email' ? email() : 'S-1'),
		secret: () => '4815162342',
		time: () => soon(60),
	}[rule?.kind as 'id']?.(rule as never);
	if (value === undefined) throw new Error(`What may ${panel.name} hold?`);
	return value;
}

const choicesOf = ({ panel }: Field): string[] => Object.keys(panel.displayOptions?.show ?? {});
const isShownWith = (one: Field, other: Field): boolean =>
	choicesOf(one).some((name) => choicesOf(other).includes(name));

/** What else must be given where a field counts: the choices that show it, and what else they ask for. */
function beside({ key, field }: Place): INodeParameters {
	const shown = Object.entries(field.panel.displayOptions?.show ?? {}).map(([name, values]) => [
		name,
		(values as string[])[0] as string,
	]);
	const row = (ROWS[key] as Row).enter();
	const others = WRITES.find((one) => one.key === key)?.operation.fields.filter(
		(one): one is Field =>
			!isCollection(one) &&
			!(one.panel.name in row) &&
			(one.panel.required === true || isShownWith(one, field)),
	);
	return Object.fromEntries([
		...(others ?? [])
			.filter(({ panel }) => panel.type !== 'options')
			.map((one) => [one.panel.name, sample(one)]),
		...shown,
	]) as INodeParameters;
}

function with_(place: Place, value: INodeParameters[string]): INodeParameters {
	const { key, field, within } = place;
	const { name } = field.panel;
	const others = call(key, beside(place));
	if (!within) return { ...others, [name]: value };
	return { ...others, [within.panel.name]: { ...(others[within.panel.name] as object), [name]: value } };
}

test('there are fields to try in every write operation that has any', () => {
	expect(DECIDING.length).toBeGreaterThan(150);
});

describe.each(DECIDING.map((place): [string, Place] => [nameOf(place), place]))('%s', (_name, place) => {
	test.each([
		['undefined', {}, 'nothing'],
		['null', { renamed: null }, 'null'],
		['an empty text', { renamed: '' }, 'an empty text'],
	])('an expression that gives %s is refused in words, and nothing is sent', async (_what, json, gave) => {
		const parameters = with_(place, byExpression(place.field, RENAMED));
		const { result, requests } = await during(
			async () => await engine.run(parameters, { items: [{ json }] }),
		);
		expect(result.error?.message).toBe(
			`${place.field.panel.displayName} is missing: the expression ${RENAMED} gave ${gave}`,
		);
		expect(result.error?.description).toMatch(/^Check that the expression names a field/);
		expect(requests).toEqual([]);
	});
});

describe.each(DECIDING.map((place): [string, Place] => [nameOf(place), place]))(
	'part of %s',
	(_name, place) => {
		const { displayName } = place.field.panel;
		const incomplete = async (expression: string, json: IDataObject): Promise<string | undefined> => {
			const parameters = with_(place, byExpression(place.field, expression));
			const { result, requests } = await during(
				async () => await engine.run(parameters, { items: [{ json }] }),
			);
			expect(requests).toEqual([]);
			return result.error?.message;
		};

		test('that is undefined is refused: what is left of the text means something else', async () => {
			expect(await incomplete(`2027-01-10 ${RENAMED}`, {})).toBe(
				`${displayName} is incomplete: ${RENAMED} gave nothing`,
			);
		});

		if (place.field.rule?.kind !== 'key' && place.field.rule?.kind !== 'secret') return;

		test.each([
			["{{ 'V-' + $json.renamed }}", { other: 1 }],
			["{{ 'V-' + Number($json.renamed) }}", { renamed: 'x' }],
			["{{ 'V-' + $json.renamed }}", { renamed: { id: 1 } }],
		])('that JavaScript writes out in words is refused: %s', async (expression, json) => {
			expect(await incomplete(expression, json as IDataObject)).toBe(
				`${displayName} is incomplete: a part of ${expression} gave nothing`,
			);
		});

		test.each([null, ''])('that is %p is refused as well', async (renamed) => {
			expect(await incomplete(`V-${RENAMED}`, { renamed })).toBe(
				`${displayName} is incomplete: ${RENAMED} gave nothing`,
			);
		});

		test('a comparison is no text', async () => {
			expect(await incomplete('{{ $json.renamed === 1 }}', {})).toMatch(/is true or false|is neither a text/);
		});
	},
);

test.each([
	['{{ [2, null] }}', 'nothing'],
	["{{ [2, ''] }}", 'an empty text'],
	['{{ [{ id: 2 }] }}', 'an object'],
	['{{ [[2]] }}', 'a list'],
	["{{ '2,,3' }}", 'an empty text'],
])('a list of IDs is refused as a whole for one that is none, in words: %s', async (expression, what) => {
	const { result, requests } = await during(
		async () => await engine.run(call('visitor/checkIn', { groupIds: `=${expression}` })),
	);
	expect(result.error?.message).toContain(`can't be ${what}: that is not the ID of a group`);
	expect(requests).toEqual([]);
});

describe('one bad item of three', () => {
	/** The fields whose values come from the items. */
	const columnsOf = (key: string): INodeProperties[] => {
		const row = (ROWS[key] as Row).enter();
		const { fields } = DECLARED.find((one) => one.key === key)?.operation ?? { fields: [] };
		return fields
			.map(({ panel }) => panel)
			.filter(({ name, type }) => name in row && type !== 'options' && type !== 'collection');
	};
	const plain = (value: unknown): unknown =>
		typeof value === 'object' && value !== null && '__rl' in value
			? (value as unknown as { value: unknown }).value
			: value;

	/** The row of an operation three times, each value from the item; the second lacks one. */
	function input(key: string): { parameters: INodeParameters; items: INodeExecutionData[]; shown: string } {
		const rows = [0, 1, 2].map(() => call(key) as Record<string, unknown>);
		const columns = columnsOf(key);
		const [missing] = columns;
		const parameters = { ...rows[0] } as INodeParameters;
		for (const { name } of columns) {
			const expression = `={{ $json.${name} }}`;
			parameters[name] = plain(parameters[name]) === parameters[name] ? expression : locator(expression);
		}
		const items = rows.map((row, index) => ({
			json: Object.fromEntries(
				columns
					.filter((column) => index !== 1 || column !== missing)
					.map(({ name }) => [name, plain(row[name])]),
			) as IDataObject,
		}));
		return { parameters, items, shown: missing?.displayName ?? '' };
	}

	const KEYS = WRITES.map(({ key }) => key).filter(
		(key) => !['account/disconnect', 'sync/start'].includes(key),
	);

	test.each(KEYS)('%s: nothing is sent when the node stops on errors', async (key) => {
		const { parameters, items, shown } = input(key);
		const { result, requests } = await during(async () => await engine.run(parameters, { items }));
		expect(result.error?.message).toContain(shown);
		expect(result.error?.message).toContain('gave nothing');
		expect(result.error?.description).toContain(
			'It is item 1 (n8n counts from 0) of 3. The node checks all items first, so nothing was changed at DoorFlow.',
		);
		expect(requests).toEqual([]);
	});

	test.each(KEYS)('%s: the good ones go through when it continues', async (key) => {
		const { parameters, items, shown } = input(key);
		const { outputs } = await engine.run(parameters, { items, continueOnFail: true });
		const errors = [0, 1, 2].map(
			(item) =>
				outputs[0]?.find(({ pairedItem }) => (pairedItem as { item: number }).item === item)?.json.error,
		);
		expect(errors).toEqual([undefined, expect.stringContaining(`${shown} is missing`), undefined]);
	});
});

/** What reaches the person's record. */
const recordOf = (id: unknown): IDataObject => store().people.get(Number(id)) as unknown as IDataObject;
const update = (id: number, updateFields: INodeParameters): INodeParameters => ({
	resource: 'person',
	operation: 'update',
	personId: locator(id),
	updateFields,
});

describe('a text of a person’s record', () => {
	const snake = (name: string): string =>
		name
			.replace(/([A-Z])/g, '_$1')
			.replace(/(\d)/, '_$1')
			.toLowerCase();
	const { operation } = DECLARED.find(({ key }) => key === 'person/update') ?? {};
	const TEXTS = (operation?.fields.filter(isCollection)[0]?.inner ?? [])
		.filter(({ rule }) => rule?.kind === 'record')
		.map(({ panel }) => panel.name)
		.filter((name) => !name.startsWith('image'));

	test.each(TEXTS)(
		'%s stays when it is missing in the input, and is cleared by null or an empty text',
		async (name) => {
			const before =
				name === 'email' ? email() : name === 'organisationId' ? 42 : `before ${store().nextId()}`;
			const { id } = store().addPerson({ first_name: 'Rec', last_name: 'Ord', [snake(name)]: before });
			const mobile = { mobile: '+441632960123', telephone: '+441632960124' };
			const changed = async (json: IDataObject): Promise<unknown> => {
				const { error } = await engine.run(update(id, { ...mobile, [name]: `=${RENAMED}` }), {
					items: [{ json }],
				});
				expect(error).toBeUndefined();
				return recordOf(id)[snake(name)];
			};
			expect(await changed({})).toBe(before);
			expect(await changed({ renamed: null })).toBeNull();
			store().people.set(id, { ...recordOf(id), [snake(name)]: before } as never);
			expect(await changed({ renamed: '' })).toBeNull();
		},
	);
});

describe('an argument of an AI agent', () => {
	const create = (more: INodeParameters): INodeParameters => ({
		resource: 'person',
		operation: 'create',
		firstName: "={{ $fromAI('First_Name', '', 'string') }}",
		lastName: 'Agent',
		...more,
	});
	const optional = {
		validTo: "={{ $fromAI('until', '', 'json') }}",
		enabled: "={{ $fromAI('enabled', '', 'json') }}",
		groupIds: "={{ $fromAI('groups', '', 'json') }}",
		department: "={{ $fromAI('department', '', 'json') }}",
	};

	const filledIn = (first: string, value: string | null): IDataObject => ({
		First_Name: first,
		until: value,
		enabled: value,
		groups: value,
		department: value,
	});

	test('an empty text is not given for an optional field', async () => {
		const first = `Ai${store().nextId()}`;
		const { answer } = await engine.agent(
			create({ additionalFields: optional }),
			filledIn(first, ''),
			'request',
		);
		expect(answer).toContain(first);
		const [person] = [...store().people.values()].filter(({ first_name: name }) => name === first);
		expect(person).toMatchObject({ enabled: true, valid_to: null, groups: [], department: null });
	});

	test('null, of which n8n makes undefined, is refused, and nothing is sent', async () => {
		const { result, requests } = await during(
			async () => await engine.agent(create({ additionalFields: optional }), filledIn('Ai', null), 'request'),
		);
		expect(result.answer).toContain('gave nothing');
		expect(requests).toEqual([]);
	});

	test('an empty text is refused for what must be there', async () => {
		const { result, requests } = await during(
			async () => await engine.agent(create({}), { First_Name: '' }, 'request'),
		);
		expect(result.answer).toContain('First Name is missing');
		expect(requests).toEqual([]);
	});
});

describe('card numbers', () => {
	/** As n8n gets them from a JSON file: both are the same number by then. */
	const asNumbers = JSON.parse('[10000000000000000001, 10000000000000000002]') as [number, number];
	const asTexts = ['10000000000000000001', '10000000000000000002'] as const;
	const newPerson = (): number => store().addPerson({ first_name: 'Card', last_name: 'Holder' }).id;
	const value = '={{ $json.card }}';
	const WAYS: ReadonlyArray<[string, () => INodeParameters, (output: IDataObject) => unknown]> = [
		[
			'Credential → Create',
			() => ({
				resource: 'credential',
				operation: 'create',
				personId: locator(newPerson()),
				credentialTypeId: locator(32),
				valueMode: 'set',
				value,
			}),
			({ id }) => store().credentials.get(String(id))?.value,
		],
		[
			'Credential → Update',
			() => {
				const id = newPerson();
				const { id: credential } = store().addCredential(id, 32, String(store().nextId()));
				return {
					resource: 'credential',
					operation: 'update',
					personId: locator(id),
					credentialId: locator(credential),
					valueMode: 'set',
					value,
				};
			},
			({ id }) => store().credentials.get(String(id))?.value,
		],
		[
			'Person → Create, barcode',
			() => ({
				resource: 'person',
				operation: 'create',
				firstName: 'Bar',
				lastName: 'Code',
				additionalFields: { barcode: value },
			}),
			({ id }) => recordOf(id).barcode,
		],
		[
			'Check In',
			() => call('visitor/checkIn', { issue: 'card', credentialTypeId: locator(32), value }),
			({ credential }) => store().credentials.get(String((credential as IDataObject).id))?.value,
		],
	];

	beforeEach(() => {
		for (const credential of store().credentials.values())
			if (asTexts.some((text) => text === credential.value)) store().removeCredential(credential);
	});

	test.each(WAYS)(
		'%s: two long ones as JSON numbers are refused, as are fractions',
		async (_, parameters) => {
			expect(asNumbers[0]).toBe(asNumbers[1]);
			for (const card of [...asNumbers, 12.5]) {
				const given = parameters();
				const { result, requests } = await during(
					async () => await engine.run(given, { items: [{ json: { card } }] }),
				);
				expect(result.error?.message).toMatch(/ is a number .*\(from \{\{ \$json\.card \}\}\)$/);
				expect(result.error?.description).toContain('Send it as text');
				expect(requests).toEqual([]);
			}
		},
	);

	test.each(WAYS)('%s: as text, they arrive digit by digit', async (_, parameters, held) => {
		for (const card of asTexts) {
			const { items, error } = await engine.run(parameters(), { items: [{ json: { card } }] });
			expect(error).toBeUndefined();
			expect(held(items[0] ?? {})).toBe(card);
		}
	});
});

describe('times', () => {
	const instance = getGlobalState();
	afterEach(() => setGlobalState(instance));
	const id = 1001;
	const valid = async (validTo: string, timezone: string, json: IDataObject = {}) => {
		const { error } = await engine.run(update(id, { validTo }), { timezone, items: [{ json }] });
		return error?.message ?? recordOf(id).valid_to;
	};
	const EVENING = '2027-07-01T18:00';

	test('without a zone are in that of the workflow', async () => {
		expect(await valid(EVENING, 'America/New_York')).toBe('2027-07-01T22:00:00Z');
		expect(await valid(`={{ $json.end }}`, 'Asia/Tokyo', { end: EVENING })).toBe('2027-07-01T09:00:00Z');
		expect(await valid(`${EVENING}+02:00`, 'Asia/Tokyo')).toBe('2027-07-01T16:00:00Z');
	});

	test('are in that of the n8n instance where the workflow has none', async () => {
		setGlobalState({ ...instance, defaultTimezone: 'Asia/Tokyo' });
		for (const none of ['DEFAULT', 'Nowhere/City'])
			expect(await valid(EVENING, none)).toBe('2027-07-01T09:00:00Z');
	});

	test('without any zone are refused, never read as UTC; with one of their own they need none', async () => {
		setGlobalState({ ...instance, defaultTimezone: 'Nowhere/City' });
		const before = recordOf(id).valid_to;
		expect(await valid(EVENING, 'DEFAULT')).toContain('The time zone is not known');
		expect(recordOf(id).valid_to).toBe(before);
	});

	test('a day alone begins at its start and ends at its end', async () => {
		expect(await valid('2027-07-01', 'America/New_York')).toBe('2027-07-02T03:59:59Z');
		await engine.run(update(id, { validFrom: '2027-06-01' }), { timezone: 'America/New_York' });
		expect(recordOf(id).valid_from).toBe('2027-06-01T04:00:00Z');
		await engine.run(update(id, { validFrom: 'none', validTo: '={{ "None" }}' }));
		expect(recordOf(id)).toMatchObject({ valid_from: null, valid_to: null });
		const { items } = await engine.run(
			call('groupReservation/create', { startTime: '2027-03-01', endTime: '2027-03-02' }),
		);
		expect(items[0]).toMatchObject({ start_time: '2027-03-01T00:00:00Z', end_time: '2027-03-02T23:59:59Z' });
	});

	test('a number is refused, and says what it is', async () => {
		expect(await valid('={{ $json.end }}', 'UTC', { end: 1_772_000_000_000 })).toBe(
			'Valid To is not a valid time: it is the number 1772000000000; turn it into a date first, with DateTime.fromMillis(…) or, if it counts seconds, DateTime.fromSeconds(…) (from {{ $json.end }})',
		);
	});

	test('an invalid DateTime of Luxon, which becomes null, is refused', async () => {
		expect(await valid('={{ DateTime.fromISO("soon").toISO() }}', 'UTC')).toContain('Valid To is missing');
		expect(await valid('={{ DateTime.fromISO("soon") }}', 'UTC')).toContain('Valid To is not a valid time');
	});

	test.each(['reservation/create', 'groupReservation/create', 'visitor/checkIn'])(
		'%s until the end of the calendar is refused at once',
		async (key) => {
			for (const endTime of ['9999-12-31', '9999-12-31T23:59:59', '2036-12-31']) {
				const { result, requests } = await during(async () => await engine.run(call(key, { endTime })));
				expect(result.error?.message).toMatch(
					/out of range|more than the \d+ that are allowed|longer than a day/,
				);
				expect(result.error?.description).toContain('Nothing was changed at DoorFlow.');
				expect(requests).toEqual([]);
			}
		},
	);

	test.each([
		['America/Santiago', '2027-04-03T12:00:00', '2027-04-05T12:00:00'],
		['America/Nuuk', '2027-10-30T12:00:00', '2027-11-01T12:00:00'],
		['America/Nuuk', '2027-03-27T12:00:00', '2027-03-29T12:00:00'],
	])('a visit at doors across the change of clocks in %s from %s ends', async (zone, startTime, endTime) => {
		const other = await Engine.start({ config: { accountTimeZone: zone, syncLimitSeconds: 0 } });
		const { items, error } = await other.run(
			call('visitor/checkIn', { accessBy: 'doors', channelIds: ['1340'], startTime, endTime }),
			{ timezone: zone },
		);
		await other.stop();
		expect(error).toBeUndefined();
		const bookings = items[0]?.reservations as Array<{ start_time: string; end_time: string }>;
		expect(bookings).toHaveLength(3);
		for (const { start_time: from, end_time: to } of bookings) expect(from < to).toBe(true);
	});
});

describe('the triggers', () => {
	const BAD: ReadonlyArray<[string, INodeParameters, string]> = [
		['an unknown event', { events: 'accessGranted, doorExploded' }, `Events can't be "doorExploded"`],
		['events that an expression does not give', { events: '={{ undefined }}' }, 'Events is missing'],
		['broken JSON', { events: '["accessGranted"' }, 'Events is not a list'],
		['a malformed ID', { filters: { channelIds: '1340, Main' } }, 'Door Names or IDs can\'t be "Main"'],
		[
			'a filter that an expression does not give',
			{ filters: { personIds: '={{ undefined }}' } },
			'Person Names or IDs is missing',
		],
	];
	const present = async (channelId: number): Promise<number> =>
		(await engine.control<{ id: number }>('present', { channelId, value: '41000' })).id;
	const notification = (id: number): { body: Buffer; headers: Record<string, string> } => {
		const body = Buffer.from(
			JSON.stringify([
				{
					action: 'CREATE',
					resource: `${engine.sandbox.url}/api/3/events/${id}?ack_token=ack${id}`,
					resource_type: 'Event',
					resource_id: String(id),
					account_id: 'hrbrHs7',
					ack_token: `ack${id}`,
				},
			]),
		);
		const timestamp = String(Math.floor(Date.now() / 1000));
		const signature = createHmac('sha256', 'sandbox-secret')
			.update(`${timestamp}.`)
			.update(body)
			.digest('hex');
		return { body, headers: { 'content-type': 'application/json', signature, timestamp } };
	};

	test.each(BAD)(
		'%s: the DoorFlow Trigger is not activated, and takes no webhook',
		async (_, parameters, words) => {
			await expect(engine.activate(parameters)).rejects.toMatchObject({
				message: expect.stringContaining(words),
				description: expect.stringMatching(/\.$/),
			});
			const id = await present(1340);
			const { result, requests } = await during(
				async () => await engine.webhook(notification(id), parameters),
			);
			expect(result).toMatchObject({ status: 503, items: [] });
			expect(requests).toEqual([]);
		},
	);

	test.each(BAD)('%s: the polling trigger says so, and does not move on', async (_, parameters, words) => {
		const stored: IDataObject = {};
		await engine.poll({}, stored);
		const before = JSON.parse(JSON.stringify(stored)) as IDataObject;
		const id = await present(1340);
		await expect(engine.poll(parameters, stored)).rejects.toMatchObject({
			message: expect.stringContaining(words),
			description: expect.stringMatching(/\.$/),
		});
		expect(stored).toEqual(before);
		expect((await engine.poll({}, stored)).map(({ resourceId }) => resourceId)).toEqual([String(id)]);
	});

	test.each([
		['values', 'accessGranted,accessDenied', '1340, 1341'],
		['names as shown', ' ACCESS granted , Access Denied', '1340'],
		['JSON text', '["accessGranted"]', '["1340", 1342]'],
		['an array', ['accessGranted'], [1340]],
	])('both read lists that are %s', async (_, events, channelIds) => {
		const parameters = { events, filters: { channelIds } } as INodeParameters;
		expect(await engine.activate(parameters)).toBe(true);
		const stored: IDataObject = {};
		await engine.poll(parameters, stored);
		const [wanted, other] = [await present(1340), await present(1343)];
		const arrived = await Promise.all(
			[wanted, other].map(async (id) => (await engine.webhook(notification(id), parameters)).items.length),
		);
		expect(arrived).toEqual([1, 0]);
		expect((await engine.poll(parameters, stored)).map(({ resourceId }) => resourceId)).toEqual([
			String(wanted),
		]);
	});
});

test('an update of a notification rule that does not name Active leaves it as it is', async () => {
	const parameters = call('notificationRule/update');
	const { value } = parameters.notificationRuleId as { value: string };
	const rule = store().rules.get(Number(value)) as unknown as IDataObject;
	rule.active = false;
	const { error } = await engine.run(parameters);
	expect(error).toBeUndefined();
	expect(store().rules.get(Number(value))).toMatchObject({ name: 'Forced', active: false });
	await engine.run({ ...parameters, additionalFields: { active: true } });
	expect(store().rules.get(Number(value))).toMatchObject({ active: true });
});

test('while 2,000 items are read, n8n gets its turn again and again', async () => {
	let turns = 0;
	let reading = true;
	const turn = (): void => {
		turns++;
		if (reading) setTimeout(turn, 0);
	};
	setTimeout(turn, 0);
	const items = Array.from({ length: 2000 }, (_, index) => ({
		json: index === 1999 ? {} : { first: `N${index}` },
	}));
	const { result, requests } = await during(
		async () => await engine.run(call('person/create', { firstName: '={{ $json.first }}' }), { items }),
	);
	reading = false;
	expect(result.error?.message).toContain('First Name is missing');
	expect(requests).toEqual([]);
	expect(turns).toBeGreaterThan(10);
});
