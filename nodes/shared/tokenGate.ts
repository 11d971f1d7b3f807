/** How long a credential that turned out dead is not tried again. */
export const DEAD_FOR_MS = 60_000;

/** A token that DoorFlow refuses although its time is not up is renewed so often for one request. */
const MOST_REFUSED = 3;
/** One that ran out on its way, as on a very busy machine, says nothing about the connection. */
const MOST_RUN_OUT = 20;

/**
 * What becomes of a request whose access token DoorFlow refused.
 *
 * @param renewals how often the token was renewed for it, this time included
 * @param ranOut whether the time of the refused token was up by DoorFlow's own clock
 * @returns milliseconds to wait before the token is renewed and the request repeated; undefined to give up
 */
export function waitBeforeRenewal(renewals: number, ranOut: boolean): number | undefined {
	if (renewals > (ranOut ? MOST_RUN_OUT : MOST_REFUSED)) return undefined;
	return Math.max(0, renewals - MOST_REFUSED) * 100;
}

/**
 * Lets only one request of a credential renew its token at a time within this process; the others wait and then use
 * what it stored. n8n 1.x refreshes without a lock, and DoorFlow's refresh tokens rotate: two at once and the second
 * is locked out. It also remembers which credentials are dead, so that a broken connection causes no storm.
 */
export class TokenGate {
	private readonly renewals = new Map<string, Promise<unknown>>();

	private readonly dead = new Map<string, { fingerprint: string; until: number }>();

	/**
	 * Runs `renew`, or waits for the renewal of this credential that is under way.
	 *
	 * @param credentialId n8n's id of the credential
	 * @param renew renews the token; its outcome is shared by all that wait
	 */
	async once<T>(credentialId: string, renew: () => Promise<T>): Promise<T> {
		const running = this.renewals.get(credentialId) as Promise<T> | undefined;
		if (running) return await running;
		const renewal = renew().finally(() => this.renewals.delete(credentialId));
		this.renewals.set(credentialId, renewal);
		return await renewal;
	}

	/**
	 * Remembers that DoorFlow refused a token for good.
	 *
	 * @param credentialId n8n's id of the credential
	 * @param fingerprint of the token, never the token
	 * @param now milliseconds since 1970
	 */
	markDead(credentialId: string, fingerprint: string, now: number): void {
		this.dead.set(credentialId, { fingerprint, until: now + DEAD_FOR_MS });
	}

	clear(): void {
		this.renewals.clear();
		this.dead.clear();
	}

	/** Whether this very token was refused less than a minute ago. A newer token of the same credential is tried at once. */
	isDead(credentialId: string, fingerprint: string, now: number): boolean {
		const mark = this.dead.get(credentialId);
		if (mark === undefined) return false;
		if (mark.fingerprint === fingerprint && now < mark.until) return true;
		this.dead.delete(credentialId);
		return false;
	}
}
