import { resources } from '../../nodes/DoorFlow/actions';
import { DoorFlowApi, type DoorFlowRequest, type ListWish } from '../../nodes/shared/api';
import { LISTS, type List } from '../../nodes/shared/lists';
import { scopeDifferences } from '../../conformance/scopes';

/** Reads a list from a server that answers with `body`. */
async function read(
	list: List,
	body: unknown,
	wish: ListWish = {},
): Promise<{ ids: unknown[]; requests: DoorFlowRequest[] }> {
	const requests: DoorFlowRequest[] = [];
	const entries = await new DoorFlowApi({} as never).list(list, {
		...wish,
		send: async (request) => {
			requests.push(request);
			return { status: 200, headers: {}, body };
		},
	});
	return { ids: entries.map(({ id }) => id), requests };
}

const people = Array.from({ length: 8 }, (_, id) => ({ id, even: id % 2 === 0 }));

describe('lists', () => {
	test.each([[{}], [null], ['<html>'], [undefined], [{ people: [] }]])(
		'an answer of %j is an error, never an empty list',
		async (body) => {
			await expect(read(LISTS.people, body)).rejects.toThrow(
				'DoorFlow did not answer with a list when asked to list people',
			);
		},
	);

	test('what is kept is chosen before the limit is applied', async () => {
		const { ids } = await read(LISTS.people, people, { limit: 3, where: ({ even }) => even === true });
		expect(ids).toEqual([0, 2, 4]);
	});

	test('each list is asked for in its own way', async () => {
		const query = async (list: List): Promise<DoorFlowRequest['query']> =>
			(await read(list, people)).requests[0]?.query;
		expect(await query(LISTS.people)).toEqual({ page: 1, per_page: 100 });
		expect(await query(LISTS.events)).toEqual({ page: 1, n: 1000 });
		expect(await query(LISTS.groups)).toEqual({});
	});

	test('a refusal is told with the words and the scope of the list', async () => {
		const { requests } = await read(LISTS.groupReservations, []);
		expect(requests[0]?.about).toEqual({
			doing: 'list group reservations',
			permission: 'account.group_reservation.readonly',
		});
	});
});

describe('scopes compared with a description', () => {
	const described = (...scopes: string[]): string[] =>
		scopeDifferences({
			paths: {
				'/api/3/groups': { get: { operationId: 'listGroups', security: [{ OAuth2: scopes }] } },
			},
		});

	test('one that differs is told of the operation and of the list', () => {
		const other = 'names account.group.readonly, described is account.role.readonly';
		expect(described('account.role.readonly')).toEqual(
			expect.arrayContaining([`group/getAll: ${other}`, `list groups: ${other}`]),
		);
		expect(described('account.group.readonly').join()).not.toMatch(/group\/getAll|list groups/);
	});

	test('one that no connection can have is told', () => {
		expect(described('account.new')).toContain("listGroups: account.new can't be ticked in the credential");
	});

	test('every operation is compared', () => {
		const missing = scopeDifferences({ paths: {} });
		const operations = resources.flatMap(({ name, operations: all }) =>
			all.map((operation) => `${name}/${operation.name}: its request is not in the description`),
		);
		expect(missing).toEqual(expect.arrayContaining(operations));
	});
});
