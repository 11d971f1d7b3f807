import { flag } from '../../../shared/field';
import type { Operation } from '../operation';
import { startSync } from '../../syncAfter';

const waitIfLimited = flag({
	displayName: 'Wait If Limited',
	name: 'waitIfLimited',
	default: false,
	description:
		'Whether to wait and try again if DoorFlow says that the last sync was too recent (usually 30 seconds)',
});

export const start: Operation = {
	name: 'start',
	displayName: 'Start',
	action: 'Send changes to the doors',
	description:
		'Start a controller sync: changes reach the doors only after a sync. One sync after a batch is enough.',
	permission: 'account.sync',
	fields: [waitIfLimited],
	prepare(call) {
		// DoorFlow: one sync after a batch. Several input items are one batch.
		const wait = call.setting(waitIfLimited);
		return async () => {
			const answer = await call.api.once('sync', async () => await startSync(call.api, wait, call.timeoutMs));
			return { ...answer, started: true };
		};
	},
};
