import { eventOfCode } from '../../../shared/eventCatalogue';

/** The doors that tell who is in. */
export interface MusterDoors {
	readonly entry: ReadonlySet<number>;
	readonly exit: ReadonlySet<number>;
	readonly safe: ReadonlySet<number>;
}

/** As much of an event of DoorFlow as counts here. */
export interface Seen {
	/** DoorFlow counts up as it stores them. */
	readonly id: number;
	readonly code: number;
	/** Milliseconds since 1970. */
	readonly at: number;
	/** The same, as DoorFlow gives it. */
	readonly time: string;
	readonly doorId: number;
	readonly doorName: string;
	readonly person?: { readonly id: number; readonly name: string };
}

/** What is known of the doors beside their events. */
export interface DoorFacts {
	/** Milliseconds since 1970. */
	readonly now: number;
	/** Ids of doors without contact now; undefined where nobody may know. */
	readonly offline: ReadonlySet<number> | undefined;
	/** Ids of doors that anybody can pass now. */
	readonly unlocked: ReadonlySet<number>;
}

export type MusterState = 'expected' | 'in' | 'out' | 'safe';
export type Confidence = 'likely' | 'sure' | 'unknown';

/** A type, not an interface, which n8n does not take as the data of an item. */
export type MusterRow = {
	readonly personId: number;
	readonly name: string;
	readonly state: MusterState;
	readonly lastDoor: string | null;
	readonly lastSeen: string | null;
	readonly confidence: Confidence;
	readonly why: string;
};

/** Which way somebody passes a door. */
type Way = 'both' | 'in' | 'out' | 'safe';

interface Person {
	name: string;
	named: number;
	/** The last time that a door let the person through. */
	passed?: Seen;
	/** The last time that one did not. */
	refused?: Seen;
}

/** What happens at a door that lets somebody pass unseen, and when that was last. */
type Unseen = 'exitButton' | 'noContact' | 'open' | 'unnamed';

const UNSEEN: readonly Unseen[] = ['exitButton', 'unnamed', 'open', 'noContact'];

const REASONS: Readonly<Record<Unseen, (doors: string) => string>> = {
	exitButton: (doors) => `since then, the exit button was pressed at ${doors}, which identifies nobody`,
	unnamed: (doors) => `since then, somebody unidentified passed ${doors}`,
	open: (doors) => `since then, anybody could pass ${doors} (unlocked, forced or held open)`,
	noContact: (doors) => `since then, ${doors} was out of contact for a time`,
};

/** DoorFlow: 13 is an admission by request to exit. */
const EXIT_BUTTON = 13;
/** DoorFlow: 16 is an admission at an unlocked door. */
const UNLOCKED = 16;
/** DoorFlow: 2 stopped, 3 contact lost. */
const NO_CONTACT: readonly number[] = [2, 3];

/** Once made, it compares many times faster than a text that is asked. */
const names = new Intl.Collator('en');

const ORDER: readonly MusterState[] = ['in', 'expected', 'safe', 'out'];

/** A doubt about where somebody is; the second kind means that it is not known at all. */
interface Doubt {
	readonly text: string;
	readonly isGrave?: boolean;
}

/** By how much n8n's clock may be behind DoorFlow's, in milliseconds. */
const CLOCKS_DIFFER_MS = 5 * 60_000;

/** Whether something happened after something else. Two things of one second are told apart by their order in DoorFlow. */
const isLater = (one: Seen, other: Seen): boolean =>
	one.at === other.at ? one.id > other.id : one.at > other.at;

const MAX_NAMED = 3;

function inWords(names: readonly string[]): string {
	const shown =
		names.length > MAX_NAMED
			? [...names.slice(0, MAX_NAMED - 1), `${names.length - MAX_NAMED + 1} more doors`]
			: names;
	return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${String(shown.at(-1))}` : (shown[0] ?? '');
}

/**
 * Works out from the events of some doors who is in. It keeps the last sign of each person and of each door, no event:
 * they may come in any order.
 */
export class Muster {
	private readonly people = new Map<number, Person>();

	/** When it was last, by door. */
	private readonly unseen: Readonly<Record<Unseen, Map<number, number>>> = {
		exitButton: new Map(),
		unnamed: new Map(),
		open: new Map(),
		noContact: new Map(),
	};

	private readonly doorNames = new Map<number, string>();

	constructor(private readonly doors: MusterDoors) {}

	/** Takes an event into account. */
	note(event: Seen): void {
		const { code, doorId, person } = event;
		this.doorNames.set(doorId, event.doorName);
		const kind = eventOfCode(code);
		if (code === UNLOCKED || kind === 'doorForced' || kind === 'doorHeldOpen' || kind === 'autoUnlock')
			this.mark('open', event);
		if (NO_CONTACT.includes(code)) this.mark('noContact', event);
		if (kind === 'accessGranted' && person) {
			const known = this.person(event, person);
			if (!known.passed || isLater(event, known.passed)) known.passed = event;
		} else if (kind === 'accessDenied' && person) {
			const known = this.person(event, person);
			if (!known.refused || isLater(event, known.refused)) known.refused = event;
		} else if (kind === 'requestToExit' || code === EXIT_BUTTON) {
			this.mark('exitButton', event);
		} else if (kind === 'accessGranted') {
			this.mark('unnamed', event);
		}
	}

	/** Whether anything was seen of somebody. */
	has(personId: number): boolean {
		return this.people.has(personId);
	}

	/** Names of the doors at which somebody came in without a name. */
	get unnamedEntries(): string[] {
		return [...this.unseen.unnamed.keys()]
			.filter((door) => this.doors.entry.has(door))
			.map((door) => this.doorNames.get(door) ?? String(door));
	}

	/**
	 * A row a person.
	 *
	 * @param names of doors, by id, where they are known apart from events
	 */
	rows(facts: DoorFacts, names: ReadonlyMap<number, string> = new Map()): MusterRow[] {
		for (const [id, name] of names) this.doorNames.set(id, name);
		return [...this.people].map(([id, person]) => this.row(id, person, facts));
	}

	private person({ at }: Seen, { id, name }: { readonly id: number; readonly name: string }): Person {
		const known = this.people.get(id) ?? { name, named: at };
		this.people.set(id, known);
		if (at >= known.named && name !== '') Object.assign(known, { name, named: at });
		return known;
	}

	private mark(what: Unseen, { doorId, at }: Seen): void {
		const last = this.unseen[what].get(doorId) ?? -Infinity;
		if (at >= last) this.unseen[what].set(doorId, at);
	}

	private wayThrough(door: number): Way {
		const { entry, exit, safe } = this.doors;
		if (safe.has(door)) return 'safe';
		if (entry.has(door) && exit.has(door)) return 'both';
		return exit.has(door) ? 'out' : 'in';
	}

	private row(personId: number, { name, passed, refused }: Person, facts: DoorFacts): MusterRow {
		const after = refused && (!passed || isLater(refused, passed)) ? refused : undefined;
		const last = (after ?? passed) as Seen;
		const said = passed ? this.afterPass(passed, after, facts) : this.onlyRefused(last);
		const undated = wrongClock([last, passed], facts.now);
		const { reason } = said;
		// A card that may have been shown there on another day makes nobody safe.
		const state = undated && said.state === 'safe' ? 'in' : said.state;
		const doubts = [...(undated ? [undated] : []), ...said.doubts];
		const confidence =
			doubts.length === 0 ? 'sure' : doubts.some(({ isGrave }) => isGrave) ? 'unknown' : 'likely';
		return {
			personId,
			name: name || `Person ${personId}`,
			state,
			lastDoor: last.doorName,
			lastSeen: last.time,
			confidence,
			why: `${[reason, ...doubts.map(({ text }) => text)].join('; ')}.`,
		};
	}

	/** Where somebody is whom no door let through: a refusal makes nobody safe, and nobody who wants to leave is outside. */
	private onlyRefused({ doorId, doorName }: Seen): { state: MusterState; reason: string; doubts: Doubt[] } {
		const wants = this.wayThrough(doorId);
		const reason = `The card or PIN was refused at ${doorName}, and nothing else was seen`;
		const doubt = {
			in: 'may have come in behind somebody',
			both: 'may be in or out',
			out: 'was on the way out, so probably is in',
			safe: 'was probably there, but it is not certain who used the card or PIN',
		}[wants];
		return { state: wants === 'in' ? 'out' : 'in', reason, doubts: [{ text: doubt, isGrave: true }] };
	}

	private afterPass(
		passed: Seen,
		after: Seen | undefined,
		facts: DoorFacts,
	): { state: MusterState; reason: string; doubts: Doubt[] } {
		const way = this.wayThrough(passed.doorId);
		const state = ({ in: 'in', both: 'in', out: 'out', safe: 'safe' } as const)[way];
		const reason = {
			in: `Came in through ${passed.doorName}`,
			both: `Passed ${passed.doorName}`,
			out: `Left through ${passed.doorName}`,
			safe: `Used a card or PIN at ${passed.doorName}`,
		}[way];
		const doubts: Doubt[] = [
			...(way === 'both' ? [{ text: 'people pass that door in both directions', isGrave: true }] : []),
			...(after ? [this.refusedAfter(state, after)] : []),
			...(state === 'safe' ? [] : this.passedUnseen(state, passed.at, facts)),
		];
		return { state, reason, doubts };
	}

	private refusedAfter(state: MusterState, { doorId, doorName }: Seen): Doubt {
		const wants = this.wayThrough(doorId);
		const refused = `the card or PIN was refused at ${doorName} afterwards`;
		if (state === 'in' && wants === 'safe')
			return { text: `${refused}, so the person is probably there`, isGrave: true };
		if (state === 'in' && wants === 'in')
			return { text: `${refused}, so the person had left unseen`, isGrave: true };
		return { text: refused };
	}

	/** What may have let somebody go the other way since, without a trace. */
	private passedUnseen(state: 'in' | 'out', since: number, { offline, unlocked }: DoorFacts): Doubt[] {
		const { entry, exit } = this.doors;
		// An exit button stands inside, so it lets out at entry doors as well; so does a door that is open.
		const concerned = state === 'in' ? new Set([...entry, ...exit]) : entry;
		const named = (ids: Iterable<number>): string =>
			inWords([...ids].filter((id) => concerned.has(id)).map((id) => this.doorNames.get(id) ?? `door ${id}`));
		const doubts: Doubt[] = [];
		for (const what of UNSEEN) {
			if (what === 'exitButton' && state === 'out') continue;
			// An unnamed pass at an entry door lets nobody out.
			const there = [...this.unseen[what]].filter(
				([id, at]) =>
					at >= since &&
					!(what === 'unnamed' && state === 'in' && !exit.has(id)) &&
					!(what === 'noContact' && offline?.has(id)),
			);
			const doors = named(there.map(([id]) => id));
			if (doors !== '') doubts.push({ text: REASONS[what](doors) });
		}
		const openNow = named(unlocked);
		if (openNow !== '') doubts.push({ text: `anybody can pass ${openNow} now` });
		if (state === 'in' && exit.size === 0)
			doubts.push({ text: 'no exit door is chosen, so nobody is seen leaving' });
		const cutOff = offline && named(offline);
		if (cutOff)
			doubts.push({ text: `what happened at ${cutOff} is not known: out of contact now`, isGrave: true });
		if (!offline) doubts.push({ text: 'whether the doors are in contact is not known' });
		return doubts;
	}
}

/** What is dated after the present hides what came after it. */
function wrongClock(signs: ReadonlyArray<Seen | undefined>, now: number): Doubt | undefined {
	const wrong = signs.find((seen) => seen && seen.at > now + CLOCKS_DIFFER_MS);
	return (
		wrong && { text: `the clock of ${wrong.doorName} is wrong: that time is still to come`, isGrave: true }
	);
}

/** The order of a list to count people by: who is in comes first, and by name. */
export function inMusterOrder(rows: readonly MusterRow[]): MusterRow[] {
	return [...rows].sort(
		(one, other) =>
			ORDER.indexOf(one.state) - ORDER.indexOf(other.state) ||
			names.compare(one.name, other.name) ||
			one.personId - other.personId,
	);
}
