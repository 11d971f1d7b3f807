/** @returns how many of a hundred, with one decimal */
export const percent = (part: number, whole: number): number => Math.round((1000 * part) / whole) / 10;

/** How a run of random sequences went, or goes. */
export interface Report {
	/** Begun before one failed, or all. */
	readonly sequences: number;
	/** Requests that reached the sandbox. */
	readonly requests: number;
	/** Those of them that were made to fail, or whose process was killed. */
	readonly faults: number;
	/** What a sequence failed with, if one did. */
	readonly problem?: string | undefined;
	/** What happened, in how many of the sequences. */
	readonly happened: ReadonlyArray<readonly [string, number]>;
}

/** In how many sequences each thing happened: what a random test never does, it does not try. */
export class Reach {
	private readonly sequences = new Map<string, number>();

	private present = new Set<string>();

	private sequencesBegun = 0;

	/** How many sequences were begun. */
	get begun(): number {
		return this.sequencesBegun;
	}

	/** From here on it is another sequence. */
	next(): void {
		this.sequencesBegun++;
		this.present = new Set();
	}

	/** @param what happened in the present sequence, once or more often */
	saw(what: string): void {
		if (this.present.has(what)) return;
		this.present.add(what);
		this.sequences.set(what, (this.sequences.get(what) ?? 0) + 1);
	}

	/** In how many of the sequences so far this happened. */
	count(what: string): number {
		return this.sequences.get(what) ?? 0;
	}

	/** Per cent of the sequences so far in which this happened, with one decimal. */
	share(what: string): number {
		return percent(this.count(what), this.begun);
	}
}
