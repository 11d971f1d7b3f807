import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { INodeParameters } from 'n8n-workflow';

import type { Config } from '../../sandbox/config';
import { LONG, times } from '../times';
import { breakOffWhenSilent } from './breakOff';
import { Engine, type Result } from './engine';

jest.mock('../../nodes/shared/retryPolicy', () => jest.requireActual<object>('./quickRetries'));

/**
 * Who comes: somebody new for groups, somebody new for doors on two days, a visitor on record with an old card, one who
 * has another visit open, an employee for whom only bookings are made.
 */
const KINDS = ['new, groups', 'new, doors', 'returning', 'another visit open', 'standing'] as const;
type Kind = (typeof KINDS)[number];

const nextYear = new Date().getUTCFullYear() + 1;
const OLD_CARD = '70010001';
const CARD = { issue: 'card', credentialTypeId: { __rl: true, mode: 'id', value: '32' }, value: '70010002' };

function visit(kind: Kind, more: INodeParameters = {}): INodeParameters {
	return {
		resource: 'visitor',
		operation: 'checkIn',
		matchBy: 'systemId',
		systemId: 'vera',
		firstName: 'Vera',
		lastName: 'Guest',
		...(kind === 'new, doors'
			? {
					accessBy: 'doors',
					channelIds: ['1340', '1341'],
					startTime: `${nextYear}-01-10T22:00:00Z`,
					endTime: `${nextYear}-01-11T02:00:00Z`,
				}
			: { accessBy: 'groups', groupIds: ['2'], endTime: `${nextYear}-01-10T17:00:00Z` }),
		...(kind === 'returning' ? CARD : { issue: 'pin' }),
		...(kind === 'standing' ? { ifStanding: 'bookOnly' } : {}),
		...more,
	};
}

/** What is read of the account before anything is done. */
const FACTS = ['GET /api/3/account', 'GET /api/3/credential_types'];
const LOOK = 'GET /api/3/people\\?';

/** The requests of a check-in, in their order. */
const STEPS: Record<Kind, string[]> = {
	'new, groups': [
		...FACTS,
		'GET /api/3/groups',
		LOOK,
		'POST /api/3/people$',
		'POST /api/3/group_reservations',
		'POST /api/3/people/\\d+/credentials',
		'POST /api/3/sync',
	],
	'new, doors': [
		...FACTS,
		'GET /api/3/channels',
		LOOK,
		'POST /api/3/people$',
		'POST /api/3/reservations',
		'POST /api/3/people/\\d+/credentials',
		'POST /api/3/sync',
	],
	returning: [
		'GET /api/3/account',
		'GET /api/3/groups',
		LOOK,
		'GET /api/3/people/\\d+/credentials',
		'GET /api/3/group_reservations',
		'PUT /api/3/people/\\d+$',
		'POST /api/3/group_reservations',
		'PUT /api/3/people/\\d+/credentials',
		'POST /api/3/sync',
	],
	'another visit open': [
		...FACTS,
		'GET /api/3/groups',
		LOOK,
		'GET /api/3/people/\\d+/credentials',
		'GET /api/3/group_reservations',
		'PUT /api/3/people/\\d+$',
		'POST /api/3/group_reservations',
		'POST /api/3/sync',
	],
	standing: [
		...FACTS,
		'GET /api/3/groups',
		LOOK,
		'GET /api/3/people/\\d+/credentials',
		'GET /api/3/group_reservations',
		'POST /api/3/group_reservations',
		'POST /api/3/sync',
	],
};

/** `npm test` lets only what changes something fail. */
const tried = (kind: Kind): string[] => STEPS[kind].filter((step) => LONG || !step.startsWith('GET'));

const houses: Engine[] = [];
afterAll(async () => void (await Promise.all(houses.map(async (engine) => await engine.stop()))));

async function house(kind: Kind, config: Partial<Config> = {}): Promise<Engine> {
	const engine = await Engine.start({ config: { syncLimitSeconds: 0, ...config } });
	houses.push(engine);
	const { store } = engine.sandbox;
	const known = { first_name: 'Vera', last_name: 'Before', system_id: 'vera' };
	if (kind === 'returning') {
		const ended = { valid_to: `${nextYear - 2}-01-10T14:00:00Z` };
		store.addCredential(store.addPerson({ ...known, ...ended, job_title: 'Visitor' }).id, 32, OLD_CARD);
	}
	if (kind === 'another visit open') {
		const bound = { valid_to: `${nextYear}-01-06T14:00:00Z` };
		const { id } = store.addPerson({ ...known, ...bound, job_title: 'Visitor' });
		store.addCredential(id, 31, '4711');
		const times = { start_time: `${nextYear}-01-05T09:00:00Z`, end_time: `${nextYear}-01-05T17:00:00Z` };
		store.bookings.bookGroups({ person_id: id, ...times, group_ids: [3] });
	}
	if (kind === 'standing') store.addCredential(store.addPerson({ ...known, groups: [4] }).id, 32, OLD_CARD);
	return engine;
}

/** Everything a visit could leave behind, ids and times of writing aside. */
function holdings({ sandbox: { store } }: Engine): unknown {
	const bare = (row: object): object => ({
		...row,
		id: 0,
		person_id: 0,
		created_at: '',
		updated_at: '',
		changedAt: 0,
		start_time: 0,
		...('value' in row && String(row.value).length < 8 ? { value: 'a PIN' } : {}),
	});
	return {
		people: [...store.people.values()].map(bare),
		credentials: [...store.credentials.values()].map(bare),
		reservations: [...store.reservations.values()].map(bare),
		groupReservations: [...store.groupReservations.values()].map(bare),
	};
}

/** What is there without and with the visit. */
async function expected(kind: Kind): Promise<{ nothing: unknown; complete: unknown }> {
	const engine = await house(kind);
	const nothing = holdings(engine);
	const { error } = await engine.run(visit(kind));
	const complete = holdings(engine);
	if (error) throw new Error(error.message);
	return { nothing, complete };
}

/** The next request that matches, in that state of its life. */
const next = async ({ sandbox }: Engine, event: 'arrived' | 'silent', step: string): Promise<void> =>
	await new Promise<void>((done) => {
		const listener = (request: string): void => {
			if (!new RegExp(step).test(request)) return;
			sandbox.store.shared.news.off(event, listener);
			done();
		};
		sandbox.store.shared.news.on(event, listener);
	});

async function unanswered(engine: Engine, silence: Partial<Config>, kind: Kind): Promise<Result> {
	await engine.control('config', silence);
	breakOffWhenSilent(engine.sandbox);
	return await engine.run(visit(kind));
}

/** How a step fails. */
const FAULTS: Record<string, (engine: Engine, step: string, kind: Kind) => Promise<Result>> = {
	'is answered with 500': async (engine, failurePath, kind) => {
		await engine.control('config', { failurePath, failureStatus: 500 });
		return await engine.run(visit(kind));
	},
	'is answered with 422': async (engine, failurePath, kind) => {
		await engine.control('config', { failurePath, failureStatus: 422 });
		return await engine.run(visit(kind));
	},
	'gets no answer and is not carried out': async (engine, silentPath, kind) => {
		return await unanswered(engine, { silentPath, silentWrite: 'never' }, kind);
	},
	'gets no answer though it is carried out': async (engine, silentPath, kind) => {
		return await unanswered(engine, { silentPath, silentWrite: 'before' }, kind);
	},
	'gets no answer and is carried out after n8n gave up': async (engine, silentPath, kind) => {
		return await unanswered(engine, { silentPath, silentWrite: 'after' }, kind);
	},
	'is under way when the execution is cancelled': async (engine, step, kind) => {
		await engine.control('config', { latencyMs: 40 });
		return await engine.run(visit(kind), { cancelWhen: next(engine, 'arrived', step) });
	},
};

describe.each(KINDS)(
	'a visit of somebody %s: afterwards it is complete or nothing is there, when',
	(kind) => {
		interface Outcome {
			result: Result;
			there: unknown;
			wanted: { nothing: unknown; complete: unknown };
			syncs: number;
		}
		const outcomes = new Map<string, Outcome>();
		// All at once: what takes time is waiting.
		beforeAll(async () => {
			const wanted = await expected(kind);
			await Promise.all(
				tried(kind).flatMap((step) =>
					Object.entries(FAULTS).map(async ([name, fail]) => {
						const engine = await house(kind);
						const result = await fail(engine, step, kind);
						const syncs = engine.sandbox.store.requests.filter(
							({ path, status }) => path === '/api/3/sync' && status === 200,
						).length;
						outcomes.set(`${step} ${name}`, { result, there: holdings(engine), wanted, syncs });
					}),
				),
			);
		});

		const of = (step: string, fault: string): Outcome => {
			const outcome = outcomes.get(`${step} ${fault}`);
			if (!outcome) throw new Error('It was not run');
			return outcome;
		};

		describe.each(tried(kind))('%s', (step) => {
			const isSync = step.endsWith('/sync');
			test.each(['is answered with 500', 'is answered with 422'])('%s', (fault) => {
				const { result, there, wanted } = of(step, fault);
				expect(there).toEqual(isSync ? wanted.complete : wanted.nothing);
				if (isSync)
					expect([result.error, result.hints.at(-1)]).toEqual([
						undefined,
						expect.stringContaining('saved in DoorFlow but not yet on the doors'),
					]);
				else expect(result.error?.message).toBeTruthy();
				// With every PUT refused, it can only be said that the record may have been changed.
				if (STEPS[kind].indexOf(step) >= STEPS[kind].indexOf(LOOK) && !isSync)
					expect(result.error?.description).toMatch(
						step.startsWith('PUT')
							? /Undone: |Nothing had been changed before|LEFT BEHIND/
							: /Undone: |Nothing had been changed before/,
					);
			});

			test.each([
				'gets no answer and is not carried out',
				'gets no answer though it is carried out',
				'gets no answer and is carried out after n8n gave up',
			])('%s', (fault) => {
				const { result, there, wanted } = of(step, fault);
				// It fails and nothing is there, or what was done unheard is found and the visit goes on.
				expect(there).toEqual(result.error ? wanted.nothing : wanted.complete);
				if (step.startsWith('POST') && !isSync)
					expect(result.error === undefined).toBe(fault !== 'gets no answer and is not carried out');
				if (isSync) expect(result.error).toBeUndefined();
			});

			test('is under way when the execution is cancelled', () => {
				const { there, wanted, syncs } = of(step, 'is under way when the execution is cancelled');
				const last = STEPS[kind].indexOf(step) >= STEPS[kind].length - 2;
				// With the last write under way, the visit is complete; only its sync is not sent any more.
				expect(there).toEqual(last ? wanted.complete : wanted.nothing);
				if (!isSync) expect(syncs).toBe(0);
			});
		});
	},
);

describe('a check-in whose process is killed is completed by the next run of the same', () => {
	const kind: Kind = 'new, groups';
	const MOMENTS = STEPS[kind].slice(STEPS[kind].indexOf(LOOK)).flatMap((step) =>
		step.startsWith('POST')
			? [
					[step, 'never'],
					[step, 'before'],
				]
			: [[step, 'never']],
	) as Array<[string, Config['silentWrite']]>;

	test('killed at each step (in npm test: the last ones), before and after it was carried out', async () => {
		const { complete } = await expected(kind);
		const ended: unknown[] = [];
		const moments = MOMENTS.slice(-times(3, MOMENTS.length));
		const queue = [...moments];
		const worker = async (): Promise<void> => {
			for (let moment = queue.shift(); moment; moment = queue.shift()) {
				const [silentPath, silentWrite] = moment;
				const engine = await house(kind, { silentPath, silentWrite });
				const reached = next(engine, 'silent', silentPath);
				const child = spawn(
					process.execPath,
					[
						'--import',
						'tsx',
						join(__dirname, 'checkInProcess.ts'),
						engine.sandbox.url,
						JSON.stringify(visit(kind)),
					],
					{ stdio: 'ignore' },
				);
				const closed = new Promise<unknown>(
					(done) => void child.once('close', (_code, signal) => done(signal)),
				);
				await Promise.race([
					reached,
					closed.then(() => Promise.reject(new Error(`It ended before it was killed at ${silentPath}`))),
				]);
				child.kill('SIGKILL');
				const signal = await closed;
				await engine.control('config', { silentPath: '' });
				const { error, items } = await engine.run(visit(kind));
				const opens = (await engine.control('present', { channelId: 1340, value: items[0]?.pin })).event_code;
				ended.push({
					moment,
					signal,
					error,
					opens,
					synced: !engine.sandbox.store.unsynced,
					there: holdings(engine),
				});
			}
		};
		await Promise.all([worker(), worker()]);
		expect(ended).toHaveLength(moments.length);
		for (const one of ended)
			expect(one).toMatchObject({
				signal: 'SIGKILL',
				error: undefined,
				opens: 11,
				synced: true,
				there: complete,
			});
	});
});
