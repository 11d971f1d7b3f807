import fc from 'fast-check';

import {
	acknowledgeAddress,
	addressWithoutAck,
	eventPath,
	parseNotifications,
} from '../../nodes/shared/notifications';
import { times } from '../times';

const valid = {
	action: 'CREATE',
	resource: 'https://api.doorflow.com/api/3/events/1',
	resource_type: 'Event',
	resource_id: '1',
	account_id: 'a',
	ack_token: 't',
};
test('an event is asked for at its own path, whatever its ID holds', () => {
	expect(eventPath('a/../b?c')).toBe('/api/3/events/a%2F..%2Fb%3Fc');
});

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
test.each([
	['nothing that could be read', '{', 'The body is not a JSON array'],
	['a text', '"x"', 'The body is not a JSON array'],
	['null', 'null', 'The body is not a JSON array'],
	['an empty array', '[]', 'The array is empty'],
	['too many', JSON.stringify(Array(501).fill(valid)), 'The array has more than 500 entries'],
	['one wrong among good ones', JSON.stringify([valid, null]), 'An entry of the array is not a notification'],
])('%s is refused in words', (_what, body, reason) => {
	expect(parseNotifications(body)).toEqual({ ok: false, reason });
});
test('500 are taken, each with texts of up to 2,048 characters', () => {
	const long = 'a'.repeat(2048);
	const parsed = parseNotifications(
		JSON.stringify(Array(500).fill({ ...valid, resource_id: long, account_id: long, ack_token: long })),
	);
	expect(parsed.ok && parsed.notifications).toHaveLength(500);
	for (const name of Object.keys(valid))
		expect(parseNotifications(JSON.stringify([{ ...valid, [name]: `${long}a` }])).ok).toBe(false);
});
test('an id may be a number; nothing that names it may be empty', () => {
	expect(parseNotifications(JSON.stringify([{ ...valid, resource_id: 7 }]))).toEqual({
		ok: true,
		notifications: [
			{
				action: 'CREATE',
				resource: valid.resource,
				resourceType: 'Event',
				resourceId: '7',
				accountId: 'a',
				ackToken: 't',
			},
		],
	});
	for (const resource_id of [2 ** 53, ''])
		expect(parseNotifications(JSON.stringify([{ ...valid, resource_id }])).ok).toBe(false);
	for (const name of ['action', 'resource_type', 'account_id'])
		expect(parseNotifications(JSON.stringify([{ ...valid, [name]: '' }])).ok).toBe(false);
});
test('there may be nothing to acknowledge with', () => {
	for (const ack_token of [undefined, null])
		expect(parseNotifications(JSON.stringify([{ ...valid, ack_token }]))).toMatchObject({
			ok: true,
			notifications: [{ ackToken: '' }],
		});
});
test('an event is fetched without its ack_token, and acknowledged with it', () => {
	const resource = 'https://api.doorflow.com/api/3/events/1?a=b&ack_token=x';
	expect(addressWithoutAck(resource)).toBe('https://api.doorflow.com/api/3/events/1?a=b');
	expect(acknowledgeAddress({ resource, ackToken: 'y' })).toBe(
		'https://api.doorflow.com/api/3/events/1?a=b&ack_token=y',
	);
	expect(acknowledgeAddress({ resource, ackToken: '' })).toBe(resource);
});
