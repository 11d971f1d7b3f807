import { DoorFlowError, type Problem } from '../../../shared/problem';

/** What became of taking something back. */
export type TakenBack =
	/** What was taken back, as in "created the person 12". */
	| string
	/** What stays on purpose, because somebody else relies on it by now. */
	| { readonly kept: string }
	/** There was nothing after all. */
	| undefined;

const saysNothingWasChanged = /\bNothing was changed\b/;

/** One thing that was done, or may have been, and can be taken back. */
interface Done {
	/** As in "created the person 12". */
	readonly what: string;
	readonly undo: () => Promise<TakenBack>;
}

/**
 * Keeps what was done step by step. When a later step fails, all of it is taken back in reverse order, and the error
 * says what was undone and, should that fail too, what is left behind.
 */
export class Undo {
	private readonly done: Done[] = [];

	/**
	 * @param what was done, as in "created the person 12"
	 * @param undo takes it back, where it is still as it was left, and says in its own words what it took back
	 */
	add(what: string, undo: () => Promise<TakenBack>): void {
		this.done.push({ what, undo });
	}

	/**
	 * Runs the steps.
	 *
	 * @param whenClean called when the steps failed and nothing of them is left
	 * @throws DoorFlowError with the story of what was undone
	 */
	async guard<T>(steps: () => Promise<T>, whenClean: () => void): Promise<T> {
		const outcome = await steps().then(
			(value) => ({ value }),
			(error: unknown) => ({ error }),
		);
		if ('value' in outcome) return outcome.value;
		const problem: Problem =
			outcome.error instanceof DoorFlowError
				? outcome.error.problem
				: {
						kind: 'unexpected',
						message: 'The check-in failed',
						description: outcome.error instanceof Error ? outcome.error.message : '',
					};
		const undone: string[] = [];
		const kept: string[] = [];
		const left: string[] = [];
		for (const { what, undo } of [...this.done].reverse()) {
			try {
				const story = await undo();
				if (typeof story === 'string') undone.push(story);
				else if (story) kept.push(story.kept);
			} catch {
				left.push(what);
			}
		}
		if (left.length + kept.length === 0) whenClean();
		const story = [
			undone.length > 0 ? `Undone: ${undone.join('; ')}.` : '',
			kept.length > 0
				? `Not undone, because somebody else has changed it or relies on it: ${kept.join('; ')}.`
				: '',
			left.length > 0
				? `LEFT BEHIND, because undoing it failed too: ${left.join('; ')}. Remove it in DoorFlow.`
				: '',
			undone.length + kept.length + left.length > 0 || saysNothingWasChanged.test(problem.description)
				? ''
				: 'Nothing had been changed before.',
		];
		throw new DoorFlowError({
			...problem,
			description: [problem.description, ...story].filter(Boolean).join(' '),
		});
	}
}
