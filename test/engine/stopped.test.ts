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

/** Trouble that begins as a request arrives, and ends as the next one does or the run is over. */
interface Trouble {
	readonly begin: () => void;
	readonly end?: () => void;
	readonly run: () => Promise<unknown>;
}

describe.each(Object.entries(OPERATIONS))('%s', (_, { parameters, own = [] }) => {
	/** The groups are those of the person's own and of the bookings that run, whatever became of the run. */
	const agrees = (person: Row): void => {
		const groups = sorted(person.groups as number[]);
		const due = [STAFF, ...running(person)];
		// Whether the run got as far as what it was to add, only it knows.
		expect([sorted(due), sorted([...due, ...own])]).toContainEqual(groups);
	};

	/** Once with trouble at the first request, once with trouble at the second, and so on until there are no more. */
	const inTurn = async (troubled: (person: Row) => Trouble): Promise<void> => {
		const { news } = store().shared;
		let turn = 0;
		for (let reached = true; reached; ) {
			await engine.control('reset', {});
			const person = employee();
			const { begin, end, run } = troubled(person);
			let arrived = 0;
			turn++;
			const listen = (request: string): void => {
				if (!request.includes(' /api/')) return;
				arrived++;
				if (arrived === turn) begin();
				if (arrived === turn + 1) end?.();
			};
			news.on('arrived', listen);
			await run();
			news.off('arrived', listen);
			end?.();
			agrees(store().people.get(person.id) as Row);
			reached = arrived >= turn;
		}
		expect(turn - 1).toBeGreaterThan(4);
	};

	test('stopped at each of its requests, leaves every running visit and all standing access', async () => {
		await inTurn((person) => {
			let stop = (): void => undefined;
			const cancelWhen = new Promise<void>((done) => (stop = done));
			return { begin: () => stop(), run: async () => await engine.run(parameters(person), { cancelWhen }) };
		});
	});

	test.each([422, 500])('refused with %d once at each of its requests', async (failureStatus) => {
		const { config } = store().shared;
		await inTurn((person) => ({
			begin: () => Object.assign(config, { failurePath: '.', failureStatus }),
			end: () => Object.assign(config, { failurePath: '' }),
			run: async () => await engine.run(parameters(person)),
		}));
	});
});
