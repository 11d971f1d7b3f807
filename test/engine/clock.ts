import { subscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';

const Real = Date;
let aheadMs = 0;

class Ahead extends Real {
	constructor(...given: unknown[]) {
		super(...((given.length === 0 ? [Ahead.now()] : given) as [number]));
	}

	static override now(): number {
		return Real.now() + aheadMs;
	}
}

let hears = false;

/**
 * Sets the clock of this process, which the nodes and the sandbox share: from then on it goes on as always. Servers tell
 * it as well, in the header that Node itself would fill in by the machine's clock.
 *
 * @param at in milliseconds; undefined for the machine's own time
 */
export function setClock(at: number | undefined): void {
	aheadMs = at === undefined ? 0 : at - Real.now();
	globalThis.Date = at === undefined ? Real : (Ahead as DateConstructor);
	if (hears) return;
	hears = true;
	subscribe('http.server.request.start', (message) => {
		if (aheadMs !== 0)
			(message as { response: ServerResponse }).response.setHeader('Date', new Date().toUTCString());
	});
}
