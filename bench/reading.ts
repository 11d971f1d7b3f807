import { monitorEventLoopDelay } from 'node:perf_hooks';

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

async function read(engine: Engine): Promise<Sample> {
	const items = people(ITEMS);
	// What n8n does before and after the node, such as copying the input, is not the node's.
	const delay = monitorEventLoopDelay({ resolution: 1 });
	let result: Awaited<ReturnType<Engine['run']>> | undefined;
	delay.enable();
	const milliseconds = await timed(async () => (result = await engine.run(CREATE, { items })));
	delay.disable();
	if (!result?.error?.message.startsWith('Valid To is missing'))
		throw new Error(`All items should be read and the last refused, but: ${result?.error?.message}`);
	return { milliseconds, figures: { gap: delay.max / 1e6 } };
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
		const longest = Math.max(...create.samples.map(({ figures }) => figures?.gap ?? Infinity));
		const sent = (await sandbox.counts()).requests - requests;
		return {
			name: 'reading',
			about: `${ITEMS} items, expressions in five fields, the last item bad: all are read and checked, and nothing is sent`,
			measured,
			heads: ['', 'median', 'an item', 'longest time in which n8n could do nothing else', 'requests sent'],
			rows: [[create.side, ms(create.medianMs), ms(create.medianMs / ITEMS), ms(longest), String(sent)]],
			verdicts: [
				{
					aim: `n8n’s loop is held for ${MAX_GAP_MS} ms at most`,
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
