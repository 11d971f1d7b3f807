import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type {
	IDataObject,
	IHttpRequestOptions,
	INodeParameters,
	IWebhookFunctions,
	WorkflowExecuteMode,
} from 'n8n-workflow';

import { connectionOf, type ConnectionCheck } from '../../nodes/DoorFlowTrigger/connection';

/** A request as a server got it. */
interface Got {
	readonly path: string;
	readonly authorization: IncomingHttpHeaders['authorization'];
}

/** What a server says. */
export interface Answer {
	readonly status?: number;
	readonly location?: string;
	readonly body: unknown;
	/** It says so only when this is there. */
	readonly after?: Promise<void>;
}

/** A server on this machine, whatever it stands for. */
export interface Serving {
	readonly url: string;
	readonly got: Got[];
	stop(): Promise<void>;
}

/** @param answer what the server says to a path; nothing is 404 */
export async function serve(answer: (path: string) => Answer | undefined): Promise<Serving> {
	const got: Got[] = [];
	const server = createServer((request, response) => {
		const path = request.url ?? '';
		got.push({ path, authorization: request.headers.authorization });
		const { status = 200, location, body, after }: Answer = answer(path) ?? { status: 404, body: {} };
		const headers = { 'Content-Type': 'application/json', ...(location ? { Location: location } : {}) };
		const say = (): void => void response.writeHead(status, headers).end(JSON.stringify(body));
		if (after) void after.then(say);
		else say();
	});
	await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		got,
		stop: async () => {
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
		},
	};
}

/** What n8n's helper does with a request, as far as the nodes ask for it. */
async function send(options: IHttpRequestOptions): Promise<object> {
	const response = await fetch(options.url, {
		method: options.method ?? 'GET',
		headers: options.headers as Record<string, string>,
		redirect: options.disableFollowRedirect ? 'manual' : 'follow',
		signal: (options.abortSignal as AbortSignal | undefined) ?? null,
	});
	return {
		statusCode: response.status,
		headers: Object.fromEntries(response.headers),
		body: Readable.fromWeb(response.body as ReadableStream),
	};
}

/** As much of n8n as a webhook of the trigger asks for. What it reads and sends is real. */
export class Webhook {
	/** What n8n's log holds, by its level. */
	readonly logs: Array<[level: string, line: string]> = [];

	/** How often the credential was read. */
	reads = 0;

	/** What the caller was answered. */
	answer: { status: number; message: string } | undefined;

	request: { headers: Record<string, unknown>; rawBody?: unknown; readRawBody?: () => Promise<void> } = {
		headers: {},
	};

	parameters: INodeParameters = {};

	mode: WorkflowExecuteMode = 'webhook';

	/** The id of the credential; without, none is chosen. */
	credentialId: string | undefined = 'cred-1';

	/** @param credential what n8n reads of it: it may fail, or take long */
	constructor(public credential: () => IDataObject | Promise<IDataObject>) {}

	readonly context = {
		logger: Object.fromEntries(
			['debug', 'warn', 'error'].map((level) => [
				level,
				(line: string) => void this.logs.push([level, line]),
			]),
		),
		getMode: () => this.mode,
		getWorkflow: () => ({ id: 'wf' }),
		getNode: () => ({
			id: 'trigger',
			type: 'n8n-nodes-doorflow.doorFlowTrigger',
			parameters: this.parameters,
			credentials:
				this.credentialId === undefined ? undefined : { doorFlowOAuth2Api: { id: this.credentialId } },
		}),
		getTimezone: () => 'Europe/London',
		getHeaderData: () => this.request.headers,
		getRequestObject: () => this.request,
		getResponseObject: () => ({
			status: (status: number) => ({
				json: ({ message }: { message: string }) => (this.answer = { status, message }),
			}),
		}),
		getCredentials: async () => {
			this.reads++;
			return await this.credential();
		},
		helpers: {
			httpRequest: send,
			httpRequestWithAuthentication: async (_type: string, options: IHttpRequestOptions) =>
				await send(options),
		},
	} as unknown as IWebhookFunctions;

	/** The connection, as all webhooks and runs of the trigger share it. */
	async connection(fresh?: 'fresh'): Promise<ConnectionCheck> {
		return await connectionOf(this.context, fresh);
	}
}

/** A credential that can be used, as n8n hands it out. */
export const credentialFor = (baseUrl: string, more: IDataObject = {}): IDataObject => ({
	baseUrl,
	clientSecret: 'client-secret',
	oauthTokenData: { access_token: 'token-1' },
	...more,
});
