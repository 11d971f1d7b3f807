// Run by the publishing workflow before anything is installed: node scripts/check-release.js v1.2.3
const { readFileSync } = require('node:fs');
const { resolve } = require('node:path');

const read = (file) => readFileSync(resolve(__dirname, '..', file), 'utf8');
const tag = process.argv[2] ?? '';
const { version } = JSON.parse(read('package.json'));
const problems = [];
if (tag !== `v${version}`)
	problems.push(
		`The tag is "${tag}", but package.json has the version ${version}: the tag must be v${version}.`,
	);
// A heading such as "## 1.2.3 – 2026-11-24".
if (
	!read('CHANGELOG.md')
		.split('\n')
		.some((line) => line.split(/\s+/)[0] === '##' && line.split(/\s+/)[1] === version)
) {
	problems.push(`CHANGELOG.md has no heading "## ${version} – <date>".`);
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
