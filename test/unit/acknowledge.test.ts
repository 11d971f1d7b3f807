import type { DoorFlowApi, DoorFlowRequest } from '../../nodes/shared/api';
import { acknowledge } from '../../nodes/DoorFlowTrigger/acknowledge';

/** Writes down what is asked. The road itself refuses foreign addresses too: here it is seen that none gets so far. */
const recorder = (): { api: DoorFlowApi; asked: string[] } => {
	const asked: string[] = [];
	const api = {
		hosts: async () =>
			await Promise.resolve({
				api: 'https://api.doorflow.com',
				authorize: 'https://admin.doorflow.com',
			}),
		ask: async ({ path }: DoorFlowRequest) => {
			asked.push(path);
			return await Promise.resolve({ status: 200, headers: {}, body: {} });
		},
	};
	return { api: api as unknown as DoorFlowApi, asked };
};

test.each([
	'https://evil.example/api/3/events/1',
	'https://api.doorflow.com.evil.example/api/3/events/1',
	'https://api.doorflow.com@evil.example/api/3/events/1',
	'http://api.doorflow.com/api/3/events/1',
	'https://api.doorflow.com/oauth/token/info',
	'/api/3/events/1',
	'',
])('an event at %s is not acknowledged', async (resource) => {
	const { api, asked } = recorder();
	expect(await acknowledge(api, { resource, ackToken: 'a' }, Infinity)).toBe(
		'its address is not at the DoorFlow of this credential',
	);
	expect(asked).toEqual([]);
});

test('an event of DoorFlow is acknowledged by fetching it with its token', async () => {
	const { api, asked } = recorder();
	const resource = 'https://api.doorflow.com/api/3/events/1';
	expect(await acknowledge(api, { resource, ackToken: 'a' }, Infinity)).toBeUndefined();
	expect(asked).toEqual([`${resource}?ack_token=a`]);
});
