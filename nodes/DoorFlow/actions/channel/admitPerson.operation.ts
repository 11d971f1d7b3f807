import { channelId, personId } from '../../fields';
import type { Operation } from '../operation';
import { ADMISSION, admit, waitForResult } from './channel';

export const admitPerson: Operation = {
	name: 'admitPerson',
	displayName: 'Admit Person',
	action: 'Open a door once for a person',
	description: 'Open a door once for a named person; DoorFlow checks that the person may pass it',
	permission: 'account.channel.admit.person',
	fields: [channelId, personId, waitForResult],
	writes: true,
	answer: ADMISSION,
	prepare(call) {
		return admit(call, 'admit_person', { person_id: Number(call.need(personId)) });
	},
};
