/** In how many sequences each thing happened: what a random test never does, it does not try. */
export class Reach {
	private readonly sequences = new Map<string, number>();

	private present = new Set<string>();

	private count = 0;

	/** How many sequences were begun. */
	get begun(): number {
		return this.count;
	}

	/** From here on it is another sequence. */
	next(): void {
		this.count++;
		this.present = new Set();
	}

	/** @param what happened in the present sequence, once or more often */
	saw(what: string): void {
		if (this.present.has(what)) return;
		this.present.add(what);
		this.sequences.set(what, (this.sequences.get(what) ?? 0) + 1);
	}

	/** Per cent of the sequences so far in which this happened, with one decimal. */
	share(what: string): number {
		return Math.round((1000 * (this.sequences.get(what) ?? 0)) / this.count) / 10;
	}
}
