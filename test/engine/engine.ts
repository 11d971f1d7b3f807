import { appendFileSync } from 'node:fs';
import {
	DataDeduplicationService,
	ExecutionLifecycleHooks,
	HookContext,
	LoadOptionsContext,
	PollContext,
	WebhookContext,
	WorkflowExecute,
} from 'n8n-core';
import {
	ICredentialsHelper,
	Workflow,
	type EngineRequest,
	type EngineResponse,
	type ICredentialDataDecryptedObject,
	type ICredentials,
	type IDataObject,
	type IExecuteFunctions,
	type INode,
	type INodeExecutionData,
	type INodeParameters,
	type INodeProperties,
	type INodePropertyOptions,
	type INodeType,
	type INodeTypes,
	type IRun,
	type IWebhookResponseData,
	type IWorkflowExecuteAdditionalData,
	type WorkflowExecuteMode,
} from 'n8n-workflow';

import { DoorFlow } from '../../nodes/DoorFlow/DoorFlow.node.ts';
import { DoorFlowPollingTrigger } from '../../nodes/DoorFlowPollingTrigger/DoorFlowPollingTrigger.node.ts';
import { DoorFlowTrigger } from '../../nodes/DoorFlowTrigger/DoorFlowTrigger.node.ts';
import { runLimiter } from '../../nodes/DoorFlowTrigger/runLimiter';
import { PERMISSIONS } from '../../nodes/shared/permissions';
import { connectTo } from '../../harness/connection';
import { beginningAt } from '../../harness/execution';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/server';
import { Processed } from '../../harness/processed';
import './patience';

export const CREDENTIAL = { id: 'cred-1', name: 'Harbour House' };
const ALL_SCOPES = PERMISSIONS.map(({ scope }) => scope);

/** n8n's store of credentials, in memory. */
class Credentials extends ICredentialsHelper {
	data: ICredentialDataDecryptedObject = {};

	stored = 0;

	getParentTypes(): string[] {
		return ['oAuth2Api'];
	}

	isCredentialUsableByNode(): boolean {
		return true;
	}

	async authenticate(): Promise<never> {
		throw new Error('OAuth2 credentials sign by themselves');
	}

	async preAuthentication(): Promise<undefined> {
		return undefined;
	}

	async runPreAuthentication(): Promise<undefined> {
		return undefined;
	}

	async getCredentials(): Promise<ICredentials> {
		throw new Error('not needed');
	}

	/** How often a node has read them. */
	reads = 0;

	async getDecrypted(): Promise<ICredentialDataDecryptedObject> {
		this.reads++;
		return structuredClone(this.data);
	}

	async updateCredentials(): Promise<void> {}

	async updateCredentialsOauthTokenData(
		_node: unknown,
		_type: string,
		data: ICredentialDataDecryptedObject,
	): Promise<void> {
		this.stored++;
		this.data = {
			...this.data,
			oauthTokenData: structuredClone(data.oauthTokenData),
		} as ICredentialDataDecryptedObject;
	}

	getCredentialsProperties(): INodeProperties[] {
		return [];
	}
}

/** What n8n's database holds of emitted events, by scope. */
export const processed = new Processed();

const ofOthers = new Map<string, Processed>();

/** The same for a workflow of its own: what an earlier test's process writes late does not get in. */
export function processedOf(workflowId: string | undefined): Processed {
	if (workflowId === undefined || workflowId === 'wf') return processed;
	const own = ofOthers.get(workflowId) ?? new Processed();
	ofOthers.set(workflowId, own);
	return own;
}

let deduplicationReady: Promise<void> | undefined;

async function deduplication(): Promise<void> {
	deduplicationReady ??= DataDeduplicationService.init({
		checkProcessedAndRecord: async (items, scope, { workflow }, options) =>
			await processedOf(workflow.id).checkAndRecord(items, scope, options),
		removeProcessed: async (items, scope, { workflow }) =>
			await processedOf(workflow.id).remove(items, scope),
		clearAllProcessedItems: async (scope, { workflow }) => void (processedOf(workflow.id)[scope] = []),
		getProcessedDataCount: async (scope, { workflow }) => processedOf(workflow.id)[scope].length,
	});
	await deduplicationReady;
}

export interface RunOptions {
	readonly items?: INodeExecutionData[];
	readonly continueOnFail?: boolean;
	/** What fails goes to an output of its own, the second one. */
	readonly errorOutput?: boolean;
	readonly mode?: WorkflowExecuteMode;
	readonly type?: 'doorFlow' | 'doorFlowPollingTrigger' | 'doorFlowTrigger';
	readonly workflowId?: string;
	readonly timezone?: string;
	/** The execution is cancelled when this comes, as by n8n's stop button. */
	readonly cancelWhen?: Promise<unknown>;
}

export interface Result {
	readonly run: IRun;
	/** What came out of each output. */
	readonly outputs: INodeExecutionData[][];
	readonly items: IDataObject[];
	/** The error that ended the run. */
	readonly error: { message: string; description?: string | null } | undefined;
	readonly hints: string[];
}

interface AgentTool {
	readonly name: string;
	readonly description: string;
	readonly schema: { readonly shape: object };
	invoke(input: IDataObject): Promise<unknown>;
}

export interface AgentAnswer {
	/** What the model is told of the tool. */
	readonly offered:
		| { readonly name: string; readonly description: string; readonly inputs: string[] }
		| undefined;
	/** What the model gets back. */
	readonly answer: string;
	readonly run: IRun;
}

/** The node as n8n offers it to agents: another name, no input, a tool as output. */
export function asTool(): INodeType {
	const node = new DoorFlow();
	node.description = {
		...node.description,
		name: `${node.description.name}Tool`,
		displayName: `${node.description.displayName} Tool`,
		inputs: [],
		outputs: ['ai_tool'],
	};
	return node;
}

const nodeTypesOf = (types: Readonly<Record<string, INodeType>>): INodeTypes => ({
	getByName: (name) => types[name] as INodeType,
	getByNameAndVersion: (name) => types[name] as INodeType,
	getKnownTypes: () => ({}),
});

/** n8n's engine in this process with a sandbox over real HTTP. */
export class Engine {
	readonly credentials = new Credentials();

	credentialId = CREDENTIAL.id;

	/** What webhooks and polls wrote into n8n's log. */
	readonly logs: string[] = [];

	private constructor(readonly sandbox: Sandbox) {}

	static async start(options: SandboxOptions = {}, scopes: readonly string[] = ALL_SCOPES): Promise<Engine> {
		await deduplication();
		const record = process.env.DOORFLOW_EXCHANGES;
		const recording = record
			? { onExchange: (exchange: object) => appendFileSync(record, `${JSON.stringify(exchange)}\n`) }
			: {};
		// Whether the doors were told is a question of few tests; those ask for it.
		const config = { requireSync: false, ...options.config };
		const engine = new Engine(await startSandbox({ ...options, config, ...recording }));
		await engine.connect(scopes);
		return engine;
	}

	/** With a sandbox that another process runs. */
	static async at(url: string): Promise<Engine> {
		await deduplication();
		const engine = new Engine({ url, stop: async () => undefined } as unknown as Sandbox);
		await engine.connect();
		return engine;
	}

	async stop(): Promise<void> {
		await this.sandbox.stop();
	}

	async control<T = IDataObject>(path: string, body?: object): Promise<T> {
		const answer = await fetch(
			`${this.sandbox.url}/_sandbox/${path}`,
			body === undefined
				? {}
				: { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) },
		);
		return (await answer.json()) as T;
	}

	/** Goes through the authorization code flow, as n8n does when one presses Connect. */
	async connect(scopes: readonly string[] = ALL_SCOPES): Promise<void> {
		this.credentials.data = (await connectTo(
			this.sandbox.url,
			scopes,
		)) as unknown as ICredentialDataDecryptedObject;
	}

	get tokens(): { access_token: string; refresh_token: string } {
		return this.credentials.data.oauthTokenData as unknown as { access_token: string; refresh_token: string };
	}

	/** Runs a workflow Source → node under test in WorkflowExecute. */
	async run(parameters: INodeParameters, options: RunOptions = {}): Promise<Result> {
		const type = options.type ?? 'doorFlow';
		const workflow = this.workflow(parameters, type, options);
		const mode = options.mode ?? 'manual';
		const items = options.items ?? [{ json: {} }];
		const running = this.begin(workflow, 'Under Test', items, mode).processRunExecutionData(workflow);
		void options.cancelWhen?.then(() => running.cancel());
		const run = await running;
		const task = run.data.resultData.runData['Under Test']?.[0];
		const outputs = (task?.data?.main ?? []).map((output) => output ?? []);
		return {
			run,
			outputs,
			items: (outputs[0] ?? []).map(({ json }) => json),
			error: run.data.resultData.error as Result['error'],
			hints: (task?.hints ?? []).map(({ message }) => message),
		};
	}

	/** Calls a picker the way the editor does. */
	async pick(
		method: string,
		parameters: INodeParameters = {},
		filter?: string,
		token?: string,
	): Promise<{ results: Array<{ name: string; value: string }>; paginationToken?: string }> {
		const list = new DoorFlow().methods.listSearch[method as keyof DoorFlow['methods']['listSearch']];
		return (await list.call(this.panel(parameters), filter, token)) as never;
	}

	/** Loads the list of a multi-select the way the editor does. */
	async load(method: keyof DoorFlow['methods']['loadOptions']): Promise<INodePropertyOptions[]> {
		return await new DoorFlow().methods.loadOptions[method].call(this.panel({}));
	}

	/** What the editor asks from. */
	private panel(parameters: INodeParameters): LoadOptionsContext {
		const node = this.node(parameters, 'doorFlow', {});
		const workflow = this.workflow(parameters, 'doorFlow', {});
		return new LoadOptionsContext(workflow, node, this.additionalData('internal', workflow), '');
	}

	/** Lets the trigger's webhook() handle a request, as n8n's webhook server does. */
	async webhook(
		request: { body: Buffer; headers: Record<string, string> },
		parameters: INodeParameters = {},
		beginAfterMs = 0,
	): Promise<{
		status: number;
		message: string;
		items: INodeExecutionData[];
		response: IWebhookResponseData;
	}> {
		const workflow = this.workflow(parameters, 'doorFlowTrigger', {});
		let status = 200;
		let answered: { status: number; message: string } | undefined;
		const httpResponse = {
			status(code: number) {
				status = code;
				return this;
			},
			json(body: { message: string }) {
				answered = { status, message: body.message };
			},
		};
		const additionalData = {
			...this.additionalData('webhook', workflow),
			httpRequest: { headers: request.headers, rawBody: request.body, body: {}, query: {}, params: {} },
			httpResponse,
		} as unknown as IWorkflowExecuteAdditionalData;
		const node = workflow.getNode('Under Test') as INode;
		const webhookData = {
			httpMethod: 'POST',
			node: node.name,
			path: 'webhook',
			webhookDescription: {},
			workflowId: 'wf',
			workflowExecuteAdditionalData: additionalData,
		};
		const context = new WebhookContext(
			workflow,
			node,
			additionalData,
			'webhook',
			webhookData as never,
			[],
			null,
		);
		this.listenTo(context);
		const response = await new DoorFlowTrigger().webhook.call(context);
		if (!answered) throw new Error('webhook() gave no answer');
		const items = response.workflowData?.[0] ?? [];
		// As n8n does, which begins the run a moment later.
		if (beginAfterMs > 0) await new Promise((next) => setTimeout(next, beginAfterMs));
		const [first] = items;
		if (first) runLimiter().begun((first.json.notification as { run: string }).run, false);
		return { ...answered, items, response };
	}

	/** Activates the DoorFlow Trigger, as n8n does when its workflow is published. @throws what keeps it from that */
	async activate(parameters: INodeParameters): Promise<boolean> {
		const workflow = this.workflow(parameters, 'doorFlowTrigger', {});
		const node = workflow.getNode('Under Test') as INode;
		const additionalData = this.additionalData('trigger', workflow);
		const context = new HookContext(workflow, node, additionalData, 'trigger', 'activate');
		return await new DoorFlowTrigger().webhookMethods.default.create.call(context);
	}

	/** Polls once, as n8n's schedule does. `stored` is what n8n keeps of the workflow between polls and across restarts. */
	async poll(
		parameters: INodeParameters,
		stored: IDataObject,
		mode: WorkflowExecuteMode = 'trigger',
		workflowId = 'wf',
	): Promise<IDataObject[]> {
		const workflow = this.workflow(parameters, 'doorFlowPollingTrigger', { workflowId });
		workflow.staticData = stored;
		const node = workflow.getNode('Under Test') as INode;
		const context = new PollContext(workflow, node, this.additionalData(mode, workflow), mode, 'activate');
		this.listenTo(context);
		const output = await new DoorFlowPollingTrigger().poll.call(context);
		return (output?.[0] ?? []).map(({ json }) => json);
	}

	private listenTo(context: object): void {
		const log = (line: string): void => void this.logs.push(line);
		Object.defineProperty(context, 'logger', { value: { debug: log, info: log, warn: log, error: log } });
	}

	private node(parameters: INodeParameters, type: string, options: RunOptions): INode {
		return {
			id: 'under-test',
			name: 'Under Test',
			type: `n8n-nodes-doorflow.${type}`,
			typeVersion: type === 'doorFlowTrigger' ? 1.1 : 1,
			position: [0, 0],
			parameters,
			credentials: { doorFlowOAuth2Api: { ...CREDENTIAL, id: this.credentialId } },
			...(options.continueOnFail ? { onError: 'continueRegularOutput' as const } : {}),
			...(options.errorOutput ? { onError: 'continueErrorOutput' as const } : {}),
		};
	}

	private workflow(parameters: INodeParameters, type: string, options: RunOptions): Workflow {
		const types: Record<string, INodeType> = {
			'n8n-nodes-doorflow.doorFlow': new DoorFlow(),
			'n8n-nodes-doorflow.doorFlowTrigger': new DoorFlowTrigger(),
			'n8n-nodes-doorflow.doorFlowPollingTrigger': new DoorFlowPollingTrigger(),
		};
		const nodeTypes: INodeTypes = {
			getByName: (name) => types[name] as INodeType,
			getByNameAndVersion: (name) => types[name] as INodeType,
			getKnownTypes: () => ({}),
		};
		return new Workflow({
			id: options.workflowId ?? 'wf',
			nodes: [this.node(parameters, type, options)],
			connections: {},
			active: false,
			nodeTypes,
			settings: { timezone: options.timezone ?? 'Europe/London' },
		});
	}

	/** Runs nodes one after the other in WorkflowExecute, as n8n does. @returns what came out of the last one, and the run */
	async chain(
		nodes: ReadonlyArray<Pick<INode, 'name' | 'parameters' | 'type' | 'typeVersion'>>,
		items: INodeExecutionData[],
		more: Readonly<Record<string, INodeType>>,
	): Promise<{ items: INodeExecutionData[]; error: unknown; run: IRun }> {
		const types: Record<string, INodeType> = { 'n8n-nodes-doorflow.doorFlow': new DoorFlow(), ...more };
		const connections: Record<string, object> = {};
		for (const [index, { name }] of nodes.slice(0, -1).entries())
			connections[name] = { main: [[{ node: nodes[index + 1]?.name, type: 'main', index: 0 }]] };
		const workflow = new Workflow({
			id: 'wf',
			nodes: nodes.map((node, index) => ({
				...this.node({}, '', {}),
				id: `n${index}`,
				position: [index, 0],
				...node,
			})),
			connections: connections as never,
			active: false,
			nodeTypes: nodeTypesOf(types),
			settings: { timezone: 'Europe/London', executionOrder: 'v1' },
		});
		const first = nodes[0]?.name ?? '';
		const last = nodes[nodes.length - 1]?.name ?? '';
		const run = await this.begin(workflow, first, items).processRunExecutionData(workflow);
		return {
			items: run.data.resultData.runData[last]?.[0]?.data?.main?.[0] ?? [],
			error: run.data.resultData.error,
			run,
		};
	}

	/**
	 * Lets an agent use the node as its tool, through n8n's own code for it.
	 *
	 * @param input what the model fills in
	 * @param path `tool`: the agent holds a LangChain tool and invokes it; `request`: it asks the engine to run the tool's node
	 */
	async agent(
		parameters: INodeParameters,
		input: IDataObject,
		path: 'request' | 'tool',
	): Promise<AgentAnswer> {
		let offered: AgentAnswer['offered'];
		const agent: INodeType = {
			description: {
				name: 'agent',
				displayName: 'Agent',
				group: ['transform'],
				version: 1,
				description: '',
				defaults: { name: 'Agent' },
				inputs: ['main', { type: 'ai_tool' }],
				outputs: ['main'],
				properties: [],
			},
			async execute(this: IExecuteFunctions, response?: EngineResponse) {
				const text = (value: unknown): IDataObject => ({
					answer: typeof value === 'string' ? value : JSON.stringify(value),
				});
				const said = response?.actionResponses[0]?.data;
				if (said) return [[{ json: text(said.data?.ai_tool?.[0]?.map((item) => item.json)) }]];
				const [tool] = (await this.getInputConnectionData('ai_tool', 0)) as AgentTool[];
				if (tool)
					offered = {
						name: tool.name,
						description: tool.description,
						inputs: Object.keys(tool.schema.shape),
					};
				if (path === 'request') {
					return {
						actions: [
							{
								actionType: 'ExecutionNodeAction',
								nodeName: 'Under Test',
								input,
								type: 'ai_tool',
								id: 'call-1',
								metadata: {},
							},
						],
						metadata: {},
					} as EngineRequest;
				}
				// An agent tells the model the text of the error.
				return [[{ json: text(await tool?.invoke(input).catch((error: Error) => error.message)) }]];
			},
		};
		const begin: INodeType = {
			description: { ...agent.description, name: 'begin', inputs: [] },
			async execute(this: IExecuteFunctions) {
				return [this.getInputData()];
			},
		};
		const types: Record<string, INodeType> = { agent, begin, 'n8n-nodes-doorflow.doorFlowTool': asTool() };
		const workflow = new Workflow({
			id: 'wf',
			nodes: [
				{ id: 'begin', name: 'Begin', type: 'begin', typeVersion: 1, position: [0, 0], parameters: {} },
				{ id: 'agent', name: 'Agent', type: 'agent', typeVersion: 1, position: [0, 0], parameters: {} },
				this.node(parameters, 'doorFlowTool', {}),
			],
			connections: {
				Begin: { main: [[{ node: 'Agent', type: 'main', index: 0 }]] },
				'Under Test': { ai_tool: [[{ node: 'Agent', type: 'ai_tool', index: 0 }]] },
			},
			active: false,
			nodeTypes: nodeTypesOf(types),
			settings: { timezone: 'Europe/London', executionOrder: 'v1' },
		});
		const run = await this.begin(workflow, 'Begin', [{ json: {} }]).processRunExecutionData(workflow);
		const answer = run.data.resultData.runData.Agent?.at(-1)?.data?.main?.[0]?.[0]?.json.answer;
		return { offered, answer: String(answer ?? run.data.resultData.error?.message), run };
	}

	/** An execution that begins with some items at a node. */
	private begin(
		workflow: Workflow,
		first: string,
		items: INodeExecutionData[],
		mode: WorkflowExecuteMode = 'trigger',
	): WorkflowExecute {
		return new WorkflowExecute(
			this.additionalData(mode, workflow),
			mode,
			beginningAt(workflow.getNode(first), items),
		);
	}

	private additionalData(mode: WorkflowExecuteMode, workflow: Workflow): IWorkflowExecuteAdditionalData {
		return {
			credentialsHelper: this.credentials,
			hooks: new ExecutionLifecycleHooks(mode, '1', {
				id: 'wf',
				name: 'wf',
				active: false,
				isArchived: false,
				createdAt: new Date(),
				updatedAt: new Date(),
				nodes: Object.values(workflow.nodes),
				connections: {},
			} as never),
			executionId: '1',
			currentNodeExecutionIndex: 0,
			restApiUrl: '',
			instanceBaseUrl: '',
			webhookBaseUrl: '',
			variables: {},
		} as unknown as IWorkflowExecuteAdditionalData;
	}
}
