import type { IDataObject } from 'n8n-workflow';

import { credentialsOf, LISTS, textOf } from '../../../shared/lists';
import { withoutSecrets } from '../../../shared/mask';
import { badInput, DoorFlowError, type Problem } from '../../../shared/problem';
import type { Call } from '../../call';
import { DRAW_A_PIN, PIN_CODE } from '../credential/credential';
import { readPersonById } from '../person/groups';
import type { Mark } from './mark';
import { isTaken, make, type Visit, type Wanted } from './visit';
import { credentialsHeld, nameOf, openBookings, whoIs } from './who';

/** What is known of the visitor when a credential is issued. */
export interface Holder {
	readonly person: IDataObject;
	/** What the visitor has; none for somebody new. */
	readonly credentials: readonly IDataObject[];
	/** Whether the visitor had anything booked before this run: then a PIN that was told stays. */
	readonly hadVisit: boolean;
	readonly mark: Mark;
}

/**
 * The type of credential to issue, by id.
 *
 * @returns undefined when none is to be issued
 * @throws DoorFlowError when it can't be told which one is meant
 */
export async function typeToIssue(
	call: Call,
	{ issue: what, credentialTypeId }: Wanted,
): Promise<number | undefined> {
	if (what === 'none') return undefined;
	if (credentialTypeId !== undefined) return credentialTypeId;
	const types = await call.api.once(
		'credential types',
		async () => await call.readList(LISTS.credentialTypes),
	);
	const word = what === 'mobile' ? /mobile|passflow|wallet/i : /(?:^|[^a-z])pins?(?:[^a-z]|$)/i;
	const named = types.filter(({ slug, label }) => word.test(`${textOf(slug)} ${textOf(label)}`));
	const coded = what === 'pin' ? types.filter(({ code }) => Number(code) === PIN_CODE) : [];
	const [only] = named.length === 1 ? named : coded.length === 1 ? coded : [];
	if (only) return Number(only.id);
	throw badInput(
		named.length === 0
			? `The account has no credential type ${what === 'mobile' ? 'for mobiles' : 'named PIN'}`
			: `The account has ${named.length} credential types ${what === 'mobile' ? 'for mobiles' : 'named PIN'}`,
		'Choose the right one under Credential Type.',
	);
}

const path = (person: IDataObject): string => credentialsOf(textOf(person.id)).path;

/**
 * Gives the visitor a PIN, a card or an invitation.
 *
 * @param type from {@link typeToIssue}
 * @throws DoorFlowError
 */
export async function issue(visit: Visit, type: number, holder: Holder): Promise<IDataObject> {
	const existing = holder.credentials.find(
		(one) => one.credential_type_id === type && !['revoked', 'revoking'].includes(textOf(one.status)),
	);
	return existing ? await renew(visit, existing, holder) : await create(visit, type, holder);
}

/** Keeps what the visitor has, or gives it a new value. */
async function renew(visit: Visit, existing: IDataObject, holder: Holder): Promise<IDataObject> {
	const { call, undo, wanted } = visit;
	const { issue: what, cardNumber } = wanted;
	if (what === 'pin' ? holder.hadVisit : what === 'card' ? existing.value === cardNumber : true)
		return wanted.keepsSecrets ? withoutSecrets(withoutLink(existing)) : withoutLink(existing);
	if (wanted.keepsSecrets && what === 'card' && holder.hadVisit) {
		throw new DoorFlowError({
			kind: 'notAllowed',
			message: `${nameOf(holder.person)} has another card, which an AI agent may not replace`,
			description:
				'The check-in was undone. Check the card number, or leave the card as it is: choose Nothing under Issue. A person can allow it: open the tool and switch on "Allow Door Control and Deletion".',
		});
	}
	const value = cardNumber ?? DRAW_A_PIN;
	const id = textOf(existing.id);
	const own = `${path(holder.person)}/${id}`;
	const about = { doing: 'update the credential', secrets: cardNumber === undefined ? [] : [cardNumber] };
	const put = async (asking: Call, to: unknown) =>
		await asking.ask({
			method: 'PUT',
			path: own,
			body: { person_credential: { value: to as string } },
			about,
			whenCancelled: 'finish',
		});
	let outcome = await put(call, value);
	if ('problem' in outcome && isTaken(outcome.problem, 'value') && cardNumber !== undefined) {
		await takeOver(visit, cardNumber, holder);
		outcome = await put(call, value);
	}
	if (!('problem' in outcome) || outcome.mayBeDone) {
		const left = 'problem' in outcome ? undefined : outcome.body.value;
		undo.add(`changed the credential ${id}`, async () => {
			const last = call.evenWhenCancelled();
			const now = (await credentialsHeld(last, holder.person)).find((one) => textOf(one.id) === id);
			if (!now || now.value === existing.value) return undefined;
			// Of a PIN that DoorFlow drew without an answer, nobody has heard.
			if (left !== undefined && now.value !== left) return { kept: `the credential ${id}` };
			await last.request({
				method: 'PUT',
				path: own,
				body: { person_credential: { value: existing.value ?? null } },
				about: { ...about, secrets: [...about.secrets, textOf(existing.value)] },
			});
			return `changed the credential ${id}`;
		});
	}
	return 'problem' in outcome ? call.fail(outcome.problem) : outcome.body;
}

async function create(visit: Visit, type: number, holder: Holder): Promise<IDataObject> {
	const { call, wanted } = visit;
	const { cardNumber, issue: what } = wanted;
	const { person } = holder;
	const ofType = async (asking: Call): Promise<IDataObject | undefined> =>
		(await credentialsHeld(asking, person)).find((one) => one.credential_type_id === type);
	const value = what === 'mobile' ? {} : { value: cardNumber ?? DRAW_A_PIN };
	const post = async () =>
		await make(visit, {
			path: path(person),
			body: { person_credential: { credential_type_id: type, ...value } },
			about: { doing: 'create the credential', secrets: cardNumber === undefined ? [] : [cardNumber] },
			thing: 'credential',
			look: ofType,
		});
	let outcome = await post();
	if ('problem' in outcome && isTaken(outcome.problem, 'value') && cardNumber !== undefined) {
		await takeOver(visit, cardNumber, holder);
		outcome = await post();
	}
	if ('made' in outcome) {
		// DoorFlow passes over a value where the type knows none: nobody would have the card, or be told the PIN.
		if (what === 'mobile' || textOf(outcome.made.value) !== '') return outcome.made;
		throw badInput(
			`Credential Type doesn't fit: DoorFlow made an invitation, not a ${what === 'pin' ? 'PIN' : 'card'}`,
			'Choose the right type under Credential Type, or Mobile under Issue.',
		);
	}
	// Somebody checks the same visitor in at the same time: what is there is what the visitor is told.
	const existing = outcome.problem.kind === 'conflict' ? await ofType(call) : undefined;
	if (!existing) return call.fail(outcome.problem);
	return await renew(visit, existing, { ...holder, hadVisit: true });
}

/**
 * Takes a card from a visitor without an open visit, so that its number is free.
 *
 * @throws DoorFlowError when somebody else needs the card, or it may not be taken
 */
async function takeOver(visit: Visit, cardNumber: string, { person, mark }: Holder): Promise<void> {
	const { call, undo, wanted } = visit;
	const inUse: Problem = {
		kind: 'conflict',
		message: 'The card number is already in use',
		description: 'Use another card, or check in DoorFlow who has this one.',
	};
	// Who guesses numbers must not be told whose they are.
	if (wanted.keepsSecrets) call.fail(inUse);
	const isIt = (one: IDataObject): boolean => textOf(one.value) === cardNumber;
	const [card] = await call.readList(LISTS.credentials, { where: isIt });
	const holder = card && (await readPersonById(call, textOf(card.person_id)));
	if (!card || !holder) return call.fail(inUse);
	if (textOf(holder.id) === textOf(person.id)) {
		throw new DoorFlowError({
			kind: 'conflict',
			message: `${nameOf(person)} already has this number, as a credential of another type`,
			description: 'Choose that type under Credential Type.',
		});
	}
	if (!wanted.takeOverCard) {
		throw new DoorFlowError({
			kind: 'conflict',
			message: `The card belongs to ${nameOf(holder)}`,
			description:
				'Use another card, check that person out first, or switch on Take Over Card, which takes cards from visitors whose visit is over.',
		});
	}
	const who = await whoIs(call, holder, mark, { credentials: false, reservations: true });
	const unknown = who.groupReservations === undefined && who.reservations === undefined;
	if (!who.isVisitor || unknown || openBookings(who).length > 0) {
		throw new DoorFlowError({
			kind: 'conflict',
			message: `The card belongs to ${nameOf(holder)}, who ${who.isVisitor ? 'has a visit that is not over' : 'is not a visitor'}`,
			description: 'Use another card. Cards are taken only from visitors whose visit is over.',
		});
	}
	const held = `${path(holder)}/${textOf(card.id)}`;
	const about = { doing: 'take the card from the last visitor', secrets: [cardNumber] };
	const outcome = await call.ask({ method: 'DELETE', path: held, about, whenCancelled: 'finish' });
	const refused = 'problem' in outcome && outcome.problem.kind !== 'notFound';
	if (!refused || outcome.mayBeDone) {
		const what = `took the card from ${nameOf(holder)}`;
		undo.add(what, async () => {
			const last = call.evenWhenCancelled();
			if ((await credentialsHeld(last, holder)).some(isIt)) return undefined;
			await last.request({
				method: 'POST',
				path: path(holder),
				body: {
					person_credential: { credential_type_id: card.credential_type_id ?? null, value: cardNumber },
				},
				about: { doing: 'give the card back', secrets: [cardNumber] },
			});
			return what;
		});
	}
	if (refused) call.fail(outcome.problem);
}

/** The address of an invitation opens doors: only the run that makes it puts it out. */
const withoutLink = (credential: IDataObject): IDataObject =>
	Object.fromEntries(Object.entries(credential).filter(([name]) => name !== 'url'));
