import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startSandbox } from '../sandbox/server';
import { addTrigger, REDELIVER_MS, triggerWorkflow, type Plant } from './plant';
import { SCOPES } from './house';
import { command } from './install';
import { freePort, N8n, startGuard, until } from './n8n';
import type { StoredRun } from './runs';

/** A plant of several processes: main, two workers and one that takes webhooks, over Redis and PostgreSQL. */
export interface QueuePlant extends Plant {
	/** Everything that Redis holds, as it would be written to disk. */
	redisDump(): Promise<string>;
	/** Everything that PostgreSQL holds, as text. */
	databaseDump(): Promise<string>;
}

const DATABASE = { user: 'n8n', name: 'n8n' };

/** Installs Redis and PostgreSQL from Debian's packages where they are missing. */
async function installServers(): Promise<string> {
	const binaries = (): string | undefined =>
		existsSync('/usr/lib/postgresql')
			? readdirSync('/usr/lib/postgresql')
					.map((version) => join('/usr/lib/postgresql', version, 'bin'))
					.find((folder) => existsSync(join(folder, 'postgres')))
			: undefined;
	if (!binaries() || !existsSync('/usr/bin/redis-server')) {
		console.log('Installing Redis and PostgreSQL …');
		// Its own server is not to be started: each test has one in a folder of its own.
		const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
		await command('Updating the package list', 'apt-get', ['update', '-q'], { cwd: '/', env });
		await command(
			'Installing Redis and PostgreSQL',
			'apt-get',
			['install', '-yq', '--no-install-recommends', 'redis-server', 'postgresql'],
			{ cwd: '/', env },
		);
	}
	const found = binaries();
	if (!found)
		throw new Error(
			'PostgreSQL is not at /usr/lib/postgresql. Install the Debian packages postgresql and redis-server.',
		);
	return found;
}

interface Servers {
	readonly redisPort: number;
	readonly databasePort: number;
	readonly secret: string;
	readonly binaries: string;
	readonly folder: string;
	stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root. */
const account = (): { uid?: number; gid?: number } =>
	process.getuid?.() === 0
		? {
				uid: Number(execFileSync('id', ['-u', 'postgres'], { encoding: 'utf8' })),
				gid: Number(execFileSync('id', ['-g', 'postgres'], { encoding: 'utf8' })),
			}
		: {};

async function startServers(): Promise<Servers> {
	const binaries = await installServers();
	const folder = await mkdtemp(join(tmpdir(), 'n8n-doorflow-queue-'));
	const guard = startGuard(folder);
	const secret = randomBytes(12).toString('hex');
	const user = account();
	const data = join(folder, 'postgres');
	await mkdir(data);
	const passwordFile = join(folder, 'password');
	await writeFile(passwordFile, secret);
	if (user.uid !== undefined && user.gid !== undefined)
		for (const path of [folder, data, passwordFile]) chownSync(path, user.uid, user.gid);
	const run = (file: string, args: string[], as: object = {}): ChildProcess => {
		const child = spawn(file, args, { cwd: folder, stdio: 'ignore', ...as });
		if (child.pid !== undefined) guard.watch(child.pid);
		return child;
	};
	const ended = async (child: ChildProcess): Promise<number | null> =>
		await new Promise((done) => void child.once('close', done));
	const initialized = await ended(
		run(
			join(binaries, 'initdb'),
			[
				'-D',
				data,
				'-U',
				DATABASE.user,
				'--auth=scram-sha-256',
				`--pwfile=${passwordFile}`,
				'--no-sync',
				'-E',
				'UTF8',
				'--locale=C',
			],
			user,
		),
	);
	if (initialized !== 0) throw new Error(`initdb ended with ${initialized}`);
	const [databasePort, redisPort] = [await freePort(), await freePort()];
	const database = run(
		join(binaries, 'postgres'),
		['-D', data, '-p', String(databasePort), '-h', '127.0.0.1', '-k', folder, '-c', 'max_connections=200'],
		user,
	);
	const redis = run('redis-server', [
		'--port',
		String(redisPort),
		'--bind',
		'127.0.0.1',
		'--requirepass',
		secret,
		'--save',
		'',
		'--rdbcompression',
		'no',
		'--dir',
		folder,
	]);
	const servers: Servers = {
		redisPort,
		databasePort,
		secret,
		binaries,
		folder,
		stop: async () => {
			const gone = Promise.all([ended(database), ended(redis)]);
			database.kill('SIGINT');
			redis.kill('SIGTERM');
			await gone;
			guard.dismiss();
			await rm(folder, { recursive: true, force: true, maxRetries: 3 });
		},
	};
	await until(
		'PostgreSQL to start',
		async () =>
			await psql(servers, 'SELECT 1', 'postgres').then(
				() => true,
				() => false,
			),
	);
	await psql(servers, `CREATE DATABASE ${DATABASE.name}`, 'postgres');
	return servers;
}

async function psql(servers: Servers, query: string, name = DATABASE.name): Promise<string> {
	const args = [
		'-h',
		'127.0.0.1',
		'-p',
		String(servers.databasePort),
		'-U',
		DATABASE.user,
		'-d',
		name,
		'-AtX',
		'-c',
		query,
	];
	return await command('Asking PostgreSQL', join(servers.binaries, 'psql'), args, {
		cwd: '/',
		env: { ...process.env, PGPASSWORD: servers.secret },
	});
}

async function storedInPostgres(servers: Servers, afterId: number): Promise<StoredRun[]> {
	const query = `SELECT coalesce(json_agg(json_build_object('id', e.id, 'workflowId', e."workflowId", 'status', e.status, 'data', d.data) ORDER BY e.id), '[]') FROM execution_entity e JOIN execution_data d ON d."executionId" = e.id WHERE e.id > ${Number(afterId)}`;
	return JSON.parse(await psql(servers, query)) as StoredRun[];
}

/** n8n in queue mode with a DoorFlow Trigger, on loopback; all of it is gone after stop(). */
export async function openQueuePlant(): Promise<QueuePlant> {
	console.log('Starting PostgreSQL, Redis and n8n in queue mode …');
	const servers = await startServers();
	const sandbox = await startSandbox({ config: { redeliverAfterMs: REDELIVER_MS } });
	let n8n: N8n | undefined;
	const stop = async (): Promise<void> => {
		await n8n?.stop();
		await sandbox.stop();
		await servers.stop();
	};
	try {
		const env = {
			EXECUTIONS_MODE: 'queue',
			QUEUE_BULL_REDIS_HOST: '127.0.0.1',
			QUEUE_BULL_REDIS_PORT: String(servers.redisPort),
			QUEUE_BULL_REDIS_PASSWORD: servers.secret,
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: '127.0.0.1',
			DB_POSTGRESDB_PORT: String(servers.databasePort),
			DB_POSTGRESDB_DATABASE: DATABASE.name,
			DB_POSTGRESDB_USER: DATABASE.user,
			DB_POSTGRESDB_PASSWORD: servers.secret,
			N8N_ENCRYPTION_KEY: randomBytes(24).toString('base64url'),
			N8N_DISABLE_PRODUCTION_MAIN_PROCESS: 'true',
			N8N_LOG_LEVEL: 'debug',
		};
		n8n = await N8n.start({ env, readRuns: async (afterId) => await storedInPostgres(servers, afterId) });
		await n8n.startBeside('worker', '/healthz/readiness');
		await n8n.startBeside('worker', '/healthz/readiness');
		const webhooks = await n8n.startBeside('webhook', '/healthz');
		const credential = { id: await n8n.connect(sandbox.url, 'DoorFlow', SCOPES), name: 'DoorFlow' };
		const { workflowId, webhookUrl } = await addTrigger(n8n, credential, triggerWorkflow(), webhooks);
		sandbox.store.config.webhookUrl = webhookUrl;
		return {
			sandbox,
			n8n,
			credential,
			workflowId,
			webhookUrl,
			stop,
			redisDump: async () => {
				const args = ['-p', String(servers.redisPort), '-a', servers.secret, '--no-auth-warning', 'SAVE'];
				await command('Saving Redis', 'redis-cli', args, { cwd: '/' });
				return await readFile(join(servers.folder, 'dump.rdb'), 'latin1');
			},
			databaseDump: async () => {
				const args = [
					'-h',
					'127.0.0.1',
					'-p',
					String(servers.databasePort),
					'-U',
					DATABASE.user,
					DATABASE.name,
				];
				return await command('Dumping PostgreSQL', join(servers.binaries, 'pg_dump'), args, {
					cwd: '/',
					env: { ...process.env, PGPASSWORD: servers.secret },
				});
			},
		};
	} catch (error) {
		if (n8n) console.error((await n8n.log()).slice(-3000));
		await stop();
		throw error;
	}
}
