import { allows } from '../../nodes/shared/permissions';

test('the right to manage includes the right to read, not the other way', () => {
	expect(allows(['account.person'], 'account.person.readonly')).toBe(true);
	expect(allows(['account.person.readonly'], 'account.person')).toBe(false);
});
