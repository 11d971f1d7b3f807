import { judge } from '../../nodes/DoorFlowTrigger/fetch';
import type { Problem } from '../../nodes/shared/problem';

const problem = (more: Partial<Problem>): Problem => ({
	kind: 'unexpected',
	message: 'm',
	description: 'd',
	...more,
});
const refused = (more: Partial<Problem>) => ({ problem: problem(more), mayBeDone: false });

test('a resource is taken as it is; what is none is to be sent again', () => {
	expect(judge({ status: 200, headers: {}, body: { id: 1 } })).toEqual({ kind: 'data', data: { id: 1 } });
	for (const body of [null, undefined, '', 'x', 5, [], [{ id: 1 }]])
		expect([body, judge({ status: 200, headers: {}, body })]).toEqual([
			body,
			{ kind: 'later', problem: expect.objectContaining({ kind: 'unexpected' }) },
		]);
});

test.each([404, 410])('with %i it is gone', (status) => {
	expect(judge(refused({ status }))).toEqual({
		kind: 'gone',
		why: 'DoorFlow no longer has this resource',
	});
});

test('what takes longer, or only a person can help with, is left to the run', () => {
	const inTime = { problem: problem({ kind: 'unavailable' }), mayBeDone: true };
	expect(judge(inTime)).toEqual({ kind: 'later', problem: inTime.problem });
	expect(judge({ ...inTime, outOfTime: true })).toEqual({ kind: 'inRun', problem: inTime.problem });
	for (const kind of ['rateLimited', 'permission'] as const)
		expect(judge(refused({ kind, status: 403 }))).toEqual({
			kind: 'inRun',
			problem: problem({ kind, status: 403 }),
		});
	for (const kind of ['unavailable', 'reconnect', 'misconfigured', 'invalid'] as const)
		expect(judge(refused({ kind, status: 405 }))).toMatchObject({ kind: 'later' });
});
