import type { INodeParameters } from 'n8n-workflow';

import { PERMISSIONS } from '../../nodes/shared/permissions';
import type { Row } from '../../sandbox/store';
import { Engine } from './engine';
import { soon } from './rows';
import { engine, useEngine } from './useEngine';

jest.mock('../../nodes/shared/retryPolicy', () => jest.requireActual<object>('./quickRetries'));

const [ENTRANCE, EXIT, SAFE] = [1340, 1341, 1342];

useEngine();
beforeEach(async () => {
	await engine.control('reset', {});
	await engine.connect();
	store().events.length = 0;
});

const store = () => engine.sandbox.store;
const someone = (name: string): Row =>
	store().addPerson({ first_name: name, last_name: 'Guest', groups: [2] });
/** Something happens at a door, so many minutes ago; to be called from the oldest on. */
function happened(minutesAgo: number, door: number, code: number, person?: Row): void {
	const event = store().makeEvent(code, 'x', store().doors.get(door), person);
	store().events.push({ ...event, created_at: soon(-minutesAgo) });
}
const whoIsIn = (more: INodeParameters = {}): INodeParameters => ({
	resource: 'event',
	operation: 'whoIsIn',
	entryChannelIds: [String(ENTRANCE)],
	exitChannelIds: [String(EXIT)],
	safeChannelIds: [String(SAFE)],
	...more,
});
const brief = (items: readonly { [name: string]: unknown }[]): unknown[] =>
	items.map(({ name, state, confidence }) => [name, state, confidence]);

test('a row a person, who may be inside first; it says what it cannot know', async () => {
	const [ina, otto, sam, vera] = ['Ina', 'Otto', 'Sam', 'Vera'].map(someone) as [Row, Row, Row, Row];
	store().bookings.bookGroups({
		person_id: vera.id,
		start_time: soon(-30),
		end_time: soon(30),
		group_ids: [2],
	});
	for (const person of [sam, otto, ina]) happened(60, ENTRANCE, 10, person);
	happened(30, EXIT, 11, otto);
	happened(20, ENTRANCE, 12);
	happened(10, SAFE, 10, sam);
	// Doors that were not chosen tell nothing.
	happened(5, 1343, 10, otto);
	const { items, error, hints } = await engine.run(whoIsIn());
	expect(error).toBeUndefined();
	expect(items).toEqual([
		{
			personId: ina.id,
			name: 'Ina Guest',
			state: 'in',
			lastDoor: 'Main Entrance',
			lastSeen: expect.any(String),
			confidence: 'sure',
			why: 'Came in through Main Entrance.',
		},
		{
			personId: vera.id,
			name: 'Vera Guest',
			state: 'expected',
			lastDoor: null,
			lastSeen: null,
			confidence: 'unknown',
			why: 'A booking is running, but the person was not seen at these doors.',
		},
		{
			personId: sam.id,
			name: 'Sam Guest',
			state: 'safe',
			lastDoor: 'Meeting Room',
			lastSeen: expect.any(String),
			confidence: 'sure',
			why: 'Used a card or PIN at Meeting Room.',
		},
		{
			personId: otto.id,
			name: 'Otto Guest',
			state: 'out',
			lastDoor: 'Reception',
			lastSeen: expect.any(String),
			confidence: 'likely',
			why: expect.stringContaining('somebody unidentified passed Main Entrance'),
		},
	]);
	expect(hints).toEqual([
		"This list doesn't include people who came in more than 16 hours ago, came in behind somebody else, or were let in by remote control, which DoorFlow does not list.",
		'Somebody unidentified came in through Main Entrance.',
	]);
});

test('nobody at all is no error', async () => {
	const { items, error, hints } = await engine.run(whoIsIn());
	expect([items, error]).toEqual([[], undefined]);
	expect(hints).toHaveLength(1);
});

test('looks back as far as it is told', async () => {
	happened(180, ENTRANCE, 10, someone('Early'));
	happened(60, ENTRANCE, 10, someone('Late'));
	expect(brief((await engine.run(whoIsIn({ sinceHours: 2 }))).items)).toEqual([['Late Guest', 'in', 'sure']]);
	expect((await engine.run(whoIsIn({ sinceHours: 4 }))).items).toHaveLength(2);
	const hour = await engine.run(whoIsIn({ sinceHours: 1 }));
	expect(hour.hints[0]).toContain('more than 1 hour ago');
	expect((await engine.run(whoIsIn({ sinceHours: '={{ 0 }}' }))).error?.message).toContain(
		'Hours to Look Back can\'t be "0"',
	);
});

test('a door without contact makes it uncertain, and is named', async () => {
	happened(60, ENTRANCE, 10, someone('Ina'));
	await engine.control('door', { channelId: EXIT, state: 'offline' });
	const { items, hints } = await engine.run(whoIsIn());
	expect(items[0]).toMatchObject({ state: 'in', confidence: 'unknown' });
	expect(items[0]?.why).toContain('what happened at Reception is not known: out of contact now');
	expect(hints[1]).toContain('A door is out of contact');
});

test('a door that is unlocked now lets anybody out', async () => {
	happened(60, ENTRANCE, 10, someone('Ina'));
	Object.assign(store().doors.get(EXIT) ?? {}, {
		mode: { description: 'unlock', relock_at: null, change_stamp: null },
	});
	expect((await engine.run(whoIsIn())).items[0]).toMatchObject({ state: 'in', confidence: 'likely' });
});

test.each<readonly [string, INodeParameters, string]>([
	['no entry door', { entryChannelIds: '={{ [] }}' }, 'Entry Door Names or IDs is missing'],
	[
		'entry doors that are missing in the input',
		{ entryChannelIds: '={{ $json.doors }}' },
		'Entry Door Names or IDs is missing',
	],
	[
		'safe doors that are missing in the input',
		{ safeChannelIds: '={{ $json.doors }}' },
		'Safe Door Names or IDs is missing',
	],
	[
		'a door that DoorFlow does not list',
		{ exitChannelIds: '={{ [1341, 999] }}' },
		'DoorFlow lists no door with ID "999"',
	],
	[
		'a safe door through which people leave',
		{ safeChannelIds: [String(EXIT)] },
		'The door with ID "1341" is chosen as a safe door and as an entry or exit door',
	],
])('%s: no list is better than a wrong one', async (_, more, message) => {
	const { error } = await engine.run(whoIsIn(more));
	expect(error?.message).toContain(message);
});

describe('visitors not seen', () => {
	const book = (person: Row, from: number, to: number): void =>
		void store().bookings.bookGroups({
			person_id: person.id,
			start_time: soon(from),
			end_time: soon(to),
			group_ids: [2],
		});

	test('are those with a running booking of groups or doors, and enabled', async () => {
		const [group, doors, later, past, gone, here] = ['Group', 'Doors', 'Later', 'Past', 'Gone', 'Here'].map(
			someone,
		) as [Row, Row, Row, Row, Row, Row];
		for (const person of [group, gone, here]) book(person, -60, 60);
		store().bookings.bookDoors({
			person_id: doors.id,
			start_time: soon(-60),
			end_time: soon(60),
			channel_ids: [ENTRANCE],
		});
		book(later, 60, 120);
		book(past, -120, -60);
		store().changePerson(gone, { enabled: false });
		happened(30, ENTRANCE, 11, here);
		expect(brief((await engine.run(whoIsIn())).items)).toEqual([
			['Here Guest', 'in', 'sure'],
			['Doors Guest', 'expected', 'unknown'],
			['Group Guest', 'expected', 'unknown'],
		]);
	});

	test('are left out when they are not wanted, and nobody asks for bookings', async () => {
		book(someone('Group'), -60, 60);
		const before = store().requests.length;
		expect((await engine.run(whoIsIn({ visitorsExpected: false }))).items).toEqual([]);
		expect(
			store()
				.requests.slice(before)
				.map(({ path }) => path.split('?')[0])
				.sort(),
		).toEqual(['/api/3/channels', '/api/3/events']);
	});
});

test('without the permissions to read doors, people and bookings it says what is missing', async () => {
	const other = await Engine.start(
		{},
		PERMISSIONS.map(({ scope }) => scope).filter((scope) => !/channel|reservation|person/.test(scope)),
	);
	const { items, error, hints } = await other.run(whoIsIn());
	expect(error).toBeUndefined();
	expect(items[0]).toMatchObject({ name: 'Ada Okafor', state: 'in', confidence: 'likely' });
	expect(items[0]?.why).toContain('whether the doors are in contact is not known');
	expect(hints[1]).toContain('the permission "Read Doors" is missing');
	expect(hints[2]).toContain('Visitors who were not seen may be missing');
	await other.stop();
});

test('many events: pages of a thousand, each read once, and the last pass of everybody counts', async () => {
	const people = Array.from({ length: 40 }, (_, index) => someone(`P${index}`));
	for (let count = 0; count < 3500; count++)
		happened(900 - count / 5, count % 2 === 0 ? ENTRANCE : EXIT, 10, people[Math.floor(count / 2) % 40]);
	const before = store().requests.length;
	const { items } = await engine.run(whoIsIn());
	expect(items).toHaveLength(40);
	expect(new Set(items.map(({ state }) => state))).toEqual(new Set(['out']));
	const asked = store()
		.requests.slice(before)
		.filter(({ path }) => path.startsWith('/api/3/events'));
	expect(asked).toHaveLength(4);
	for (const { path } of asked) expect(path).toContain('n=1000');
});

test('an agent may ask for it: it changes nothing', async () => {
	happened(60, ENTRANCE, 10, someone('Ina'));
	const { answer } = await engine.agent(whoIsIn(), {}, 'tool');
	expect(answer).toContain('Ina Guest');
});
