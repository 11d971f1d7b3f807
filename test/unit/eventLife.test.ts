import fc from 'fast-check';
import type { IExecuteFunctions } from 'n8n-workflow';

import { confirm, Lives, recordEmissions } from '../../nodes/shared/lives';
import type { Notification } from '../../nodes/shared/notifications';
import { startAfresh } from '../../nodes/shared/processWide';
import { times } from '../times';
import { Database } from './database';

/**
 * The life of an event against a model of it: DoorFlow delivers in any order and as often as it likes, runs begin late or
 * never, acknowledging fails, n8n restarts, its database fails. Here n8n and DoorFlow are played by the test, over the
 * real record of lives.
 */

type Step =
	| { readonly do: 'confirm' | 'deliver' | 'run'; readonly event: number }
	| { readonly do: 'databaseFails'; readonly times: number }
	| { readonly do: 'acknowledgingFails'; readonly fails: boolean }
	| { readonly do: 'restart' }
	| { readonly do: 'time'; readonly seconds: number };

const EVENTS = 4;
const CONFIRM_MS = 300_000;
const event = fc.nat(EVENTS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 6, arbitrary: event.map((one): Step => ({ do: 'deliver', event: one })) },
	{ weight: 6, arbitrary: event.map((one): Step => ({ do: 'run', event: one })) },
	{ weight: 2, arbitrary: event.map((one): Step => ({ do: 'confirm', event: one })) },
	{
		weight: 1,
		arbitrary: fc.integer({ min: 1, max: 6 }).map((n): Step => ({ do: 'databaseFails', times: n })),
	},
	{ weight: 1, arbitrary: fc.boolean().map((fails): Step => ({ do: 'acknowledgingFails', fails })) },
	{ weight: 2, arbitrary: fc.constant<Step>({ do: 'restart' }) },
	{
		weight: 2,
		arbitrary: fc.integer({ min: 1, max: 700 }).map((seconds): Step => ({ do: 'time', seconds })),
	},
);

const notification = (id: number, delivery: number): Notification => ({
	action: 'CREATE',
	resource: `https://api.doorflow.com/api/3/events/${id}`,
	resourceType: 'Event',
	resourceId: String(id),
	accountId: 'hrbrHs7',
	// Whatever token it comes with.
	ackToken: `t${delivery}`,
});

/** DoorFlow and n8n around the record. */
class World {
	readonly database = new Database();

	/** When each event went into the workflow. */
	readonly emitted = new Map<number, number[]>();

	readonly confirmedAt = new Map<number, number>();

	/** What DoorFlow was told of. */
	readonly acknowledged = new Set<number>();

	/** Runs that n8n holds, which a restart does not take from it. */
	private readonly runs: Notification[] = [];

	/** How many runs n8n was given. */
	given = 0;

	private acknowledging = true;

	private deliveries = 0;

	constructor(private readonly manual: boolean) {}

	private get rules() {
		return { deduplicate: true, confirmMs: this.manual ? CONFIRM_MS : undefined };
	}

	private get lives(): Lives {
		return new Lives(this.database.workflowId, 'node');
	}

	get context(): IExecuteFunctions {
		return this.database.context;
	}

	async take(one: Step): Promise<void> {
		switch (one.do) {
			case 'deliver':
				return this.deliver(one.event);
			case 'run':
				return await this.run(one.event);
			case 'confirm':
				return await this.confirm(one.event);
			case 'databaseFails':
				this.database.failures = one.times;
				return;
			case 'acknowledgingFails':
				this.acknowledging = !one.fails;
				return;
			case 'restart':
				await jest.advanceTimersByTimeAsync(5_000);
				return startAfresh();
			case 'time':
				return void (await jest.advanceTimersByTimeAsync(one.seconds * 1_000));
		}
	}

	/** All is well from now on: DoorFlow delivers what it was not told of until it is, with time for everything. */
	async settle(): Promise<void> {
		this.database.failures = 0;
		this.acknowledging = true;
		for (let round = 0; round < 4; round++) {
			for (let id = 0; id < EVENTS; id++) {
				this.deliver(id);
				while (this.runs.some(({ resourceId }) => resourceId === String(id))) await this.run(id);
				if (this.manual) await this.confirm(id);
			}
			await jest.advanceTimersByTimeAsync(2 * CONFIRM_MS);
		}
	}

	private deliver(id: number): void {
		const one = notification(id, ++this.deliveries);
		const next = this.lives.next(one, this.rules);
		if (next === 'acknowledge') this.acknowledge(one);
		if (next !== 'look' || !this.lives.accept(one, this.rules)) return;
		this.runs.push(one);
		this.given++;
		this.lives.come(one, 'handed');
	}

	private async run(id: number): Promise<void> {
		const index = this.runs.findIndex(({ resourceId }) => resourceId === String(id));
		const [one] = index < 0 ? [] : this.runs.splice(index, 1);
		if (!one) return;
		let outcome: Awaited<ReturnType<typeof recordEmissions>> | undefined;
		const recording = recordEmissions(this.context, [one], this.rules)
			.then((done) => (outcome = done))
			.catch(() => undefined);
		await jest.advanceTimersByTimeAsync(2_000);
		await recording;
		if (!outcome) return this.lives.release(one);
		this.lives.come(one, 'emitted', outcome.emittedAt[0]);
		const [verdict] = outcome.verdicts;
		if (verdict === 'new' || verdict === 'again')
			this.emitted.set(id, [...(this.emitted.get(id) ?? []), Date.now()]);
		if (!this.manual || verdict === 'confirmed') this.acknowledge(one);
	}

	private acknowledge(one: Notification): void {
		if (!this.acknowledging) return;
		this.acknowledged.add(Number(one.resourceId));
		this.lives.come(one, 'acknowledged');
	}

	private async confirm(id: number): Promise<void> {
		if (!this.manual || !this.emitted.has(id) || this.confirmedAt.has(id)) return;
		// What can't be recorded is told by the documents: a restart may forget it.
		this.database.failures = 0;
		this.confirmedAt.set(id, Date.now());
		this.acknowledged.add(id);
		const confirming = confirm(this.context, notification(id, 0).resource);
		await jest.advanceTimersByTimeAsync(1_000);
		await confirming;
	}
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

async function play(manual: boolean, steps: readonly Step[]): Promise<World> {
	startAfresh();
	const world = new World(manual);
	for (const one of steps) await world.take(one);
	await world.settle();
	return world;
}
const everyEvent = Array.from({ length: EVENTS }, (_, id) => id);

test('whatever happens in whatever order, an event goes into the workflow exactly once, and DoorFlow is told', async () => {
	let [repeats, restarts] = [0, 0];
	await fc.assert(
		fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), async (steps) => {
			const { emitted, acknowledged } = await play(false, steps);
			repeats += steps.filter((one) => one.do === 'deliver').length > EVENTS ? 1 : 0;
			restarts += steps.some((one) => one.do === 'restart') ? 1 : 0;
			expect(everyEvent.map((id) => emitted.get(id)?.length)).toEqual(everyEvent.map(() => 1));
			expect([...acknowledged].sort()).toEqual(everyEvent);
		}),
		{ numRuns: times(200, 5_000) },
	);
	expect(repeats).toBeGreaterThan(20);
	expect(restarts).toBeGreaterThan(20);
}, 600_000);

test('what a workflow has to confirm comes until it is, never sooner than it has time for, and never afterwards', async () => {
	let again = 0;
	await fc.assert(
		fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), async (steps) => {
			const { emitted, acknowledged, confirmedAt } = await play(true, steps);
			for (const id of everyEvent) {
				const at = emitted.get(id) ?? [];
				again += at.length - 1;
				expect(at.length).toBeGreaterThan(0);
				for (const [index, one] of at.slice(1).entries())
					expect(one - (at[index] ?? 0)).toBeGreaterThanOrEqual(CONFIRM_MS);
				expect(at.filter((one) => one > (confirmedAt.get(id) ?? Infinity))).toEqual([]);
			}
			expect([...acknowledged].sort()).toEqual(everyEvent);
		}),
		{ numRuns: times(200, 5_000) },
	);
	expect(again).toBeGreaterThan(10);
}, 600_000);

test.each([false, true])(
	'a clock that is set back an hour loses nothing (to be confirmed: %s)',
	async (manual) => {
		startAfresh();
		const world = new World(manual);
		await world.take({ do: 'deliver', event: 0 });
		await world.take({ do: 'deliver', event: 1 });
		await world.take({ do: 'run', event: 1 });
		jest.setSystemTime(Date.now() - 3_600_000);
		// Its run never began, and now it is delivered again.
		await world.take({ do: 'deliver', event: 0 });
		expect(world.given).toBe(3);
		await world.take({ do: 'deliver', event: 1 });
		await world.take({ do: 'run', event: 1 });
		// What a workflow has to confirm comes again later, and not twice at once.
		expect(world.emitted.get(1)).toHaveLength(1);
	},
);

describe('what a workflow does not confirm', () => {
	const EVERY_S = 10;

	test.each([
		['n8n goes on', [], 2],
		['n8n starts again at once', [5], 3],
		['n8n starts again late', [290], 3],
		['n8n starts again twice', [100, 200], 4],
	])('comes again in time, and no run is started in vain: %s', async (_what, restarts, runs) => {
		startAfresh();
		const world = new World(true);
		const startedAt = Date.now();
		const waiting = [...restarts];
		while ((world.emitted.get(0)?.length ?? 0) < 2) {
			await world.take({ do: 'deliver', event: 0 });
			await world.take({ do: 'run', event: 0 });
			await world.take({ do: 'time', seconds: EVERY_S });
			const [next = Infinity] = waiting;
			if (Date.now() - startedAt >= next * 1_000) {
				waiting.shift();
				await world.take({ do: 'restart' });
			}
			expect(Date.now() - startedAt).toBeLessThan(10 * CONFIRM_MS);
		}
		const [first = 0, second = 0] = world.emitted.get(0) ?? [];
		expect(second - first).toBeGreaterThanOrEqual(CONFIRM_MS);
		expect(second - first).toBeLessThanOrEqual(1.5 * CONFIRM_MS + 2 * EVERY_S * 1_000);
		// One for each time that it comes out, and one for each time that n8n forgot it.
		expect(world.given).toBe(runs);
	});
});
