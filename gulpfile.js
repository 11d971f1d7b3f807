const { execFile } = require('node:child_process');
const { rm } = require('node:fs/promises');
const { dest, parallel, series, src } = require('gulp');

/** Removes what an earlier build left, so that a renamed operation leaves no ghost in the package. */
async function clean() {
	await rm('dist', { recursive: true, force: true });
}

function compile(done) {
	execFile(
		process.execPath,
		[require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.json'],
		(error, stdout, stderr) => {
			process.stdout.write(stdout);
			process.stderr.write(stderr);
			done(error ? new Error('TypeScript found errors, listed above.') : undefined);
		},
	);
}

/** Icons, codex and schema files are read by n8n from beside the compiled node. */
function assets() {
	return src(['nodes/**/*.{svg,png,json}', 'credentials/**/*.{svg,png}'], {
		base: '.',
		encoding: false,
	}).pipe(dest('dist'));
}

exports.clean = clean;
exports.build = series(clean, parallel(compile, assets));
exports.default = exports.build;
