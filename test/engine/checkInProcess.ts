import type { INodeParameters } from 'n8n-workflow';

import { Engine } from './engine';

/** One run in a process of its own, so that it can be killed: `tsx checkInProcess.ts <sandbox> <parameters as JSON>`. */
async function main([url = '', parameters = '{}']: string[]): Promise<void> {
	const engine = await Engine.at(url);
	await engine.run(JSON.parse(parameters) as INodeParameters);
}

void main(process.argv.slice(2));
