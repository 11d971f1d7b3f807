import { keyText } from '../../../shared/field';
import { confirm } from '../../../shared/lives';
import type { Operation } from '../operation';

const resourceUrl = keyText({
	displayName: 'Acknowledge URL',
	name: 'resourceUrl',
	default: '={{ $json.acknowledgeUrl }}',
	required: true,
	description: 'The acknowledgeUrl that the DoorFlow Trigger gave',
});

export const acknowledge: Operation = {
	name: 'acknowledge',
	displayName: 'Acknowledge',
	action: 'Acknowledge an event',
	description:
		'Tell DoorFlow that an event was handled, at the end of a workflow whose trigger acknowledges manually',
	permission: 'account.event.access.readonly',
	fields: [resourceUrl],
	prepare(call) {
		const address = call.need(resourceUrl);
		return async () => {
			const outcome = await call.ask({
				method: 'GET',
				path: address,
				about: { doing: 'acknowledge the event' },
			});
			// A resource that is gone can't be fetched any more; DoorFlow knows it was asked for.
			if ('problem' in outcome && outcome.problem.kind !== 'notFound') return call.fail(outcome.problem);
			await confirm(call.context, address);
			return { acknowledged: true };
		};
	},
};
