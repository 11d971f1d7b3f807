import { Pacer } from '../../nodes/shared/pacer';

/** Takes so many requests in one second of DoorFlow's clock. */
function take(pacer: Pacer, second: number, count: number): void {
	for (let index = 0; index < count; index++) pacer.took(second * 1000, second);
}

/** Time between two turns, in milliseconds. */
function pace(pacer: Pacer, now: number): number {
	const first = pacer.turn(now);
	return Math.round((pacer.turn(now) - first) * 10) / 10;
}

test('a refusal makes all wait; then they come at the pace that DoorFlow let pass', () => {
	const pacer = new Pacer();
	expect([pacer.turn(0), pacer.turn(0)]).toEqual([0, 0]);
	take(pacer, 99, 40);
	take(pacer, 100, 50);
	pacer.limited(100_500, 1000, 100);
	// One that was under way is refused as well: no second finding about the limit.
	pacer.limited(100_510, 1000, 100);
	expect([pacer.isPaused(101_505), pacer.isPaused(101_510)]).toEqual([true, false]);
	// 50 in that second: one every 20 ms, and a little less.
	expect([0, 1, 2].map(() => Math.round(pacer.turn(101_000) * 10) / 10)).toEqual([510, 530.4, 550.8]);
});

test('one that was under way at the refusal counts, in the second of its answer', () => {
	const pacer = new Pacer();
	take(pacer, 100, 20);
	pacer.limited(100_500, 1000, 100);
	pacer.took(100_520, 100);
	pacer.took(101_020, 101);
	expect(pace(pacer, 101_500)).toBeCloseTo((1000 / 21) * 1.02, 0);
});

test('a limit over a minute is kept as well', () => {
	const pacer = new Pacer();
	for (let second = 60; second < 80; second++) take(pacer, second, 6);
	pacer.limited(80_000, 60_000, 80);
	expect(pace(pacer, 140_000)).toBe(510);
});

test('too few requests say nothing: they are not slowed down', () => {
	const pacer = new Pacer();
	take(pacer, 1, 9);
	pacer.limited(2000, 1000, 1);
	expect([pacer.turn(4000), pacer.turn(4000)]).toEqual([0, 0]);
});

test('after half a minute it tries to go faster; refused again, it is slower than before and tries later', () => {
	const pacer = new Pacer();
	take(pacer, 100, 50);
	pacer.limited(100_900, 1000, 100);
	take(pacer, 130, 49);
	expect(pace(pacer, 130_000)).toBe(20.4);
	take(pacer, 133, 1);
	expect(pace(pacer, 133_000)).toBeCloseTo(18.5, 1);
	take(pacer, 134, 50);
	pacer.limited(134_900, 1000, 134);
	expect(pace(pacer, 140_000)).toBe(20.4);
	// The same limit was found twice.
	take(pacer, 170, 49);
	expect(pace(pacer, 170_000)).toBe(20.4);
	take(pacer, 200, 1);
	expect(pace(pacer, 200_000)).toBeCloseTo(18.5, 1);
});

test('refused at its own pace, it goes slower, though DoorFlow took as many as before', () => {
	const pacer = new Pacer();
	take(pacer, 100, 50);
	pacer.limited(100_900, 1000, 100);
	take(pacer, 110, 50);
	pacer.limited(110_900, 1000, 110);
	expect(pace(pacer, 112_000)).toBeCloseTo(20.8, 1);
});

test('a limit of long ago is forgotten', () => {
	const pacer = new Pacer();
	take(pacer, 100, 50);
	pacer.limited(100_900, 1000, 100);
	expect(pace(pacer, 750_000)).toBe(0);
});
