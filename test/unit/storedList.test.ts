import { record as recordedBefore, takeOff } from '../../nodes/shared/storedList';
import { Database } from './database';

let database: Database;
beforeEach(() => {
	jest.useFakeTimers();
	database = new Database();
});
afterEach(() => jest.useRealTimers());

/** Lets time pass until it is done, as far as it has to. */
async function inTime<T>(work: Promise<T>): Promise<T> {
	let over = false;
	const end = (): void => void (over = true);
	work.then(end, end);
	while (!over) await jest.advanceTimersByTimeAsync(10);
	return await work;
}
const record = async (keys: string[]): Promise<string[]> => [
	...(await inTime(recordedBefore(database.context, keys))),
];

test('a key is new once; of several, those are named that were there', async () => {
	expect(await record(['a', 'b'])).toEqual([]);
	expect(await record(['b', 'c'])).toEqual(['b']);
	expect(database.processed.workflow).toEqual(['a', 'b', 'c']);
});

test('nothing to record asks nobody', async () => {
	expect(await record([])).toEqual([]);
	expect(database.writes).toBe(0);
});

test('of twenty that record the same key at the same time, one is told that it is new', async () => {
	const all = await inTime(
		Promise.all(Array.from({ length: 20 }, async () => await recordedBefore(database.context, ['same']))),
	);
	expect(all.filter((repeated) => !repeated.has('same'))).toHaveLength(1);
});

test('what comes while it writes goes into the next write together', async () => {
	await inTime(
		Promise.all(['a', 'b', 'c', 'd'].map(async (key) => await recordedBefore(database.context, [key]))),
	);
	expect(database.writes).toBe(2);
	expect(database.processed.workflow).toEqual(['a', 'b', 'c', 'd']);
});

test('what another process wrote over is put back by the next write', async () => {
	await record(['a']);
	database.processed.workflow = ['other'];
	await record(['b']);
	expect(database.processed.workflow).toEqual(['other', 'a', 'b']);
});

test('what another process wrote over is put back when all is quiet, too', async () => {
	await record(['a']);
	database.processed.workflow = ['other'];
	await jest.advanceTimersByTimeAsync(500);
	expect(database.processed.workflow).toEqual(['other', 'a']);
});

test('what this process recorded is known even when the list lost it', async () => {
	await record(['a']);
	database.processed.workflow = [];
	expect(await record(['a'])).toEqual(['a']);
});

test('a busy database is asked five times; then nothing counts as recorded', async () => {
	database.failures = 4;
	expect(await record(['a'])).toEqual([]);
	expect(database.writes).toBe(5);
	database.failures = 5;
	await expect(record(['b'])).rejects.toThrow('SQLITE_BUSY');
	database.failures = 0;
	expect(await record(['b'])).toEqual([]);
});

test('a look when all is quiet that fails is made again, and harms nobody', async () => {
	await record(['a']);
	database.processed.workflow = [];
	database.failures = 2;
	await jest.advanceTimersByTimeAsync(2_000);
	expect(database.processed.workflow).toEqual(['a']);
});

test('what is forgotten is new again, and is not put back', async () => {
	await record(['a', 'b']);
	await inTime(takeOff(database.context, ['a']));
	await jest.advanceTimersByTimeAsync(2_000);
	expect(database.processed.workflow).toEqual(['b']);
	expect(await record(['a'])).toEqual([]);
});

test('what is taken off while a write is under way stays off', async () => {
	await record(['a']);
	await inTime(Promise.all([recordedBefore(database.context, ['b']), takeOff(database.context, ['a'])]));
	await jest.advanceTimersByTimeAsync(2_000);
	expect(database.processed.workflow).toEqual(['b']);
});
