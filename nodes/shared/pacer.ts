/** How much faster it tries to go in each step, as long as DoorFlow does not mind. */
const GROWTH = 1.1;
/** Time of a step in milliseconds: long enough to hear that the last one was too much. */
const STEP_MS = 2000;
/** How long a pace that DoorFlow just refused is not tried again, in milliseconds. */
const HOLD_MS = 30_000;
/** What passed between two refusals is less than the limit, since all waited for a part of the time. */
const TRY = 0.9;
/** Fewer requests than this say nothing about a limit. */
const ENOUGH = 10;

/**
 * Keeps all requests of an execution within DoorFlow's limit together. The first 429 makes all of them wait. From the
 * second on, the pace that DoorFlow let through between the two is kept evenly, so that they do not all come at once when
 * the wait is over; it is raised slowly until DoorFlow says 429 again. All times in milliseconds.
 */
export class Pacer {
	private pausedUntil = 0;

	private nextAt = 0;

	/** Time from one request to the next; 0 while no limit is known. */
	private interval = 0;

	private granted = 0;

	private limitedAt: number | undefined;

	private raisedAt = 0;

	/** Books the next turn. @returns how long to wait for it */
	turn(now: number): number {
		const at = Math.max(now, this.pausedUntil, this.nextAt);
		this.nextAt = at + this.interval;
		return at - now;
	}

	/** Whether a pause began while a turn was waited for. */
	isPaused(now: number): boolean {
		return now < this.pausedUntil;
	}

	/** DoorFlow took a request. */
	took(now: number): void {
		this.granted++;
		if (this.interval === 0 || now - this.raisedAt < STEP_MS) return;
		this.interval /= GROWTH;
		this.raisedAt = now;
	}

	/** DoorFlow said 429 and asks to wait. */
	limited(now: number, wait: number): void {
		// Others were under way when the first of them was refused.
		const again = now < this.pausedUntil;
		this.pausedUntil = Math.max(this.pausedUntil, now + wait);
		this.nextAt = this.pausedUntil;
		if (again) return;
		if (this.interval > 0) {
			this.interval *= GROWTH;
			this.raisedAt = now + HOLD_MS;
		} else if (this.limitedAt !== undefined && this.granted >= ENOUGH) {
			this.interval = ((now - this.limitedAt) / this.granted) * TRY;
			this.raisedAt = now + wait;
		}
		this.limitedAt = now;
		this.granted = 0;
	}
}
