import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

import { Comparison, type Description } from './comparison';
import { exchangesOfNodes, exchangesOfSandbox } from './exchanges';

/**
 * Compares the sandbox, and what the nodes send to it, with DoorFlow's own API description. Give its path in
 * DOORFLOW_OPENAPI; the description is DoorFlow's and not part of this project. `--sandbox-only` leaves out the nodes,
 * which take about a minute and a half.
 */

function report(title: string, comparison: Comparison): void {
	const { operations, requests, answers, differences } = comparison;
	const missing = comparison.all().filter((name) => !operations.has(name));
	console.log(
		`\n${title}: ${requests} requests and ${answers} answers compared, of ${operations.size} of ${comparison.all().length} operations.`,
	);
	if (missing.length > 0) console.log(`Operations not seen: ${missing.join(', ')}.`);
	console.log(`Described answers reached: ${comparison.reached.size} of ${comparison.describedAnswers()}.`);
	console.log(
		differences.size === 0
			? 'No difference.'
			: `Differences:\n${[...differences].map(([text, count]) => `- ${text} (${count}×)`).join('\n')}`,
	);
}

async function main(): Promise<void> {
	const file = process.env.DOORFLOW_OPENAPI ?? '';
	if (!existsSync(file)) throw new Error("Put the path of DoorFlow's openapi.yaml into DOORFLOW_OPENAPI.");
	const description = parse(readFileSync(file, 'utf8')) as Description;

	const sandbox = new Comparison(description);
	for (const exchange of await exchangesOfSandbox()) sandbox.look(exchange, false);
	report('The sandbox', sandbox);
	console.log(`Not reached: ${sandbox.unreached().join(', ') || 'none'}.`);

	const nodes = new Comparison(description);
	if (!process.argv.includes('--sandbox-only')) {
		for (const exchange of exchangesOfNodes()) nodes.look(exchange, true);
		report('The nodes', nodes);
	}
	const complete = sandbox.operations.size === sandbox.all().length;
	if (!complete || sandbox.differences.size + nodes.differences.size > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
});
