import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { INodeProperties } from 'n8n-workflow';

import { cleanEnvironment, command, installN8n, N8N_VERSION } from './install';
import { read, rowsInSqlite, storedInSqlite, type Row, type Run, type StoredRun } from './runs';

/** A password of its own for each program: a published one would open every n8n that `npm start` runs on some machine. */
export const OWNER = {
	email: 'owner@example.com',
	firstName: 'Olive',
	lastName: 'Owner',
	// n8n asks for a capital and a digit.
	password: `N8n-${randomBytes(12).toString('base64url')}`,
};

const ROOT = resolve(__dirname, '..');
const LOOPBACK_ONLY = ['--require', join(__dirname, 'loopbackOnly.js')];
/** A bound for what hangs, not a measure: n8n takes ten seconds to start, and minutes on a machine that is very busy. */
export const HANGS_MS = 600_000;
/** What n8n says while it believes that it has lost its database. */
const NOT_READY = 'Database is not ready';
const CREDENTIAL_TYPE = 'doorFlowOAuth2Api';

export interface WorkflowFile {
	name: string;
	nodes: Array<{
		name: string;
		type: string;
		typeVersion?: number;
		position?: number[];
		id?: string;
		parameters: Record<string, unknown>;
		credentials?: object;
		webhookId?: string;
	}>;
	connections: object;
	settings?: object;
}

export interface OfferedType {
	readonly name: string;
	readonly displayName: string;
	readonly usableAsTool?: boolean;
	readonly properties: INodeProperties[];
}

export interface Execution {
	id: string;
	status: string;
	workflowId: string;
}

interface Publication {
	readonly status: 'failed' | 'in_progress' | 'not_published' | 'partial' | 'published';
	readonly triggers: ReadonlyArray<{ readonly errorMessage: string | null }>;
}

/** A port that is free on loopback at this moment. */
export async function freePort(): Promise<number> {
	return await new Promise((done, fail) => {
		const server = createServer();
		server.once('error', fail);
		server.listen(0, '127.0.0.1', () => {
			const address = server.address();
			server.close(() => done(typeof address === 'object' && address ? address.port : 0));
		});
	});
}

/** @throws Error with what to do when a port is taken */
export async function assertFree(port: number, option: string): Promise<void> {
	await new Promise<void>((done, fail) => {
		const server = createServer();
		server.once('error', () =>
			fail(new Error(`Port ${port} is in use by another program. Choose another one with ${option} NUMBER.`)),
		);
		server.listen(port, '127.0.0.1', () => server.close(() => done()));
	});
}

/** Waits until something is there. @throws Error saying what was waited for in vain */
export async function until<T>(
	what: string,
	look: () => Promise<T | undefined | false>,
	timeoutMs = HANGS_MS,
): Promise<T> {
	const end = Date.now() + timeoutMs;
	for (;;) {
		const found = await look();
		if (found) return found;
		if (Date.now() > end) throw new Error(`Waited ${timeoutMs / 1000} s in vain: ${what}`);
		await new Promise((next) => setTimeout(next, 100));
	}
}

export interface Guard {
	/** Has a process ended when this program is gone, however it went. */
	watch(pid: number): void;
	/** All is cleared up already. */
	dismiss(): void;
}

/** Nothing is left behind even after a SIGKILL, and in jest, which runs no exit handlers. */
export function startGuard(folder: string): Guard {
	// Detached, because Ctrl-C in a terminal reaches a whole group of processes.
	const guard = spawn(process.execPath, [join(__dirname, 'guard.js'), folder], {
		detached: true,
		stdio: ['pipe', 'ignore', 'ignore'],
	});
	guard.unref();
	return {
		watch: (pid) => void guard.stdin.write(`${pid}\n`),
		dismiss: () => void guard.kill('SIGKILL'),
	};
}

type Kind = 'start' | 'webhook' | 'worker';

async function endProcess(child: ChildProcess): Promise<void> {
	const gone = child.exitCode !== null || child.signalCode !== null;
	const ended = new Promise<void>((done) => (gone ? done() : void child.once('close', () => done())));
	child.kill('SIGTERM');
	const killer = setTimeout(() => child.kill('SIGKILL'), 15_000);
	await ended;
	clearTimeout(killer);
}

/** A real n8n on loopback, with this package installed the way a user's n8n holds community packages. */
export class N8n {
	private cookie = '';

	private stopping: Promise<void> | undefined;

	private readonly beside: ChildProcess[] = [];

	private constructor(
		readonly url: string,
		readonly folder: string,
		private child: ChildProcess,
		private readonly launch: (kind: Kind, extra?: Record<string, string>) => Promise<ChildProcess>,
		private readonly logFile: string,
		private readonly version: string,
		private readonly guard: Guard,
		private readonly readRuns: ((afterId: number) => Promise<StoredRun[]>) | undefined,
	) {}

	/**
	 * Packs the built project, installs the tarball and starts n8n in a folder of its own.
	 *
	 * @param options.port to listen on; a free one by default
	 * @param options.packageFolder another state of the project, built; this one by default
	 * @param options.readRuns where its runs are, when not in its own SQLite file
	 * @param options.nodeArguments for its Node, such as `--cpu-prof`
	 */
	static async start(
		options: {
			port?: number;
			version?: string;
			env?: Record<string, string>;
			nodeArguments?: string[];
			packageFolder?: string;
			readRuns?: (afterId: number) => Promise<StoredRun[]>;
		} = {},
	): Promise<N8n> {
		const version = options.version ?? process.env.DOORFLOW_N8N_VERSION ?? N8N_VERSION;
		const installed = await installN8n(version);
		const folder = await mkdtemp(join(tmpdir(), 'n8n-doorflow-'));
		const guard = startGuard(folder);
		const nodes = join(folder, '.n8n', 'nodes');
		await mkdir(nodes, { recursive: true });
		await writeFile(join(nodes, 'package.json'), JSON.stringify({ name: 'installed-nodes', private: true }));
		const packed = await command(
			'Packing',
			'npm',
			['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
			{ cwd: options.packageFolder ?? ROOT },
		);
		const tarball =
			(
				JSON.parse(packed.slice(packed.indexOf('['), packed.lastIndexOf(']') + 1)) as Array<{
					filename: string;
				}>
			)[0]?.filename ?? '';
		await command(
			'Installing the package',
			'npm',
			[
				'install',
				join(folder, tarball),
				'--ignore-scripts',
				'--legacy-peer-deps',
				'--no-audit',
				'--no-fund',
				'--no-package-lock',
			],
			{ cwd: nodes },
		);

		const port = options.port ?? (await freePort());
		const logFile = join(folder, 'n8n.log');
		const brokerPort = await freePort();
		const launch = async (kind: Kind, extra: Record<string, string> = {}): Promise<ChildProcess> => {
			// Straight into the file: through a pipe of ours, n8n could not end in good order after us.
			const log = await open(logFile, 'a');
			const child = spawn(
				installed.node,
				[...LOOPBACK_ONLY, ...(options.nodeArguments ?? []), installed.script, kind],
				{
					cwd: folder,
					stdio: ['ignore', log.fd, log.fd],
					env: cleanEnvironment({
						PATH: installed.path,
						N8N_USER_FOLDER: folder,
						N8N_PORT: String(port),
						N8N_LISTEN_ADDRESS: '127.0.0.1',
						N8N_HOST: 'localhost',
						N8N_RUNNERS_BROKER_PORT: String(brokerPort),
						N8N_RUNNERS_BROKER_LISTEN_ADDRESS: '127.0.0.1',
						N8N_DIAGNOSTICS_ENABLED: 'false',
						N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
						N8N_TEMPLATES_ENABLED: 'false',
						N8N_PERSONALIZATION_ENABLED: 'false',
						N8N_HIRING_BANNER_ENABLED: 'false',
						N8N_SECURE_COOKIE: 'false',
						N8N_LOG_LEVEL: 'debug',
						GENERIC_TIMEZONE: 'Europe/London',
						...options.env,
						...extra,
					}),
				},
			);
			if (child.pid !== undefined) guard.watch(child.pid);
			await log.close();
			return child;
		};
		const n8n = new N8n(
			`http://localhost:${port}`,
			folder,
			await launch('start'),
			launch,
			logFile,
			version,
			guard,
			options.readRuns,
		);
		try {
			await n8n.ready();
			await n8n.login();
			return n8n;
		} catch (error) {
			// The log goes with the folder, so its end has to be told now.
			const end = (await n8n.log()).slice(-3000);
			await n8n.stop();
			throw new Error(
				`${error instanceof Error ? error.message : String(error)}. The end of its log:\n${end}`,
				{ cause: error },
			);
		}
	}

	/** Waits until it answers. @throws Error when it ends while starting */
	private async ready(): Promise<void> {
		const started = Date.now();
		const ticker = setInterval(
			() => console.log(`  … n8n is starting (${Math.round((Date.now() - started) / 1000)} s)`),
			10_000,
		);
		try {
			await until('n8n to start', async () => {
				if (this.child.exitCode !== null) throw new Error('n8n ended while starting');
				return await fetch(`${this.url}/healthz/readiness`).then(
					(answer) => answer.ok,
					() => false,
				);
			});
		} finally {
			clearInterval(ticker);
		}
	}

	/**
	 * Starts one more process of this n8n, in queue mode.
	 *
	 * @param health path that answers when it is ready
	 * @returns its address
	 */
	async startBeside(kind: 'webhook' | 'worker', health: string): Promise<string> {
		const port = String(await freePort());
		const child = await this.launch(kind, {
			N8N_PORT: port,
			QUEUE_HEALTH_CHECK_ACTIVE: 'true',
			QUEUE_HEALTH_CHECK_PORT: port,
			N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
			N8N_RUNNERS_BROKER_PORT: String(await freePort()),
		});
		this.beside.push(child);
		const url = `http://localhost:${port}`;
		await until(
			`the ${kind} to start`,
			async () =>
				await fetch(`${url}${health}`).then(
					(answer) => answer.ok,
					() => false,
				),
		);
		return url;
	}

	/** Its main process, to be looked at from outside. */
	get pid(): number {
		return this.child.pid ?? 0;
	}

	/** Ends n8n without any warning, as a power cut does. */
	async kill(): Promise<void> {
		const ended = new Promise<void>((done) => void this.child.once('close', () => done()));
		this.child.kill('SIGKILL');
		await ended;
	}

	/** Starts n8n once more on what it had stored. */
	async startAgain(): Promise<void> {
		this.child = await this.launch('start');
		await this.ready();
	}

	/** Ends n8n and removes its folder. Whoever asks a second time waits for the same end. */
	async stop(): Promise<void> {
		this.stopping ??= this.end();
		await this.stopping;
	}

	private async end(): Promise<void> {
		await Promise.all([...this.beside, this.child].map(async (child) => await endProcess(child)));
		this.guard.dismiss();
		await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
	}

	/** Asks n8n's own API, as the editor does. @throws Error with its answer */
	async rest<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
		const { answer, text } = await until(`n8n's database, for ${method} ${path}`, async () => {
			const answer = await fetch(`${this.url}/rest${path}`, {
				method,
				headers: { 'Content-Type': 'application/json', 'browser-id': 'doorflow', Cookie: this.cookie },
				...(body === undefined ? {} : { body: JSON.stringify(body) }),
			});
			const text = await answer.text();
			// On a busy machine n8n's ping to its database comes late, and n8n turns requests away before it looks at them.
			return answer.status === 503 && text.includes(NOT_READY) ? undefined : { answer, text };
		});
		if (!answer.ok)
			throw new Error(`n8n answered ${answer.status} to ${method} ${path}: ${text.slice(0, 500)}`);
		const cookie = answer.headers.getSetCookie().find((one) => one.startsWith('n8n-auth='));
		if (cookie) this.cookie = cookie.split(';')[0] ?? '';
		return (text === '' ? {} : (JSON.parse(text) as { data: T }).data) as T;
	}

	/** The node or credential types that the editor offers. @throws Error with its answer */
	async types(kind: 'credentials' | 'nodes'): Promise<OfferedType[]> {
		const answer = await fetch(`${this.url}/types/${kind}.json`, {
			headers: { 'browser-id': 'doorflow', Cookie: this.cookie },
		});
		if (!answer.ok) throw new Error(`n8n answered ${answer.status} when asked for its types`);
		return (await answer.json()) as OfferedType[];
	}

	/** A file that a run made, as the editor downloads it. @throws Error when there is none */
	async download(path: string): Promise<Buffer> {
		const answer = await fetch(`${this.url}/rest${path}`, {
			headers: { 'browser-id': 'doorflow', Cookie: this.cookie },
		});
		if (!answer.ok) throw new Error(`n8n answered ${answer.status} to ${path}`);
		return Buffer.from(await answer.arrayBuffer());
	}

	private async login(): Promise<void> {
		// The web server answers a moment before the routes are there.
		await until(
			'n8n to take its owner',
			async () =>
				await this.rest('POST', '/owner/setup', OWNER).then(
					() => true,
					() => false,
				),
		);
	}

	/** Creates the credential and connects it through the real OAuth flow, consenting at once. */
	async connect(
		sandboxUrl: string,
		name: string,
		scopes: readonly string[],
		more: object = {},
	): Promise<string> {
		const { id } = await this.rest<{ id: string }>('POST', '/credentials', {
			name,
			type: CREDENTIAL_TYPE,
			data: {
				baseUrl: sandboxUrl,
				permissionSet: 'only',
				permissions: scopes,
				clientId: 'sandbox-client',
				clientSecret: 'sandbox-secret',
				...more,
			},
		});
		await this.reconnect(id);
		return id;
	}

	/**
	 * Presses Connect: authorize, consent, callback.
	 *
	 * @param accountId of DoorFlow, chosen at consent; the first one by default
	 */
	async reconnect(credentialId: string, accountId?: string): Promise<void> {
		const authorize = await this.rest<string>('GET', `/oauth2-credential/auth?id=${credentialId}`);
		const account = accountId === undefined ? '' : `&account=${accountId}`;
		const consent = await fetch(`${authorize}&consent=auto${account}`, { redirect: 'manual' });
		const callback = consent.headers.get('location');
		if (!callback)
			throw new Error(`The consent gave no way back (${consent.status}): ${await consent.text()}`);
		const done = await this.visit(callback);
		const page = await done.text();
		if (!done.ok || /error/i.test(/<title>(.*?)<\/title>/.exec(page)?.[1] ?? ''))
			throw new Error(`n8n did not take the connection: ${page.slice(0, 500)}`);
	}

	/** Goes to an address as the browser does in which the owner is logged in. */
	async visit(address: string): Promise<Response> {
		return await fetch(address, { headers: { Cookie: this.cookie, 'browser-id': 'doorflow' } });
	}

	/** Imports a workflow; its DoorFlow nodes get the credential, its messages go to the sandbox's outbox. */
	async importWorkflow(
		file: WorkflowFile,
		credential: { id: string; name: string },
		outbox: string,
	): Promise<string> {
		const nodes = file.nodes.map((node) => ({
			...node,
			...(node.type.startsWith('n8n-nodes-doorflow.')
				? { credentials: { [CREDENTIAL_TYPE]: credential } }
				: {}),
			parameters:
				typeof node.parameters.url === 'string' && node.parameters.url.includes('YOUR-MESSAGE-GATEWAY')
					? { ...node.parameters, url: outbox }
					: node.parameters,
		}));
		const { id } = await this.rest<{ id: string }>('POST', '/workflows', {
			...file,
			nodes,
			settings: file.settings ?? {},
			active: false,
		});
		return id;
	}

	/** Publishes a workflow, and waits until its triggers listen. @throws Error with what n8n says of one that doesn't */
	async activate(workflowId: string): Promise<void> {
		const { versionId } = await this.rest<{ versionId: string }>('GET', `/workflows/${workflowId}`);
		if (this.isVersion1)
			return void (await this.rest('PATCH', `/workflows/${workflowId}`, { active: true, versionId }));
		await this.rest('POST', `/workflows/${workflowId}/activate`, { versionId });
		const { status, triggers } = await this.published(workflowId);
		if (status === 'failed' || status === 'partial')
			throw new Error(
				`n8n did not start the workflow: ${triggers.map(({ errorMessage }) => errorMessage ?? '').join(' ')}`,
			);
	}

	/** Unpublishes a workflow, and waits until its triggers are taken down. */
	async deactivate(workflowId: string): Promise<void> {
		if (this.isVersion1)
			return void (await this.rest('PATCH', `/workflows/${workflowId}`, { active: false }));
		await this.rest('POST', `/workflows/${workflowId}/deactivate`, {});
		await this.published(workflowId);
	}

	/** Unpublishes, archives and deletes a workflow, as n8n asks for in this order. */
	async deleteWorkflow(workflowId: string): Promise<void> {
		await this.deactivate(workflowId);
		await this.rest('POST', `/workflows/${workflowId}/archive`, {});
		await this.rest('DELETE', `/workflows/${workflowId}`);
	}

	/** n8n 2 answers at once and puts the triggers up or down afterwards; until then it refuses to delete the workflow. */
	private async published(workflowId: string): Promise<Publication> {
		return await until('n8n to put the triggers up or down', async () => {
			const now = await this.rest<Publication>('GET', `/workflows/${workflowId}/publication-status`);
			return now.status !== 'in_progress' && now;
		});
	}

	private get isVersion1(): boolean {
		return this.version.startsWith('1.');
	}

	async executions(workflowId?: string): Promise<Execution[]> {
		const filter = workflowId ? `&filter=${encodeURIComponent(JSON.stringify({ workflowId }))}` : '';
		return (await this.rest<{ results: Execution[] }>('GET', `/executions?limit=100${filter}`)).results;
	}

	/** Everything an execution recorded, as n8n's API gives it. */
	async executionText(id: string): Promise<string> {
		return JSON.stringify(await this.rest('GET', `/executions/${id}`));
	}

	/** The runs that its database holds, with the DoorFlow events in them. */
	async runs(afterId = 0): Promise<Run[]> {
		const stored = await (this.readRuns?.(afterId) ??
			storedInSqlite(await installN8n(this.version), join(this.folder, '.n8n', 'database.sqlite'), afterId));
		return stored.map((one) => read(one));
	}

	/** Everything that its SQLite database holds. */
	async rows(): Promise<Row[]> {
		return await rowsInSqlite(await installN8n(this.version), join(this.folder, '.n8n', 'database.sqlite'));
	}

	async log(): Promise<string> {
		return await readFile(this.logFile, 'utf8').catch(() => '');
	}

	/** The raw text of the database, with what is not yet merged into it. */
	async database(): Promise<string> {
		const folder = join(this.folder, '.n8n');
		const files = (await readdir(folder)).filter((name) => name.startsWith('database.sqlite'));
		return (await Promise.all(files.map(async (name) => await readFile(join(folder, name), 'latin1')))).join(
			'\n',
		);
	}
}

/** Reads one of the example workflows. */
export async function example(name: string): Promise<WorkflowFile> {
	return JSON.parse(await readFile(join(ROOT, 'examples', `${name}.json`), 'utf8')) as WorkflowFile;
}
