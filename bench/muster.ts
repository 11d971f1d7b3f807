import type { INodeExecutionData, INodeParameters, INodeType } from 'n8n-workflow';

import { Engine } from '../test/engine/engine';
import { alternate, find, ms, ratio, timed, type Report, type Side, type Size } from './measure';
import { peakWhile } from './memory';
import { startSandboxProcess } from './sandboxProcess';

const EVENTS = 10_000;
const PEOPLE = 500;
const LATENCY_MS = 40;
/** Often enough for what takes a few hundred milliseconds. */
const LOOK_MS = 20;

const ENTRY = ['1340', '1342', '1350'];
const EXIT = ['1341', '1343', '1351'];
const CODE_NODE = 'bench.code';
const OURS = 'Event → Who Is In';
const OTHER = 'Event → Get Many and Code';

/** What the function in a Code node would be. */
function lastPasses(items: readonly INodeExecutionData[]): INodeExecutionData[] {
	const last = new Map<unknown, INodeExecutionData['json']>();
	for (const { json } of items) if (json.person_id !== null) last.set(json.person_id, json);
	return [...last.values()].map((event) => ({
		json: {
			personId: event.person_id,
			name: event.person_name,
			state: EXIT.includes(String(event.channel_id)) ? 'out' : 'in',
			lastDoor: event.channel_name,
			lastSeen: event.created_at,
		},
	}));
}

const codeNode: INodeType = {
	description: {
		name: CODE_NODE,
		displayName: 'Code',
		group: ['transform'],
		version: 1,
		description: '',
		defaults: { name: 'Code' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [],
	},
	async execute() {
		return [lastPasses(this.getInputData())];
	},
};

const doorFlow = (parameters: INodeParameters): object => ({
	name: 'Events',
	type: 'n8n-nodes-doorflow.doorFlow',
	typeVersion: 1,
	parameters: { resource: 'event', ...parameters },
});

/** All that n8n holds at the end of the run. */
async function people(engine: Engine, nodes: readonly object[]): Promise<unknown> {
	const { items, error, run } = await engine.chain(nodes as never, [{ json: {} }], { [CODE_NODE]: codeNode });
	if (error) throw error;
	if (items.length !== PEOPLE) throw new Error(`${items.length} people came`);
	return run;
}

/** Who is in, from many events, beside the way one would build it from what there was before. */
export async function muster({ runs }: Size): Promise<Report> {
	const sandbox = await startSandboxProcess();
	try {
		await sandbox.config({ seedPeople: PEOPLE, seedEvents: EVENTS, latencyMs: LATENCY_MS });
		const engine = await Engine.at(sandbox.url);
		const nodes: Readonly<Record<string, readonly object[]>> = {
			[OURS]: [
				doorFlow({
					operation: 'whoIsIn',
					entryChannelIds: ENTRY,
					exitChannelIds: EXIT,
					visitorsExpected: false,
				}),
			],
			[OTHER]: [
				doorFlow({
					operation: 'getAll',
					returnAll: true,
					sort: 'ASC',
					filters: {
						channelIds: [...ENTRY, ...EXIT],
						since: new Date(Date.now() - 16 * 3_600_000).toISOString(),
					},
				}),
				{ name: 'Code', type: CODE_NODE, typeVersion: 1, parameters: {} },
			],
		};
		// Once before, so that everything is compiled.
		for (const own of Object.values(nodes)) await people(engine, own);
		const peaks: Record<string, number> = {};
		for (let count = 0; count < runs; count++) {
			for (const [side, own] of Object.entries(nodes)) {
				const { peak } = await peakWhile(async () => await people(engine, own), LOOK_MS);
				peaks[side] = Math.max(peaks[side] ?? 0, peak);
			}
		}
		const sides = Object.fromEntries(
			Object.entries(nodes).map(([side, own]): [string, Side] => [
				side,
				async () => ({ milliseconds: await timed(async () => await people(engine, own)) }),
			]),
		);
		const measured = await alternate('muster', sides, runs);
		const [ours, other] = [find(measured, OURS), find(measured, OTHER)];
		const memory = (peaks[OURS] ?? NaN) / (peaks[OTHER] ?? NaN);
		return {
			name: 'muster',
			about: `${EVENTS.toLocaleString('en')} events of ${PEOPLE} people, 1,000 a page, ${LATENCY_MS} ms latency`,
			measured,
			heads: ['', 'median', '÷ Who Is In', 'peak memory'],
			rows: measured.map((one) => [
				one.side,
				ms(one.medianMs),
				ratio(one.medianMs / ours.medianMs),
				`${(peaks[one.side] ?? NaN).toFixed(1)} MB`,
			]),
			verdicts: [
				{
					aim: 'not slower than Get Many and Code',
					measured: ratio(other.medianMs / ours.medianMs),
					met: other.medianMs >= ours.medianMs,
				},
				{ aim: 'peak memory ≤ 1.5 × theirs', measured: ratio(memory), met: memory <= 1.5 },
			],
		};
	} finally {
		await sandbox.stop();
	}
}
