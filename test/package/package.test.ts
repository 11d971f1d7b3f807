import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { PackageDirectoryLoader } from 'n8n-core';
import type { INodeTypeDescription } from 'n8n-workflow';
import { parse } from 'yaml';

import { cleanEnvironment } from '../../harness/install';

const run = promisify(execFile);
const ROOT = resolve(__dirname, '..', '..');
const manifest = async (folder = ROOT): Promise<Record<string, unknown>> =>
	JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
/** All that `npm run build` and `npm pack` read. A copy, since a build removes dist/ first, which other tests may be using. */
const SOURCES = [
	'package.json',
	'index.js',
	'gulpfile.js',
	'tsconfig.json',
	'README.md',
	'CHANGELOG.md',
	'LICENSE',
	'nodes',
	'credentials',
	'docs',
	'examples',
	'sandbox',
	'test',
];

interface Packed {
	readonly folder: string;
	readonly integrity: string;
	readonly tarball: string;
	readonly files: ReadonlyArray<{ readonly path: string; readonly size: number; readonly hash: string }>;
}

async function buildAndPack(): Promise<Packed> {
	const folder = await mkdtemp(join(tmpdir(), 'doorflow-package-'));
	for (const name of SOURCES) await cp(join(ROOT, name), join(folder, name), { recursive: true });
	await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
	await run(process.execPath, [join(ROOT, 'node_modules', 'gulp', 'bin', 'gulp.js'), 'build'], {
		cwd: folder,
	});
	const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: folder });
	const [packed] = JSON.parse(stdout) as Array<{
		integrity: string;
		filename: string;
		files: Array<{ path: string; size: number }>;
	}>;
	if (!packed) throw new Error('npm packed nothing');
	const files = await Promise.all(
		packed.files.map(async ({ path, size }) => ({
			path,
			size,
			hash: createHash('sha256')
				.update(await readFile(join(folder, path)))
				.digest('hex'),
		})),
	);
	return { folder, integrity: packed.integrity, tarball: join(folder, packed.filename), files };
}

describe('the tarball', () => {
	let first: Packed;
	let second: Packed;
	beforeAll(async () => {
		first = await buildAndPack();
		second = await buildAndPack();
	}, 180_000);
	afterAll(async () => {
		for (const packed of [first, second])
			if (packed) await rm(packed.folder, { recursive: true, force: true });
	});

	test('is the same byte for byte when built again, in another folder', () => {
		expect(second.files).toEqual(first.files);
		expect(second.integrity).toBe(first.integrity);
	});

	test('holds what n8n needs and nothing else', async () => {
		const paths = first.files.map(({ path }) => path);
		expect(paths.filter((path) => !path.startsWith('dist/')).sort()).toEqual([
			'CHANGELOG.md',
			'LICENSE',
			'README.md',
			'index.js',
			'package.json',
		]);
		expect(
			paths.filter(
				(path) => path.startsWith('dist/') && !/^dist\/(nodes|credentials)\/.+\.(js|json|svg)$/.test(path),
			),
		).toEqual([]);
		const { n8n } = (await manifest()) as { n8n: { nodes: string[]; credentials: string[] } };
		expect(paths).toEqual(
			expect.arrayContaining([
				...n8n.nodes,
				...n8n.credentials,
				...n8n.nodes.map((path) => path.replace('.js', '.json')),
			]),
		);
		// Both icons of each node and of the credential.
		expect(paths.filter((path) => path.endsWith('doorflow.svg')).length).toBe(
			paths.filter((path) => path.endsWith('doorflow.dark.svg')).length,
		);
	});

	test('is under 600 KB unpacked, without the schema files', () => {
		const size = first.files
			.filter(({ path }) => !path.includes('/__schema__/'))
			.reduce((sum, file) => sum + file.size, 0);
		expect(size).toBeLessThan(600_000);
	});

	test('is installed by the command of the README, which fetches nothing besides', async () => {
		const [command] =
			/^npm install --prefix .+$/m.exec(await readFile(join(ROOT, 'README.md'), 'utf8')) ?? [];
		expect(command).toMatch(/ ~\/\.n8n\/nodes .*"\$PWD"\/n8n-nodes-doorflow-\*\.tgz$/);
		const nodes = join(first.folder, 'home', '.n8n', 'nodes');
		// n8n-workflow, which n8n has, would bring a driver along that must be compiled for the Node of this shell.
		await run('sh', ['-c', `${command} --offline`], {
			cwd: first.folder,
			env: cleanEnvironment({ HOME: join(first.folder, 'home') }),
		});
		expect((await readdir(join(nodes, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual([
			'n8n-nodes-doorflow',
		]);
	});

	test('loads in n8n: three nodes, one credential, icons and search words', async () => {
		const loader = new PackageDirectoryLoader(first.folder);
		await loader.loadAll();
		expect(loader.packageName).toBe('n8n-nodes-doorflow');
		expect(loader.types.nodes.map(({ name }) => name).sort()).toEqual([
			'doorFlow',
			'doorFlowPollingTrigger',
			'doorFlowTrigger',
		]);
		expect(loader.types.credentials.map(({ name }) => name)).toEqual(['doorFlowOAuth2Api']);
		for (const node of loader.types.nodes) {
			const { iconUrl, codex } = node as INodeTypeDescription;
			const { light = '', dark = '' } = iconUrl as { light: string; dark: string };
			for (const icon of [light, dark])
				expect(first.files.map(({ path }) => path)).toContain(icon.replace('icons/n8n-nodes-doorflow/', ''));
			expect(codex?.categories?.length).toBeGreaterThan(0);
			expect(codex?.resources?.primaryDocumentation?.[0]?.url).toMatch(/^https:\/\//);
			expect(codex?.alias).toEqual(expect.arrayContaining(['visitor', 'door']));
		}
		expect(loader.types.nodes.find(({ name }) => name === 'doorFlow')?.codex?.alias).toEqual(
			expect.arrayContaining(['PIN', 'unlock', 'lockdown', 'card', 'access control']),
		);
	});

	async function onlyManifest(): Promise<string> {
		const folder = join(first.folder, 'manifest');
		await mkdir(folder);
		await cp(join(ROOT, 'package.json'), join(folder, 'package.json'));
		return folder;
	}

	test("passes n8n's scanner: what is shipped, and what it was built from", async () => {
		const shipped = join(first.folder, 'unpacked');
		await mkdir(shipped);
		await run('tar', ['-xzf', first.tarball, '-C', shipped, '--strip-components=1']);
		// With jest's NODE_ENV=test, n8n's rules behave as in their own tests.
		const scan = async (sources: string): Promise<string> =>
			await run(process.execPath, [join(ROOT, 'scripts', 'scan.mjs'), shipped, sources], {
				env: cleanEnvironment(),
			}).then(
				({ stdout }) => stdout.trim(),
				({ stdout }: { stdout: string }) => stdout,
			);
		expect(await scan(ROOT)).toBe('passed');
		await appendFile(join(shipped, 'index.js'), 'console.log(process.env);\n');
		// The sources are good, as was just seen: of them, the manifest is enough.
		const refused = await scan(await onlyManifest());
		expect(refused).toContain('no-console');
		expect(refused).toMatch(/failed\s*$/);
	});

	test('index.js gives the classes', () => {
		// eslint-disable-next-line @typescript-eslint/no-require-imports
		const { DoorFlow, DoorFlowTrigger, DoorFlowPollingTrigger, DoorFlowOAuth2Api } = require(
			join(first.folder, 'index.js'),
		) as Record<string, new () => { description?: { name: string }; name?: string }>;
		const name = (
			type: (new () => { description?: { name: string }; name?: string }) | undefined,
		): string | undefined => {
			const made = type ? new type() : undefined;
			return made?.description?.name ?? made?.name;
		};
		expect([DoorFlow, DoorFlowTrigger, DoorFlowPollingTrigger, DoorFlowOAuth2Api].map(name)).toEqual([
			'doorFlow',
			'doorFlowTrigger',
			'doorFlowPollingTrigger',
			'doorFlowOAuth2Api',
		]);
	});
});

describe('the sources', () => {
	test("pass n8n's own check in strict mode, with n8n's configuration unchanged", async () => {
		const { stdout } = await run('npm', ['run', '--silent', 'lint:n8n'], {
			cwd: ROOT,
			env: cleanEnvironment(),
		}).catch((error: { stdout: string }) => error);
		// eslint-disable-next-line no-control-regex -- the command colors its output whatever it is told
		expect(stdout.replace(/\x1b\[[0-9;]*m/g, '').trim()).toMatch(/^┌\s+n8n-node lint\s+v[\d.]+$/);
		expect(((await manifest()) as { n8n: { strict: boolean } }).n8n.strict).toBe(true);
		// Strict mode looks at this file alone. Another of these names would take its place unseen.
		const configs = (await readdir(ROOT)).filter((name) => name.startsWith('eslint.config.'));
		expect(configs).toEqual(['eslint.config.mjs']);
	});
});

describe('package.json', () => {
	test("is as n8n's verification asks", async () => {
		const { scripts, ...facts } = await manifest();
		expect(facts).toMatchObject({
			name: 'n8n-nodes-doorflow',
			version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
			license: 'MIT',
			keywords: expect.arrayContaining(['n8n-community-node-package']),
			homepage: expect.stringMatching(/^https:\/\//),
			author: { name: expect.stringMatching(/./), email: expect.stringMatching(/@/) },
			repository: { type: 'git', url: expect.stringMatching(/^git\+https:\/\/github\.com\/.+\.git$/) },
			files: ['dist', 'index.js', 'CHANGELOG.md'],
			engines: { node: expect.stringMatching(/^>=20/) },
			peerDependencies: { 'n8n-workflow': '*' },
			n8n: { n8nNodesApiVersion: 1, strict: true },
		});
		expect(Object.keys(facts.peerDependencies as object)).toEqual(['n8n-workflow']);
		for (const unwanted of [
			'dependencies',
			'optionalDependencies',
			'bundledDependencies',
			'bundleDependencies',
			'overrides',
			'private',
			'bin',
		])
			expect(facts).not.toHaveProperty(unwanted);
		const lifecycle =
			/^(pre|post)?(install|publish|pack|version|uninstall|shrinkwrap)$|^prepare$|^(pre|post)prepare$|^prepublishOnly$|^dependencies$/;
		expect(Object.keys(scripts as object).filter((name) => lifecycle.test(name))).toEqual([]);
	});

	test('the codex files name their node', async () => {
		const { n8n } = (await manifest()) as { n8n: { nodes: string[] } };
		for (const path of n8n.nodes) {
			const file = path.replace('dist/', '').replace('.js', '.json');
			const { node } = JSON.parse(await readFile(join(ROOT, file), 'utf8')) as { node: string };
			const base = path.split('/').at(-1)?.replace('.node.js', '') ?? '';
			expect(node).toBe(`n8n-nodes-doorflow.${base[0]?.toLowerCase()}${base.slice(1)}`);
		}
	});
});

interface Step {
	readonly name?: string;
	readonly uses?: string;
	readonly run?: string;
	readonly with?: Record<string, unknown>;
}
interface Job {
	readonly 'runs-on': string;
	readonly needs?: string;
	readonly environment?: string;
	readonly permissions?: Record<string, string>;
	readonly strategy?: { readonly matrix: Record<string, unknown[]> };
	readonly steps: Step[];
}
interface Flow {
	readonly on: Record<string, unknown>;
	readonly permissions: Record<string, string>;
	readonly jobs: Record<string, Job>;
}

describe('the workflows', () => {
	const flow = async (name: string): Promise<Flow> =>
		parse(await readFile(join(ROOT, '.github', 'workflows', name), 'utf8')) as Flow;
	const commands = ({ steps }: Job): string[] =>
		steps.flatMap(({ run: command }) => (command === undefined ? [] : [command]));

	test('each pins its actions by commit, has few rights, and calls scripts that exist', async () => {
		const { scripts } = (await manifest()) as { scripts: Record<string, string> };
		const names = await readdir(join(ROOT, '.github', 'workflows'));
		expect(names.sort()).toEqual(['ci.yml', 'publish.yml']);
		for (const name of names) {
			const text = await readFile(join(ROOT, '.github', 'workflows', name), 'utf8');
			// A tag can be moved to other code. The version beside the commit is for people and Dependabot.
			const used = [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, action]) => action);
			expect(used.length).toBeGreaterThan(0);
			for (const action of used) expect(action).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
			const { jobs, permissions } = await flow(name);
			expect(permissions).toEqual({ contents: 'read' });
			for (const job of Object.values(jobs)) {
				const called = [...commands(job), ...(job.strategy?.matrix.command ?? [])].flatMap((text) =>
					[...String(text).matchAll(/npm (?:run )?([a-z0-9:]+)/g)].map(([, script]) => script ?? ''),
				);
				for (const script of called)
					expect(['ci', 'pack', 'publish', 'view', ...Object.keys(scripts)]).toContain(script);
			}
		}
	});

	test('CI runs everything on each Node and each n8n', async () => {
		const { on, jobs } = await flow('ci.yml');
		expect(Object.keys(on)).toEqual(expect.arrayContaining(['push', 'pull_request', 'schedule']));
		expect(jobs.test?.strategy?.matrix.node).toEqual([20, 22, 24]);
		expect(commands(jobs.test as Job)).toContain('npm test');
		expect(commands(jobs.e2e as Job)).toContain('npm run test:e2e');
		expect(commands(jobs.compat as Job)).toContain('npm run test:compat');
		expect(commands(jobs.versions as Job)).toContain('npm run test:versions');
		expect(jobs.nightly?.strategy?.matrix.command).toEqual([
			'npm run test:long',
			'npm run test:visits',
			'npm run test:claims',
			'npm run test:mutation',
			'npm run test:queue',
			'npm run reliability',
		]);
	});

	test('publishing is on a tag, after the tests, with provenance', async () => {
		const { on, jobs } = await flow('publish.yml');
		expect(on).toEqual({ push: { tags: ['v*.*.*'] } });
		expect(Object.keys(jobs)).toEqual(['build', 'publish', 'scan']);
		const build = jobs.build as Job;
		expect(build.permissions).toBeUndefined();
		const order = [
			'node scripts/check-release.js "$GITHUB_REF_NAME"',
			'npm ci',
			'npm test',
			'npm run test:e2e',
			'npm run build',
		];
		expect(commands(build).filter((command) => order.includes(command))).toEqual(order);
		expect(commands(build).at(-1)).toMatch(/^npm pack\n/);
		expect(await readFile(join(ROOT, '.github', 'workflows', 'publish.yml'), 'utf8')).not.toMatch(
			/secrets\./,
		);
	});

	test('the job that may publish installs nothing, and publishes the tarball that was built', async () => {
		const { jobs } = await flow('publish.yml');
		const publish = jobs.publish as Job;
		expect([publish.needs, publish.environment]).toEqual(['build', 'npm']);
		expect(publish.permissions).toEqual({ 'id-token': 'write' });
		for (const [name, { permissions }] of Object.entries(jobs))
			if (name !== 'publish') expect(permissions ?? {}).toEqual({});
		expect(publish.steps.map(({ uses }) => uses?.split('@')[0]).filter(Boolean)).toEqual([
			'actions/download-artifact',
			'actions/setup-node',
		]);
		const tarball = 'n8n-nodes-doorflow-${GITHUB_REF_NAME#v}.tgz';
		expect(commands(publish)).toEqual([
			`echo "$SHA256  ${tarball}" | sha256sum --check`,
			`npm publish --provenance --access public --ignore-scripts "./${tarball}"`,
		]);
		for (const { steps } of Object.values(jobs)) {
			for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/setup-node@')))
				expect(step.with).toEqual({ 'node-version': 24, 'package-manager-cache': false });
		}
	});

	test.each([
		['✅ Package n8n-nodes-doorflow@1.2.3 has passed all security checks', 0],
		['❌ Package n8n-nodes-doorflow@1.2.3 has failed security checks', 1],
		['', 1],
	])("a release is red unless n8n's scanner says that all is well: %s", async (said, code) => {
		const { jobs } = await flow('publish.yml');
		const folder = await mkdtemp(join(tmpdir(), 'doorflow-scan-'));
		// Stand-ins for the registry's client and the scanner, which exits with 0 whatever it finds.
		for (const name of ['npm', 'npx'])
			await writeFile(join(folder, name), `#!/bin/sh\n${name === 'npx' ? `echo '${said}'` : 'true'}\n`, {
				mode: 0o755,
			});
		const result = await run('bash', ['-e', '-c', commands(jobs.scan as Job)[0] ?? ''], {
			cwd: folder,
			env: { ...process.env, GITHUB_REF_NAME: 'v1.2.3', PATH: `${folder}:${process.env.PATH}` },
		}).then(
			() => 0,
			(error: { code: number }) => error.code,
		);
		await rm(folder, { recursive: true });
		expect(result).toBe(code);
	});

	test('a tag that is not the version is not published', async () => {
		const { version } = (await manifest()) as { version: string };
		const check = async (tag: string): Promise<string> =>
			await run(process.execPath, [join(ROOT, 'scripts', 'check-release.js'), tag]).then(
				() => 'good',
				(error: { stderr: string }) => error.stderr,
			);
		expect(await check(`v${version}`)).toBe('good');
		expect(await check('v99.0.0')).toContain(`the tag must be v${version}`);
		expect(await check('')).toContain('The tag is ""');
	});
});
