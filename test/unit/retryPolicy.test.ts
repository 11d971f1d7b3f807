import { MAX_ATTEMPTS, nextStep, retryAfterSeconds } from '../../nodes/shared/retryPolicy';

const budget = { attempt: 1, repeatable: true, limitedForMs: 0, maxLimitedMs: 10_000, random: 0.5 };
test('a POST is repeated only when it surely was not carried out', () => {
	const post = { ...budget, repeatable: false };
	expect(nextStep({ kind: 'answer', status: 500 }, post)).toEqual({
		step: 'giveUp',
		because: 'fateUnknown',
	});
	expect(nextStep({ kind: 'lost', sent: 'maybe' }, post)).toEqual({
		step: 'giveUp',
		because: 'fateUnknown',
	});
	expect(nextStep({ kind: 'lost', sent: 'no' }, post)).toMatchObject({ step: 'wait' });
	expect(nextStep({ kind: 'answer', status: 429, retryAfterSeconds: 2 }, post)).toEqual({
		step: 'wait',
		milliseconds: 2050,
	});
});
test('waiting for a limit ends', () => {
	expect(nextStep({ kind: 'answer', status: 429, retryAfterSeconds: 60 }, budget)).toEqual({
		step: 'giveUp',
		because: 'rateLimited',
	});
});
test('retry_in goes before Retry-After; a date is understood', () => {
	expect(retryAfterSeconds({ retry_in: 7 }, '3', 0)).toBe(7);
	expect(retryAfterSeconds({}, '3', 0)).toBe(3);
	expect(retryAfterSeconds(undefined, new Date(5000).toUTCString(), 1000)).toBe(4);
	expect(retryAfterSeconds(undefined, undefined, 0)).toBeUndefined();
});
test('after a 5xx or a lost connection it waits twice as long each time, and half of that by chance; then it gives up', () => {
	for (const outcome of [
		{ kind: 'answer', status: 503 },
		{ kind: 'lost', sent: 'maybe' },
	] as const) {
		const waits = (random: number): unknown[] =>
			[1, 2, 3].map((attempt) => nextStep(outcome, { ...budget, attempt, random }));
		const wait = (milliseconds: number): object => ({ step: 'wait', milliseconds });
		expect(waits(0)).toEqual([200, 400, 800].map(wait));
		expect(waits(1)).toEqual([400, 800, 1600].map(wait));
		expect(nextStep(outcome, { ...budget, attempt: MAX_ATTEMPTS })).toEqual({
			step: 'giveUp',
			because: 'unavailable',
		});
	}
});
test('an answer that is no failure of DoorFlow is the end of it, for a POST as well', () => {
	for (const repeatable of [true, false])
		for (const status of [200, 302, 404, 499])
			expect(nextStep({ kind: 'answer', status }, { ...budget, repeatable })).toEqual({ step: 'done' });
});
test('a limit that does not say for how long is waited for as a failure is', () => {
	expect(nextStep({ kind: 'answer', status: 429 }, { ...budget, repeatable: false })).toEqual({
		step: 'wait',
		milliseconds: 300,
	});
});
test('the whole time that there is for a limit is used', () => {
	const limited = { kind: 'answer', status: 429, retryAfterSeconds: 4 } as const;
	const spent = (limitedForMs: number) => ({ ...budget, random: 0, limitedForMs });
	expect(nextStep(limited, spent(6_000))).toEqual({ step: 'wait', milliseconds: 4_000 });
	expect(nextStep(limited, spent(6_001))).toEqual({ step: 'giveUp', because: 'rateLimited' });
});
test('what can not be read as a time to wait is none', () => {
	for (const body of [
		null,
		undefined,
		'retry_in',
		{ retry_in: -1 },
		{ retry_in: 'soon' },
		{ retry_in: Infinity },
	]) {
		expect([body, retryAfterSeconds(body, undefined, 0)]).toEqual([body, undefined]);
		expect([body, retryAfterSeconds(body, '3', 0)]).toEqual([body, 3]);
	}
	for (const header of ['', ' ', 'soon', 5, undefined])
		expect([header, retryAfterSeconds({}, header, 0)]).toEqual([header, undefined]);
	expect(retryAfterSeconds({ retry_in: 0 }, '3', 0)).toBe(0);
	expect(retryAfterSeconds({}, '-3', 0)).toBe(0);
	expect(retryAfterSeconds({}, new Date(5000).toUTCString(), 9000)).toBe(0);
});
