/** How much faster it tries to go in each step, as long as DoorFlow does not mind. */
const GROWTH = 1.1;
/** Time of a step in milliseconds: long enough to hear that the last one was too much. */
const STEP_MS = 2000;
/** How long a pace that DoorFlow just refused is not tried again, in milliseconds; twice as long each time it is confirmed. */
const HOLD_MS = 30_000;
const LONGEST_HOLD_MS = 5 * 60_000;
/** How close two findings are that confirm each other. */
const SAME = 1.1;
/** Requests do not arrive quite as evenly as they are sent. */
const MARGIN = 1.02;
/** Fewer requests than this say nothing about a limit. */
const ENOUGH = 10;
/** How many seconds are remembered. DoorFlow asks for waits of up to a minute. */
const KEPT_SECONDS = 120;
/** After so long without a refusal, in milliseconds, what was found out about the limit is forgotten. */
const FORGET_MS = 10 * 60_000;

/**
 * Keeps all requests that share a limit within it. The first 429 makes all of them wait. How many requests DoorFlow took
 * before, in as many seconds of its clock as it asks to wait, is then its limit: they are sent evenly at that pace, so that
 * they do not all come at once when the wait is over, and the pace is raised slowly until DoorFlow says 429 again.
 * All times in milliseconds, except DoorFlow's seconds.
 */
export class Pacer {
	private pausedUntil = 0;

	private nextAt = 0;

	/** Time from one request to the next; 0 while no limit is known. */
	private interval = 0;

	private raisedAt = 0;

	/** The pace that DoorFlow let pass the last time it refused. */
	private found = 0;

	private hold = HOLD_MS;

	/** How many requests DoorFlow took in each second of its clock. */
	private readonly taken = new Map<number, number>();

	private refusal:
		| { readonly at: number; readonly second: number; readonly seconds: number; readonly atLeast: number }
		| undefined;

	/** Books the next turn. @returns how long to wait for it */
	turn(now: number): number {
		if (this.refusal && now - this.refusal.at > FORGET_MS) [this.interval, this.refusal] = [0, undefined];
		const at = Math.max(now, this.pausedUntil, this.nextAt);
		this.nextAt = at + this.interval;
		return at - now;
	}

	/** Whether a pause began while a turn was waited for. */
	isPaused(now: number): boolean {
		return now < this.pausedUntil;
	}

	/**
	 * DoorFlow took a request.
	 *
	 * @param second of DoorFlow's clock when it answered
	 */
	took(now: number, second = Math.floor(now / 1000)): void {
		this.taken.set(second, (this.taken.get(second) ?? 0) + 1);
		if (this.taken.size > KEPT_SECONDS) this.taken.delete(this.taken.keys().next().value as number);
		// It was under way when another one was refused.
		if (now < this.pausedUntil) this.keepPace();
		else if (this.interval > 0 && now - this.raisedAt >= STEP_MS) {
			this.interval /= GROWTH;
			this.raisedAt = now;
		}
	}

	/**
	 * DoorFlow said 429.
	 *
	 * @param wait how long it asks to wait
	 * @param second of DoorFlow's clock when it answered
	 */
	limited(now: number, wait: number, second = Math.floor(now / 1000)): void {
		// Others were under way when the first of them was refused.
		const again = now < this.pausedUntil;
		this.pausedUntil = Math.max(this.pausedUntil, now + wait);
		this.nextAt = this.pausedUntil;
		if (again) return;
		this.refusal = {
			at: now,
			second,
			seconds: Math.max(1, Math.floor(wait / 1000)),
			atLeast: this.interval * MARGIN,
		};
		this.keepPace();
		const confirmed =
			this.found > 0 && this.interval < this.found * SAME && this.found < this.interval * SAME;
		this.hold = confirmed ? Math.min(this.hold * 2, LONGEST_HOLD_MS) : HOLD_MS;
		this.found = this.interval;
		this.raisedAt = now + this.hold;
	}

	/** Sets the pace to what DoorFlow took before it refused. */
	private keepPace(): void {
		if (!this.refusal) return;
		const { second, seconds, atLeast } = this.refusal;
		let count = 0;
		for (const [one, taken] of this.taken) if (one > second - seconds && one <= second) count += taken;
		this.interval = Math.max(atLeast, count < ENOUGH ? 0 : ((seconds * 1000) / count) * MARGIN);
	}
}
