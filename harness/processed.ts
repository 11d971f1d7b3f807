type Scope = 'node' | 'workflow';

/** What n8n's deduplication keeps in its database, in memory: the same answers, and as little locking. */
export class Processed {
	node: string[] = [];

	workflow: string[] = [];

	async checkAndRecord(
		items: readonly unknown[],
		scope: Scope,
		{ maxEntries = Infinity }: { maxEntries?: number },
	): Promise<{ new: string[]; processed: string[] }> {
		const list = [...this[scope]];
		await new Promise((next) => setTimeout(next, 2));
		const keys = items.map(String);
		const fresh = keys.filter((key) => !list.includes(key));
		this[scope] = [...list, ...fresh].slice(-maxEntries);
		return { new: fresh, processed: keys.filter((key) => list.includes(key)) };
	}

	async remove(items: readonly unknown[], scope: Scope): Promise<void> {
		this[scope] = this[scope].filter((key) => !items.map(String).includes(key));
	}
}
