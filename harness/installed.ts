import { randomUUID } from 'node:crypto';
import type { INodeParameters } from 'n8n-workflow';

import type { House } from './house';
import { until, type N8n } from './n8n';

/** What n8n offers of the package once its tarball is installed. */
export interface Installed {
	readonly nodes: string[];
	/** The node in the form that AI agents use. */
	readonly tools: string[];
	readonly credentials: string[];
}

export const EXPECTED: Installed = {
	nodes: [
		'n8n-nodes-doorflow.doorFlow',
		'n8n-nodes-doorflow.doorFlowPollingTrigger',
		'n8n-nodes-doorflow.doorFlowTrigger',
	],
	tools: ['n8n-nodes-doorflow.doorFlowTool'],
	credentials: ['doorFlowOAuth2Api'],
};

/** Asks n8n what it offers of the package, sorted by name. */
export async function installed(n8n: N8n): Promise<Installed> {
	const names = async (kind: 'credentials' | 'nodes'): Promise<string[]> =>
		[...new Set((await n8n.types(kind)).map(({ name }) => name))]
			.filter((name) => /doorflow/i.test(name))
			.sort();
	const all = await names('nodes');
	return {
		nodes: all.filter((name) => !name.endsWith('Tool')),
		tools: all.filter((name) => name.endsWith('Tool')),
		credentials: await names('credentials'),
	};
}

export interface OfferedTool {
	readonly name: string;
	readonly description: string;
	readonly inputSchema: { readonly properties?: Record<string, unknown> };
}

/**
 * An agent of another vendor that reaches DoorFlow through n8n: n8n offers the tools over MCP, made with the same code
 * as those of its own agents, but it takes no language model to call them.
 */
export class OutsideAgent {
	private session = '';

	private serial = 0;

	private constructor(private readonly url: string) {}

	/**
	 * @param tools parameters of each DoorFlow tool, by the name of its node
	 */
	static async start(house: House, tools: Readonly<Record<string, INodeParameters>>): Promise<OutsideAgent> {
		const path = `agent-${randomUUID()}`;
		const names = Object.keys(tools);
		const mcp = {
			id: randomUUID(),
			name: 'MCP Server Trigger',
			type: '@n8n/n8n-nodes-langchain.mcpTrigger',
			typeVersion: 2,
			position: [0, 0],
			parameters: { path },
			webhookId: path,
		};
		const nodes = names.map((name, index) => ({
			id: randomUUID(),
			name,
			type: 'n8n-nodes-doorflow.doorFlowTool',
			typeVersion: 1,
			position: [index * 200, 200],
			parameters: tools[name],
			credentials: { doorFlowOAuth2Api: house.credential },
		}));
		const connections = Object.fromEntries(
			names.map((name) => [name, { ai_tool: [[{ node: mcp.name, type: 'ai_tool', index: 0 }]] }]),
		);
		const { id } = await house.n8n.rest<{ id: string }>('POST', '/workflows', {
			name: 'DoorFlow for an agent',
			nodes: [mcp, ...nodes],
			connections,
			settings: {},
			active: false,
		});
		await house.n8n.activate(id);
		const agent = new OutsideAgent(`${house.n8n.url}/mcp/${path}`);
		// The address answers a moment after the activation.
		await until(
			'the tools to be offered',
			async () =>
				await agent.initialize().then(
					() => true,
					() => false,
				),
		);
		return agent;
	}

	private async initialize(): Promise<void> {
		await this.ask('initialize', {
			protocolVersion: '2025-03-26',
			capabilities: {},
			clientInfo: { name: 'outside', version: '1' },
		});
		await this.send({ method: 'notifications/initialized' });
	}

	async tools(): Promise<OfferedTool[]> {
		return (await this.ask<{ tools: OfferedTool[] }>('tools/list', {})).tools;
	}

	/** @returns what the model gets to read */
	async call(name: string, input: object = {}): Promise<string> {
		const { content } = await this.ask<{ content: Array<{ text?: string }> }>('tools/call', {
			name,
			arguments: input,
		});
		return content.map(({ text }) => text ?? '').join('\n');
	}

	private async ask<T>(method: string, params: object): Promise<T> {
		const text = await this.send({ id: ++this.serial, method, params });
		// The answer comes as JSON or as one event of a stream.
		const data = text.startsWith('{')
			? text
			: text
					.split('\n')
					.filter((line) => line.startsWith('data:'))
					.map((line) => line.slice(5))
					.join('');
		const { result, error } = JSON.parse(data) as { result?: T; error?: { message: string } };
		if (result === undefined)
			throw new Error(`n8n refused ${method}: ${error?.message ?? text.slice(0, 200)}`);
		return result;
	}

	private async send(message: object): Promise<string> {
		const answer = await fetch(this.url, {
			method: 'POST',
			headers: {
				'Content-Type': 'application/json',
				Accept: 'application/json, text/event-stream',
				...(this.session === '' ? {} : { 'mcp-session-id': this.session }),
			},
			body: JSON.stringify({ jsonrpc: '2.0', ...message }),
		});
		const text = await answer.text();
		if (!answer.ok) throw new Error(`n8n answered ${answer.status}: ${text.slice(0, 200)}`);
		this.session = answer.headers.get('mcp-session-id') ?? this.session;
		return text;
	}
}
