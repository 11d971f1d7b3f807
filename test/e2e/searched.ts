import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import type { N8n } from '../../harness/n8n';

/** Base64 of a text wherever it may begin in what is encoded, without the characters that depend on its neighbours. */
const base64s = (text: string): string[] =>
	[0, 1, 2].map((offset) => {
		const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
		return bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
	});

const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);

/** How a value may be written: as it is, for an address, in JSON (once and twice), in base64, in hex, in UTF-16. */
export function spellingsOf(value: string): string[] {
	return [
		...new Set([
			value,
			encodeURIComponent(value),
			encodeURI(value),
			escaped(value),
			escaped(escaped(value)),
			value.replaceAll('/', '\\/'),
			value.replaceAll('/', '\\\\/'),
			...base64s(value),
			...base64s(value).map((one) => one.replaceAll('+', '-').replaceAll('/', '_')),
			Buffer.from(value).toString('hex'),
			Buffer.from(value, 'utf16le').toString('latin1'),
		]),
	];
}

/** A number may stand by chance in a longer one, or in an ID. */
function holds(text: string, spelling: string): boolean {
	if (!text.includes(spelling)) return false;
	if (!/^\d{4,8}$/.test(spelling)) return true;
	return new RegExp(`(?<![0-9A-Za-z])${spelling}(?![0-9A-Za-z])`).test(text);
}

/**
 * Every file that n8n keeps: its database with what is not yet merged into it, files of runs, the journal of events, marks
 * of crashes, its settings, and what it logs. Not the packages that are installed there, nor the scripts of n8n's own pages,
 * in whose many numbers a PIN stands by chance.
 */
async function filesOf({ folder }: N8n): Promise<string[]> {
	const found = await readdir(folder, { recursive: true, withFileTypes: true });
	return found
		.filter((one) => one.isFile())
		.map((one) => join(one.parentPath, one.name))
		.filter((path) => !/\/node_modules\/|\.cache\/n8n\/public\/|\.tgz$|\.n8n\/nodes\/package/.test(path));
}

/**
 * Where values stand in anything that n8n keeps.
 *
 * @returns as in "database.sqlite: 4711 as NDcxMQ", sorted
 */
export async function foundIn(n8n: N8n, values: readonly string[]): Promise<string[]> {
	const found: string[] = [];
	for (const path of await filesOf(n8n)) {
		const text = await readFile(path, 'latin1');
		for (const value of values)
			for (const spelling of spellingsOf(value))
				if (holds(text, spelling)) found.push(`${relative(n8n.folder, path)}: ${value} as ${spelling}`);
	}
	return found.sort();
}

/** The names of all files that are searched. */
export const searched = async (n8n: N8n): Promise<string[]> =>
	(await filesOf(n8n)).map((path) => relative(n8n.folder, path));

/**
 * Where values stand in the rows of the database.
 *
 * @returns tables; of what runs put out, the workflow as in "execution_data of Name"
 */
export function tablesWith(
	rows: ReadonlyArray<{ readonly table: string; readonly workflow: string | null; readonly text: string }>,
	values: readonly string[],
): string[] {
	const found = new Set<string>();
	for (const { table, workflow, text } of rows)
		if (values.some((value) => spellingsOf(value).some((spelling) => holds(text, spelling))))
			found.add(workflow === null ? table : `${table} of ${workflow}`);
	return [...found].sort();
}
