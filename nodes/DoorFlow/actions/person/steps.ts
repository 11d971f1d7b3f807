import { DoorFlowError, type About, type Problem } from '../../../shared/problem';
import type { Call } from '../../call';

/** After these, nothing else would succeed either. */
export const HOPELESS: ReadonlyArray<Problem['kind']> = ['cancelled', 'misconfigured', 'reconnect'];

/** Steps that take access away: one that fails keeps none of the others from being done. */
export class Steps {
	readonly failed: Array<{ readonly what: string; readonly problem: Problem }> = [];

	constructor(private readonly call: Call) {}

	/**
	 * @param what is to be said if it fails
	 * @throws what is no DoorFlowError
	 */
	async step(what: string, work: () => Promise<void>): Promise<void> {
		const [first] = this.failed;
		if (first && this.failed.some(({ problem }) => HOPELESS.includes(problem.kind))) {
			this.failed.push({ what, problem: first.problem });
			return;
		}
		await this.inAnyCase(what, work);
	}

	/**
	 * A step that what was done before it makes necessary: it is tried however that ended.
	 *
	 * @param what is to be said if it fails
	 * @throws what is no DoorFlowError
	 */
	async inAnyCase(what: string, work: () => Promise<void>): Promise<void> {
		await work().catch((error: unknown) => {
			if (!(error instanceof DoorFlowError)) throw error;
			this.failed.push({ what, problem: error.problem });
		});
	}

	/**
	 * Deletes one thing, which counts as done where it is gone already. What was sent is waited for, also when the
	 * execution is cancelled.
	 *
	 * @param what is to be said if it fails
	 * @param done called when it is deleted
	 * @param unsure called when it may be
	 */
	async remove(
		what: string,
		path: string,
		about: About,
		done: () => Promise<void> | void,
		unsure?: () => void,
	): Promise<void> {
		await this.step(what, async () => {
			const outcome = await this.call.ask({ method: 'DELETE', path, about, whenCancelled: 'finish' });
			if ('problem' in outcome && outcome.problem.kind !== 'notFound') {
				if (outcome.mayBeDone) unsure?.();
				this.call.fail(outcome.problem);
			}
			await done();
		});
	}

	/**
	 * What to say of steps of which some failed.
	 *
	 * @param done what is done
	 * @returns the first problem, whether anything is done, and what is done and what is not
	 */
	halfway(done: readonly string[]): {
		readonly problem: Problem;
		readonly isPartly: boolean;
		readonly description: string;
	} {
		const { problem } = this.failed[0] as { problem: Problem };
		const open = this.failed.map(({ what, problem: { message: why } }) => `${what} (${why})`);
		return {
			problem,
			isPartly: done.length > 0,
			description: `Done: ${done.join('; ') || 'nothing'}. NOT done: ${open.join('; ')}. Run it again: it continues with what is left. ${problem.description}`,
		};
	}
}
