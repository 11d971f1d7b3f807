import { parseArgs } from 'node:util';

import { Engine } from '../test/engine/engine';
import { runCommand } from '../harness/command';
import { burst } from './burst';
import { checkIns } from './checkIns';
import { list } from './list';
import { muster } from './muster';
import { alternate, find, keep, LONG, ms, ratio, SHORT, show, type Report, type Size } from './measure';
import { accessReview, syncList } from './people';
import { reading } from './reading';
import { startSandboxProcess } from './sandboxProcess';
import { httpRequestNode, loneRequest, withDoorFlow, withHttpRequest, withSdk } from './sides';
import { signature } from './signature';
import { startUp } from './startUp';
import { writeDocument } from './document';

const LATENCY_MS = 40;
const LIMIT_PER_SECOND = 50;

async function visitorsBench({ runs, visitors }: Size): Promise<Report> {
	const sandbox = await startSandboxProcess();
	try {
		const engine = await Engine.at(sandbox.url);
		const http = await httpRequestNode();
		await sandbox.config({ latencyMs: LATENCY_MS });
		const roundTrip = await loneRequest(engine);
		// HTTP Request does not wait for a batch to be answered: started more often than this, it has more under way than a batch.
		const interval = Math.ceil(roundTrip);
		const measured = await alternate(
			'visitors',
			{
				'DoorFlow nodes, 5 at a time (default)': async () => await withDoorFlow(engine, visitors, 5),
				'HTTP Request nodes, 5 a round trip': async () =>
					await withHttpRequest(engine, http, visitors, { batchSize: 5, batchInterval: interval }),
				'DoorFlow nodes, 20 at a time': async () => await withDoorFlow(engine, visitors, 20),
				'HTTP Request nodes, 20 a round trip': async () =>
					await withHttpRequest(engine, http, visitors, { batchSize: 20, batchInterval: interval }),
				'HTTP Request nodes, default (all at once)': async () =>
					await withHttpRequest(engine, http, visitors),
				'official SDK in a loop': async () => await withSdk(engine, visitors),
			},
			runs,
		);
		const ideal = (atOnce: number): number => (2 * visitors * LATENCY_MS) / atOnce;
		const five = find(measured, 'DoorFlow nodes, 5 at a time (default)');
		const twenty = find(measured, 'DoorFlow nodes, 20 at a time');
		const httpFive = find(measured, 'HTTP Request nodes, 5 a round trip');
		const httpTwenty = find(measured, 'HTTP Request nodes, 20 a round trip');
		const loop = find(measured, 'official SDK in a loop');
		return {
			name: 'visitors',
			about: `${visitors} visitors (person and PIN, ${2 * visitors} requests), ${LATENCY_MS} ms latency; a lone request takes ${ms(roundTrip)}`,
			measured,
			heads: ['', 'median', 'ideal', '÷ ideal', 'failed items'],
			rows: measured.map((one) => {
				const atOnce = Number(/\b(5|20)\b/.exec(one.side)?.[1] ?? (one.side.includes('SDK') ? 1 : visitors));
				return [
					one.side,
					ms(one.medianMs),
					ms(ideal(atOnce)),
					ratio(one.medianMs / ideal(atOnce)),
					String(one.figures.failed),
				];
			}),
			verdicts: [
				{
					aim: '≤ 1.15 × ideal, 5 at a time',
					measured: ratio(five.medianMs / ideal(5)),
					met: five.medianMs <= 1.15 * ideal(5),
				},
				{
					aim: '≤ 1.15 × ideal, 20 at a time',
					measured: ratio(twenty.medianMs / ideal(20)),
					met: twenty.medianMs <= 1.15 * ideal(20),
				},
				{
					aim: '≥ 4 × faster than the SDK loop',
					measured: ratio(loop.medianMs / five.medianMs),
					met: loop.medianMs >= 4 * five.medianMs,
				},
				{
					aim: 'never slower than HTTP Request, 5 at a time',
					measured: ratio(httpFive.medianMs / five.medianMs),
					met: five.medianMs <= httpFive.medianMs,
				},
				{
					aim: 'never slower than HTTP Request, 20 at a time',
					measured: ratio(httpTwenty.medianMs / twenty.medianMs),
					met: twenty.medianMs <= httpTwenty.medianMs,
				},
			],
		};
	} finally {
		await sandbox.stop();
	}
}

async function limitedBench({ runs, visitors }: Size): Promise<Report> {
	const sandbox = await startSandboxProcess();
	try {
		const engine = await Engine.at(sandbox.url);
		const http = await httpRequestNode();
		await sandbox.config({ latencyMs: LATENCY_MS, rateLimitPerSecond: LIMIT_PER_SECOND });
		const own = (2 * visitors * 1000) / LIMIT_PER_SECOND;
		const fresh = async <T>(work: () => Promise<T>): Promise<T> => {
			// Each run has the whole limit.
			await new Promise((next) => setTimeout(next, 1100));
			return await work();
		};
		const measured = await alternate(
			'limited',
			{
				'DoorFlow nodes': async () => await fresh(async () => await withDoorFlow(engine, visitors, 5)),
				'HTTP Request nodes, default': async () =>
					await fresh(async () => await withHttpRequest(engine, http, visitors)),
				'HTTP Request nodes, 5 every 110 ms': async () =>
					await fresh(
						async () => await withHttpRequest(engine, http, visitors, { batchSize: 5, batchInterval: 110 }),
					),
			},
			runs,
		);
		const ours = find(measured, 'DoorFlow nodes');
		const lossy = find(measured, 'HTTP Request nodes, default');
		return {
			name: 'limited',
			about: `the same with a limit of ${LIMIT_PER_SECOND} requests a second; the limit's own time is ${ms(own)}`,
			measured,
			heads: ['', 'median', "÷ limit's own time", 'failed items'],
			rows: measured.map((one) => [
				one.side,
				ms(one.medianMs),
				ratio(one.medianMs / own),
				String(one.figures.failed),
			]),
			verdicts: [
				{
					aim: '0 failed items',
					measured: String(ours.figures.failed),
					met: ours.samples.every(({ figures }) => figures?.failed === 0),
				},
				{
					aim: "≤ 1.1 × the limit's own time",
					measured: ratio(ours.medianMs / own),
					met: ours.medianMs <= 1.1 * own,
				},
				{
					aim: 'HTTP Request default loses items',
					measured: String(lossy.figures.failed),
					met: (lossy.figures.failed ?? 0) > 0,
				},
			],
		};
	} finally {
		await sandbox.stop();
	}
}

const BENCHES: Record<string, (size: Size) => Promise<Report>> = {
	visitors: visitorsBench,
	limited: limitedBench,
	checkIns,
	reading,
	list,
	muster,
	burst,
	signature,
	startUp,
	syncList,
	accessReview,
};

async function main(): Promise<void> {
	const { values, positionals: wished } = parseArgs({
		options: { long: { type: 'boolean', default: false }, before: { type: 'string' } },
		allowPositionals: true,
	});
	const unknown = wished.filter((name) => !(name in BENCHES));
	if (unknown.length > 0)
		throw new Error(
			`There is no bench ${unknown.join(', ')}. Benches: ${Object.keys(BENCHES).join(', ')}; all without a name.`,
		);
	const { before } = values;
	const parts = wished.length > 0 ? wished : Object.keys(BENCHES);
	if (before !== undefined && parts.join() !== 'burst')
		throw new Error(
			'Only burst is measured beside an earlier commit: npm run bench -- burst --before COMMIT',
		);
	const size = { ...(values.long ? LONG : SHORT), ...(before === undefined ? {} : { before }) };
	let missed = 0;
	for (const [index, name] of parts.entries()) {
		console.log(`== ${name} (${index + 1} of ${parts.length}, ${values.long ? 'long' : 'short'})`);
		const report = await (BENCHES[name] as (size: Size) => Promise<Report>)(size);
		show(report);
		if (values.long) keep(report);
		missed += report.verdicts.filter(({ met }) => !met).length;
	}
	console.log(missed === 0 ? 'All aims are met.' : `${missed} aim(s) missed.`);
	if (values.long) {
		writeDocument();
		console.log('The figures are in docs/performance.md.');
	} else console.log('A short run: nothing was written. The figures to publish: npm run bench -- --long');
}

runCommand(main);
