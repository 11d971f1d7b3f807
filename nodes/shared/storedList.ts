import { sleep, type IExecuteFunctions } from 'n8n-workflow';

import { processWide } from './processWide';

/** How many entries n8n keeps for us in one list: a bound for the stored size, some 160 KB. */
const KEPT = 5_000;
/** Entries that this process recorded a moment ago go along with the next ones. */
const RECENT = 500;
const RECENT_MS = 120_000;
const TRIES = 5;

/** What is to be done with the list next. */
interface Wish {
	readonly kind: 'record' | 'remove';
	readonly keys: readonly string[];
	readonly done: (known: Set<string>) => void;
	readonly failed: (error: unknown) => void;
}

const lists = processWide(new Map<string, StoredList>());

/**
 * Records keys in the workflow's list in n8n's database and says which of them were recorded before, by any process and
 * before any restart. Of two that record the same key at the same time in one process, exactly one is told that it is new.
 *
 * n8n's helper reads a list and writes it back, without a lock: of two writes at the same time, one is lost. So a process
 * writes one at a time, takes what it recorded lately along with each write, and once more when all is quiet: what
 * another process overwrote is put back. It can't be asked without recording.
 *
 * @returns the keys that were there before
 * @throws what n8n's database says after the fifth try; nothing may be started then
 */
export async function record(context: IExecuteFunctions, keys: readonly string[]): Promise<Set<string>> {
	return keys.length === 0 ? new Set() : await listOf(context).wish(context, 'record', keys);
}

/** Takes keys off the workflow's list, so that they are new the next time. @throws as {@link record} does */
export async function takeOff(context: IExecuteFunctions, keys: readonly string[]): Promise<void> {
	if (keys.length > 0) await listOf(context).wish(context, 'remove', keys);
}

function listOf(context: IExecuteFunctions): StoredList {
	const id = context.getWorkflow().id ?? '';
	const known = lists.get(id) ?? new StoredList();
	lists.set(id, known);
	return known;
}

/** One list in n8n's database, as this process sees it. */
class StoredList {
	private waiting: Wish[] = [];

	private writing = false;

	/** What this process recorded lately, and when. */
	private readonly recent = new Map<string, number>();

	/** Counts the writes, so that a look when all is quiet notices that it is not. */
	private writes = 0;

	async wish(context: IExecuteFunctions, kind: Wish['kind'], keys: readonly string[]): Promise<Set<string>> {
		return await new Promise((done, failed) => {
			this.waiting.push({ kind, keys, done, failed });
			void this.fulfilAll(context);
		});
	}

	/** What waits goes into one write; what arrives meanwhile into the next. */
	private async fulfilAll(context: IExecuteFunctions): Promise<void> {
		if (this.writing) return;
		this.writing = true;
		while (this.waiting[0]) {
			const { kind } = this.waiting[0];
			const other = this.waiting.findIndex((wish) => wish.kind !== kind);
			const batch = this.waiting.splice(0, other < 0 ? Infinity : other);
			const keys = new Set(batch.flatMap((wish) => wish.keys));
			try {
				const known = kind === 'record' ? await this.record(context, keys) : await this.remove(context, keys);
				for (const wish of batch) {
					wish.done(new Set(wish.keys.filter((key) => known.has(key))));
					for (const key of wish.keys) known.add(key);
				}
			} catch (error) {
				for (const { failed } of batch) failed(error);
			}
		}
		this.writing = false;
		void this.checkWhenQuiet(context);
	}

	private async record(context: IExecuteFunctions, keys: Set<string>): Promise<Set<string>> {
		this.writes++;
		const now = Date.now();
		for (const [key, at] of this.recent)
			if (now - at > RECENT_MS || this.recent.size > RECENT) this.recent.delete(key);
		const lately = [...this.recent.keys()].filter((key) => !keys.has(key));
		const { processed } = await persistently(async () => await write(context, [...lately, ...keys]));
		const known = new Set(processed.map(String));
		for (const key of keys) {
			if (this.recent.has(key)) known.add(key);
			this.recent.set(key, now);
		}
		return known;
	}

	private async remove(context: IExecuteFunctions, keys: Set<string>): Promise<Set<string>> {
		this.writes++;
		for (const key of keys) this.recent.delete(key);
		await persistently(
			async () => await context.helpers.removeProcessed([...keys], 'workflow', { mode: 'entries' }),
		);
		return new Set();
	}

	private async checkWhenQuiet(context: IExecuteFunctions): Promise<void> {
		const { writes } = this;
		for (let looks = 0; looks < TRIES; looks++) {
			await sleep(100 + Math.random() * 300);
			if (this.writing || this.writes !== writes || this.recent.size === 0) return;
			this.writing = true;
			const found = await write(context, [...this.recent.keys()]).catch((error: unknown) => {
				context.logger.debug(
					`DoorFlow: what was emitted could not be checked: ${error instanceof Error ? error.name : 'error'}`,
				);
				return undefined;
			});
			this.writing = false;
			// What came meanwhile waited for this; it looks again when it is done.
			if (this.waiting.length > 0) return await this.fulfilAll(context);
			if (found?.new.length === 0) return;
		}
	}
}

const write = async (context: IExecuteFunctions, keys: string[]) =>
	await context.helpers.checkProcessedAndRecord(keys, 'workflow', { mode: 'entries', maxEntries: KEPT });

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
