import { createHmac } from 'node:crypto';

import { build, control, messageTo, openHouse, signIn, type House } from '../harness/house';
import { EXPECTED, installed, OutsideAgent } from '../harness/installed';
import { until } from '../harness/n8n';

interface Row {
	step: string;
	result: string;
	id: string;
	at: string;
}

const rows: Row[] = [];

function record(step: string, result: string, id: number | string = ''): void {
	rows.push({ step, result, id: String(id), at: new Date().toISOString().slice(11, 23) });
	console.log(`✓ ${step}: ${result}`);
}

function check(condition: boolean, otherwise: string): asserts condition {
	if (!condition) throw new Error(otherwise);
}

async function walkThrough(house: House): Promise<void> {
	const { sandbox, n8n } = house;
	const visit = async (first: string): Promise<{ text: string; pin: string; personId: number }> => {
		const email = `${first.toLowerCase()}@visitor.example`;
		await signIn(house, { first, last: 'Guest', email, mobile: `+44 ${first}` });
		const text = await messageTo(house, `+44 ${first}`);
		const pin = /PIN for today is (\d{4,7})\./.exec(text)?.[1];
		check(pin !== undefined, `The message to ${first} holds no PIN.`);
		return {
			text,
			pin,
			personId:
				[...sandbox.store.people.values()].find((one) =>
					String(one.system_id).startsWith(`visitor-${email}-`),
				)?.id ?? 0,
		};
	};

	const offers = await installed(n8n);
	check(
		JSON.stringify(offers) === JSON.stringify(EXPECTED),
		`n8n offers ${JSON.stringify(offers)} of the package.`,
	);
	record(
		'Package installed',
		`n8n offers ${offers.nodes.length} nodes, a tool for AI agents and the credential`,
	);

	const vera = await visit('Vera');
	record(
		'Visitor registered',
		'Vera Guest has the access of the group Visitors until tonight',
		vera.personId,
	);
	record('PIN message sent', vera.text);

	const event = await control(sandbox, 'present', { channelId: 1340, value: vera.pin });
	check(event.event_code === 11, `The door did not open: ${String(event.event_label)}`);
	record('PIN presented at the door', String(event.event_label), String(event.id));
	const arrival = await messageTo(house, 'reception', 'Vera Guest');
	record('Arrival message sent', arrival);
	await until(
		'the event to be acknowledged',
		async () => sandbox.store.deliveries.find((one) => one.resourceId === String(event.id))?.acknowledged,
	);
	record('Webhook acknowledged', 'fetched with its ack_token once n8n held the run');

	const before = (await n8n.executions(house.arrival.id)).length;
	const body = JSON.stringify([
		{
			action: 'CREATE',
			resource: `${sandbox.url}/api/3/events/${String(event.id)}`,
			resource_type: 'Event',
			resource_id: String(event.id),
			account_id: sandbox.store.account.id,
			ack_token: 'x',
		},
	]);
	const timestamp = String(Math.floor(Date.now() / 1000));
	const forged = await fetch(house.arrival.webhookUrl, {
		method: 'POST',
		headers: {
			'Content-Type': 'application/json',
			Timestamp: timestamp,
			Signature: createHmac('sha256', 'guessed').update(`${timestamp}.${body}`).digest('hex'),
		},
		body,
	});
	check(forged.status === 401, `The forged webhook was answered with ${forged.status}.`);
	await new Promise((resolve) => setTimeout(resolve, 1000));
	check(
		(await n8n.executions(house.arrival.id)).length === before,
		'The forged webhook started an execution.',
	);
	record('Forged webhook', 'refused (401), no execution started');

	const agent = await OutsideAgent.start(house, {
		List_Groups: { resource: 'group', operation: 'getAll' },
		Unlock_Door: {
			resource: 'channel',
			operation: 'unlock',
			channelId: { __rl: true, mode: 'id', value: '1341' },
		},
	});
	const groups = await agent.call('List_Groups');
	check(groups.includes('Visitors'), `The agent got no groups: ${groups.slice(0, 300)}`);
	const refusal = await agent.call('Unlock_Door');
	check(
		refusal.includes('is not allowed for AI agents'),
		`The agent was not refused the door: ${refusal.slice(0, 300)}`,
	);
	record('AI agent', 'may list groups; was refused to unlock a door');

	const counts = async (): Promise<{ refreshed: number; refused: number }> =>
		(await fetch(`${sandbox.url}/_sandbox/tokens`)).json() as Promise<{ refreshed: number; refused: number }>;
	const tokens = await counts();
	await control(sandbox, 'expire-tokens', {});
	const walter = await visit('Walter');
	const after = await counts();
	check(
		after.refreshed === tokens.refreshed + 1 && after.refused === 0,
		`Refreshed ${after.refreshed - tokens.refreshed} times, refused ${after.refused} times.`,
	);
	record('Access token expired', 'refreshed once, the flow still works', walter.personId);
	await control(sandbox, 'expire-tokens', {});
	const xenia = await visit('Xenia');
	const last = await counts();
	check(
		last.refreshed === tokens.refreshed + 2 && last.refused === 0,
		'The second refresh did not use the rotated refresh token.',
	);
	record('Refresh token rotated', 'the new one was stored: the next refresh worked with it', xenia.personId);
	const executions = await until('all executions to end', async () => {
		const all = await n8n.executions();
		return all.every(({ status }) => status !== 'new' && status !== 'running') && all;
	});
	for (const { id, status } of executions) {
		check(
			status === 'success',
			`Execution ${id} ended with "${status}": ${/"message\\?":\\?"([^"\\]+)/.exec(await n8n.executionText(id))?.[1] ?? 'no message'}`,
		);
	}
}

async function main(): Promise<void> {
	let house: House | undefined = undefined;
	const end = (signal: NodeJS.Signals): void => {
		console.error(`Ended by ${signal}.`);
		// Before everything is up there is nothing to ask: what was started ends with this process.
		void (house?.stop() ?? Promise.resolve()).finally(() => process.exit(1));
	};
	process.once('SIGINT', end);
	process.once('SIGTERM', end);
	await build();
	house = await openHouse();
	try {
		await walkThrough(house);
	} catch (error) {
		console.error(
			(await house.n8n.log())
				.split('\n')
				.filter((line) => /error|warn/i.test(line))
				.slice(-15)
				.join('\n'),
		);
		throw error;
	} finally {
		await house.stop();
	}
	console.table(rows);
	console.log('Everything worked. Nothing is left running.');
}

main()
	.then(() => process.exit(0))
	.catch((error: unknown) => {
		console.error(`✗ ${error instanceof Error ? error.message : String(error)}`);
		process.exit(1);
	});
