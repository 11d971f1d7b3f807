import { allows, leastOf, listOfPermissions } from '../../nodes/shared/permissions';

test('the right to manage includes the right to read, not the other way', () => {
	expect(allows(['account.person'], 'account.person.readonly')).toBe(true);
	expect(allows(['account.person.readonly'], 'account.person')).toBe(false);
});

test('what another need includes is not ticked as well', () => {
	const either = ['account.group_reservation', 'account.reservation'] as const;
	expect(leastOf(['account.person.readonly', 'account.person', 'account.sync', 'account.person'])).toEqual([
		'account.person',
		'account.sync',
	]);
	expect(leastOf([either, 'account.sync', either])).toEqual([either, 'account.sync']);
	expect(leastOf([either, 'account.reservation'])).toEqual(['account.reservation']);
	expect(leastOf([either, 'account.reservation.readonly'])).toEqual([either, 'account.reservation.readonly']);
});

test('a list reads as a sentence', () => {
	expect(listOfPermissions(['account.sync'])).toBe('"Send Changes to the Doors"');
	expect(
		listOfPermissions([
			'account.person',
			'account.sync',
			['account.group_reservation', 'account.reservation'],
		]),
	).toBe(
		'"Manage People and Credentials", "Send Changes to the Doors" and either "Book Group Access" or "Book Door Access"',
	);
});
