import type { Arrival, Place } from '../../nodes/DoorFlowTrigger/room';

// The real one waits by a timer that jest can't turn.
jest.mock('../../nodes/DoorFlowTrigger/fetch', () => ({
	within: async <T, L>(milliseconds: number, work: Promise<T>, late: L): Promise<T | L> =>
		await Promise.race([
			work,
			new Promise<L>((done) => setTimeout(() => done(late), Math.max(1, milliseconds))),
		]),
}));
beforeAll(() => jest.useFakeTimers());
afterAll(() => jest.useRealTimers());

type Room = typeof import('../../nodes/DoorFlowTrigger/room');

/** A room of its own: it is one for the whole process. */
function room(): Room {
	let fresh: Room | undefined;
	jest.isolateModules(() => (fresh = jest.requireActual<Room>('../../nodes/DoorFlowTrigger/room')));
	return fresh as Room;
}

const arrival = (run: string, { node = 'wf/trigger', combine = true, count = 1 } = {}): Arrival => ({
	node,
	run,
	combine,
	items: Array.from({ length: count }, (_, index) => ({
		json: { id: count === 1 ? run : `${run}-${index}` },
	})),
});
const ids = (place: Place | undefined) =>
	place?.kind === 'own' ? place.items.map(({ json }) => json.id) : place?.kind;

/** Asks without waiting: the outcome is filled in when there is one. */
function ask({ takePlace }: Room, what: Arrival, milliseconds = 5000): { place?: Place } {
	const outcome: { place?: Place } = {};
	void takePlace(what, milliseconds).then((place) => (outcome.place = place));
	return outcome;
}

const settle = async (): Promise<void> => await jest.advanceTimersByTimeAsync(20);

/** A room in which five runs (or as many as wished) wait to begin, and it is known that runs begin here. */
async function full(runs = 5): Promise<Room> {
	const here = room();
	await here.takePlace(arrival('before'), 0);
	here.freePlace('before');
	// Without patience, up to twenty may wait.
	for (let run = 0; run < runs; run++)
		expect(ids(await here.takePlace(arrival('abcdefghijklmnopqrst'[run] ?? ''), 0))).toHaveLength(1);
	return here;
}

test('what waits goes along with the next run of the same trigger, in its order', async () => {
	const here = await full();
	const first = ask(here, arrival('1'));
	const other = ask(here, arrival('2', { node: 'wf/other' }));
	const alone = ask(here, arrival('3', { combine: false }));
	const second = ask(here, arrival('4', { count: 2 }));
	await settle();
	expect([first, other, alone, second].map(({ place }) => place)).toEqual([
		undefined,
		undefined,
		undefined,
		undefined,
	]);
	here.freePlace('a');
	await settle();
	expect([first, other, alone, second].map(({ place }) => ids(place))).toEqual([
		['1', '4-0', '4-1'],
		undefined,
		undefined,
		'joined',
	]);
	here.freePlace('b');
	here.freePlace('c');
	await settle();
	expect([ids(other.place), ids(alone.place)]).toEqual([['2'], ['3']]);
});

test('a run takes a hundred events and no more', async () => {
	const here = await full();
	const places = [40, 50, 20, 10].map((count, index) => ask(here, arrival(String(index), { count })));
	await settle();
	here.freePlace('a');
	await settle();
	expect(places.map(({ place }) => (place?.kind === 'own' ? place.items.length : place?.kind))).toEqual([
		100,
		'joined',
		undefined,
		'joined',
	]);
});

test('what has waited for long gets a run of its own', async () => {
	const here = await full();
	const one = ask(here, arrival('1'));
	await jest.advanceTimersByTimeAsync(1_400);
	expect(one.place).toBeUndefined();
	await jest.advanceTimersByTimeAsync(200);
	expect(ids(one.place)).toEqual(['1']);
});

test('with no room in time nothing is started, and it joins nothing later', async () => {
	const here = await full(20);
	const late = ask(here, arrival('late'), 30);
	await jest.advanceTimersByTimeAsync(31);
	expect(late.place).toEqual({ kind: 'full' });
	const next = ask(here, arrival('next'));
	here.freePlace('a');
	await settle();
	expect(ids(next.place)).toEqual(['next']);
});

test('a run that never begins frees its place after half a minute', async () => {
	const here = await full(20);
	const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 30_000);
	expect(ids(await here.takePlace(arrival('next'), 0))).toEqual(['next']);
	later.mockRestore();
});

test('where runs begin in other processes, nothing waits longer than to notice that', async () => {
	const here = room();
	for (const run of ['a', 'b', 'c', 'd', 'e']) await here.takePlace(arrival(run), 0);
	const first = ask(here, arrival('f'));
	await jest.advanceTimersByTimeAsync(1_600);
	expect(ids(first.place)).toEqual(['f']);
	expect(ids(await here.takePlace(arrival('g'), 0))).toEqual(['g']);
});
