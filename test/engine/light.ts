import { Agent, request as ask, type IncomingMessage } from 'node:http';
import type {
	IDataObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	INode,
	INodeParameters,
} from 'n8n-workflow';

import { run } from '../../nodes/DoorFlow/run';
import type { Engine } from './engine';

/** What came of a run. */
export interface Ran {
	readonly items: IDataObject[];
	/** The error that ended the run. */
	readonly error: { readonly message: string; readonly description?: string | null | undefined } | undefined;
}

/**
 * Runs the action node without n8n around it: the same code from the parameters on, with real HTTP to the sandbox. A run
 * takes a fraction of the time, and can be killed like a process.
 */
export class Light {
	private readonly agent = new Agent({ keepAlive: true });

	/** What a process of n8n remembers, it remembers by connection: another credential is another process. */
	private process = 0;

	private running = new AbortController();

	constructor(private readonly engine: Engine) {}

	stop(): void {
		this.agent.destroy();
	}

	/** Kills the process in which all runs are: they get no answer any more and do nothing more. The next run is in another. */
	kill(): void {
		this.process++;
		this.running = new AbortController();
	}

	/** Stops the executions that are running, as the editor's Stop does. */
	cancel(): void {
		this.running.abort();
		this.running = new AbortController();
	}

	/** @param inAnother whether another process does it, which knows nothing of what this one is at */
	async run(parameters: INodeParameters, inAnother = false): Promise<Ran> {
		const own = this.process;
		const { signal } = this.running;
		const node: INode = {
			id: 'under-test',
			name: 'Under Test',
			type: 'n8n-nodes-doorflow.doorFlow',
			typeVersion: 1,
			position: [0, 0],
			parameters,
			credentials: {
				doorFlowOAuth2Api: { id: `of process ${own}${inAnother ? ' b' : ''}`, name: 'Harbour House' },
			},
		};
		const context = {
			getInputData: () => [{ json: {} }],
			getNode: () => node,
			continueOnFail: () => false,
			getMode: () => 'trigger',
			getTimezone: () => 'Europe/London',
			getExecutionCancelSignal: () => signal,
			addExecutionHints: () => undefined,
			getCredentials: async () => this.engine.credentials.data,
			helpers: {
				httpRequestWithAuthentication: async (_type: string, options: IHttpRequestOptions) => {
					const alive = async (): Promise<void> => {
						if (own < this.process) await new Promise<never>(() => undefined);
					};
					await alive();
					try {
						return await this.send(options);
					} finally {
						await alive();
					}
				},
			},
		} as unknown as IExecuteFunctions;
		try {
			const [output = []] = await run(context);
			return { items: output.map(({ json }) => json), error: undefined };
		} catch (error) {
			return { items: [], error: error as NonNullable<Ran['error']> };
		}
	}

	/** What n8n's helper does with a request, as far as these runs ask for it. */
	private async send({ method, url, headers, body }: IHttpRequestOptions): Promise<object> {
		const text = body === undefined ? undefined : JSON.stringify(body);
		const token = this.engine.tokens.access_token;
		const response = await new Promise<IncomingMessage>((done, failed) => {
			const request = ask(
				url,
				{
					method: method ?? 'GET',
					agent: this.agent,
					headers: {
						...(headers as Record<string, string>),
						Authorization: `Bearer ${token}`,
						...(text === undefined ? {} : { 'Content-Type': 'application/json' }),
					},
				},
				done,
			);
			request.once('error', failed);
			request.end(text);
		});
		const chunks: Buffer[] = [];
		for await (const chunk of response) chunks.push(chunk as Buffer);
		const answer = Buffer.concat(chunks).toString();
		return {
			statusCode: response.statusCode,
			headers: response.headers,
			body: response.headers['content-type']?.includes('json') ? (JSON.parse(answer) as unknown) : answer,
		};
	}
}
