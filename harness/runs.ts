import { parse } from 'flatted';

import type { InstalledN8n } from './install';
import { command } from './install';

/** A run as n8n's database holds it. */
export interface Run {
	readonly id: number;
	readonly workflowId: string;
	readonly status: string;
	/** Ids of the DoorFlow events that its trigger put out. */
	readonly emitted: string[];
	/** Ids of the DoorFlow events that are anywhere in it, put out or waiting to be. */
	readonly held: string[];
	readonly error: string | undefined;
}

export interface StoredRun {
	id: number | string;
	workflowId: string;
	status: string;
	data: string;
}

interface RunData {
	resultData?: {
		error?: { message?: string; description?: string };
		runData?: Record<
			string,
			Array<{ data?: { main?: Array<Array<{ json: Record<string, unknown> }> | null> } }>
		>;
	};
}

/** The runs in n8n's SQLite file, read with n8n's own Node, whose SQLite is built in. */
export async function storedInSqlite(
	installed: InstalledN8n,
	file: string,
	afterId: number,
): Promise<StoredRun[]> {
	const query =
		'SELECT e.id, e.workflowId, e.status, d.data FROM execution_entity e JOIN execution_data d ON d.executionId = e.id WHERE e.id > ? ORDER BY e.id';
	const program = `const { DatabaseSync } = require('node:sqlite');
		const rows = new DatabaseSync(process.argv[1], { readOnly: true }).prepare(process.argv[2]).all(Number(process.argv[3]));
		process.stdout.write(JSON.stringify(rows));`;
	const output = await command(
		'Reading the runs',
		installed.node,
		['--no-warnings', '-e', program, file, query, String(afterId)],
		{ cwd: '/' },
	);
	return JSON.parse(output.slice(output.indexOf('['))) as StoredRun[];
}

/** @param triggers names of the nodes whose output counts as emitted */
export function read(
	stored: StoredRun,
	triggers: readonly string[] = ['DoorFlow Trigger', 'DoorFlow Polling Trigger'],
): Run {
	const data = parse(stored.data) as RunData;
	const output = triggers
		.flatMap((name) => data.resultData?.runData?.[name] ?? [])
		.flatMap((task) => task.data?.main ?? []);
	const emitted = output
		.flatMap((items) => items ?? [])
		.map(({ json }) =>
			json.resourceType === 'Event' || json.resourceType === 'PerimeterEvent' ? String(json.resourceId) : '',
		);
	const error = data.resultData?.error;
	return {
		id: Number(stored.id),
		workflowId: stored.workflowId,
		status: stored.status,
		emitted: emitted.filter((id) => id !== ''),
		held: [...eventsIn(data)],
		error: error && [error.message, error.description].join(' – '),
	};
}

function eventsIn(data: unknown): Set<string> {
	const found = new Set<string>();
	const seen = new Set<unknown>();
	const walk = (value: unknown): void => {
		if (typeof value !== 'object' || value === null || seen.has(value)) return;
		seen.add(value);
		const { source, resourceId } = value as Record<string, unknown>;
		if ((source === 'webhook' || source === 'poll') && typeof resourceId === 'string' && resourceId !== '')
			found.add(resourceId);
		for (const inner of Object.values(value)) walk(inner);
	};
	walk(data);
	return found;
}
