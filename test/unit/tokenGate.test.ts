import { DEAD_FOR_MS, TokenGate, waitBeforeRenewal } from '../../nodes/shared/tokenGate';

/** A renewal that ends when the test says so. */
function renewal(): {
	readonly renew: jest.Mock<Promise<string>>;
	end: (token: string) => void;
	fail: () => void;
} {
	let end: (token: string) => void = () => undefined;
	let fail: () => void = () => undefined;
	const renew = jest.fn(
		async () =>
			await new Promise<string>((done, failed) => {
				end = done;
				fail = () => failed(new Error('refused'));
			}),
	);
	return { renew, end: (token) => end(token), fail: () => fail() };
}

describe('once', () => {
	test('of many that ask at the same time one renews, and all get what it got', async () => {
		const gate = new TokenGate();
		const { renew, end } = renewal();
		const asked = Array.from({ length: 10 }, async () => await gate.once('credential', renew));
		expect(renew).toHaveBeenCalledTimes(1);
		end('new');
		expect(await Promise.all(asked)).toEqual(Array<string>(10).fill('new'));
	});

	test('credentials do not wait for each other', async () => {
		const gate = new TokenGate();
		const slow = renewal();
		const asked = gate.once('one', slow.renew);
		expect(await gate.once('other', async () => await Promise.resolve('its own'))).toBe('its own');
		slow.end('late');
		expect(await asked).toBe('late');
	});

	test('when it is over, the next one renews anew', async () => {
		const gate = new TokenGate();
		expect(await gate.once('credential', async () => await Promise.resolve(1))).toBe(1);
		expect(await gate.once('credential', async () => await Promise.resolve(2))).toBe(2);
	});

	test('a failure reaches all that wait and blocks nobody after them', async () => {
		const gate = new TokenGate();
		const { renew, fail } = renewal();
		const asked = [gate.once('credential', renew), gate.once('credential', renew)];
		fail();
		for (const one of asked) await expect(one).rejects.toThrow('refused');
		expect(await gate.once('credential', async () => await Promise.resolve('again'))).toBe('again');
	});
});

test('after a restart nothing is known', async () => {
	const gate = new TokenGate();
	const { renew } = renewal();
	void gate.once('credential', renew);
	gate.markDead('credential', 'print', 0);
	gate.clear();
	expect(gate.isDead('credential', 'print', 0)).toBe(false);
	expect(await gate.once('credential', async () => await Promise.resolve('anew'))).toBe('anew');
});

describe('dead tokens', () => {
	const now = 1_795_000_000_000;

	test('one that was refused for good is dead for a minute', () => {
		const gate = new TokenGate();
		expect(gate.isDead('credential', 'print', now)).toBe(false);
		gate.markDead('credential', 'print', now);
		expect(gate.isDead('credential', 'print', now + DEAD_FOR_MS - 1)).toBe(true);
		expect(gate.isDead('credential', 'print', now + DEAD_FOR_MS)).toBe(false);
	});

	test('a newer token of the same credential is tried at once, and other credentials always', () => {
		const gate = new TokenGate();
		gate.markDead('credential', 'old', now);
		expect(gate.isDead('other', 'old', now)).toBe(false);
		expect(gate.isDead('credential', 'new', now)).toBe(false);
		// The connection was made anew: that the old one was dead is forgotten.
		expect(gate.isDead('credential', 'old', now)).toBe(false);
	});
});

describe('how often a token is renewed for one request', () => {
	const waits = (ranOut: boolean): Array<number | undefined> =>
		Array.from({ length: 22 }, (_, index) => waitBeforeRenewal(index + 1, ranOut));

	test('one that is refused although its time is not up: three times, at once', () => {
		expect(waits(false)).toEqual([0, 0, 0, ...Array<undefined>(19).fill(undefined)]);
	});

	test('one that ran out on its way: twenty times, with longer and longer pauses', () => {
		const expected = [0, 0, 0, ...Array.from({ length: 17 }, (_, index) => (index + 1) * 100)];
		expect(waits(true)).toEqual([...expected, undefined, undefined]);
	});
});
