import { firstsOf, firstsOnly } from '../../nodes/DoorFlowPollingTrigger/firsts';

const admission = (person: number, day: string) => ({
	event: 'accessGranted',
	occurredAt: `${day}T12:00:00Z`,
	data: { person_id: person },
});

test('eight days are remembered, the newest ones', () => {
	const days = Array.from({ length: 12 }, (_, index) => `2026-11-${10 + index}`);
	const { items, firsts } = firstsOnly(
		days.flatMap((day) => [admission(1, day), admission(1, day)]),
		{},
		'UTC',
	);
	expect(items).toHaveLength(12);
	expect(Object.keys(firsts).sort()).toEqual(days.slice(4));
});

test('20,000 admissions are remembered: whole days, the newest first', () => {
	const people = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
	const before = { '2026-11-20': people(12_000), '2026-11-21': people(12_000) };
	expect(Object.keys(firstsOnly([], before, 'UTC').firsts)).toEqual(['2026-11-21']);
});

test('what can not be read is left out', () => {
	expect(firstsOf('x')).toEqual({});
	expect(firstsOf(null)).toEqual({});
	expect(firstsOf({ '2026-11-24': [1], today: [1], '2026-11-25': 'x', '2026-11-26': ['x'] })).toEqual({
		'2026-11-24': [1],
	});
});
