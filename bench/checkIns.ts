import type { INodeExecutionData, INodeType } from 'n8n-workflow';

import { Engine } from '../test/engine/engine';
import { alternate, find, ms, ratio, timed, type Report, type Sample, type Size } from './measure';
import { startSandboxProcess } from './sandboxProcess';
import {
	chained,
	DRAWN_PIN,
	httpNode,
	httpPost,
	httpRequestNode,
	loneRequest,
	noOpNode,
	sdk,
	visitors,
	type Batching,
} from './sides';

const LATENCY_MS = 40;
const AT_ONCE = 5;
/** Look, create, book, issue. */
const REQUESTS = 4;
const GROUP = 2;
const PIN_TYPE = 31;
const HOURS_MS = 8 * 3_600_000;
/** One after the other, a part tells the time of all. */
const SDK_PART = 100;

const NODE = 'Check In, 5 at a time (default)';
const HTTP = 'HTTP Request nodes, 5 a round trip';
const SDK = 'official SDK in a loop';

/** One node does it all. */
async function withCheckIn(engine: Engine, guests: INodeExecutionData[], end: Date): Promise<Sample> {
	const parameters = {
		resource: 'visitor',
		operation: 'checkIn',
		matchBy: 'systemId',
		systemId: '={{ $json.email }}',
		firstName: '={{ $json.first }}',
		lastName: '={{ $json.last }}',
		accessBy: 'groups',
		groupIds: [String(GROUP)],
		endTime: end.toISOString(),
		issue: 'pin',
		options: { concurrency: AT_ONCE, syncAfter: false, waitForSync: false },
	};
	const node = { name: 'Check In', type: 'n8n-nodes-doorflow.doorFlow', typeVersion: 1, parameters };
	return await chained(engine, [node], guests, {});
}

/** A node a request, as somebody builds it who does not know this package. */
async function withHttpRequests(
	engine: Engine,
	types: Readonly<Record<string, INodeType>>,
	guests: INodeExecutionData[],
	end: Date,
	batching: Batching,
): Promise<Sample> {
	const api = `${engine.sandbox.url}/api/3`;
	const nodes = [
		{ name: 'Guests', type: 'n8n-nodes-base.noOp', typeVersion: 1, parameters: {} },
		httpNode('Look', batching, {
			url: `=${api}/people?system_id={{ $json.email }}`,
			// Of a list without entries, nothing would come out.
			options: { response: { response: { fullResponse: true } } },
		}),
		httpPost('Person', batching, {
			url: `${api}/people`,
			jsonBody:
				"={{ { first_name: $('Guests').item.json.first, last_name: $('Guests').item.json.last, system_id: $('Guests').item.json.email } }}",
		}),
		httpPost('Booking', batching, {
			url: `${api}/group_reservations`,
			jsonBody: `={{ { group_reservation: { person_id: $json.id, group_ids: [${GROUP}], start_time: $now.toISO(), end_time: "${end.toISOString()}" } } }}`,
		}),
		httpPost('PIN', batching, {
			url: `=${api}/people/{{ $json.person_id }}/credentials`,
			jsonBody: DRAWN_PIN,
		}),
	];
	return await chained(engine, nodes, guests, types);
}

/** One after the other, as the SDK's examples do. */
async function withSdk(engine: Engine, guests: INodeExecutionData[], end: Date): Promise<Sample> {
	const doorflow = sdk(engine);
	let done = 0;
	const milliseconds = await timed(async () => {
		for (const { json } of guests) {
			const systemId = String(json.email);
			if ((await doorflow.people.listPeople({ systemId })).length > 0) continue;
			const { id: personId } = await doorflow.people.createPerson({
				personInput: { firstName: String(json.first), lastName: String(json.last), systemId } as never,
			});
			await doorflow.groupReservations.createGroupReservation({
				groupReservationInput: {
					groupReservation: {
						personId: personId as number,
						groupIds: [GROUP],
						startTime: new Date(),
						endTime: end,
					},
				},
			});
			await doorflow.credentials.createCredential({
				personId: personId as number,
				credentialInput: { personCredential: { credentialTypeId: PIN_TYPE, value: '******' } },
			} as never);
			done++;
		}
	});
	return { milliseconds, figures: { failed: guests.length - done } };
}

/** Begins with a sandbox that nobody has visited yet: one that holds thousands of visitors takes longer for each request. */
async function inFresh<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
	const sandbox = await startSandboxProcess();
	try {
		const engine = await Engine.at(sandbox.url);
		await sandbox.config({ latencyMs: LATENCY_MS });
		return await work(engine);
	} finally {
		await sandbox.stop();
	}
}

/** Check-ins of new visitors, beside the same steps built by hand. */
export async function checkIns({ runs, visitors: count }: Size): Promise<Report> {
	const types = {
		'n8n-nodes-base.httpRequest': await httpRequestNode(),
		'n8n-nodes-base.noOp': await noOpNode(),
	};
	const roundTrip = await inFresh(loneRequest);
	const end = new Date(Date.now() + HOURS_MS);
	// See the part of the visitors: it does not wait for a batch to be answered.
	const batching = { batchSize: AT_ONCE, batchInterval: Math.ceil(roundTrip) };
	const measured = await alternate(
		'checkIns',
		{
			[NODE]: async () => await inFresh(async (engine) => await withCheckIn(engine, visitors(count), end)),
			[HTTP]: async () =>
				await inFresh(
					async (engine) => await withHttpRequests(engine, types, visitors(count), end, batching),
				),
			[SDK]: async () => {
				const part = await inFresh(async (engine) => await withSdk(engine, visitors(SDK_PART), end));
				return { ...part, milliseconds: (part.milliseconds * count) / SDK_PART };
			},
		},
		runs,
	);
	const ideal = (atOnce: number): number => (REQUESTS * count * LATENCY_MS) / atOnce;
	const [ours, http, loop] = [find(measured, NODE), find(measured, HTTP), find(measured, SDK)];
	return {
		name: 'checkIns',
		about: `${count} check-ins of new visitors (person, booking and PIN, ${REQUESTS * count} requests), ${LATENCY_MS} ms latency; a lone request takes ${ms(roundTrip)}. The SDK: ${SDK_PART} measured, times ${count / SDK_PART}`,
		measured,
		heads: ['', 'median', 'ideal', '÷ ideal', 'failed items'],
		rows: measured.map((one) => {
			const own = ideal(one === loop ? 1 : AT_ONCE);
			return [one.side, ms(one.medianMs), ms(own), ratio(one.medianMs / own), String(one.figures.failed)];
		}),
		verdicts: [
			{
				aim: '≤ 1.15 × ideal, 5 at a time',
				measured: ratio(ours.medianMs / ideal(AT_ONCE)),
				met: ours.medianMs <= 1.15 * ideal(AT_ONCE),
			},
			{
				aim: 'never slower than HTTP Request, 5 at a time',
				measured: ratio(http.medianMs / ours.medianMs),
				met: ours.medianMs <= http.medianMs,
			},
			{
				aim: '≥ 4 × faster than the SDK loop',
				measured: ratio(loop.medianMs / ours.medianMs),
				met: loop.medianMs >= 4 * ours.medianMs,
			},
			{
				aim: '0 failed items on all sides',
				measured: measured.map(({ figures }) => figures.failed).join(', '),
				met: measured.every(({ samples }) => samples.every(({ figures }) => figures?.failed === 0)),
			},
		],
	};
}
