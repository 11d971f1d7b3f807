import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { fill } from '../documentation/markdown';
import type { Report } from './measure';

const DOCUMENT = join(resolve(__dirname, '..'), 'docs', 'performance.md');
const NAMES = [
	'visitors',
	'limited',
	'checkIns',
	'reading',
	'list',
	'muster',
	'burst',
	'signature',
	'startUp',
	'syncList',
	'accessReview',
];

/** Puts the last results between the marks of the document; its words stay. */
export function writeDocument(): void {
	const sections: Record<string, string> = {};
	for (const name of NAMES) {
		const file = join(__dirname, 'results', `${name}.json`);
		if (!existsSync(file)) continue;
		const report = JSON.parse(readFileSync(file, 'utf8')) as Report & { machine: string; date: string };
		const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
		sections[name] = [
			`${report.about[0]?.toUpperCase()}${report.about.slice(1)}. ${report.date.slice(0, 10)}, ${report.machine}.`,
			'',
			line(report.heads),
			line(report.heads.map((_, index) => (index === 0 ? '---' : '--:'))),
			...report.rows.map((row) => line(row)),
			'',
			...report.verdicts.map(({ aim, measured, met }) => `- ${met ? '✓' : '✗ missed:'} ${aim} – ${measured}`),
		].join('\n');
	}
	writeFileSync(DOCUMENT, fill(readFileSync(DOCUMENT, 'utf8'), sections));
}
