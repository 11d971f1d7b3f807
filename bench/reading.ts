import { existsSync, openSync, readSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

import { DoorFlow } from '../nodes/DoorFlow/DoorFlow.node.ts';
import { Engine } from '../test/engine/engine';
import { alternate, find, ms, timed, type Report, type Sample, type Side, type Size } from './measure';
import { startSandboxProcess } from './sandboxProcess';

const ITEMS = 10_000;
const MAX_GAP_MS = 50;
const CREATE = {
	resource: 'person',
	operation: 'create',
	firstName: '={{ $json.first }}',
	lastName: '={{ $json.last }}',
	additionalFields: {
		email: '={{ $json.email }}',
		department: '={{ $json.department }}',
		validTo: '={{ $json.until }}',
	},
};

/** The last item is bad: all are read, and nothing is sent. */
const people = (count: number) =>
	Array.from({ length: count }, (_, index) => ({
		json: {
			first: `First${index}`,
			last: 'Guest',
			email: `reading${index}@visitor.example`,
			department: 'Sales',
			...(index === count - 1 ? {} : { until: '2099-03-01T18:00' }),
		},
	}));

/**
 * Time that this thread had the processor, in milliseconds, from Linux: what else runs on the machine does not count.
 * Elsewhere, the time that passed.
 */
function threadClock(): () => number {
	const file = '/proc/thread-self/schedstat';
	if (!existsSync(file)) return () => performance.now();
	const stat = openSync(file, 'r');
	const text = Buffer.alloc(64);
	return () => Number(/^\d+/.exec(text.toString('latin1', 0, readSync(stat, text, 0, 64, 0)))?.[0]) / 1e6;
}

interface Gaps {
	/** The longest time between two turns of n8n's loop, in milliseconds. */
	passed: number;
	/** The longest time in which the thread was at work between two turns. */
	worked: number;
}

/**
 * Watches n8n's loop while the node is at work. What n8n does before and after it, such as copying the input, is not
 * the node's.
 */
async function longestGaps(work: () => Promise<unknown>): Promise<Gaps> {
	const clock = threadClock();
	const longest: Gaps = { passed: 0, worked: 0 };
	const { execute } = DoorFlow.prototype;
	DoorFlow.prototype.execute = async function () {
		let watching = true;
		let last = { passed: performance.now(), worked: clock() };
		const turn = (): void => {
			const now = { passed: performance.now(), worked: clock() };
			longest.passed = Math.max(longest.passed, now.passed - last.passed);
			longest.worked = Math.max(longest.worked, now.worked - last.worked);
			last = now;
			if (watching) setImmediate(turn);
		};
		setImmediate(turn);
		try {
			return await execute.call(this);
		} finally {
			watching = false;
			turn();
		}
	};
	try {
		await work();
	} finally {
		DoorFlow.prototype.execute = execute;
	}
	return longest;
}

async function read(engine: Engine): Promise<Sample> {
	const items = people(ITEMS);
	let result: Awaited<ReturnType<Engine['run']>> | undefined;
	let gaps: Gaps | undefined;
	const milliseconds = await timed(
		async () => (gaps = await longestGaps(async () => (result = await engine.run(CREATE, { items })))),
	);
	if (!result?.error?.message.startsWith('Valid To is missing'))
		throw new Error(`All items should be read and the last refused, but: ${result?.error?.message}`);
	return { milliseconds, figures: { ...gaps } };
}

/** How long n8n can do nothing else while a write operation reads all its items first. */
export async function reading({ runs }: Size): Promise<Report> {
	const sandbox = await startSandboxProcess();
	try {
		const engine = await Engine.at(sandbox.url);
		const { requests } = await sandbox.counts();
		const side: Side = async () => await read(engine);
		// Once before, so that everything is compiled.
		await side();
		const measured = await alternate('reading', { 'Person → Create': side }, runs);
		const create = find(measured, 'Person → Create');
		const { passed = NaN, worked = NaN } = create.figures;
		const sent = (await sandbox.counts()).requests - requests;
		return {
			name: 'reading',
			about: `${ITEMS} items, expressions in five fields, the last item bad: all are read and checked, and nothing is sent`,
			measured,
			heads: [
				'',
				'median',
				'an item',
				'longest between two turns of n8n’s loop',
				'of it at work',
				'requests',
			],
			rows: [
				[create.side, ms(create.medianMs), ms(create.medianMs / ITEMS), ms(passed), ms(worked), String(sent)],
			],
			verdicts: [
				{
					aim: `n8n’s loop is held for ${MAX_GAP_MS} ms at a time at most, at work`,
					measured: ms(worked),
					met: worked <= MAX_GAP_MS,
				},
				{ aim: 'nothing is sent', measured: String(sent), met: sent === 0 },
			],
		};
	} finally {
		await sandbox.stop();
	}
}
