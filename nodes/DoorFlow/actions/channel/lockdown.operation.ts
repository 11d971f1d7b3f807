import { flag } from '../../../shared/field';
import { badInput } from '../../../shared/problem';
import type { Operation } from '../operation';
import { restrictedNotice } from './channel';
import { commandDoors, COMMANDED, MANY_DOORS, targetFields } from './manyDoors';

const cardLockdown = flag({
	displayName: 'Lock Out Cards and PINs',
	name: 'cardLockdown',
	default: true,
	description: 'Whether cards, PINs and mobile credentials are refused',
});

const rexLockdown = flag({
	displayName: 'Lock Out the Exit Button',
	name: 'rexLockdown',
	default: false,
	description: 'Whether the request-to-exit button is refused. People inside then need another way out.',
});

const auxLockdown = flag({
	displayName: 'Lock Out Other Inputs',
	name: 'auxLockdown',
	default: false,
	description: 'Whether auxiliary inputs, such as an intercom, are refused',
});

export const lockdown: Operation = {
	name: 'lockdown',
	displayName: 'Lock Down',
	action: 'Lock down a door, a site or all doors',
	description:
		'Make one door, all doors of a site or all doors of the account refuse cards, the exit button or other inputs',
	permission: 'account.channel.admit',
	alsoNeeds: MANY_DOORS,
	fields: [
		restrictedNotice(
			'People may be unable to get in or out. Know how to end the lockdown before you start it.',
		),
		...targetFields,
		cardLockdown,
		rexLockdown,
		auxLockdown,
	],
	writes: true,
	answer: COMMANDED,
	prepare(call) {
		const switches = {
			card_lockdown: call.setting(cardLockdown),
			rex_lockdown: call.setting(rexLockdown),
			aux_lockdown: call.setting(auxLockdown),
		};
		if (!Object.values(switches).includes(true)) {
			throw badInput(
				'Nothing is chosen to be locked out',
				'Switch on at least one of the three, or use End Lockdown.',
			);
		}
		return commandDoors(call, {
			name: 'lockdown',
			doing: 'lock the door down',
			done: 'locked down',
			body: switches,
		});
	},
};
