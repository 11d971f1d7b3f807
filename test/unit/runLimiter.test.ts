import { RunLimiter, type Arrival, type Outcome } from '../../nodes/DoorFlowTrigger/runLimiter';

// The real one waits by a timer that jest can't turn.
jest.mock('../../nodes/shared/waitAtMost', () => ({
	waitAtMost: async <T, L>(milliseconds: number, work: Promise<T>, late: L): Promise<T | L> =>
		await Promise.race([
			work,
			new Promise<L>((done) => setTimeout(() => done(late), Math.max(1, milliseconds))),
		]),
}));
let limiter: RunLimiter;
beforeEach(() => {
	jest.useFakeTimers();
	limiter = new RunLimiter();
});
afterEach(() => jest.useRealTimers());

const arrival = (run: string, { node = 'wf/trigger', combine = true, count = 1 } = {}): Arrival => ({
	node,
	run,
	combine,
	items: Array.from({ length: count }, (_, index) => ({
		json: { id: count === 1 ? run : `${run}-${index}` },
	})),
});
const ids = (outcome: Outcome | undefined) =>
	outcome?.kind === 'own' ? outcome.items.map(({ json }) => json.id) : outcome?.kind;

/** Asks without waiting: the outcome is filled in when there is one. */
function ask(what: Arrival, milliseconds = 5_000): { outcome?: Outcome } {
	const asked: { outcome?: Outcome } = {};
	void limiter.enter(what, milliseconds).then((outcome) => (asked.outcome = outcome));
	return asked;
}

const settle = async (): Promise<void> => await jest.advanceTimersByTimeAsync(20);

/** So many runs wait to begin, and it is known that runs begin here. */
async function full(runs = 5): Promise<void> {
	await limiter.enter(arrival('before'), 0);
	limiter.begun('before', false);
	// Without time to wait, everybody gets a run.
	for (let run = 0; run < runs; run++)
		expect(ids(await limiter.enter(arrival('abcdefghijklmnopqrst'[run] ?? ''), 0))).toHaveLength(1);
}

test('what waits goes along with the next run of the same trigger, in its order', async () => {
	await full();
	const first = ask(arrival('1'));
	const other = ask(arrival('2', { node: 'wf/other' }));
	const alone = ask(arrival('3', { combine: false }));
	const second = ask(arrival('4', { count: 2 }));
	await settle();
	expect([first, other, alone, second].map(({ outcome }) => outcome)).toEqual(Array(4).fill(undefined));
	limiter.begun('a', false);
	await settle();
	expect([first, other, alone, second].map(({ outcome }) => ids(outcome))).toEqual([
		['1', '4-0', '4-1'],
		undefined,
		undefined,
		'joined',
	]);
	limiter.begun('b', false);
	limiter.begun('c', false);
	await settle();
	expect([ids(other.outcome), ids(alone.outcome)]).toEqual([['2'], ['3']]);
});

test('a run takes a hundred events and no more', async () => {
	await full();
	const asked = [40, 50, 20, 10].map((count, index) => ask(arrival(String(index), { count })));
	await settle();
	limiter.begun('a', false);
	await settle();
	expect(
		asked.map(({ outcome }) => (outcome?.kind === 'own' ? outcome.items.length : outcome?.kind)),
	).toEqual([100, 'joined', undefined, 'joined']);
});

test('what has waited for long gets a run of its own', async () => {
	await full();
	const one = ask(arrival('1'));
	await jest.advanceTimersByTimeAsync(1_400);
	expect(one.outcome).toBeUndefined();
	await jest.advanceTimersByTimeAsync(200);
	expect(ids(one.outcome)).toEqual(['1']);
});

test('when n8n does not catch up, nobody is turned away: a run is started when the time is up', async () => {
	await full(20);
	expect(limiter.isOverloaded()).toBe(true);
	const late = ask(arrival('late'), 3_000);
	await jest.advanceTimersByTimeAsync(2_900);
	expect(late.outcome).toBeUndefined();
	await jest.advanceTimersByTimeAsync(200);
	expect(ids(late.outcome)).toEqual(['late']);
});

test('a run that never begins is forgotten after half a minute', async () => {
	await full(20);
	await jest.advanceTimersByTimeAsync(30_000);
	expect(limiter.isOverloaded()).toBe(false);
	expect(ids(await limiter.enter(arrival('next'), 5_000))).toEqual(['next']);
	expect(limiter.size).toBe(1);
});

describe('where runs begin in other processes', () => {
	test('that is found out in ten seconds, and nobody waits any more', async () => {
		for (const run of ['a', 'b', 'c', 'd', 'e']) await limiter.enter(arrival(run), 5_000);
		const first = ask(arrival('f'));
		await jest.advanceTimersByTimeAsync(1_600);
		expect(ids(first.outcome)).toEqual(['f']);
		expect(limiter.runsBegin).toBe('unknown');
		await jest.advanceTimersByTimeAsync(8_400);
		// A webhook every two seconds, for an hour.
		for (let webhook = 0; webhook < 1_800; webhook++) {
			const one = ask(arrival(`w${webhook}`));
			await jest.advanceTimersByTimeAsync(0);
			expect(ids(one.outcome)).toEqual([`w${webhook}`]);
			await jest.advanceTimersByTimeAsync(2_000);
		}
		expect(limiter.runsBegin).toBe('elsewhere');
	});

	test('a test by hand in the main process decides nothing', async () => {
		for (const run of ['a', 'b', 'c', 'd', 'e']) await limiter.enter(arrival(run), 5_000);
		limiter.begun('a', true);
		expect(limiter.runsBegin).toBe('unknown');
		await jest.advanceTimersByTimeAsync(10_000);
		const one = ask(arrival('f'));
		limiter.begun('by hand', true);
		await jest.advanceTimersByTimeAsync(0);
		expect(ids(one.outcome)).toEqual(['f']);
		expect(limiter.runsBegin).toBe('elsewhere');
	});

	test('nothing is kept that grows: 200,000 webhooks leave a thousand names at most', async () => {
		for (let webhook = 0; webhook < 200_000; webhook++) await limiter.enter(arrival(`w${webhook}`), 0);
		expect(limiter.size).toBeLessThanOrEqual(1_000);
	});

	test('a run that begins here after all is believed', async () => {
		await limiter.enter(arrival('a'), 5_000);
		await jest.advanceTimersByTimeAsync(10_000);
		await limiter.enter(arrival('b'), 5_000);
		expect(limiter.runsBegin).toBe('elsewhere');
		limiter.begun('b', false);
		expect(limiter.runsBegin).toBe('here');
	});
});

test('where runs begin here, they do so however long that takes: a slow machine is not flooded', async () => {
	await full(20);
	await jest.advanceTimersByTimeAsync(60_000);
	expect(limiter.isOverloaded()).toBe(false);
	expect(limiter.runsBegin).toBe('here');
});

test('a clock that is set back an hour keeps nobody waiting', async () => {
	await full(20);
	const waiting = ask(arrival('waits'), 3_000);
	jest.setSystemTime(Date.now() - 3_600_000);
	await jest.advanceTimersByTimeAsync(3_100);
	expect(ids(waiting.outcome)).toEqual(['waits']);
	await jest.advanceTimersByTimeAsync(30_000);
	expect(limiter.isOverloaded()).toBe(false);
});
