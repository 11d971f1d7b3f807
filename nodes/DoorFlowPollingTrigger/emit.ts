import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { DoorFlowApi } from '../shared/api';
import { admissionsOf, furtherAdmissions, type Admission } from '../shared/firstOfDay';
import { hint } from '../shared/hint';
import { itemOf, type Item } from '../shared/item';
import { noteArrival, recordMissed } from '../shared/lives';
import { nodeErrorOf } from '../shared/nodeError';
import { eventPath } from '../shared/notifications';
import { parametersOf } from '../shared/parameters';
import { record, takeOff } from '../shared/storedList';
import { readPanel } from './panel';
import { GAP_DAYS, orNodeError, poll } from './poll';
import { TASK, type Task } from './watchWebhooks';

/** Stands in the workflow's list from the first missed event until a webhook arrives again. */
const SILENT = 'doorflow:silent';

/**
 * The second half of the polling trigger, in the execution that a poll started. Events go through as they are; what the
 * DoorFlow Trigger of this workflow got is left out when webhooks are watched.
 */
export async function emit(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const input = context.getInputData();
	const found = input.some(({ json }) => json.source === 'poll' || TASK in json);
	// The editor's "Fetch Test Event" comes here without a poll.
	if (!found) return (await poll(context)) ?? [[]];
	const output: INodeExecutionData[] = [];
	for (const [index, { json: brought }] of input.entries()) {
		const { [GAP_DAYS]: days, ...json } = brought;
		if (typeof days === 'number') {
			hint(context, `The last poll was ${days} days ago. Events older than 7 days are left out.`);
		}
		const task = json[TASK] as Task | undefined;
		const items = task ? await missed(context, task) : [json];
		for (const item of items) output.push({ json: item, pairedItem: { item: index } });
	}
	return [output];
}

async function missed(context: IExecuteFunctions, { events }: Task): Promise<IDataObject[]> {
	const { handOverMissed, leftOut } = orNodeError(context, () => readPanel(parametersOf(context)));
	const api = new DoorFlowApi(context);
	// What it takes to tell of them is read before they are recorded, so that nothing is lost when that fails.
	const origin = await api.hosts().then(
		(hosts) => hosts.api,
		(error: unknown) => Promise.reject(nodeErrorOf(context, error)),
	);
	const all = events.map((item, index) => ({ item, index }));
	const admissions = handOverMissed && leftOut.oncePerDay ? await admissionsOf(context, api, all) : [];
	// A run that a person starts again is to bring what the first one had recorded.
	const isAgain = context.getMode() === 'retry';
	const lost = await recordMissed(context, events, isAgain);
	const id = context.getWorkflow().id ?? '';
	for (const event of events) noteArrival(id, event);
	const items: IDataObject[] = [];
	if (lost[0] && ((await record(context, [SILENT])).size === 0 || isAgain))
		items.push(silence(lost, lost[0]));
	const newest = events[events.length - 1];
	if (newest && !lost.includes(newest)) await takeOff(context, [SILENT]);
	if (!handOverMissed) return items;
	const further = await lettingInAgain(context, admissions);
	for (const { item, index } of all) {
		// A workflow that confirms its events by itself can confirm these as well.
		if (lost.includes(item) && !further.has(index))
			items.push({ ...item, acknowledgeUrl: `${origin}${eventPath(item.resourceId)}` });
	}
	return items;
}

/** Of a person who was let in before on the same day, as far as the DoorFlow Trigger or a poll told the workflow. */
async function lettingInAgain(
	context: IExecuteFunctions,
	admissions: readonly Admission[],
): Promise<Set<number>> {
	const known = await record(
		context,
		admissions.flatMap(({ day, event }) => [day, event]),
	);
	const { further, notFirst } = furtherAdmissions(admissions, known);
	await takeOff(context, notFirst).catch(() => undefined);
	return further;
}

function silence(lost: readonly Item[], first: Item): IDataObject {
	const data = {
		missed: lost.length,
		since: first.data?.created_at,
		reason: 'DoorFlow lists events that no webhook brought to this workflow',
		nextStep:
			"Check that the production URL of the DoorFlow Trigger is the webhook URL of your application in DoorFlow's developer portal, and that DoorFlow can reach it. If the application's access was revoked, connect the credential again.",
	};
	return itemOf(
		{
			event: 'webhooksSilent',
			action: 'UPDATE',
			resourceType: 'Webhook',
			resourceId: '',
			accountId: first.accountId,
			source: 'poll',
			data,
		},
		new Date(),
	);
}
