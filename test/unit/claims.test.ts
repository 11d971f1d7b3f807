import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { cell } from '../../documentation/markdown';
import { CLAIMS, type Claim } from '../../reliability/claims';

const ROOT = resolve(__dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const page = read('docs/security.md');

/** The rows of the tables of requirements: requirement, how it is met, code, tests. */
const rows = page
	.split('\n')
	.filter((line) => line.startsWith('| ') && line.split(' | ').length === 4)
	.map((line) => line.slice(2, -2).split(' | '))
	.filter(([demand]) => demand !== 'Requirement' && demand !== 'What');
/** Rows whose demand our own code meets; the others are n8n's, or a proxy's. */
const ownRows = rows.filter(([, , code = '']) => code.includes(']('));

const linkOf = ({ test, file }: Claim): string => `[${test}](../test/${file}.test.ts)`;

test('each demand that our code meets is broken in a way of its own', () => {
	expect(ownRows.length).toBeGreaterThan(25);
	const broken = new Set(CLAIMS.map(({ demand }) => demand));
	expect(ownRows.map(([demand = '']) => demand).filter((demand) => !broken.has(demand))).toEqual([]);
});

test.each(CLAIMS.map((claim) => [claim.what, claim] as const))(
	'"%s" fits into the code, and the page names the test that notices',
	(_what, claim) => {
		const row = rows.find(([demand]) => demand === claim.demand);
		expect([claim.demand, row?.[3]]).toEqual([claim.demand, expect.stringContaining(linkOf(claim))]);
		expect(claim.edits.length).toBeGreaterThan(0);
		for (const { file, now, then } of claim.edits) {
			expect([file, now, read(file).split(now).length - 1]).toEqual([file, now, 1]);
			expect(then).not.toBe(now);
		}
		const names = [...read(`test/${claim.file}.test.ts`).matchAll(/\(\s*(['"`])(.*?)\1,\s/g)];
		expect(names.map(([, , name]) => name)).toContain(claim.test);
	},
);

test('the page has the outcome for each: red', () => {
	const written = /<!-- claims -->\n([\s\S]*?)<!-- \/claims -->/.exec(page)?.[1] ?? '';
	const outcomes = written.split('\n').filter((line) => line.endsWith(' red |') || line.endsWith(' GREEN |'));
	expect(outcomes).toEqual(CLAIMS.map((claim) => `| ${cell(claim.what)} | ${cell(linkOf(claim))} | red |`));
});
