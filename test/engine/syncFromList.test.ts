import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { Row } from '../../sandbox/store';
import type { RunOptions } from './engine';
import { soon } from './rows';
import { engine, locator, useEngine } from './useEngine';

jest.mock('../../nodes/shared/retryPolicy', () => jest.requireActual<object>('./quickRetries'));

useEngine({ config: { syncLimitSeconds: 0, requireSync: true } });
beforeEach(async () => {
	await engine.control('reset', {});
	await engine.control('config', { failurePath: '', validityAsDate: false });
});

const store = () => engine.sandbox.store;
const add = (systemId: string, more: object = {}): Row =>
	store().addPerson({ first_name: 'First', last_name: systemId, system_id: systemId, ...more });
const now = ({ id }: Row): Row => store().people.get(id) as Row;

/** Columns of the list that say more than who it is. */
const COLUMNS = ['email', 'department'];

async function sync(list: readonly IDataObject[], more: INodeParameters = {}, options: RunOptions = {}) {
	const before = store().requests.length;
	const result = await engine.run(
		{
			resource: 'person',
			operation: 'syncFromList',
			systemId: '={{ $json.id }}',
			firstName: 'First',
			lastName: '={{ $json.id }}',
			additionalFields: Object.fromEntries(COLUMNS.map((name) => [name, `={{ $json.${name} }}`])),
			dryRun: false,
			outputItems: 'both',
			...more,
		},
		{ items: list.map((json) => ({ json })), ...options },
	);
	const requests = store()
		.requests.slice(before)
		.map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`);
	const summary = result.items.find(({ summary: counts }) => counts !== undefined);
	return { ...result, requests, summary, rows: result.items.filter(({ action }) => action !== undefined) };
}

test('people are read once by pages, only what differs is written, and one sync follows', async () => {
	const people = Array.from({ length: 130 }, (_, index) => add(`HR-${index}`, { department: 'A' }));
	const list = people.map(({ system_id: id }, index) => ({
		id: String(id),
		department: index < 3 ? 'B' : 'A',
	}));
	const { requests, summary, rows } = await sync([...list, { id: 'HR-new' }]);
	const pages = Math.ceil((store().people.size - 1) / 100);
	expect(requests.filter((one) => one === 'GET /api/3/people')).toHaveLength(pages);
	expect(requests).toHaveLength(pages + 5);
	expect(requests.at(-1)).toBe('POST /api/3/sync');
	expect(requests.filter((one) => one.startsWith('PUT')).sort()).toEqual(
		people
			.slice(0, 3)
			.map(({ id }) => `PUT /api/3/people/${id}`)
			.sort(),
	);
	expect(summary).toMatchObject({ dryRun: false, stopped: null, synced: true });
	expect(summary?.summary).toMatchObject({ create: 1, update: 3, unchanged: 127 });
	expect(rows[0]).toEqual({
		action: 'update',
		applied: true,
		personId: people[0]?.id,
		name: 'First HR-0',
		changes: { department: { from: 'A', to: 'B' } },
		reason: null,
	});
	expect(rows.at(-1)).toMatchObject({ action: 'create', applied: true, personId: expect.any(Number) });

	const again = await sync([...list, { id: 'HR-new' }]);
	expect(again.requests.filter((one) => !one.startsWith('GET'))).toEqual([]);
	expect(again.summary).toMatchObject({ synced: null, summary: { unchanged: 131 } });
});

test('a sync that an earlier run did not come to is made up for', async () => {
	add('HR-1');
	expect(store().unsynced).toBe(true);
	const { requests, summary } = await sync([{ id: 'HR-1' }]);
	expect(requests.filter((one) => one.startsWith('POST'))).toEqual(['POST /api/3/sync']);
	expect([summary?.synced, store().unsynced]).toEqual([true, false]);
	expect(summary?.text).toContain('The doors are being updated.');
});

test('a long list asks with the last page whether the doors have all changes, unless it has to write anyway', async () => {
	const people = Array.from({ length: 260 }, (_, index) => add(`HR-${index}`, { department: 'A' }));
	const list = people.map((_, index) => ({ id: `HR-${index}`, department: 'A' }));
	const asked = (requests: readonly string[]): string[] =>
		requests.filter((one) => one !== 'GET /api/3/people');
	expect(asked((await sync(list)).requests)).toEqual(['GET /api/3/account', 'POST /api/3/sync']);
	const again = await sync(list);
	expect(asked(again.requests)).toEqual(['GET /api/3/account']);
	expect([again.summary?.synced, store().unsynced]).toEqual([null, false]);
	const [changed] = people;
	list[0] = { id: 'HR-0', department: 'B' };
	expect(asked((await sync(list)).requests)).toEqual([
		`PUT /api/3/people/${changed?.id}`,
		'POST /api/3/sync',
	]);
	expect(asked((await sync(list, { dryRun: true })).requests)).toEqual([]);
});

test('without being told otherwise it is a dry run, and only reads', async () => {
	const { requests, rows, summary } = await sync([{ id: 'HR-1' }], { dryRun: true });
	expect(requests.every((one) => one.startsWith('GET'))).toBe(true);
	expect(rows).toMatchObject([{ action: 'create', applied: false }]);
	expect(summary).toMatchObject({ dryRun: true, synced: null });
	const { dryRun } =
		(
			await engine.run({
				resource: 'person',
				operation: 'syncFromList',
				systemId: 'HR-1',
				firstName: 'A',
				lastName: 'B',
				outputItems: 'summary',
			})
		).items[0] ?? {};
	expect(dryRun).toBe(true);
});

describe('what stops it before anything is written', () => {
	const missing: INodeParameters = {
		scope: 'systemIdPrefix',
		scopePrefix: 'HR-',
		ifMissing: 'revokeAccess',
	};

	test('more removals than allowed, in number or in part', async () => {
		for (let index = 0; index < 20; index++) add(`HR-${index}`);
		const list = (from: number) =>
			Array.from({ length: 20 - from }, (_, index) => ({ id: `HR-${from + index}`, department: 'New' }));
		const many = await sync(list(6), missing);
		expect(many.requests.filter((one) => !one.startsWith('GET'))).toEqual([]);
		expect(many.summary?.stopped).toBe(
			'It would remove access from 6 people, more than the 5 that are allowed',
		);
		expect(many.hints).toEqual([`Nothing was written: ${String(many.summary?.stopped)}.`]);
		expect(many.rows[0]).toMatchObject({
			action: 'update',
			applied: false,
			reason: many.summary?.stopped,
		});
		expect(many.summary?.text).toContain('STOPPED, nothing was written');
		const part = await sync(list(3), missing);
		expect(part.summary?.stopped).toBe(
			'It would remove access from 3 of 20 people, more than the 10% that are allowed',
		);
		const two = await sync(list(2), missing);
		expect([two.summary?.stopped, two.error]).toEqual([null, undefined]);
		expect(two.rows.filter(({ action }) => action === 'revokeAccess')).toHaveLength(2);
	});

	test('a column that disables everybody counts as well, and so does the last group', async () => {
		for (let index = 0; index < 8; index++) add(`HR-${index}`, { groups: [1] });
		const list = Array.from({ length: 8 }, (_, index) => ({ id: `HR-${index}` }));
		for (const additionalFields of [
			{ enabled: false },
			{ groupIds: '={{ [] }}' },
			{ validTo: '2020-01-01' },
		]) {
			const { summary } = await sync(list, { additionalFields, ownedGroupIds: ['1'] });
			expect(summary?.stopped).toContain('It would remove access from 8 people');
		}
	});

	test('an empty list: an error where the node stops on errors, a stop where it goes on', async () => {
		add('HR-1');
		const { error, requests } = await sync([{}], missing);
		expect(error?.message).toContain('System ID is missing');
		expect(requests).toEqual([]);
		const going = await sync([{}], { ...missing, outputItems: 'summary' }, { continueOnFail: true });
		expect(going.items).toMatchObject([
			{ stopped: 'The list is empty, or none of its items can be read', summary: { error: 1 } },
		]);
		expect(going.requests).toEqual([]);
	});

	test('an item that can not be read may be anybody: nobody is missing then', async () => {
		const [one, two] = [add('HR-1'), add('HR-2')];
		const { rows, outputs } = await sync(
			[{ id: 'HR-1', department: 'B' }, {}],
			{ ...missing, maxRemovalPercent: 100 },
			{ continueOnFail: true },
		);
		expect(rows).toMatchObject([
			{ action: 'update', applied: true },
			{ action: 'missing', personId: two.id, reason: expect.stringContaining("can't be read") },
		]);
		expect(outputs[0]?.[1]).toMatchObject({
			json: { error: expect.stringContaining('System ID is missing') },
			pairedItem: { item: 1 },
		});
		expect([now(one).department, now(two).enabled]).toEqual(['B', true]);
	});
});

describe('who is left alone', () => {
	const scope: INodeParameters = {
		scope: 'group',
		scopeGroupId: locator(3),
		ifMissing: 'disable',
		maxRemovalPercent: 100,
	};

	test('visitors, and who is in the group only for now', async () => {
		const marked = add('HR-v', { job_title: 'Visitor', groups: [3] });
		const booked = add('HR-b', { groups: [] });
		store().bookings.bookGroups({
			person_id: booked.id,
			start_time: soon(-5),
			end_time: soon(60),
			group_ids: [3],
		});
		const staff = add('HR-s', { groups: [3] });
		const keyless = store().addPerson({ first_name: 'No', last_name: 'Key', groups: [3] });
		for (const person of store().everybody())
			if (![marked, booked, staff, keyless].includes(person)) store().changePerson(person, { groups: [] });
		const { rows } = await sync([{ id: 'HR-v', department: 'B' }, { id: 'HR-1' }], scope);
		expect(rows.map(({ action, name }) => `${String(action)} ${String(name)}`)).toEqual([
			'conflict First HR-v',
			'create First HR-1',
			'disable First HR-s',
			'missing No Key',
		]);
		expect([marked, booked, staff, keyless].map((one) => now(one).enabled)).toEqual([
			true,
			true,
			false,
			true,
		]);
		expect(now(marked).department).toBeNull();
	});

	test('a group that a reservation gives for now neither goes nor becomes permanent', async () => {
		const person = add('HR-1', { groups: [4] });
		const { id } = store().bookings.bookGroups({
			person_id: person.id,
			start_time: soon(-5),
			end_time: soon(60),
			group_ids: [3],
		});
		const fields = { additionalFields: { groupIds: '={{ [1] }}' }, ownedGroupIds: ['1', '3'] };
		const { rows } = await sync([{ id: 'HR-1' }], fields);
		expect(rows[0]).toMatchObject({ changes: { groups: { from: [4, 3], to: [4, 3, 1] } }, applied: true });
		expect([...(now(person).groups as number[])].sort()).toEqual([1, 3, 4]);
		const again = await sync([{ id: 'HR-1' }], fields);
		expect(again.rows[0]?.action).toBe('unchanged');
		store().bookings.endGroupReservation(store().groupReservations.get(id) as Row);
		expect([...(now(person).groups as number[])].sort()).toEqual([1, 4]);
	});

	test('roles of somebody with reservations of doors', async () => {
		const person = add('HR-1');
		store().bookings.bookDoors({
			person_id: person.id,
			start_time: soon(1),
			end_time: soon(60),
			channel_ids: [1340],
		});
		const { roles } = now(person);
		const { rows } = await sync([{ id: 'HR-1' }], { additionalFields: { roleIds: ['1'] } });
		expect(rows[0]).toMatchObject({
			action: 'conflict',
			reason: expect.stringContaining('Roles stay as they are'),
		});
		expect(now(person).roles).toEqual(roles);
	});

	test('two rows for one person, one address with two IDs, and an address of somebody else', async () => {
		const owner = add('HR-9', { email: 'nine@example.com' });
		const { rows } = await sync([
			{ id: 'HR-1' },
			{ id: 'HR-1' },
			{ id: 'HR-2', email: 'two@example.com' },
			{ id: 'HR-3', email: 'TWO@example.com' },
			{ id: 'HR-4', email: 'nine@example.com' },
		]);
		expect(rows.map(({ action, reason }) => [action, reason])).toEqual([
			['conflict', 'Items 0, 1 have the same System ID'],
			['conflict', 'Items 0, 1 have the same System ID'],
			['conflict', 'Items 2, 3 have the same Email'],
			['conflict', 'Items 2, 3 have the same Email'],
			['conflict', `The Email belongs to First HR-9 (ID ${owner.id}) in DoorFlow`],
		]);
	});
});

test('an address is handed on from one to the next in one run; a swap is a conflict', async () => {
	const [one, two] = [add('HR-1', { email: 'a@example.com' }), add('HR-2', { email: 'b@example.com' })];
	const chain = await sync([
		{ id: 'HR-3', email: 'a@example.com' },
		{ id: 'HR-1', email: 'b@example.com' },
		{ id: 'HR-2', email: 'c@example.com' },
	]);
	expect(chain.rows.map(({ action, applied }) => [action, applied])).toEqual([
		['create', true],
		['update', true],
		['update', true],
	]);
	expect([now(one).email, now(two).email]).toEqual(['b@example.com', 'c@example.com']);
	const swap = await sync([
		{ id: 'HR-1', email: 'c@example.com' },
		{ id: 'HR-2', email: 'b@example.com' },
	]);
	expect(swap.rows.map(({ action }) => action)).toEqual(['conflict', 'conflict']);
});

describe('lists and records as people write them', () => {
	test.each([
		['blanks after it', 'HR-1', ' HR-1 '],
		['a blank in the record', 'HR-1 ', 'HR-1'],
		['an invisible character in the list', 'HR-1', '\u200bHR-1\ufeff'],
		['an invisible character in the record', '\u200eHR-1', 'HR-1'],
		['an accent of its own', 'Z\u00eb-1', 'Ze\u0308-1'],
		['a number', '1042', 1042],
	])('a System ID with %s means the same person', async (_, has, listed) => {
		const person = add(has);
		const { rows } = await sync([{ id: listed }, { id: 'HR-2' }], {
			lastName: 'Same',
			scope: 'systemIdPrefix',
			scopePrefix: 'HR-',
			ifMissing: 'disable',
		});
		expect(rows.map(({ action, personId }) => [action, personId])).toEqual([
			['update', person.id],
			['create', expect.any(Number)],
		]);
		const again = await sync([{ id: listed }], { lastName: 'Same' });
		expect(again.rows.map(({ action }) => action)).toEqual(['unchanged']);
	});

	test('two rows whose System IDs look the same are a conflict', async () => {
		const { rows } = await sync([{ id: 'Z\u00eb-1' }, { id: 'Ze\u0308-1\u200b' }]);
		expect(rows.map(({ action }) => action)).toEqual(['conflict', 'conflict']);
	});

	test('a name is the same whether its accent is a character of its own or not', async () => {
		add('HR-1', { last_name: 'Zo\u00eb' });
		const { rows } = await sync([{ id: 'HR-1' }], { lastName: 'Zoe\u0308' });
		expect(rows.map(({ action }) => action)).toEqual(['unchanged']);
	});
});

describe('a scope that nobody is in', () => {
	test.each<readonly [string, INodeParameters, string]>([
		[
			'a group that was deleted',
			{ scope: 'group', scopeGroupId: locator(999) },
			'Nobody can be missing from the list: the group with ID 999 has no permanent members',
		],
		[
			'a prefix with a typing error',
			{ scope: 'systemIdPrefix', scopePrefix: 'HR_' },
			'Nobody can be missing from the list: no System ID in DoorFlow begins with "HR_"',
		],
	])('%s is said, in the hint and in the text', async (_, scope, said) => {
		for (const id of ['HR-1', 'HR-2']) add(id);
		const { summary, hints } = await sync([{ id: 'HR-1' }], { ...scope, ifMissing: 'disable' });
		expect(hints).toEqual([expect.stringContaining(said)]);
		expect(summary?.text).toContain(said);
	});

	test('a scope with people in it, or none, is not mentioned', async () => {
		for (const id of ['HR-1', 'HR-2']) add(id);
		for (const scope of [{ scope: 'systemIdPrefix', scopePrefix: 'HR-' }, { scope: 'none' }]) {
			const { summary, hints } = await sync([{ id: 'HR-1' }], scope);
			expect(hints).toEqual([]);
			expect(summary?.text).not.toContain('Nobody can be missing');
		}
	});
});

test('one person and one item are spoken of as one', async () => {
	for (const id of ['HR-1', 'HR-2']) add(id);
	const missing = { scope: 'systemIdPrefix', scopePrefix: 'HR-', ifMissing: 'disable' };
	const one = await sync([{ id: 'HR-1' }], { ...missing, maxRemovals: 0 });
	expect(one.summary?.stopped).toBe('It would remove access from 1 person, more than the 0 that are allowed');
	const part = await sync([{ id: 'HR-1' }], missing);
	expect(part.summary?.stopped).toBe(
		'It would remove access from 1 of 2 people, more than the 10% that are allowed',
	);
	const unread = await sync([{ id: 'HR-1' }, {}], missing, { continueOnFail: true });
	expect(unread.summary?.text).toContain('1 item of the list could not be read.');
});

test('a failure stays on its row, with its words, and the others are done', async () => {
	const [one, two] = [add('HR-1'), add('HR-2')];
	await engine.control('config', { failurePath: `/api/3/people/${one.id}$`, failureStatus: 422 });
	const { rows, summary, error } = await sync([
		{ id: 'HR-1', department: 'B' },
		{ id: 'HR-2', department: 'B' },
	]);
	expect(error).toBeUndefined();
	expect(rows).toMatchObject([
		{ action: 'error', applied: false, reason: expect.stringContaining('refused to update the person') },
		{ action: 'update', applied: true },
	]);
	expect(summary?.summary).toMatchObject({ error: 1, update: 1 });
	expect(now(two).department).toBe('B');
});

describe('what fails, by what the node does on errors', () => {
	const LIST = [{ id: 'HR-1', department: 'B' }, { id: 'HR-2', department: 'B' }, {}];
	const missing: INodeParameters = {
		scope: 'systemIdPrefix',
		scopePrefix: 'HR-',
		ifMissing: 'disable',
		maxRemovalPercent: 100,
	};
	const refuse = async (...people: Row[]): Promise<void> =>
		await engine.control('config', {
			failurePath: `/api/3/people/(${people.map(({ id }) => id).join('|')})$`,
			failureStatus: 422,
		});

	test.each(['people', 'both', 'summary'])(
		'an error output gets each row with its reason, the main output the others (%s)',
		async (outputItems) => {
			const [one, two, gone] = [add('HR-1'), add('HR-2'), add('HR-3')];
			await refuse(one, gone);
			const { outputs, error } = await sync(
				LIST.slice(0, 2),
				{ ...missing, outputItems },
				{ errorOutput: true },
			);
			expect(error).toBeUndefined();
			const [main = [], failed = []] = outputs;
			// n8n adds the columns of the item, where there is one.
			expect(failed.map(({ json, pairedItem }) => [json.error, pairedItem])).toEqual([
				[expect.stringContaining(`First HR-1 (ID ${one.id}): DoorFlow refused to update`), { item: 0 }],
				[expect.stringContaining(`First HR-3 (ID ${gone.id}): DoorFlow refused to update`), undefined],
			]);
			for (const { error: why } of failed) expect(why?.message).toContain('DoorFlow refused');
			const rows = main.filter(({ json }) => json.action !== undefined);
			const summaries = main.filter(({ json }) => json.summary !== undefined);
			expect(rows.map(({ json }) => [json.action, json.personId])).toEqual(
				outputItems === 'summary' ? [] : [['update', two.id]],
			);
			expect(summaries.map(({ json }) => json.summary)).toEqual(
				outputItems === 'people' ? [] : [expect.objectContaining({ error: 2, update: 1 })],
			);
			expect([now(two).department, now(gone).enabled]).toEqual(['B', true]);
		},
	);

	test('an item that can not be read goes to the error output, also beside a summary', async () => {
		for (const id of ['HR-1', 'HR-2']) add(id);
		const { outputs } = await sync(LIST, { ...missing, outputItems: 'summary' }, { errorOutput: true });
		expect(outputs[1]).toMatchObject([
			{ json: { error: expect.stringContaining('System ID is missing') }, pairedItem: { item: 2 } },
		]);
		expect(outputs[0]).toMatchObject([{ json: { summary: { error: 1, update: 2 } } }]);
	});

	test.each(['people', 'summary'])(
		'set to stop, what failed is on its row or in the summary (%s)',
		async (outputItems) => {
			const [one] = [add('HR-1'), add('HR-2')];
			await refuse(one);
			const { items, error, hints } = await sync(LIST.slice(0, 2), { outputItems });
			expect(error).toBeUndefined();
			expect(JSON.stringify(items)).toContain('DoorFlow refused to update the person');
			expect(items).toHaveLength(outputItems === 'people' ? 2 : 1);
			expect(hints).toEqual([
				'1 change failed: see the rows or the text of the summary. The next run tries again.',
			]);
		},
	);

	test('set to stop, it is an error where no change came through for want of a permission; otherwise it is on each row', async () => {
		for (const id of ['HR-1', 'HR-2']) add(id);
		await engine.control('config', { failurePath: 'PUT /api/3/people/', failureStatus: 403 });
		const { error } = await sync(LIST.slice(0, 2));
		expect(error?.message).toContain('No change was made: DoorFlow does not allow this connection');
		const { rows, error: none } = await sync(LIST.slice(0, 2), {}, { continueOnFail: true });
		expect([none, rows.map(({ action }) => action)]).toEqual([undefined, ['error', 'error']]);
		const { outputs } = await sync(LIST.slice(0, 2), {}, { errorOutput: true });
		expect(outputs[1]).toHaveLength(2);
	});
});

test('a validity that DoorFlow keeps as a day is not written each night', async () => {
	await engine.control('config', { validityAsDate: true });
	add('HR-1');
	const until = { additionalFields: { validTo: '2099-03-01' } };
	expect((await sync([{ id: 'HR-1' }], until)).rows[0]).toMatchObject({ action: 'update', applied: true });
	expect((await sync([{ id: 'HR-1' }], until)).rows[0]).toMatchObject({ action: 'unchanged' });
	const later = { additionalFields: { validTo: '2099-03-02' } };
	expect((await sync([{ id: 'HR-1' }], later)).rows[0]).toMatchObject({ action: 'update' });
});

test('a photo is set where there is none, and not compared', async () => {
	const person = add('HR-1');
	const photo = { additionalFields: { imageRemoteUrl: 'https://example.com/one.jpg' } };
	expect((await sync([{ id: 'HR-1' }], photo)).rows[0]).toMatchObject({ changes: { photo: {} } });
	expect(now(person).image_url).toMatch(/^https:/);
	expect((await sync([{ id: 'HR-1' }], photo)).rows[0]).toMatchObject({ action: 'unchanged' });
	const none = { additionalFields: { imageRemoteUrl: '={{ null }}' } };
	expect((await sync([{ id: 'HR-1' }], none)).rows[0]).toMatchObject({ action: 'update' });
	expect(now(person).image_url).toBeNull();
	expect((await sync([{ id: 'HR-1' }], none)).rows[0]).toMatchObject({ action: 'unchanged' });
});

test('a name in the text can be neither a mention, a link nor a second line', async () => {
	const { summary } = await sync([{ id: 'HR-1\n<!channel> https://example.com' }], {
		outputItems: 'summary',
		dryRun: true,
	});
	expect(String(summary?.text).split('\n')).toEqual([
		'Sync from list, dry run: nothing was written.',
		'1 create.',
		'• create: First HR-1 ‹!channel› https: //example.com',
	]);
});

test('whoever is disabled stays so, unless the list says Enabled', async () => {
	const person = add('HR-1', { enabled: false, groups: [1] });
	const silent = await sync([{ id: 'HR-1' }]);
	expect(silent.rows[0]).toMatchObject({
		action: 'unchanged',
		reason: 'Disabled in DoorFlow, and the list does not say otherwise',
	});
	expect(silent.summary?.text).toContain(
		'1 on the list is disabled in DoorFlow and stays so, because the list does not say Enabled.',
	);
	const changed = await sync([{ id: 'HR-1', department: 'B' }]);
	expect(changed.rows[0]).toMatchObject({
		action: 'update',
		applied: true,
		changes: { department: { to: 'B' } },
		reason: 'Disabled in DoorFlow, and the list does not say otherwise',
	});
	expect(now(person).enabled).toBe(false);
	const { rows, requests } = await sync([{ id: 'HR-1' }], {
		additionalFields: { enabled: true, groupIds: '={{ [] }}' },
		ownedGroupIds: ['1'],
	});
	expect(rows[0]).toMatchObject({ action: 'enable', applied: true });
	expect(now(person)).toMatchObject({ enabled: true, groups: [] });
	// The groups go before anybody is enabled with them.
	const fields = store()
		.requests.slice(-requests.length)
		.flatMap((one) => (one.method === 'PUT' ? [one.fields] : []));
	expect(fields).toEqual([['group_ids'], ['enabled']]);
});
