import { alsoWatched, receiptOf, sawArrive, sawItArrive, startWatching } from '../../nodes/shared/watch';
import { Database } from './database';

const event = (resourceId: string, more: object = {}) => ({
	accountId: 'hrbrHs7',
	resourceType: 'Event',
	resourceId,
	action: 'CREATE',
	...more,
});

let database: Database;
beforeEach(() => (database = new Database()));

describe('what this process saw arrive', () => {
	test('is known by workflow, account and number', () => {
		const { workflowId } = database;
		sawArrive(workflowId, event('1'));
		expect(sawItArrive(workflowId, event('1'))).toBe(true);
		expect(sawItArrive(workflowId, event('2'))).toBe(false);
		expect(sawItArrive(workflowId, event('1', { accountId: 'other' }))).toBe(false);
		expect(sawItArrive('another workflow', event('1'))).toBe(false);
	});

	test('the oldest is forgotten after 5,000, so that memory does not grow for ever', () => {
		const { workflowId } = database;
		for (let id = 0; id <= 5_000; id++) sawArrive(workflowId, event(String(id)));
		expect([0, 1, 5_000].map((id) => sawItArrive(workflowId, event(String(id))))).toEqual([
			false,
			true,
			true,
		]);
	});
});

describe('what is noted in the database', () => {
	test('nothing, while nobody watches', async () => {
		expect(await alsoWatched(database.context, [event('1')])).toEqual(new Set());
		expect(database.processed.workflow).toEqual([]);
	});

	test('the arrival of each event, once somebody does; again, it is named', async () => {
		await startWatching(database.context);
		expect(await alsoWatched(database.context, [event('1'), event('2')])).toEqual(new Set());
		expect(database.processed.workflow).toEqual(
			expect.arrayContaining([receiptOf(event('1')), receiptOf(event('2'))]),
		);
		expect(await alsoWatched(database.context, [event('2'), event('3')])).toEqual(
			new Set([receiptOf(event('2'))]),
		);
	});

	test('only new events of doors, whichever kind; changes of credentials are none', async () => {
		await startWatching(database.context);
		await alsoWatched(database.context, [
			event('1', { resourceType: 'PerimeterEvent' }),
			event('2', { resourceType: 'PersonCredential' }),
			event('3', { action: 'UPDATE' }),
		]);
		expect(database.processed.workflow).toHaveLength(2);
		expect(database.processed.workflow).toContain(receiptOf(event('1')));
	});

	test('whether somebody watches is looked up once a minute, so that it is noticed within one', async () => {
		const begin = Date.now();
		const clock = jest.spyOn(Date, 'now').mockReturnValue(begin);
		await alsoWatched(database.context, [event('1')]);
		await startWatching(database.context);
		clock.mockReturnValue(begin + 60_000);
		await alsoWatched(database.context, [event('2')]);
		expect(database.counts).toBe(1);
		expect(database.processed.workflow).not.toContain(receiptOf(event('2')));
		clock.mockReturnValue(begin + 60_001);
		await alsoWatched(database.context, [event('3')]);
		clock.mockRestore();
		expect(database.counts).toBe(2);
		expect(database.processed.workflow).toContain(receiptOf(event('3')));
	});
});
