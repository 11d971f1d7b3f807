import type { IDataObject } from 'n8n-workflow';

import { badInput } from '../../../shared/problem';
import { hasId, type Call } from '../../call';
import { change, listAll, make, type Visit } from './visit';

/** DoorFlow: this value makes it draw a random PIN and return it. */
const DRAW_A_PIN = '******';

/**
 * Gives the visitor a PIN or card. What the visitor has already is kept.
 *
 * @returns the credential, or undefined if none is to be issued
 * @throws DoorFlowError
 */
export async function issue(
	visit: Visit,
	person: IDataObject,
	isNew: boolean,
): Promise<IDataObject | undefined> {
	const { call } = visit;
	const what = call.raw('issue', 'pin');
	if (what === 'none') return undefined;
	// A card number must never end up as a PIN: only for a PIN the type may be left to be found.
	const chosen = what === 'card' || hasId(call.raw('credentialTypeId', ''));
	const type = Number(chosen ? call.id('credentialTypeId', 'Credential Type') : await pinType(call));
	const value = what === 'card' ? call.text('value', 'Card Number') : DRAW_A_PIN;
	const secrets = what === 'card' ? [value] : [];
	const path = `/api/3/people/${String(person.id)}/credentials`;
	const look = async (asking: Call): Promise<IDataObject | undefined> =>
		(await listAll(asking, path, { doing: 'list the credentials of the visitor' })).find(
			(one) => one.credential_type_id === type,
		);
	const existing = isNew ? undefined : await look(call);
	if (existing && (what === 'pin' || existing.value === value)) return existing;
	if (existing) {
		const id = String(existing.id);
		return await change(visit, {
			path: `${path}/${id}`,
			body: { person_credential: { value } },
			before: { person_credential: { value: existing.value ?? null } },
			about: { doing: 'update the credential', secrets },
			what: `changed the credential ${id}`,
		});
	}
	return await make(visit, {
		path,
		body: { person_credential: { credential_type_id: type, value } },
		about: { doing: 'create the credential', secrets },
		thing: 'credential',
		look,
	});
}

/** The account's own PIN type; it has another id in each account. */
async function pinType(call: Call): Promise<string> {
	const types = await call.api.once(
		'credential types',
		async () =>
			await listAll(call, '/api/3/credential_types', {
				doing: 'list credential types',
				permission: 'account.credential_type.readonly',
			}),
	);
	const pins = types.filter(({ slug, label }) => /\bpin\b/i.test(`${String(slug)} ${String(label)}`));
	if (pins.length !== 1) {
		throw badInput(
			`The account has ${pins.length} credential types named PIN`,
			'Choose the right one under Credential Type.',
		);
	}
	return String(pins[0]?.id);
}
