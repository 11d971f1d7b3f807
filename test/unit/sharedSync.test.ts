import { CANCELLED, type Problem } from '../../nodes/shared/problem';
import { SharedSync, syncsOf, type SyncOutcome, type SyncWish } from '../../nodes/shared/sharedSync';

const LIMIT_MS = 300;
const REFUSED: Problem = { kind: 'permission', message: 'may not', description: '' };

/** DoorFlow's side: one sync in so much time, each answered a moment after it was asked for. */
class DoorFlow {
	/** When each sync was started. */
	readonly syncs: number[] = [];

	asked = 0;

	limitMs = LIMIT_MS;

	/** What it answers instead, once each. */
	readonly instead: Array<SyncOutcome | Error> = [];

	readonly sync = async (): Promise<SyncOutcome> => {
		this.asked++;
		const now = Date.now();
		await new Promise((done) => setTimeout(done, 5));
		const other = this.instead.shift();
		if (other instanceof Error) throw other;
		if (other) return other;
		const wait = (this.syncs.at(-1) ?? 0) + this.limitMs - now;
		if (wait > 0) {
			return {
				problem: { kind: 'rateLimited', message: 'wait', description: '', retryInSeconds: wait / 1000 },
			};
		}
		this.syncs.push(now);
		return { answer: { result: 'ok' }, answeredAt: Date.now(), startedAt: now };
	};
}

const wish = (doorFlow: DoorFlow, more: { maxWaitMs?: number; signal?: AbortSignal } = {}) => ({
	send: doorFlow.sync,
	maxWaitMs: 5000,
	...more,
});
const kind = (outcome: SyncOutcome): string => ('problem' in outcome ? outcome.problem.kind : 'started');

test('30 at once: at most two syncs, and each got one that was started after it asked', async () => {
	const doorFlow = new DoorFlow();
	const shared = new SharedSync();
	const all = await Promise.all(
		Array.from({ length: 30 }, async (_, index) => {
			await new Promise((done) => setTimeout(done, (index % 10) * 3));
			const saved = Date.now();
			return { saved, outcome: await shared.next(wish(doorFlow)) };
		}),
	);
	for (const { saved, outcome } of all) {
		if ('problem' in outcome) throw new Error(outcome.problem.message);
		expect(outcome.startedAt).toBeGreaterThanOrEqual(saved);
	}
	expect(doorFlow.syncs.length).toBeLessThanOrEqual(2);
	expect(doorFlow.asked).toBeLessThanOrEqual(4);
});

test('who comes while DoorFlow is asked gets the next one, not that one', async () => {
	const doorFlow = new DoorFlow();
	doorFlow.limitMs = 0;
	const shared = new SharedSync();
	const first = shared.next(wish(doorFlow));
	await Promise.resolve();
	const second = shared.next(wish(doorFlow));
	expect([kind(await first), doorFlow.asked]).toEqual(['started', 2]);
	expect([kind(await second), doorFlow.syncs.length]).toEqual(['started', 2]);
});

test('who does not wait is told how long the limit lasts; the others wait on', async () => {
	const doorFlow = new DoorFlow();
	const shared = new SharedSync();
	await shared.next(wish(doorFlow));
	const patient = shared.next(wish(doorFlow));
	const hasty = await shared.next(wish(doorFlow, { maxWaitMs: 0 }));
	expect(kind(hasty)).toBe('rateLimited');
	const { retryInSeconds = 0 } = 'problem' in hasty ? hasty.problem : {};
	expect(retryInSeconds * 1000).toBeGreaterThan(0);
	expect(retryInSeconds * 1000).toBeLessThanOrEqual(LIMIT_MS);
	// While the limit lasts and somebody waits for it, nobody need ask DoorFlow for it again.
	const { asked } = doorFlow;
	expect(kind(await shared.next(wish(doorFlow, { maxWaitMs: 10 })))).toBe('rateLimited');
	expect(doorFlow.asked).toBe(asked);
	expect(kind(await patient)).toBe('started');
	expect(doorFlow.syncs).toHaveLength(2);
});

test('a limit that outlasts the patience is told at once', async () => {
	const doorFlow = new DoorFlow();
	doorFlow.limitMs = 600_000;
	const shared = new SharedSync();
	await shared.next(wish(doorFlow));
	expect(kind(await shared.next(wish(doorFlow)))).toBe('rateLimited');
	// And nobody is left who would keep the process at work.
	doorFlow.limitMs = 0;
	expect(kind(await shared.next(wish(doorFlow)))).toBe('started');
});

test('a failure is told to all that rode with it, and not to those that come after', async () => {
	const doorFlow = new DoorFlow();
	doorFlow.limitMs = 0;
	doorFlow.instead.push({ problem: REFUSED });
	const shared = new SharedSync();
	const first = shared.next(wish(doorFlow));
	const second = shared.next(wish(doorFlow));
	expect([kind(await first), kind(await second)]).toEqual(['permission', 'started']);
	doorFlow.instead.push(new Error('thrown'));
	expect(kind(await shared.next(wish(doorFlow)))).toBe('unexpected');
	expect(kind(await shared.next(wish(doorFlow)))).toBe('started');
});

test('a cancelled execution stops waiting at once; the others still get their sync', async () => {
	const doorFlow = new DoorFlow();
	const shared = new SharedSync();
	await shared.next(wish(doorFlow));
	const stop = new AbortController();
	const cancelled = shared.next(wish(doorFlow, { signal: stop.signal }));
	const other = shared.next(wish(doorFlow));
	const begun = Date.now();
	stop.abort();
	expect(await cancelled).toEqual({ problem: CANCELLED });
	expect(Date.now() - begun).toBeLessThan(LIMIT_MS / 2);
	expect(kind(await other)).toBe('started');
	expect(await shared.next(wish(doorFlow, { signal: stop.signal }))).toEqual({ problem: CANCELLED });
});

test('an execution that is cancelled while it asks for all hands over to the next', async () => {
	const doorFlow = new DoorFlow();
	const shared = new SharedSync();
	await shared.next(wish(doorFlow));
	// The next request for the two that wait is made on behalf of the first of them.
	const first = shared.next(wish(doorFlow));
	const second = shared.next(wish(doorFlow));
	await new Promise((done) => setTimeout(done, 50));
	doorFlow.instead.push({ problem: CANCELLED });
	expect([kind(await first), kind(await second)]).toEqual(['cancelled', 'started']);
});

describe('a sync that another process had started', () => {
	const saved = 1_795_000_000_000;
	const limited = async (last: SyncWish['last'], savedBy?: number): Promise<string> => {
		const doorFlow = new DoorFlow();
		const shared = new SharedSync();
		await shared.next(wish(doorFlow));
		doorFlow.limitMs = 60_000;
		return kind(await shared.next({ ...wish(doorFlow), ...(last ? { last } : {}), savedBy }));
	};
	const startedAt = (moment: number) => async () =>
		await Promise.resolve({ startedAt: moment, answeredAt: Date.now(), answer: {} });

	test('serves whose changes were saved before, without another', async () => {
		expect(await limited(startedAt(saved), saved)).toBe('started');
	});

	test.each([
		['it was started before the changes were saved', startedAt(saved - 1), saved],
		['it is not known when the changes were saved', startedAt(saved), undefined],
		['DoorFlow does not tell', async () => await Promise.resolve(undefined), saved],
		['nobody can ask', undefined, saved],
	])('does not serve when %s', async (_why, last, savedBy) => {
		expect(await limited(last, savedBy)).toBe('rateLimited');
	});

	test('serves all who wait, but those that need a later one get it', async () => {
		const doorFlow = new DoorFlow();
		const shared = new SharedSync();
		await shared.next(wish(doorFlow));
		const last = startedAt(saved);
		const early = shared.next({ ...wish(doorFlow), last, savedBy: saved - 1 });
		const late = shared.next({ ...wish(doorFlow), last, savedBy: saved + 1 });
		expect(await early).toMatchObject({ startedAt: saved });
		expect(doorFlow.syncs).toHaveLength(1);
		expect(kind(await late)).toBe('started');
		expect(doorFlow.syncs).toHaveLength(2);
	});
});

test('each connection has its own', () => {
	expect(syncsOf('one')).toBe(syncsOf('one'));
	expect(syncsOf('one')).not.toBe(syncsOf('other'));
});
