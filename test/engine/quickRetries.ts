type RetryPolicy = typeof import('../../nodes/shared/retryPolicy');

/**
 * The retry policy with waits of a hundredth, in place of the real one for tests that go through many retries. What is
 * decided, and how long the real waits are, is tested in test/unit/retryPolicy.test.ts.
 */
const actual = jest.requireActual<RetryPolicy>('../../nodes/shared/retryPolicy');

export const { MAX_ATTEMPTS, retryAfterSeconds } = actual;

export const nextStep: RetryPolicy['nextStep'] = (outcome, budget) => {
	const next = actual.nextStep(outcome, budget);
	return next.step === 'wait' ? { ...next, milliseconds: next.milliseconds / 100 } : next;
};
