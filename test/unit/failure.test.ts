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

test.each([
	['ERR_CANCELED', 'cancelled'],
	['the request was canceled', 'cancelled'],
	['This execution was cancelled', 'cancelled'],
	['OAuth credentials not connected', 'notConnected'],
	['invalid_grant', 'grantDead'],
	['The refresh token is invalid', 'grantDead'],
	['invalid_client', 'clientRefused'],
	['Client authentication failed', 'clientRefused'],
	['getaddrinfo ENOTFOUND api.doorflow.com', 'notSent'],
	['ECONNRESET', 'lost'],
	['something else', 'other'],
	['', 'other'],
])('"%s" is %s', (message, kind) => {
	expect(sortFailure(new Error(message))).toStrictEqual({ kind, text: message });
});

test('what carries nothing is of no kind', () => {
	for (const nothing of [undefined, null, 5, {}, []])
		expect(sortFailure(nothing)).toEqual({ kind: 'other', text: '' });
	expect(sortFailure('invalid_grant')).toEqual({ kind: 'grantDead', text: 'invalid_grant' });
});

test('it is found wherever an error may carry it, and however it is wrapped', () => {
	for (const name of ['message', 'description', 'code', 'error', 'error_description'])
		expect([name, sortFailure({ [name]: 'invalid_grant' }).kind]).toEqual([name, 'grantDead']);
	for (const name of ['cause', 'errorResponse', 'response', 'body', 'data', 'context', 'reason'])
		expect([name, sortFailure({ [name]: { message: 'invalid_grant' } }).kind]).toEqual([name, 'grantDead']);
	expect(sortFailure({ messages: ['first', 'invalid_grant'] })).toEqual({ kind: 'grantDead', text: 'first' });
	for (const wrap of [
		(inner: object) => ({ cause: inner }),
		(inner: object) => ({ error: inner }),
		(inner: object) => ({ messages: [inner] }),
	]) {
		const inside = (depth: number): object =>
			depth === 0 ? { code: 'invalid_grant' } : wrap(inside(depth - 1));
		expect(sortFailure(inside(4)).kind).toBe('grantDead');
		expect(sortFailure(inside(5)).kind).toBe('other');
	}
	const round: Record<string, unknown> = { message: 'x' };
	round.cause = round;
	expect(sortFailure(round)).toEqual({ kind: 'other', text: 'x' });
});

test('texts that only together look like something are not', () => {
	expect(sortFailure({ message: 'invalid_', code: 'grant' }).kind).toBe('other');
});

test('the first status between 300 and 599 is told', () => {
	for (const name of ['httpCode', 'status', 'statusCode'])
		for (const status of [300, 401, 599, '503'])
			expect(sortFailure({ [name]: status })).toEqual({ kind: 'other', status: Number(status), text: '' });
	for (const status of [299, 600, 400.5, 'none', undefined, Infinity])
		expect(sortFailure({ status })).toEqual({ kind: 'other', text: '' });
	expect(sortFailure({ status: 502, cause: { status: 401 } }).status).toBe(502);
});

test('of what a server sends without end, the beginning counts', () => {
	expect(sortFailure(`${'x'.repeat(1000)}invalid_grant`)).toEqual({ kind: 'other', text: 'x'.repeat(1000) });
	const texts = (before: number): object => ({
		messages: [...Array<string>(before).fill('x'), 'invalid_grant'],
	});
	expect(sortFailure(texts(49)).kind).toBe('grantDead');
	expect(sortFailure(texts(50)).kind).toBe('other');
});
