import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Said {
	readonly role: string;
	readonly content: unknown;
}

interface Tool {
	readonly function: { readonly name: string; readonly parameters: object };
}

/** What stands in for a language model, spoken to as to OpenAI's: it says what a test has it say. */
export class ChatModel {
	/** The tools that it was offered last. */
	tools: readonly Tool[] = [];

	/** What it was told of its tool calls. */
	readonly told: string[] = [];

	private constructor(
		private readonly server: Server,
		private readonly call: { readonly tool: string; readonly input: object },
	) {}

	/** Starts one on loopback that calls a tool once in each conversation, and then says what came of it. */
	static async start(call: { readonly tool: string; readonly input: object }): Promise<ChatModel> {
		const server = createServer();
		await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
		const model = new ChatModel(server, call);
		server.on('request', (request, response) => {
			let body = '';
			request.setEncoding('utf8').on('data', (text: string) => (body += text));
			request.on('end', () => {
				response.writeHead(200, { 'Content-Type': 'application/json' });
				response.end(JSON.stringify(model.answer(JSON.parse(body))));
			});
		});
		return model;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
	}

	stop(): void {
		this.server.closeAllConnections();
		this.server.close();
	}

	private answer({ messages, tools = [] }: { messages: Said[]; tools?: Tool[] }): object {
		this.tools = tools;
		const result = messages.filter(({ role }) => role === 'tool').at(-1);
		if (result) this.told.push(JSON.stringify(result.content));
		const { tool, input } = this.call;
		const message = result
			? { role: 'assistant', content: `The tool said: ${JSON.stringify(result.content)}` }
			: {
					role: 'assistant',
					content: null,
					tool_calls: [
						{
							id: 'call_1',
							type: 'function',
							function: { name: tool, arguments: JSON.stringify(input) },
						},
					],
				};
		return {
			id: 'chat-1',
			object: 'chat.completion',
			created: Math.floor(Date.now() / 1000),
			model: 'stand-in',
			choices: [{ index: 0, message, finish_reason: result ? 'stop' : 'tool_calls' }],
			usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
		};
	}
}
