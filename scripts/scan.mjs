import { analyzePackage, SOURCE_FILE_PATTERNS } from '@n8n/scan-community-package/scanner/scanner.mjs';

/**
 * What n8n's scanner says of a package that is not on the registry yet: its own analysis, of the unpacked tarball and of
 * the sources, as it does both after publishing. Its command exits with 0 whatever it finds, and asks the registry.
 *
 * node scripts/scan.mjs <folder of the unpacked tarball> <folder of the sources>
 */
const [tarball, sources] = process.argv.slice(2);
const results = [
	await analyzePackage(tarball, ['**/*.js', 'package.json']),
	await analyzePackage(sources, SOURCE_FILE_PATTERNS),
];
for (const { passed, message, details = '' } of results) if (!passed) console.log(`${message}\n${details}`);
// Nothing to analyze counts as passed there.
const empty = results.some(({ message }) => message !== undefined);
console.log(results.every(({ passed }) => passed) && !empty ? 'passed' : 'failed');
process.exitCode = results.every(({ passed }) => passed) && !empty ? 0 : 1;
