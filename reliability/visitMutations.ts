import type { Edit } from './mutated';

export interface Mutation {
	/** What went wrong at the doors. */
	readonly row: string;
	/** What is put back. */
	readonly what: string;
	readonly edits: readonly Edit[];
}

const VISITOR = 'nodes/DoorFlow/actions/visitor';
const RECORD = `${VISITOR}/record.ts`;
const CHECK_IN = `${VISITOR}/checkIn.operation.ts`;
const SYNC = 'nodes/DoorFlow/syncAfter.ts';

const EVERYBODY_IS_A_VISITOR: Edit = {
	file: `${VISITOR}/rules.ts`,
	now: 'if (groups === undefined || roles === undefined) return false;',
	then: 'return true;',
};

const NO_TURNS: Edit = {
	file: 'nodes/shared/oneAtATime.ts',
	now: 'before ? before.then(async () => await work(true)) : work(false)',
	then: 'work(false)',
};

/** The faults of 0.1.0, one after the other, each put back into the code of today. */
export const MUTATIONS: readonly Mutation[] = [
	{
		row: 'A visitor is inside and is registered for Friday as well: the PIN stops at once',
		what: 'each check-in writes the start of its visit into the record',
		edits: [
			{
				file: RECORD,
				now: '...(momentOf(validFrom, visit.zone) > start ? { valid_from: null } : {}),',
				then: 'valid_from: toDoorFlowTime(new Date(start)),',
			},
		],
	},
	{
		row: 'Five days from one list: only the last one works',
		what: 'the record is valid from the start to the end of the last visit',
		edits: [
			{
				file: RECORD,
				now: '...(momentOf(validFrom, visit.zone) > start ? { valid_from: null } : {}),',
				then: '...(textOf(validFrom), { valid_from: toDoorFlowTime(new Date(start)), valid_to: toDoorFlowTime(visit.end) }),',
			},
		],
	},
	{
		row: 'A walk-in today, booked for Thursday before: Thursday is refused',
		what: 'validity ends with the visit that is asked for, also where it was longer',
		edits: [
			{
				file: `${VISITOR}/rules.ts`,
				now: '\tif (current === null) return undefined;\n',
				then: '\tif (bound > 0) return bound;\n\tif (current === null) return undefined;\n',
			},
		],
	},
	{
		row: 'An employee signs in as visitor: their own card ends tonight',
		what: 'the end of the visit is written into the record of somebody with standing access',
		edits: [
			{
				file: CHECK_IN,
				now: 'const booked = await carryOut(this.visit, who.person, plan, permanent);',
				then: 'await changeRecord(this.visit, who, { valid_to: toDoorFlowTime(end) });\nconst booked = await carryOut(this.visit, who.person, plan, permanent);',
			},
		],
	},
	{
		row: 'A leaver, disabled and still in group Staff, is checked in: the Server Room opens',
		what: 'whoever is checked in is enabled',
		edits: [
			{
				file: CHECK_IN,
				now: "if (person.enabled !== true && (!isVisitor || disabled === 'refuse')) {",
				then: "if (person.enabled === 'never') {",
			},
			{
				file: CHECK_IN,
				now: 'const booked = await carryOut(this.visit, who.person, plan, permanent);',
				then: 'if (who.person.enabled === false) await changeRecord(this.visit, who, { enabled: true });\nconst booked = await carryOut(this.visit, who.person, plan, permanent);',
			},
		],
	},
	{
		row: 'The e-mail address is an employee’s: the employee is renamed, and a stranger is told their PIN',
		what: 'whoever has the e-mail address is taken for the visitor',
		edits: [
			{
				file: CHECK_IN,
				now: 'const found = await findPerson(call, this.record.by, this.record.key);',
				then: "const found = this.record.fields.email ? await findPerson(call, 'email', textOf(this.record.fields.email)) : await findPerson(call, this.record.by, this.record.key);",
			},
			EVERYBODY_IS_A_VISITOR,
		],
	},
	{
		row: 'A double click: the second run fails and disables the person whose PIN the first has sent',
		what: 'runs do not wait for each other',
		edits: [NO_TURNS],
	},
	{
		row: 'The same, in two processes',
		what: 'whose record was made meanwhile by somebody else is disabled, and the run fails',
		edits: [
			{
				file: RECORD,
				now: 'if (person) return { person, isOurs: false };',
				then: "if (person) await visit.call.request({ method: 'PUT', path: `/api/3/people/${textOf(person.id)}`, body: { enabled: false }, about: { doing: 'disable' } });",
			},
		],
	},
	{
		row: 'A second visitor within DoorFlow’s 30 s between syncs: success, and the door says “unknown PIN”',
		what: 'a check-in says that it is synced although DoorFlow refused the sync',
		edits: [
			{
				file: SYNC,
				now: '\t\t\tsynced: false,\n\t\t\t...where',
				then: '\t\t\tsynced: true,\n\t\t\t...where',
			},
		],
	},
	{
		row: 'A check-out within these 30 s: done and deleted, and the PIN still opens',
		what: 'a check-out asks for no sync and says that it is synced',
		edits: [
			{
				file: `${VISITOR}/checkOut.operation.ts`,
				now: '\t...TAKES_ACCESS,\n',
				then: '\t...TAKES_ACCESS,\n\tsyncByDefault: undefined,\n',
			},
			{
				file: SYNC,
				now: 'of: () => ({ synced: false, ...NOT_ASKED',
				then: 'of: () => ({ synced: true, ...NOT_ASKED',
			},
		],
	},
	{
		row: 'A door by mistake, corrected by a second check-in: the wrong door stays open',
		what: 'no booking is ended for another',
		edits: [
			{
				file: `${VISITOR}/book.ts`,
				now: 'const ended = wanted.replaces\n',
				then: 'const ended = wanted.replaces && wanted.ids.length > 99\n',
			},
		],
	},
	{
		row: '… and the output does not say so',
		what: 'the output names what was asked for instead of what is open',
		edits: [
			{
				file: CHECK_IN,
				now: '[what(kind)]: await names(kind, own),',
				then: '[what(kind)]: await names(kind, own.filter((id) => wanted.ids.includes(id))),',
			},
		],
	},
	{
		row: '“Now + 8 h”, run three times: three bookings',
		what: 'what is booked already is booked again',
		edits: [
			{
				file: `${VISITOR}/book.ts`,
				now: 'together(missingBookings(targets, window, booked))',
				then: 'together(missingBookings(targets, window, booked.slice(0, 0)))',
			},
		],
	},
	{
		row: 'A step fails half-way: what was done before it stays',
		what: 'nothing is taken back',
		edits: [
			{
				file: `${VISITOR}/undo.ts`,
				now: 'of [...this.done].reverse()',
				then: 'of this.done.slice(0, 0)',
			},
		],
	},
];
