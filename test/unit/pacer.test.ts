import { Pacer } from '../../nodes/shared/pacer';

test('a refusal makes all wait; from the second on, they come one after the other', () => {
	const pacer = new Pacer();
	expect([pacer.turn(0), pacer.turn(0)]).toEqual([0, 0]);
	pacer.limited(0, 1000);
	// One that was under way is refused as well: no second finding about the limit.
	pacer.limited(10, 1000);
	expect([pacer.isPaused(1005), pacer.isPaused(1010), pacer.turn(500), pacer.turn(500)]).toEqual([true, false, 510, 510]);
	for (let count = 0; count < 100; count++) pacer.took(1500);
	pacer.limited(2000, 1000);
	// 100 in 2 s passed, so that the next come every 18 ms.
	expect([0, 1, 2].map(() => Math.round(pacer.turn(2000)))).toEqual([1000, 1018, 1036]);
});

test('too few requests say nothing: they are not slowed down', () => {
	const pacer = new Pacer();
	pacer.limited(0, 1000);
	pacer.took(1500);
	pacer.limited(2000, 1000);
	expect([pacer.turn(4000), pacer.turn(4000)]).toEqual([0, 0]);
});
