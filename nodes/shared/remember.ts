import { sleep, type IExecuteFunctions } from 'n8n-workflow';

/** How many entries n8n keeps for us in one place: a bound for the stored size, some 130 KB. */
const KEPT = 5_000;
/** Entries that this process recorded a moment ago go along with the next ones. */
const RECENT = 500;
const RECENT_MS = 120_000;
const TRIES = 5;

type Scope = 'node' | 'workflow';

interface Asked {
	readonly keys: readonly string[];
	readonly done: (repeated: Set<string>) => void;
	readonly failed: (error: unknown) => void;
}

const places = new Map<string, Place>();

/**
 * Records keys in n8n's database and says which of them were recorded before, by any process and before any restart.
 * Of two that record the same key at the same time in one process, exactly one is told that it is new.
 *
 * n8n's helper reads a list and writes it back, without a lock: of two writes at the same time, one is lost. So a process
 * writes one at a time, takes what it recorded lately along with each write, and once more when all is quiet: what
 * another process overwrote is put back.
 *
 * @param scope `node` is this node's own; `workflow` is shared by all nodes of the workflow
 * @returns the keys that were there before
 * @throws what n8n's database says after the fifth try; nothing may be started then
 */
export async function recordedBefore(
	context: IExecuteFunctions,
	scope: Scope,
	keys: readonly string[],
): Promise<Set<string>> {
	if (keys.length === 0) return new Set();
	const id = `${context.getWorkflow().id ?? ''}/${scope === 'node' ? context.getNode().id : ''}`;
	const place = places.get(id) ?? new Place();
	places.set(id, place);
	return await place.record(context, scope, keys);
}

/** Forgets keys, so that they are new the next time. */
export async function forgetRecorded(
	context: IExecuteFunctions,
	scope: Scope,
	keys: readonly string[],
): Promise<void> {
	places
		.get(`${context.getWorkflow().id ?? ''}/${scope === 'node' ? context.getNode().id : ''}`)
		?.forget(keys);
	await context.helpers.removeProcessed([...keys], scope, { mode: 'entries' });
}

/** One list in n8n's database, as this process sees it. */
class Place {
	private waiting: Asked[] = [];

	private writing = false;

	/** What this process recorded lately, and when. */
	private readonly recent = new Map<string, number>();

	/** Counts the writes, so that a look when all is quiet notices that it is not. */
	private writes = 0;

	async record(context: IExecuteFunctions, scope: Scope, keys: readonly string[]): Promise<Set<string>> {
		return await new Promise((done, failed) => {
			this.waiting.push({ keys, done, failed });
			void this.writeAll(context, scope);
		});
	}

	forget(keys: readonly string[]): void {
		for (const key of keys) this.recent.delete(key);
	}

	/** What waits goes into one write; what arrives meanwhile into the next. */
	private async writeAll(context: IExecuteFunctions, scope: Scope): Promise<void> {
		if (this.writing) return;
		this.writing = true;
		while (this.waiting.length > 0) {
			const batch = this.waiting;
			this.waiting = [];
			try {
				const known = await this.write(context, scope, new Set(batch.flatMap(({ keys }) => keys)));
				for (const { keys, done } of batch) {
					done(new Set(keys.filter((key) => known.has(key))));
					for (const key of keys) known.add(key);
				}
			} catch (error) {
				for (const { failed } of batch) failed(error);
			}
		}
		this.writing = false;
		void this.checkWhenQuiet(context, scope);
	}

	private async write(context: IExecuteFunctions, scope: Scope, keys: Set<string>): Promise<Set<string>> {
		this.writes++;
		const now = Date.now();
		for (const [key, at] of this.recent)
			if (now - at > RECENT_MS || this.recent.size > RECENT) this.recent.delete(key);
		const lately = [...this.recent.keys()].filter((key) => !keys.has(key));
		const { processed } = await persistently(
			async () =>
				await context.helpers.checkProcessedAndRecord([...lately, ...keys], scope, {
					mode: 'entries',
					maxEntries: KEPT,
				}),
		);
		const known = new Set(processed.map(String));
		for (const key of keys) {
			if (this.recent.has(key)) known.add(key);
			this.recent.set(key, now);
		}
		return known;
	}

	private async checkWhenQuiet(context: IExecuteFunctions, scope: Scope): Promise<void> {
		const { writes } = this;
		for (let looks = 0; looks < TRIES; looks++) {
			await sleep(100 + Math.random() * 300);
			if (this.writes !== writes || this.recent.size === 0) return;
			try {
				const { new: lost } = await context.helpers.checkProcessedAndRecord([...this.recent.keys()], scope, {
					mode: 'entries',
					maxEntries: KEPT,
				});
				if (lost.length === 0) return;
			} catch (error) {
				context.logger.debug(
					`DoorFlow: what was emitted could not be checked: ${error instanceof Error ? error.name : 'error'}`,
				);
			}
		}
	}
}

/** The very first write of two processes collides, and SQLite may be busy. */
async function persistently<T>(work: () => Promise<T>): Promise<T> {
	for (let attempt = 1; attempt < TRIES; attempt++) {
		try {
			return await work();
		} catch {
			await sleep(attempt * (50 + Math.random() * 100));
		}
	}
	return await work();
}
