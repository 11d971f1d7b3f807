import { randomUUID } from 'node:crypto';

import type { Sandbox } from '../sandbox/server';
import { visitorsGroup } from './house';
import { until, type N8n, type WorkflowFile } from './n8n';

/** What became of check-ins that ran at once. */
export interface AtOnce {
	/** Check-ins that answered with a PIN and that it was sent to the doors. */
	readonly synced: number;
	/** What the others answered. */
	readonly otherwise: string[];
	/** Syncs that DoorFlow started meanwhile. */
	readonly syncs: number;
	/**
	 * What one process that shares its syncs needs at most: one when the first is saved, and one in each span of the limit
	 * until all are saved. Two, where n8n saves all of them within one span.
	 */
	readonly needed: number;
}

const PATH = 'check-in-at-once';

/** A webhook that checks a visitor in with the defaults of the node, and answers what came of it. */
function checkInWorkflow(group: string): WorkflowFile {
	return {
		name: 'Check-ins at once',
		nodes: [
			{
				parameters: { path: PATH, httpMethod: 'POST', responseMode: 'lastNode', options: {} },
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				position: [0, 0],
				id: 'hook',
				name: 'Hook',
				webhookId: '6f3b6a52-4a8e-4c0e-9b8c-0d5f4f3e1b03',
			},
			{
				parameters: {
					resource: 'visitor',
					operation: 'checkIn',
					matchBy: 'systemId',
					systemId: '={{ $json.body.id }}',
					firstName: 'Rush',
					lastName: 'Hour',
					accessBy: 'groups',
					groupIds: [group],
					endTime: '={{ $now.plus({ hours: 8 }).toISO() }}',
					issue: 'pin',
				},
				type: 'n8n-nodes-doorflow.doorFlow',
				typeVersion: 1,
				position: [220, 0],
				id: 'check-in',
				name: 'Check In',
			},
		],
		connections: { Hook: { main: [[{ node: 'Check In', type: 'main', index: 0 }]] } },
		settings: { executionOrder: 'v1' },
	};
}

/**
 * Checks so many new visitors in at the same time, each in an execution of its own, and waits for all of them.
 *
 * @param origin where webhooks are taken, if not by n8n's main process
 */
export async function checkInAtOnce(
	place: { readonly sandbox: Sandbox; readonly n8n: N8n; readonly credential: { id: string; name: string } },
	count: number,
	origin = place.n8n.url,
): Promise<AtOnce> {
	const { sandbox, n8n, credential } = place;
	const id = await n8n.importWorkflow(checkInWorkflow(visitorsGroup(sandbox)), credential, '');
	await n8n.activate(id);
	const send = async (body: object): Promise<Response> =>
		await fetch(`${origin}/webhook/${PATH}`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify(body),
		});
	// Without an ID, nobody is checked in: it only shows that the webhook is there.
	await until('the webhook to be registered', async () => (await send({})).status !== 404);
	const started = new Date().toISOString();
	const startedBefore = sandbox.store.sync.count;
	/** When DoorFlow carried such requests out, in milliseconds. */
	const done = (path: RegExp): number[] =>
		sandbox.control
			.requests()
			.filter((one) => one.at >= started && one.method === 'POST' && path.test(one.path) && one.status < 300)
			.map(({ at }) => Date.parse(at));
	const answers = await Promise.all(
		Array.from({ length: count }, async () => {
			const answer = await send({ id: `rush-${randomUUID()}` });
			return { status: answer.status, text: await answer.text() };
		}),
	);
	await n8n.deactivate(id);
	const syncs = done(/^\/api\/3\/sync$/);
	const saving = Math.max(...done(/\/credentials$/)) - Math.min(...syncs);
	const otherwise = answers.filter(({ status, text }) => status !== 200 || !isSynced(text));
	return {
		synced: count - otherwise.length,
		otherwise: otherwise.map(({ status, text }) => `${status} ${text.slice(0, 300)}`),
		syncs: sandbox.store.sync.count - startedBefore,
		needed: 1 + Math.max(1, Math.ceil(saving / (sandbox.store.config.syncLimitSeconds * 1000))),
	};
}

function isSynced(text: string): boolean {
	const { pin, synced } = JSON.parse(text) as { pin?: unknown; synced?: unknown };
	return synced === true && /^\d{4,7}$/.test(String(pin));
}
