import type { Run } from '../harness/runs';

/** What became of the events of one case. */
export interface Counts {
	readonly raised: number;
	readonly emitted: number;
	/** Events that were put out more than once. */
	readonly twice: number;
	/** Events that are only in runs that n8n marked as crashed. */
	readonly crashed: number;
	/** Events that no run holds. */
	readonly lost: number;
}

/**
 * @param raised ids of the events that happened
 * @param runs what n8n holds
 */
export function count(raised: ReadonlyArray<number | string>, runs: readonly Run[]): Counts {
	const times = new Map<string, number>();
	for (const id of runs.flatMap(({ emitted }) => emitted)) times.set(id, (times.get(id) ?? 0) + 1);
	const held = new Set(runs.flatMap((run) => run.held));
	const ids = raised.map(String);
	return {
		raised: ids.length,
		emitted: ids.filter((id) => times.has(id)).length,
		twice: ids.filter((id) => (times.get(id) ?? 0) > 1).length,
		crashed: ids.filter((id) => !times.has(id) && held.has(id)).length,
		lost: ids.filter((id) => !times.has(id) && !held.has(id)).length,
	};
}

/** A table in Markdown. */
export function table(heads: readonly string[], rows: ReadonlyArray<ReadonlyArray<number | string>>): string {
	const line = (cells: ReadonlyArray<number | string>): string => `| ${cells.join(' | ')} |`;
	return [line(heads), line(heads.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)].join(
		'\n',
	);
}
