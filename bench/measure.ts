import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

/** What one run of one side gave. */
export interface Sample {
	readonly milliseconds: number;
	/** Further figures, such as failed items or memory. */
	readonly figures?: Readonly<Record<string, number>>;
}

export type Side = () => Promise<Sample>;

export interface Measured {
	readonly side: string;
	readonly samples: Sample[];
	readonly medianMs: number;
	/** Medians of the further figures. */
	readonly figures: Record<string, number>;
}

/** How much a bench does. */
export interface Size {
	/** How often each side runs. */
	readonly runs: number;
	/** Visitors in one run: two requests each. */
	readonly visitors: number;
	/** People in a list. */
	readonly people: number;
	/** Notifications to one side, over all its runs. */
	readonly events: number;
	/** A commit whose code is measured beside this one's, where the part knows how to. */
	readonly before?: string;
}

/** Minutes for all parts: shows what a change did, is no figure to publish. */
export const SHORT: Size = { runs: 3, visitors: 100, people: 10_000, events: 300 };

/** What the figures of docs/performance.md are from; some 25 minutes for all parts. */
export const LONG: Size = { runs: 5, visitors: 500, people: 100_000, events: 2000 };

export function median(values: readonly number[]): number {
	const sorted = [...values].sort((one, other) => one - other);
	return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/**
 * Runs all sides one after the other, again and again, so that what the machine does meanwhile meets all of them.
 *
 * @param runs how often each
 */
export async function alternate(
	name: string,
	sides: Readonly<Record<string, Side>>,
	runs: number,
): Promise<Measured[]> {
	const samples = new Map<string, Sample[]>(Object.keys(sides).map((side) => [side, []]));
	for (let run = 1; run <= runs; run++) {
		for (const [side, work] of Object.entries(sides)) {
			const sample = await work();
			samples.get(side)?.push(sample);
			console.log(
				`  … ${name}, run ${run} of ${runs}: ${side}: ${Math.round(sample.milliseconds)} ms${sample.figures ? ` ${JSON.stringify(sample.figures)}` : ''}`,
			);
		}
	}
	return [...samples].map(([side, list]) => {
		const names = [...new Set(list.flatMap(({ figures }) => Object.keys(figures ?? {})))];
		return {
			side,
			samples: list,
			medianMs: median(list.map(({ milliseconds }) => milliseconds)),
			figures: Object.fromEntries(
				names.map((figure) => [figure, median(list.map(({ figures }) => figures?.[figure] ?? 0))]),
			),
		};
	});
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
	const started = process.hrtime.bigint();
	await work();
	return Number(process.hrtime.bigint() - started) / 1e6;
}

/** An aim, and what came of it. */
export interface Verdict {
	readonly aim: string;
	readonly measured: string;
	readonly met: boolean;
}

export interface Report {
	readonly name: string;
	readonly about: string;
	readonly measured: Measured[];
	readonly heads: readonly string[];
	readonly rows: ReadonlyArray<ReadonlyArray<string>>;
	readonly verdicts: readonly Verdict[];
}

export const machine = (): string =>
	`${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`;

/** Prints a report. */
export function show(report: Report): void {
	console.log(`\n${report.name}: ${report.about}`);
	console.table(
		report.rows.map((row) =>
			Object.fromEntries(row.map((cell, index) => [report.heads[index] ?? index, cell])),
		),
	);
	for (const { aim, measured, met } of report.verdicts) console.log(`${met ? '✓' : '✗'} ${aim}: ${measured}`);
}

/** Keeps the raw figures of a report where its document finds them. */
export function keep(report: Report): void {
	const folder = join(__dirname, 'results');
	mkdirSync(folder, { recursive: true });
	writeFileSync(
		join(folder, `${report.name}.json`),
		`${JSON.stringify({ ...report, machine: machine(), date: new Date().toISOString() }, null, '\t')}\n`,
	);
}

export const ms = (value: number): string =>
	value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 2 : 0)} ms`;
export const ratio = (value: number): string => `${value.toFixed(2)} ×`;
export const find = (measured: readonly Measured[], side: string): Measured =>
	measured.find((one) => one.side === side) as Measured;
