import type { INodeProperties } from 'n8n-workflow';

import { badInput } from '../../../shared/problem';
import type { Call } from '../../call';

/** DoorFlow: this value makes it draw a random PIN and return it. */
const DRAW_A_PIN = '******';

const GENERATE = {
	name: 'Generate a Random PIN',
	value: 'generate',
	description: 'DoorFlow draws a PIN and returns it',
};
const SET = { name: 'Set a Value', value: 'set', description: 'A card number or PIN that you give' };
const INVITE = {
	name: 'Invite a Mobile Credential',
	value: 'invite',
	description: 'The person gets an invitation for the phone; the credential has no value',
};

const value: INodeProperties = {
	displayName: 'Value',
	name: 'value',
	type: 'string',
	typeOptions: { password: true },
	default: '',
	required: true,
	placeholder: 'e.g. 48151623',
	description: 'The card number or PIN. Each may be used once in an account; PINs have 4 to 7 digits.',
	displayOptions: { show: { valueMode: ['set'] } },
};

const mode = (options: ReadonlyArray<typeof GENERATE>): INodeProperties => ({
	displayName: 'Value',
	name: 'valueMode',
	type: 'options',
	options: [...options],
	default: 'generate',
	required: true,
	description: 'Where the PIN or card number comes from',
});

export const createValueFields: readonly INodeProperties[] = [
	mode([GENERATE, SET, INVITE]),
	{ ...value, displayName: 'PIN or Card Number' },
];

export const updateValueFields: readonly INodeProperties[] = [
	mode([GENERATE, SET]),
	{ ...value, displayName: 'PIN or Card Number' },
];

/**
 * The value to send, as the chosen mode says.
 *
 * @returns `value` is undefined for an invitation; `secrets` must not be repeated in any error
 * @throws DoorFlowError when a value is to be set and none is given
 */
export function credentialValue(call: Call): { value: string | undefined; secrets: string[] } {
	const chosen = call.raw('valueMode', 'generate');
	if (chosen === 'invite') return { value: undefined, secrets: [] };
	if (chosen === 'generate') return { value: DRAW_A_PIN, secrets: [] };
	if (chosen !== 'set') {
		throw badInput(
			'It is not clear where the PIN or card number comes from',
			'Choose one of the ways listed under Value.',
		);
	}
	const given = call.text('value', 'PIN or Card Number');
	if (given === DRAW_A_PIN) return { value: given, secrets: [] };
	if (given.length > 64) {
		throw badInput('PIN or Card Number is longer than 64 characters', 'Check the expression it comes from.');
	}
	return { value: given, secrets: [given] };
}
