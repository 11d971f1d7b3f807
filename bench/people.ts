import type { IDataObject, INodeExecutionData, INodeType } from 'n8n-workflow';

import { DoorFlowApi } from '../nodes/shared/api';
import { LISTS, MANY_PAGES_AT_ONCE } from '../nodes/shared/lists';
import { Engine } from '../test/engine/engine';
import { alternate, find, ms, ratio, timed, type Report, type Sample, type Size } from './measure';
import { peakWhile } from './memory';
import { startSandboxProcess, type SandboxProcess } from './sandboxProcess';
import { baseNode, httpRequestNode, loneRequest, noOpNode, sdk } from './sides';

const PEOPLE = 5000;
const DIFFERENCES = 100;
const LATENCY_MS = 40;
/** Often enough to see a page come and go. */
const LOOK_MS = 50;
/** The slow sides do this part of the work; their time is scaled, and the table says so. */
const PART = 250;
const SCALE = PEOPLE / PART;

interface Listed {
	readonly email: string;
	readonly first: string;
	readonly last: string;
	readonly department: string;
}

type Nodes = Parameters<Engine['chain']>[0];

const asItems = (list: readonly Listed[]): INodeExecutionData[] =>
	list.map((json) => ({ json: { ...json } }));

/** Everybody in the sandbox, by pages. */
async function everybody(engine: Engine): Promise<IDataObject[]> {
	const all: IDataObject[] = [];
	for (let page = 1; all.length < PEOPLE; page++) {
		const answer = await fetch(`${engine.sandbox.url}/api/3/people?per_page=100&page=${page}`, {
			headers: { Authorization: `Bearer ${engine.tokens.access_token}` },
		});
		all.push(...((await answer.json()) as IDataObject[]));
	}
	return all;
}

/** The list that says what is there already. */
const sameList = (people: readonly IDataObject[]): Listed[] =>
	people.map((person) => ({
		email: String(person.email),
		first: String(person.first_name),
		last: String(person.last_name),
		department: String(person.department ?? ''),
	}));

/** The same with another department for some, spread over it; `round` so that it differs from the last one. */
const changedList = (list: readonly Listed[], round: number): Listed[] =>
	list.map((one, index) =>
		index % (PEOPLE / DIFFERENCES) === 0 ? { ...one, department: `Department ${round}` } : one,
	);

const requestsOf = (counted: Awaited<ReturnType<SandboxProcess['since']>>): Record<string, number> => ({
	reads: counted.filter(({ method }) => method === 'GET').length,
	writes: counted.filter(({ method, path }) => method !== 'GET' && !path.endsWith('/sync')).length,
	syncs: counted.filter(({ path }) => path.endsWith('/sync')).length,
});

/** Sync From List for a whole list. */
async function ours(engine: Engine, sandbox: SandboxProcess, list: readonly Listed[]): Promise<Sample> {
	const nodes = [
		{
			name: 'List',
			type: 'n8n-nodes-doorflow.doorFlow',
			typeVersion: 1,
			parameters: {
				resource: 'person',
				operation: 'syncFromList',
				matchBy: 'email',
				email: '={{ $json.email }}',
				firstName: '={{ $json.first }}',
				lastName: '={{ $json.last }}',
				additionalFields: { department: '={{ $json.department }}' },
				dryRun: false,
			},
		},
	] as unknown as Nodes;
	const items = asItems(list);
	const from = await sandbox.count();
	let result: Awaited<ReturnType<Engine['chain']>> | undefined;
	const milliseconds = await timed(async () => (result = await engine.chain(nodes, items, {})));
	if (result?.error) throw result.error as Error;
	return { milliseconds, figures: requestsOf(await sandbox.since(from)) };
}

/** Reading everybody, with the node that reads lists. */
async function reading(engine: Engine): Promise<Sample> {
	const nodes = [
		{
			name: 'People',
			type: 'n8n-nodes-doorflow.doorFlow',
			typeVersion: 1,
			parameters: { resource: 'person', operation: 'getAll', returnAll: true },
		},
	] as unknown as Nodes;
	return { milliseconds: await timed(async () => await engine.chain(nodes, [{ json: {} }], {})) };
}

const PAGES = 'bench.pages';

/** Reads everybody as Sync From List does, ten pages at a time, and does nothing with them. */
const pagesNode: INodeType = {
	description: {
		name: PAGES,
		displayName: 'Pages',
		group: ['transform'],
		version: 1,
		description: '',
		defaults: { name: 'Pages' },
		inputs: ['main'],
		outputs: ['main'],
		credentials: [{ name: 'doorFlowOAuth2Api', required: true }],
		properties: [],
	},
	async execute() {
		const people = await new DoorFlowApi(this).list(LISTS.people, { pagesAtOnce: MANY_PAGES_AT_ONCE });
		if (people.length !== PEOPLE) throw new Error(`${people.length} people came`);
		return [[{ json: {} }]];
	},
};

/** Reading the pages, and nothing else. */
async function pagesAlone(engine: Engine): Promise<Sample> {
	const nodes = [{ name: 'Pages', type: PAGES, typeVersion: 1, parameters: {} }] as unknown as Nodes;
	let result: Awaited<ReturnType<Engine['chain']>> | undefined;
	const milliseconds = await timed(
		async () => (result = await engine.chain(nodes, [{ json: {} }], { [PAGES]: pagesNode })),
	);
	if (result?.error) throw result.error as Error;
	return { milliseconds };
}

const AUTHENTICATION = {
	authentication: 'predefinedCredentialType',
	nodeCredentialType: 'doorFlowOAuth2Api',
};

const batches = (atOnce: number, interval: number) => ({
	batching: { batch: { batchSize: atOnce, batchInterval: interval } },
});

/** As one builds it: look each person up by e-mail address, compare, update. */
async function byHand(
	engine: Engine,
	types: Readonly<Record<string, INodeType>>,
	list: readonly Listed[],
	interval: number,
): Promise<Sample> {
	const options = batches(5, interval);
	const { url } = engine.sandbox;
	const nodes = [
		{ name: 'List', type: 'n8n-nodes-base.noOp', typeVersion: 1, parameters: {} },
		{
			name: 'Find',
			type: 'n8n-nodes-base.httpRequest',
			typeVersion: 4.2,
			parameters: {
				...AUTHENTICATION,
				url: `=${url}/api/3/people?email={{ encodeURIComponent($json.email) }}`,
				options,
			},
		},
		{
			name: 'Differs',
			type: 'n8n-nodes-base.if',
			typeVersion: 2.2,
			parameters: {
				conditions: {
					options: { caseSensitive: true, leftValue: '', typeValidation: 'loose', version: 2 },
					combinator: 'and',
					conditions: [
						{
							id: '1',
							leftValue: "={{ $json.department || '' }}",
							rightValue: "={{ $('List').item.json.department }}",
							operator: { type: 'string', operation: 'notEquals' },
						},
					],
				},
				looseTypeValidation: true,
				options: {},
			},
		},
		{
			name: 'Update',
			type: 'n8n-nodes-base.httpRequest',
			typeVersion: 4.2,
			parameters: {
				...AUTHENTICATION,
				method: 'PUT',
				url: `=${url}/api/3/people/{{ $json.id }}`,
				sendBody: true,
				specifyBody: 'json',
				jsonBody: "={{ { department: $('List').item.json.department } }}",
				options,
			},
		},
	] as unknown as Nodes;
	let result: Awaited<ReturnType<Engine['chain']>> | undefined;
	const milliseconds = await timed(
		async () => (result = await engine.chain(nodes, asItems(list), { ...types })),
	);
	if (result?.error) throw result.error as Error;
	const wanted = list.length / (PEOPLE / DIFFERENCES);
	if (result?.items.length !== wanted)
		throw new Error(`${result?.items.length} updates instead of ${wanted}`);
	return { milliseconds: milliseconds * SCALE };
}

/** The same with the official SDK in a loop. */
async function withSdk(engine: Engine, list: readonly Listed[]): Promise<Sample> {
	const doorflow = sdk(engine);
	const milliseconds = await timed(async () => {
		for (const { email, department } of list) {
			const [person] = await doorflow.people.listPeople({ email } as never);
			if ((person?.department ?? '') === department) continue;
			await doorflow.people.updatePerson({ id: person?.id, personInput: { department } } as never);
		}
	});
	return { milliseconds: milliseconds * SCALE };
}

/** HTTP Request starts a batch after a fixed time, in whole milliseconds, not when the last one is answered. */
const roundTrip = async (engine: Engine): Promise<number> => Math.ceil(await loneRequest(engine));

async function slowTypes(): Promise<Record<string, INodeType>> {
	return {
		'n8n-nodes-base.httpRequest': await httpRequestNode(),
		'n8n-nodes-base.if': await baseNode('If/If.node.js', 'If', 2.2),
		'n8n-nodes-base.noOp': await noOpNode(),
	};
}

export async function syncList({ runs }: Size): Promise<Report> {
	const sandbox = await startSandboxProcess();
	try {
		await sandbox.config({ seedPeople: PEOPLE, latencyMs: LATENCY_MS, syncLimitSeconds: 0 });
		const engine = await Engine.at(sandbox.url);
		const types = await slowTypes();
		const interval = await roundTrip(engine);
		let list = sameList(await everybody(engine));
		let round = 0;
		const part = (): Listed[] => changedList(list, ++round).slice(0, PART);
		// Once before, so that everything is compiled.
		await ours(engine, sandbox, list);
		const measured = await alternate(
			'syncList',
			{
				'Sync From List': async () => {
					list = changedList(list, ++round);
					return await ours(engine, sandbox, list);
				},
				'the same list again': async () => await ours(engine, sandbox, list),
				'Get Many alone': async () => await reading(engine),
				'the pages alone, ten at a time': async () => await pagesAlone(engine),
				'by hand: HTTP Request by e-mail, If, HTTP Request, 5 a round trip': async () =>
					await byHand(engine, types, part(), interval),
				'official SDK in a loop': async () => await withSdk(engine, part()),
			},
			runs,
		);
		const own = find(measured, 'Sync From List');
		const again = find(measured, 'the same list again');
		const alone = find(measured, 'Get Many alone');
		const pages = find(measured, 'the pages alone, ten at a time');
		const hand = find(measured, 'by hand: HTTP Request by e-mail, If, HTTP Request, 5 a round trip');
		const loop = find(measured, 'official SDK in a loop');
		const total = (own.figures.reads ?? 0) + (own.figures.writes ?? 0) + (own.figures.syncs ?? 0);
		return {
			name: 'syncList',
			about: `a list of ${PEOPLE.toLocaleString('en')} people, ${DIFFERENCES} of them with another department, ${LATENCY_MS} ms latency. By hand and SDK: ${PART} people measured, times ${SCALE}`,
			measured,
			heads: ['', 'median', '÷ Sync From List', 'reads', 'writes', 'syncs'],
			rows: measured.map((one) => [
				one.side,
				ms(one.medianMs),
				ratio(one.medianMs / own.medianMs),
				...['reads', 'writes', 'syncs'].map((name) => String(one.figures[name] ?? '')),
			]),
			verdicts: [
				{
					aim: '≥ 20 × faster than by hand',
					measured: ratio(hand.medianMs / own.medianMs),
					met: hand.medianMs >= 20 * own.medianMs,
				},
				{
					aim: '≥ 20 × faster than the SDK loop',
					measured: ratio(loop.medianMs / own.medianMs),
					met: loop.medianMs >= 20 * own.medianMs,
				},
				{
					aim: 'requests ≤ 50 pages + 100 writes + 1 sync',
					measured: String(total),
					met: total <= PEOPLE / 100 + DIFFERENCES + 1,
				},
				{
					aim: 'the same list again: 0 writes',
					measured: String((again.figures.writes ?? 0) + (again.figures.syncs ?? 0)),
					met: again.samples.every(({ figures }) => figures?.writes === 0 && figures.syncs === 0),
				},
				{
					aim: 'the same list again: ≤ 1.1 × the time of reading the pages with Get Many',
					measured: ratio(again.medianMs / alone.medianMs),
					met: again.medianMs <= 1.1 * alone.medianMs,
				},
				{
					aim: 'the same list again: ≤ 1.1 × the time of reading the pages ten at a time, as it does itself',
					measured: ratio(again.medianMs / pages.medianMs),
					met: again.medianMs <= 1.1 * pages.medianMs,
				},
			],
		};
	} finally {
		await sandbox.stop();
	}
}

const REVIEW = [
	{
		name: 'Review',
		type: 'n8n-nodes-doorflow.doorFlow',
		typeVersion: 1,
		parameters: { resource: 'person', operation: 'getAccess', scope: 'all', returnAll: true },
	},
] as unknown as Nodes;

/** How many people an access review is of, to see how its memory grows. */
const REVIEWED = [1000, PEOPLE, 20_000];

interface Peak {
	readonly people: number;
	/** Megabytes in use at most. */
	readonly peak: number;
	/** Of it, what n8n holds at the end: the result. */
	readonly kept: number;
}

/** What an access review takes at most, by the number of people. */
async function reviewPeaks(): Promise<Peak[]> {
	const sandbox = await startSandboxProcess();
	try {
		const engine = await Engine.at(sandbox.url);
		const peaks: Peak[] = [];
		for (const people of REVIEWED) {
			await sandbox.config({ seedPeople: people, seedEvents: 2 * people, latencyMs: LATENCY_MS });
			const review = async () => await engine.chain(REVIEW, [{ json: {} }], {});
			// Once before, so that everything is compiled.
			if (peaks.length === 0) await review();
			const { peak, kept, result } = await peakWhile(review, LOOK_MS);
			if (result.error) throw result.error as Error;
			if (result.items.length !== people) throw new Error(`${result.items.length} items came`);
			peaks.push({ people, peak, kept });
			console.log(`  … Get Access of ${people} people: ${peak.toFixed(1)} MB, result ${kept.toFixed(1)} MB`);
		}
		return peaks;
	} finally {
		await sandbox.stop();
	}
}

const megabytes = (value: number): string => `${value.toFixed(1)} MB`;

export async function accessReview({ runs }: Size): Promise<Report> {
	const peaks = await reviewPeaks();
	const sandbox = await startSandboxProcess();
	try {
		await sandbox.config({ seedPeople: PEOPLE, seedEvents: 2 * PEOPLE, latencyMs: LATENCY_MS });
		const engine = await Engine.at(sandbox.url);
		const types = await slowTypes();
		const interval = await roundTrip(engine);
		const people = await everybody(engine);
		const { url } = engine.sandbox;
		const get = (name: string, path: string) => ({
			name,
			type: 'n8n-nodes-base.httpRequest',
			typeVersion: 4.2,
			alwaysOutputData: true,
			parameters: {
				...AUTHENTICATION,
				url: `=${url}${path}`,
				options: { ...batches(5, interval), response: { response: { fullResponse: true } } },
			},
		});
		const loop = [
			{ name: 'List', type: 'n8n-nodes-base.noOp', typeVersion: 1, parameters: {} },
			get('Credentials', "/api/3/people/{{ $('List').item.json.id }}/credentials"),
			get(
				'Last event',
				"/api/3/events?n=1&first_name={{ $('List').item.json.first_name }}&last_name={{ encodeURIComponent($('List').item.json.last_name) }}",
			),
		] as unknown as Nodes;
		const chain = async (nodes: Nodes, items: INodeExecutionData[], expected: number): Promise<number> => {
			let result: Awaited<ReturnType<Engine['chain']>> | undefined;
			const milliseconds = await timed(async () => (result = await engine.chain(nodes, items, types)));
			if (result?.error) throw result.error as Error;
			if (result?.items.length !== expected) throw new Error(`${result?.items.length} items came`);
			return milliseconds;
		};
		const part = people.slice(0, PART).map((json) => ({ json }));
		const { peak: loopPeak } = await peakWhile(async () => await chain(loop, part, PART), LOOK_MS);
		const measured = await alternate(
			'accessReview',
			{
				'Get Access, Everybody': async () => {
					const from = await sandbox.count();
					const milliseconds = await chain(REVIEW, [{ json: {} }], PEOPLE);
					return { milliseconds, figures: requestsOf(await sandbox.since(from)) };
				},
				'HTTP Request for each person (credentials, last event), 5 a round trip': async () => ({
					milliseconds: (await chain(loop, part, PART)) * SCALE,
				}),
			},
			runs,
		);
		const own = find(measured, 'Get Access, Everybody');
		const other = find(measured, 'HTTP Request for each person (credentials, last event), 5 a round trip');
		const [few, , many] = peaks as [Peak, Peak, Peak];
		const growth = (many.peak / few.peak) * (few.people / many.people);
		const most = Math.max(...peaks.map(({ peak, kept }) => peak / kept));
		return {
			name: 'accessReview',
			about: `${PEOPLE.toLocaleString('en')} people and ${(2 * PEOPLE).toLocaleString('en')} events, ${LATENCY_MS} ms latency. The loop: ${PART} people measured, times ${SCALE}, without bookings, names and flags`,
			measured,
			heads: ['', 'median', '÷ Get Access', 'requests', 'peak memory'],
			rows: [
				...measured.map((one) => [
					one.side,
					ms(one.medianMs),
					ratio(one.medianMs / own.medianMs),
					String(one.figures.reads ?? 2 * PEOPLE),
					megabytes(
						one === own
							? (peaks.find(({ people: count }) => count === PEOPLE)?.peak ?? NaN)
							: loopPeak * SCALE,
					),
				]),
				...peaks.map(({ people: count, peak, kept }) => [
					`Get Access, ${count.toLocaleString('en')} people`,
					'',
					'',
					'',
					`${megabytes(peak)}, ${ratio(peak / kept)} its result`,
				]),
			],
			verdicts: [
				{
					aim: '≥ 20 × faster than a loop of HTTP Requests',
					measured: ratio(other.medianMs / own.medianMs),
					met: other.medianMs >= 20 * own.medianMs,
				},
				{
					aim: 'peak memory grows no faster than the number of people, from 1,000 to 20,000',
					measured: ratio(growth),
					met: growth <= 1.1,
				},
				{ aim: 'peak memory ≤ 1.5 × the result', measured: ratio(most), met: most <= 1.5 },
			],
		};
	} finally {
		await sandbox.stop();
	}
}
