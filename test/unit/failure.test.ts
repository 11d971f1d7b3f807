import { sortFailure } from '../../nodes/shared/failure';

test('n8n errors are sorted whatever wraps them', () => {
	expect(
		sortFailure(
			new Error('x', { cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }) }),
		).kind,
	).toBe('notSent');
	expect(sortFailure({ body: { error: 'invalid_grant' } }).kind).toBe('grantDead');
	expect(sortFailure(new Error('socket hang up')).kind).toBe('lost');
	expect(sortFailure(new Error('OAuth credentials not connected')).kind).toBe('notConnected');
	// n8n's database says so of itself; the credential may be in good order.
	expect(sortFailure(new Error('Driver not Connected')).kind).toBe('other');
});
