import { keyText } from '../../../shared/field';
import { isApiUrl } from '../../../shared/baseUrl';
import { confirm } from '../../../shared/lives';
import { badInput } from '../../../shared/problem';
import type { Operation } from '../operation';

const resourceUrl = keyText({
	displayName: 'Acknowledge URL',
	name: 'resourceUrl',
	default: '={{ $json.acknowledgeUrl }}',
	required: true,
	description: 'The acknowledgeUrl that the DoorFlow Trigger gave',
});

/** Stands for the credential's host while only the path is looked at. */
const ANY_HOST = 'https://host';

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
		// A full address is held against the credential's host where the token goes out.
		if (address.startsWith('/') && !isApiUrl(`${ANY_HOST}${address}`, ANY_HOST)) {
			throw badInput(
				'Acknowledge URL does not lead to a resource of DoorFlow',
				'Give the acknowledgeUrl of the DoorFlow Trigger as it is. A path alone must begin with /api/3/.',
			);
		}
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
