import type { INodeParameters } from 'n8n-workflow';

import type { Row } from '../../sandbox/store';
import { checkIn, engine, locator, useEngine } from './useEngine';
import { soon } from './rows';

jest.mock('../../nodes/shared/retryPolicy', () => jest.requireActual<object>('./quickRetries'));

// DoorFlow: ending an active group reservation, and writing the list of groups, can take groups off a person whom another
// reservation gives them, or who has them anyhow. An execution may be stopped, or a request refused, between that and the
// giving back.

const STAFF = 1;
/** What the person has anyhow, what the visits give, and what is asked for. */
const LONG_VISIT = [2, 3];
const SHORT_VISIT = [3];

useEngine({ config: { syncLimitSeconds: 0, latencyMs: 2 } });

const store = () => engine.sandbox.store;

/** Somebody with access of their own and two running visits. */
function employee(): Row {
	const person = store().addPerson({
		first_name: 'Erik',
		last_name: 'Employee',
		system_id: 'V-1',
		groups: [STAFF],
	});
	for (const [hours, group_ids] of [
		[8, LONG_VISIT],
		[2, SHORT_VISIT],
	] as const)
		store().bookings.bookGroups({
			person_id: person.id,
			start_time: soon(-60),
			end_time: soon(hours * 60),
			group_ids: [...group_ids],
		});
	return person;
}

const running = (person: Row): number[] => store().bookings.groupsOf(person);
const sorted = (groups: Iterable<number>): number[] => [...new Set(groups)].sort((one, other) => one - other);

const OPERATIONS: Record<string, { parameters: (person: Row) => INodeParameters; own?: number[] }> = {
	'Check Out': {
		parameters: () => ({
			resource: 'visitor',
			operation: 'checkOut',
			findBy: 'systemId',
			systemId: 'V-1',
		}),
	},
	'Check In, Replace': {
		parameters: () => checkIn({ ifStanding: 'bookOnly', ifOverlapping: 'replace', groupIds: ['4'] }),
	},
	'Add to Groups': {
		parameters: ({ id }) => ({
			resource: 'person',
			operation: 'addToGroups',
			personId: locator(id),
			groupIds: '4',
		}),
		own: [4],
	},
	'Sync From List': {
		parameters: () => ({
			resource: 'person',
			operation: 'syncFromList',
			matchBy: 'systemId',
			systemId: 'V-1',
			firstName: 'Erik',
			lastName: 'Employee',
			additionalFields: { groupIds: ['1', '4'], department: 'Reception' },
			ownedGroupIds: ['1', '2', '3', '4'],
			dryRun: false,
		}),
		own: [4],
	},
};

/** Counts requests that may change something or tell what is there, and lets something happen at one of them. */
async function atRequest<T>(count: number, happens: () => void, work: () => Promise<T>): Promise<T> {
	const { news } = store().shared;
	let arrived = 0;
	const listen = (request: string): void => {
		if (request.includes(' /api/') && ++arrived === count) happens();
	};
	news.on('arrived', listen);
	try {
		return await work();
	} finally {
		news.off('arrived', listen);
	}
}

describe.each(Object.entries(OPERATIONS))('%s', (_, { parameters, own = [] }) => {
	/** The groups are those of the person's own and of the bookings that run, whatever became of the run. */
	const agrees = (person: Row): void => {
		const groups = sorted(person.groups as number[]);
		const due = [STAFF, ...running(person)];
		// Whether the run got as far as what it was to add, only it knows.
		expect([sorted(due), sorted([...due, ...own])]).toContainEqual(groups);
	};

	test('stopped at each of its requests, leaves every running visit and all standing access', async () => {
		let reached = true;
		let stops = 0;
		for (let count = 1; reached; count++) {
			await engine.control('reset', {});
			const person = employee();
			reached = false;
			let stop = (): void => undefined;
			const cancelWhen = new Promise<void>((done) => (stop = done));
			await atRequest(
				count,
				() => {
					reached = true;
					stops++;
					stop();
				},
				async () => await engine.run(parameters(person), { cancelWhen }),
			);
			agrees(store().people.get(person.id) as Row);
		}
		expect(stops).toBeGreaterThan(4);
	});

	test.each([422, 500])('refused with %d once at each of its requests', async (failureStatus) => {
		let reached = true;
		let refused = 0;
		for (let count = 1; reached; count++) {
			await engine.control('reset', {});
			const person = employee();
			reached = false;
			const { config } = store().shared;
			await atRequest(
				count,
				() => {
					reached = true;
					refused++;
					Object.assign(config, { failurePath: '.', failureStatus });
				},
				async () =>
					await atRequest(
						count + 1,
						() => Object.assign(config, { failurePath: '' }),
						async () => await engine.run(parameters(person)),
					),
			);
			Object.assign(config, { failurePath: '' });
			agrees(store().people.get(person.id) as Row);
		}
		expect(refused).toBeGreaterThan(4);
	});
});
