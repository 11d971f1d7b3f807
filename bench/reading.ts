import { monitorEventLoopDelay } from 'node:perf_hooks';
import { sleep } from 'n8n-workflow';

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

/** Two turns of the loop, so that the time before the first one and after the last one is seen, too. */
const TURNS_MS = 5;

/**
 * The longest time in which n8n could do nothing else while the node was at work. What n8n does before and after it,
 * such as copying the input, is not the node's.
 */
async function longestGap(work: () => Promise<unknown>): Promise<number> {
	const delay = monitorEventLoopDelay({ resolution: 1 });
	const { execute } = DoorFlow.prototype;
	DoorFlow.prototype.execute = async function () {
		delay.enable();
		try {
			await sleep(TURNS_MS);
			return await execute.call(this);
		} finally {
			await sleep(TURNS_MS);
			delay.disable();
		}
	};
	try {
		await work();
	} finally {
		DoorFlow.prototype.execute = execute;
	}
	return delay.max / 1e6;
}

async function read(engine: Engine): Promise<Sample> {
	const items = people(ITEMS);
	let result: Awaited<ReturnType<Engine['run']>> | undefined;
	let gap = NaN;
	const milliseconds = await timed(
		async () => (gap = await longestGap(async () => (result = await engine.run(CREATE, { items })))),
	);
	if (!result?.error?.message.startsWith('Valid To is missing'))
		throw new Error(`All items should be read and the last refused, but: ${result?.error?.message}`);
	return { milliseconds, figures: { gap } };
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
		const longest = create.figures.gap ?? Infinity;
		const sent = (await sandbox.counts()).requests - requests;
		return {
			name: 'reading',
			about: `${ITEMS} items, expressions in five fields, the last item bad: all are read and checked, and nothing is sent`,
			measured,
			heads: ['', 'median', 'an item', 'longest time in which n8n could do nothing else', 'requests sent'],
			rows: [[create.side, ms(create.medianMs), ms(create.medianMs / ITEMS), ms(longest), String(sent)]],
			verdicts: [
				{
					aim: `n8n’s loop is held for ${MAX_GAP_MS} ms at a time at most`,
					measured: ms(longest),
					met: longest <= MAX_GAP_MS,
				},
				{ aim: 'nothing is sent', measured: String(sent), met: sent === 0 },
			],
		};
	} finally {
		await sandbox.stop();
	}
}
