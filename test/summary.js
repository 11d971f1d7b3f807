const { mkdirSync, writeFileSync } = require('node:fs');
const { dirname } = require('node:path');

/** Writes how many tests passed and failed to the file that JEST_SUMMARY names, so that several runs can be added up. */
module.exports = class Summary {
	onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
		const file = process.env.JEST_SUMMARY;
		if (!file) return;
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(
			file,
			JSON.stringify({ passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites }),
		);
	}
};
