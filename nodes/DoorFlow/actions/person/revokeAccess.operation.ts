import { flag, shownAs } from '../../../shared/field';
import { DoorFlowError } from '../../../shared/problem';
import { personId } from '../../fields';
import { TAKES_ACCESS, type Operation } from '../operation';
import { findPerson } from './findPerson';
import { inTurnWith, readPersonById } from './groups';
import { emailShownBy, findByField, systemIdShownBy } from './identity';
import { Revocation, type RevocationWish } from './revocation';

const findBy = findByField('the person');

const leaver = shownAs(personId, { displayOptions: { show: { findBy: ['person'] } } });

const email = emailShownBy('findBy');

const systemId = systemIdShownBy('findBy', 'HR-1042');

const removeGroups = flag({
	displayName: 'Remove Groups and Roles',
	name: 'removeGroups',
	default: true,
	description:
		'Whether to remove the person’s own groups and roles as well, so that enabling the person again opens nothing',
});

const deleteCredentials = flag({
	displayName: 'Delete Credentials',
	name: 'deleteCredentials',
	default: false,
	description:
		'Whether to delete the PINs, cards and mobile credentials. They open nothing while the person is disabled, and you cannot restore deleted ones.',
});

export const revokeAccess: Operation = {
	name: 'revokeAccess',
	displayName: 'Revoke Access',
	action: 'Revoke all access of a person (leaver)',
	description:
		'When a person leaves: disable them, end all reservations, remove groups and roles, and sync the doors. The record stays.',
	permission: 'account.person',
	alsoNeeds: [{ permission: 'account.group_reservation' }, { permission: 'account.reservation' }],
	fields: [findBy, leaver, email, systemId, removeGroups, deleteCredentials],
	...TAKES_ACCESS,
	prepare(call) {
		const by = call.setting(findBy);
		const value = call.need(by === 'person' ? leaver : by === 'email' ? email : systemId);
		const wish: RevocationWish = {
			removesGroups: call.setting(removeGroups),
			deletesCredentials: call.setting(deleteCredentials),
		};
		return {
			keys: [by === 'person' ? value : `${by}=${value}`],
			send: async () => {
				const person =
					by === 'person' ? await readPersonById(call, value) : await findPerson(call, by, value);
				if (person)
					return await inTurnWith(
						call,
						person,
						async (now) => await new Revocation(call, now).carryOut(wish),
					);
				throw new DoorFlowError({
					kind: 'notFound',
					message: `Nobody in DoorFlow has this ${by === 'email' ? 'e-mail address' : 'System ID'}`,
					description:
						'Nothing was changed. Check the value, or check whether the person has a different one in DoorFlow.',
				});
			},
		};
	},
};
