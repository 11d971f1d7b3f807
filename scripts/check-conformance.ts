import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';

import type { Exchange } from '../sandbox/server';

/**
 * Compares what the nodes send and what the sandbox answers, in the engine test of all operations, with DoorFlow's own
 * API description. Give its path in DOORFLOW_OPENAPI; the description is DoorFlow's and not part of this project.
 */

interface OpenApiOperation {
	operationId: string;
	parameters?: Array<{ name: string; in: string }>;
	requestBody?: { content: Record<string, unknown> };
	responses: Record<string, { $ref?: string; content?: Record<string, unknown> }>;
}

const root = resolve(__dirname, '..');
const pointer = (...parts: string[]): string => parts.map((part) => `/${encodeURIComponent(part.replace(/~/g, '~0').replace(/\//g, '~1'))}`).join('');

function record(): Exchange[] {
	const file = join(root, 'artifacts', 'exchanges.jsonl');
	mkdirSync(join(root, 'artifacts'), { recursive: true });
	rmSync(file, { force: true });
	console.log('Running every operation in the engine (about a minute) …');
	const jest = spawnSync(process.execPath, [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), '--selectProjects', 'engine', '--testPathPatterns', 'operations', '--silent'], {
		cwd: root,
		env: { ...process.env, DOORFLOW_EXCHANGES: file },
		stdio: ['ignore', 'inherit', 'inherit'],
	});
	if (jest.status !== 0) throw new Error('The engine test failed, so there is nothing to compare.');
	return readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Exchange);
}

function main(): void {
	const file = process.env.DOORFLOW_OPENAPI ?? '';
	if (!existsSync(file)) throw new Error("Put the path of DoorFlow's openapi.yaml into DOORFLOW_OPENAPI.");
	const description = parse(readFileSync(file, 'utf8')) as { paths: Record<string, Record<string, OpenApiOperation>> };
	const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
	ajv.addSchema({ $id: 'doorflow', ...description });
	const matches = (place: string, value: unknown): string[] => {
		const validate = ajv.compile({ $ref: `doorflow#${place}` });
		return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '(whole)'} ${message ?? ''}`);
	};

	const seen = new Set<string>();
	const differences = new Map<string, number>();
	const differ = (text: string): void => void differences.set(text, (differences.get(text) ?? 0) + 1);
	let requests = 0;
	let answers = 0;
	const exchanges = record();
	for (const exchange of exchanges) {
		const method = exchange.method.toLowerCase();
		const parts = exchange.route.split('/').map((part) => part.startsWith(':'));
		const path = Object.keys(description.paths).find((candidate) => {
			const other = candidate.split('/');
			return other.length === parts.length && other.every((part, index) => (parts[index] ? part.startsWith('{') : part === exchange.route.split('/')[index]));
		});
		const operation = path === undefined ? undefined : description.paths[path]?.[method];
		if (!path || !operation) {
			differ(`${exchange.method} ${exchange.route}: not in the description`);
			continue;
		}
		const name = operation.operationId;
		seen.add(name);
		requests++;
		const known = new Set((operation.parameters ?? []).filter((one) => one.in === 'query').map((one) => one.name));
		for (const parameter of Object.keys((exchange.query ?? {}) as object)) if (!known.has(parameter)) differ(`${name}: the query parameter ${parameter} is not described`);
		if (operation.requestBody && exchange.requestBody !== undefined && exchange.requestBody !== null && exchange.status < 400) {
			for (const error of matches(pointer('paths', path, method, 'requestBody', 'content', 'application/json', 'schema'), exchange.requestBody)) differ(`${name}: request ${error}`);
		}
		const response = operation.responses[String(exchange.status)];
		if (!response) {
			// Statuses that the test forces on an operation which does not have them.
			if (exchange.status < 400) differ(`${name}: answers ${exchange.status}, which is not described`);
			continue;
		}
		answers++;
		const forced = (exchange.body as { error?: string } | null)?.error === 'failure';
		if (response.content?.['application/json'] && !forced) {
			for (const error of matches(pointer('paths', path, method, 'responses', String(exchange.status), 'content', 'application/json', 'schema'), exchange.body)) differ(`${name}: answer ${exchange.status} ${error}`);
		}
	}
	const all = Object.values(description.paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
	const missing = all.filter((name) => name && !seen.has(name));
	console.log(`\n${exchanges.length} exchanges: ${requests} requests and ${answers} answers compared, of ${seen.size} of ${all.length} operations.`);
	console.log(`Not compared: ${missing.join(', ') || 'none'}.`);
	console.log(differences.size === 0 ? 'No difference.' : `Differences:\n${[...differences].map(([text, count]) => `- ${text} (${count}×)`).join('\n')}`);
}

try {
	main();
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
}
