import fc from 'fast-check';

import { parseNotifications } from '../../nodes/shared/notifications';
import { times } from '../times';

const valid = {
	action: 'CREATE',
	resource: 'https://api.doorflow.com/api/3/events/1',
	resource_type: 'Event',
	resource_id: '1',
	account_id: 'a',
	ack_token: 't',
};
test('the documented array is read; resource_url and new types too', () => {
	const { resource, ...rest } = valid;
	expect(
		parseNotifications(
			JSON.stringify([valid, { ...rest, resource_url: resource, resource_type: 'New', extra: 1 }]),
		),
	).toMatchObject({ ok: true, notifications: [{ resource }, { resource, resourceType: 'New' }] });
});
test('a single object is a list of one, as for the official SDK', () => {
	expect(parseNotifications(JSON.stringify(valid))).toEqual(parseNotifications(JSON.stringify([valid])));
	expect(parseNotifications('{"a":1}').ok).toBe(false);
});
test('an action that is not known goes on beside those that are', () => {
	expect(parseNotifications(JSON.stringify([valid, { ...valid, action: 'ARCHIVE' }]))).toMatchObject({
		ok: true,
		notifications: [{ action: 'CREATE' }, { action: 'ARCHIVE' }],
	});
	for (const action of ['', 1, null, 'A'.repeat(2049)])
		expect(parseNotifications(JSON.stringify([{ ...valid, action }])).ok).toBe(false);
});
test('any text gives an answer', () => {
	fc.assert(
		fc.property(fc.oneof(fc.string(), fc.json()), (text) => typeof parseNotifications(text).ok === 'boolean'),
		{ numRuns: times(1_000, 10_000) },
	);
	expect(parseNotifications('['.repeat(200_000)).ok).toBe(false);
});
test('one wrong field refuses the body', () => {
	for (const name of Object.keys(valid))
		for (const wrong of [{}, [], 1.5, true])
			expect([name, parseNotifications(JSON.stringify([{ ...valid, [name]: wrong }])).ok]).toEqual([
				name,
				false,
			]);
});
