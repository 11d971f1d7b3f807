import type { DoorFlowApi } from '../shared/api';
import { LISTS, textOf, type ListName, type NamedList } from '../shared/lists';
import type { Needed, Scope } from '../shared/permissions';
import type { Named } from '../shared/values';

/** A name was given for an ID, and the list that has it was not read yet. */
class NamesNeeded extends Error {
	constructor(readonly list: ListName) {
		super(`The names of ${LISTS[list].what} are needed`);
	}
}

/** What is called what in the account, for fields that take names; each list is read once in an execution. */
export class Names {
	private readonly read = new Map<ListName, Promise<readonly Named[]>>();

	private readonly known = new Map<ListName, readonly Named[]>();

	constructor(private readonly api: Pick<DoorFlowApi, 'list'>) {}

	/** @throws NamesNeeded when the list was not read yet; {@link during} reads it then */
	readonly of = (list: ListName): readonly Named[] => {
		const entries = this.known.get(list);
		if (!entries) throw new NamesNeeded(list);
		return entries;
	};

	/**
	 * Does what may need names, again from the start when it does.
	 *
	 * @param work reads fields, and has done nothing yet when it meets a name
	 * @param needs all permissions that the work needs
	 * @throws DoorFlowError when a list of names can't be read, and whatever `work` throws
	 */
	async during<T>(work: () => T | Promise<T>, needs: () => readonly Needed[]): Promise<T> {
		return await Promise.resolve()
			.then(work)
			.catch(async (error: unknown) => {
				if (!(error instanceof NamesNeeded)) return await Promise.reject<T>(error as Error);
				await this.load(error.list, needs);
				return await this.during(work, needs);
			});
	}

	/** What reading the lists of names that were needed so far takes. */
	get permissions(): Scope[] {
		return [...this.read.keys()].map((name) => LISTS[name].permission);
	}

	private async load(name: ListName, needs: () => readonly Needed[]): Promise<void> {
		const list: NamedList = LISTS[name];
		const reading =
			this.read.get(name) ??
			this.api
				.list(list, { about: { doing: `look up ${list.what} by name`, needs } })
				.then((entries) => entries.map((entry) => ({ id: textOf(entry.id), name: list.name(entry) })));
		this.read.set(name, reading);
		this.known.set(name, await reading);
	}
}
