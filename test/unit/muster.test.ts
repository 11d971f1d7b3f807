import {
	inMusterOrder,
	Muster,
	type DoorFacts,
	type MusterDoors,
	type Seen,
} from '../../nodes/DoorFlow/actions/event/muster';

const ENTRANCE = 1;
const EXIT = 2;
const SAFE = 3;
const SECOND = 4;
const NAMES: Readonly<Record<number, string>> = {
	1: 'Entrance',
	2: 'Exit',
	3: 'Assembly Point',
	4: 'Second Entrance',
};

const ADA = { id: 7, name: 'Ada Okafor' };

const DOORS: MusterDoors = {
	entry: new Set([ENTRANCE, SECOND]),
	exit: new Set([EXIT]),
	safe: new Set([SAFE]),
};
/** Minutes, as the events' times here. */
const NOW = 1000;
const ONLINE: DoorFacts = { now: NOW * 60_000, offline: new Set(), unlocked: new Set() };

let lastId = 0;
/** Ada shows her card at a door, at a minute. */
const ada = (door: number, minute: number, code = 10): Seen => at(door, minute, code, ADA);
/** Something happens at a door that names nobody. */
function at(doorId: number, minute: number, code: number, person?: Seen['person']): Seen {
	const time = new Date(minute * 60_000).toISOString();
	return {
		id: ++lastId,
		code,
		at: minute * 60_000,
		time,
		doorId,
		doorName: NAMES[doorId] ?? '',
		...(person ? { person } : {}),
	};
}

function rowOf(events: readonly Seen[], facts = ONLINE, doors = DOORS) {
	const muster = new Muster(doors);
	for (const event of events) muster.note(event);
	return muster.rows(facts).find(({ personId }) => personId === ADA.id);
}

const REX = 30;
const ADMITTED_BY_BUTTON = 13;
const MANUAL = 12;
const UNLOCKED = 16;
const UNAUTHORIZED = 27;
const CONTACT_LOST = 3;
const FORCED = 32;
const SHIFT = 40;

/** What happened, where she is, how certain that is, and what must be said. */
const CASES: ReadonlyArray<readonly [string, Seen[], string, string, RegExp]> = [
	['came in', [ada(ENTRANCE, 1)], 'in', 'sure', /^Came in through Entrance\.$/],
	['came in and left', [ada(ENTRANCE, 1), ada(EXIT, 2)], 'out', 'sure', /^Left through Exit\.$/],
	['left and came back', [ada(EXIT, 1), ada(SECOND, 2)], 'in', 'sure', /^Came in through Second Entrance\.$/],
	[
		'came in and is at the assembly point',
		[ada(ENTRANCE, 1), ada(SAFE, 2)],
		'safe',
		'sure',
		/^Used a card or PIN at Assembly Point\.$/,
	],
	['went back in from the assembly point', [ada(SAFE, 1), ada(ENTRANCE, 2)], 'in', 'sure', /Entrance/],
	['came in by multi-factor', [ada(ENTRANCE, 1, 70)], 'in', 'sure', /Entrance/],
	[
		'the exit button was pressed after',
		[ada(ENTRANCE, 1), at(ENTRANCE, 2, REX)],
		'in',
		'likely',
		/exit button was pressed at Entrance, which identifies nobody/,
	],
	[
		'the exit button let somebody out after',
		[ada(ENTRANCE, 1), at(EXIT, 2, ADMITTED_BY_BUTTON)],
		'in',
		'likely',
		/exit button/,
	],
	[
		'the exit button was pressed before',
		[at(ENTRANCE, 1, REX), ada(ENTRANCE, 2)],
		'in',
		'sure',
		/^Came in through Entrance\.$/,
	],
	['an exit button lets nobody in', [ada(EXIT, 1), at(ENTRANCE, 2, REX)], 'out', 'sure', /^Left/],
	[
		'somebody without a name left after',
		[ada(ENTRANCE, 1), at(EXIT, 2, MANUAL)],
		'in',
		'likely',
		/somebody unidentified passed Exit/,
	],
	[
		'somebody without a name came in after',
		[ada(ENTRANCE, 1), at(SECOND, 2, MANUAL)],
		'in',
		'sure',
		/^Came in/,
	],
	[
		'left, and somebody without a name came in',
		[ada(EXIT, 1), at(SECOND, 2, MANUAL)],
		'out',
		'likely',
		/somebody unidentified passed Second Entrance/,
	],
	[
		'a door was forced after',
		[ada(ENTRANCE, 1), at(EXIT, 2, FORCED)],
		'in',
		'likely',
		/anybody could pass Exit/,
	],
	[
		'a shift unlocked a door after',
		[ada(EXIT, 1), at(ENTRANCE, 2, SHIFT)],
		'out',
		'likely',
		/anybody could pass Entrance/,
	],
	[
		'came in through an unlocked door',
		[ada(ENTRANCE, 1, UNLOCKED)],
		'in',
		'likely',
		/anybody could pass Entrance/,
	],
	[
		'a door was out of contact after',
		[ada(ENTRANCE, 1), at(EXIT, 2, CONTACT_LOST)],
		'in',
		'likely',
		/Exit was out of contact for a time/,
	],
	[
		'what opens at the assembly point is no way out',
		[ada(ENTRANCE, 1), at(SAFE, 2, REX), at(SAFE, 3, CONTACT_LOST)],
		'in',
		'sure',
		/^Came in through Entrance\.$/,
	],
	[
		'refused at the entrance, and nothing else',
		[ada(ENTRANCE, 1, UNAUTHORIZED)],
		'out',
		'unknown',
		/^The card or PIN was refused at Entrance, and nothing else was seen; may have come in behind somebody\.$/,
	],
	['refused at the exit, and nothing else', [ada(EXIT, 1, UNAUTHORIZED)], 'in', 'unknown', /probably is in/],
	[
		'refused at the assembly point makes nobody safe',
		[ada(SAFE, 1, UNAUTHORIZED)],
		'in',
		'unknown',
		/was probably there/,
	],
	[
		'in, then refused at the assembly point',
		[ada(ENTRANCE, 1), ada(SAFE, 2, UNAUTHORIZED)],
		'in',
		'unknown',
		/refused at Assembly Point afterwards, so the person is probably there/,
	],
	[
		'in, then refused at an entrance',
		[ada(ENTRANCE, 1), ada(SECOND, 2, UNAUTHORIZED)],
		'in',
		'unknown',
		/had left unseen/,
	],
	[
		'in, then refused at the exit',
		[ada(ENTRANCE, 1), ada(EXIT, 2, UNAUTHORIZED)],
		'in',
		'likely',
		/refused at Exit afterwards/,
	],
	[
		'out, then refused at the entrance',
		[ada(EXIT, 1), ada(ENTRANCE, 2, UNAUTHORIZED)],
		'out',
		'likely',
		/refused at Entrance afterwards/,
	],
	[
		'refused, then let in',
		[ada(ENTRANCE, 1, UNAUTHORIZED), ada(ENTRANCE, 2)],
		'in',
		'sure',
		/^Came in through Entrance\.$/,
	],
];

describe('where somebody is', () => {
	test.each(CASES)('%s', (_, events, state, confidence, why) => {
		expect(rowOf(events)).toMatchObject({
			personId: 7,
			name: 'Ada Okafor',
			state,
			confidence,
			why: expect.stringMatching(why),
		});
		// Late events come in any order.
		expect(rowOf([...events].reverse())).toEqual(rowOf(events));
		const last = [...events].filter(({ person }) => person).sort((one, other) => other.at - one.at)[0];
		expect(rowOf(events)).toMatchObject({ lastDoor: last?.doorName, lastSeen: last?.time });
	});

	test.each([10, UNAUTHORIZED])('in one second, what DoorFlow stored later is later (%i)', (code) => {
		const events = [ada(ENTRANCE, 1), ada(EXIT, 1, code)];
		const expected = rowOf(events);
		expect(expected).toMatchObject({ lastDoor: 'Exit', state: code === 10 ? 'out' : 'in' });
		expect(rowOf([...events].reverse())).toEqual(expected);
	});

	test('a time that is still to come says nothing, whatever the door', () => {
		const why = /the clock of Entrance is wrong: that time is still to come/;
		for (const code of [10, UNAUTHORIZED]) {
			const row = rowOf([ada(EXIT, 1), ada(ENTRANCE, NOW + 60, code)]);
			expect(row).toMatchObject({ confidence: 'unknown', why: expect.stringMatching(why) });
		}
		expect(rowOf([ada(SAFE, NOW + 60)])).toMatchObject({ state: 'in', confidence: 'unknown' });
		// n8n's own clock may be a little slow.
		expect(rowOf([ada(ENTRANCE, NOW + 2)])).toMatchObject({ confidence: 'sure' });
	});

	test.each<readonly [string, Seen[], DoorFacts, MusterDoors, string, string, RegExp]>([
		[
			'an exit is out of contact now',
			[ada(ENTRANCE, 1)],
			{ ...ONLINE, offline: new Set([EXIT]) },
			DOORS,
			'in',
			'unknown',
			/what happened at door 2 is not known: out of contact now/,
		],
		[
			'an entrance is out of contact now',
			[ada(EXIT, 1)],
			{ ...ONLINE, offline: new Set([ENTRANCE]) },
			DOORS,
			'out',
			'unknown',
			/out of contact now/,
		],
		[
			'the reader of the assembly point is out of contact',
			[ada(ENTRANCE, 1)],
			{ ...ONLINE, offline: new Set([SAFE]) },
			DOORS,
			'in',
			'sure',
			/^Came in/,
		],
		[
			'whoever is safe stays it',
			[ada(SAFE, 1)],
			{ ...ONLINE, offline: new Set([ENTRANCE]), unlocked: new Set([EXIT]) },
			DOORS,
			'safe',
			'sure',
			/^Used a card/,
		],
		[
			'an exit is unlocked now',
			[ada(ENTRANCE, 1)],
			{ ...ONLINE, unlocked: new Set([EXIT]) },
			DOORS,
			'in',
			'likely',
			/anybody can pass door 2 now/,
		],
		[
			'nobody may read the doors',
			[ada(ENTRANCE, 1)],
			{ ...ONLINE, offline: undefined },
			DOORS,
			'in',
			'likely',
			/whether the doors are in contact is not known/,
		],
		[
			'there is no exit door',
			[ada(ENTRANCE, 1)],
			ONLINE,
			{ ...DOORS, exit: new Set<number>() },
			'in',
			'likely',
			/no exit door is chosen, so nobody is seen leaving/,
		],
		[
			'a door is both',
			[ada(ENTRANCE, 1)],
			ONLINE,
			{ ...DOORS, exit: new Set([ENTRANCE]) },
			'in',
			'unknown',
			/^Passed Entrance; people pass that door in both directions\.$/,
		],
	])('%s', (_, events, facts, doors, state, confidence, why) => {
		expect(rowOf(events, facts, doors)).toMatchObject({ state, confidence, why: expect.stringMatching(why) });
	});

	test('many doors are counted, not all named', () => {
		const many = new Set(Array.from({ length: 9 }, (_, index) => 10 + index));
		const row = rowOf([ada(ENTRANCE, 1)], { ...ONLINE, offline: many }, { ...DOORS, exit: many });
		expect(row?.why).toContain('what happened at door 10, door 11 and 7 more doors is not known');
	});

	test('a name that changed is the newest; nobody is without one', () => {
		const muster = new Muster(DOORS);
		muster.note(at(ENTRANCE, 2, 10, { id: 7, name: 'Ada Lovelace' }));
		muster.note(ada(ENTRANCE, 1));
		muster.note(at(ENTRANCE, 3, 10, { id: 8, name: '' }));
		expect(muster.rows(ONLINE).map(({ name }) => name)).toEqual(['Ada Lovelace', 'Person 8']);
	});

	test('who came in without a name is in no row, but the door is told', () => {
		const muster = new Muster(DOORS);
		muster.note(at(SECOND, 1, MANUAL));
		muster.note(at(EXIT, 1, MANUAL));
		expect(muster.rows(ONLINE)).toEqual([]);
		expect(muster.unnamedEntries).toEqual(['Second Entrance']);
	});
});

test('whoever may still be inside comes first, by name', () => {
	const row = (state: 'expected' | 'in' | 'out' | 'safe', name: string) =>
		({ personId: 1, name, state, lastDoor: null, lastSeen: null, confidence: 'sure', why: '' }) as const;
	expect(
		inMusterOrder([
			row('out', 'A'),
			row('safe', 'B'),
			row('expected', 'C'),
			row('in', 'E'),
			row('in', 'D'),
		]).map(({ name }) => name),
	).toEqual(['D', 'E', 'C', 'B', 'A']);
});
