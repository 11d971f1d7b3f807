import type { IDataObject } from 'n8n-workflow';

import { badInput } from '../../../shared/problem';
import type { Call } from '../../call';
import { DRAW_A_PIN } from '../credential/credential';
import { change, listAll, make, type Visit } from './visit';

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
	const { issue: what, cardNumber } = visit.wanted;
	if (what === 'none') return undefined;
	const type = visit.wanted.credentialTypeId ?? Number(await pinType(call));
	const value = cardNumber ?? DRAW_A_PIN;
	const secrets = cardNumber === undefined ? [] : [cardNumber];
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
