import { choice, secretText } from '../../../shared/field';
import type { Call } from '../../call';

/** DoorFlow: this value makes it draw a random PIN and return it. */
export const DRAW_A_PIN = '******';

/** DoorFlow: the code of the global type PIN, for accounts that renamed theirs. */
export const PIN_CODE = 10;

const GENERATE = {
	name: 'Generate a Random PIN',
	value: 'generate',
	description: 'DoorFlow generates a PIN and returns it',
} as const;
const SET = {
	name: 'Set a Value',
	value: 'set',
	description: 'A card number or PIN that you enter',
} as const;
const INVITE = {
	name: 'Invite a Mobile Credential',
	value: 'invite',
	description: 'The person gets an invitation on the phone; the credential has no number',
} as const;

const WAYS = {
	displayName: 'Value',
	name: 'valueMode',
	default: 'generate',
	required: true,
	description: 'Where the PIN or card number comes from',
};

const createMode = choice(WAYS, [GENERATE, SET, INVITE]);
const updateMode = choice(WAYS, [GENERATE, SET]);

const value = secretText({
	displayName: 'PIN or Card Number',
	name: 'value',
	typeOptions: { password: true },
	default: '',
	required: true,
	placeholder: 'e.g. 48151623',
	description:
		'Enter it as text, so that long numbers keep all digits. Each can be used only once in an account; PINs have 4 to 8 digits. For a card printed "001 - 12345", enter 00112345.',
	displayOptions: { show: { valueMode: ['set'] } },
});

export const createValueFields = [createMode, value] as const;

export const updateValueFields = [updateMode, value] as const;

/** What to send, and what must not be repeated in any error. */
export interface CredentialValue {
	/** Undefined for an invitation. */
	readonly value: string | undefined;
	readonly secrets: readonly string[];
}

/**
 * The value to send, as the chosen mode says.
 *
 * @param from the fields of the operation
 * @throws DoorFlowError when a value is to be set and none is given
 */
export function credentialValue(
	call: Call,
	[mode]: typeof createValueFields | typeof updateValueFields,
): CredentialValue {
	const chosen = call.setting<'generate' | 'invite' | 'set'>(mode);
	if (chosen === 'invite') return { value: undefined, secrets: [] };
	if (chosen === 'generate') return { value: DRAW_A_PIN, secrets: [] };
	const given = call.need(value);
	return { value: given, secrets: given === DRAW_A_PIN ? [] : [given] };
}
