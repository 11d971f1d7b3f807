import { sortFailure } from '../../nodes/shared/failure';

test('n8n errors are sorted whatever wraps them', () => {
	expect(
		sortFailure(
			new Error('x', { cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }) }),
		).kind,
	).toBe('notSent');
	expect(sortFailure({ body: { error: 'invalid_grant' } }).kind).toBe('grantDead');
	expect(sortFailure(new Error('socket hang up')).kind).toBe('lost');
});
