import { Engine } from '../test/engine/engine';
import { alternate, find, ms, ratio, timed, type Report, type Sample, type Size } from './measure';
import { live, peakWhile } from './memory';
import { startSandboxProcess, type SandboxProcess } from './sandboxProcess';
import { httpRequestNode, sdk } from './sides';

const PER_PAGE = 100;
const LATENCY_MS = 10;

export async function list({ runs, people: total }: Size): Promise<Report> {
	const sandbox = await startSandboxProcess();
	try {
		await sandbox.config({ seedPeople: total, latencyMs: LATENCY_MS });
		const engine = await Engine.at(sandbox.url);
		const http = await httpRequestNode();
		const ours = async (): Promise<Sample> => {
			let count = 0;
			const milliseconds = await timed(async () => (count = (await getMany(engine)).length));
			return { milliseconds, figures: { people: count } };
		};
		const memory = await peakMemory(engine, sandbox, total);
		const measured = await alternate(
			'list',
			{
				'Get Many, Return All': ours,
				'HTTP Request, pagination': async () => {
					const nodes = [
						{
							name: 'People',
							type: 'n8n-nodes-base.httpRequest',
							typeVersion: 4.2,
							parameters: {
								url: `${sandbox.url}/api/3/people?per_page=${PER_PAGE}`,
								authentication: 'predefinedCredentialType',
								nodeCredentialType: 'doorFlowOAuth2Api',
								options: {
									pagination: {
										pagination: {
											paginationMode: 'updateAParameterInEachRequest',
											parameters: {
												parameters: [{ type: 'qs', name: 'page', value: '={{ $pageCount + 1 }}' }],
											},
											paginationCompleteWhen: 'other',
											completeExpression: `={{ $response.body.length < ${PER_PAGE} }}`,
											limitPagesFetched: false,
										},
									},
								},
							},
						},
					] as never;
					let count = 0;
					const milliseconds = await timed(
						async () =>
							(count = (await engine.chain(nodes, [{ json: {} }], { 'n8n-nodes-base.httpRequest': http }))
								.items.length),
					);
					return { milliseconds, figures: { people: count } };
				},
				'official SDK, page by page': async () => {
					const doorflow = sdk(engine);
					let count = 0;
					const milliseconds = await timed(async () => {
						for (let page = 1; ; page++) {
							const people = await doorflow.people.listPeople({ page, perPage: PER_PAGE } as never);
							count += people.length;
							if (people.length < PER_PAGE) break;
						}
					});
					return { milliseconds, figures: { people: count } };
				},
			},
			runs,
		);
		const own = find(measured, 'Get Many, Return All');
		const other = find(measured, 'HTTP Request, pagination');
		const loop = find(measured, 'official SDK, page by page');
		return {
			name: 'list',
			about: `${total.toLocaleString('en')} people, ${PER_PAGE} a page, ${LATENCY_MS} ms latency`,
			measured,
			heads: ['', 'median', '÷ Get Many', 'people'],
			rows: [
				...measured.map((one) => [
					one.side,
					ms(one.medianMs),
					ratio(one.medianMs / own.medianMs),
					String(one.figures.people),
				]),
				[
					'peak memory',
					`${memory.peak.toFixed(0)} MB`,
					`${ratio(memory.peak / memory.parsed)} the parsed result (${memory.parsed.toFixed(0)} MB)`,
					'',
				],
			],
			verdicts: [
				{
					aim: '≥ 3 × faster than HTTP Request pagination',
					measured: ratio(other.medianMs / own.medianMs),
					met: other.medianMs >= 3 * own.medianMs,
				},
				{
					aim: '≥ 3 × faster than SDK pages',
					measured: ratio(loop.medianMs / own.medianMs),
					met: loop.medianMs >= 3 * own.medianMs,
				},
				{
					aim: 'peak memory ≤ 1.5 × the parsed result',
					measured: ratio(memory.peak / memory.parsed),
					met: memory.peak <= 1.5 * memory.parsed,
				},
			],
		};
	} finally {
		await sandbox.stop();
	}
}

async function getMany(engine: Engine): Promise<unknown[]> {
	const nodes = [
		{
			name: 'People',
			type: 'n8n-nodes-doorflow.doorFlow',
			typeVersion: 1,
			parameters: { resource: 'person', operation: 'getAll', returnAll: true },
		},
	] as never;
	const { items, error } = await engine.chain(nodes, [{ json: {} }], {});
	if (error) throw error;
	return items;
}

/** What is in use at most while the list is read, beyond what was before, and what the bare parsed list takes. */
async function peakMemory(
	engine: Engine,
	sandbox: SandboxProcess,
	total: number,
): Promise<{ peak: number; parsed: number }> {
	const parsed = await parsedSize(engine, sandbox, total);
	const { peak, result: items } = await peakWhile(async () => await getMany(engine));
	if (items.length !== total) throw new Error(`${items.length} people came`);
	return { peak, parsed };
}

/** Before anything else is kept: what is freed meanwhile would count as less than nothing. */
async function parsedSize(engine: Engine, sandbox: SandboxProcess, total: number): Promise<number> {
	const before = live();
	const parsed: unknown[] = [];
	for (let page = 1; page <= total / PER_PAGE; page++) {
		const answer = await fetch(`${sandbox.url}/api/3/people?per_page=${PER_PAGE}&page=${page}`, {
			headers: { Authorization: `Bearer ${engine.tokens.access_token}` },
		});
		parsed.push(...((await answer.json()) as unknown[]));
	}
	const size = live() - before;
	if (parsed.length !== total) throw new Error(`${parsed.length} people came`);
	return size;
}
