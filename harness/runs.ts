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

/** Reads n8n's SQLite file with n8n's own Node, whose SQLite is built in. @param program writes JSON; it has `database` */
async function fromSqlite(
	what: string,
	installed: InstalledN8n,
	file: string,
	program: string,
	args: readonly string[] = [],
): Promise<unknown> {
	const open = `const { DatabaseSync } = require('node:sqlite');
		const database = new DatabaseSync(process.argv[1], { readOnly: true });`;
	const output = await command(
		what,
		installed.node,
		['--no-warnings', '-e', `${open}\n${program}`, file, ...args],
		{ cwd: '/' },
	);
	return JSON.parse(output.slice(output.indexOf('[')));
}

/** The runs in n8n's SQLite file. */
export async function storedInSqlite(
	installed: InstalledN8n,
	file: string,
	afterId: number,
): Promise<StoredRun[]> {
	const query =
		'SELECT e.id, e.workflowId, e.status, d.data FROM execution_entity e JOIN execution_data d ON d.executionId = e.id WHERE e.id > ? ORDER BY e.id';
	return (await fromSqlite(
		'Reading the runs',
		installed,
		file,
		'process.stdout.write(JSON.stringify(database.prepare(process.argv[2]).all(Number(process.argv[3]))));',
		[query, String(afterId)],
	)) as StoredRun[];
}

/** A row of n8n's database, whatever its table. */
export interface Row {
	readonly table: string;
	/** The name of the workflow whose run it belongs to, where it is the data of a run. */
	readonly workflow: string | null;
	readonly text: string;
}

/** Every row of every table in n8n's SQLite file. */
export async function rowsInSqlite(installed: InstalledN8n, file: string): Promise<Row[]> {
	const program = `const names = new Map(database
			.prepare('SELECT e.id, w.name FROM execution_entity e JOIN workflow_entity w ON w.id = e.workflowId')
			.all().map(({ id, name }) => [id, name]));
		const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
		const textOf = (value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value));
		process.stdout.write(JSON.stringify(tables.flatMap(({ name: table }) =>
			database.prepare('SELECT * FROM "' + table + '"').all().map((row) => ({
				table,
				workflow: table === 'execution_data' ? names.get(row.executionId) ?? 'unknown' : null,
				text: Object.values(row).map(textOf).join('\\n'),
			})))));`;
	return (await fromSqlite('Reading the database', installed, file, program)) as Row[];
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
