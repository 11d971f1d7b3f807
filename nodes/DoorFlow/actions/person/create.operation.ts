import type { Operation } from '../operation';
import { additionalFields, firstName, lastName, personBody } from './person';

export const create: Operation = {
	name: 'create',
	displayName: 'Create',
	action: 'Create a person',
	description:
		'Register a person or visitor. They open no door yet: next come a credential, then a group or reservation, then a controller sync.',
	permission: 'account.person',
	fields: [firstName, lastName, additionalFields],
	writes: true,
	async run(call) {
		const body = await personBody(call, {
			...call.collection('additionalFields'),
			firstName: call.text('firstName', 'First Name'),
			lastName: call.text('lastName', 'Last Name'),
		});
		return (
			await call.request({
				method: 'POST',
				path: '/api/3/people',
				body,
				about: { doing: 'create the person' },
			})
		).body;
	},
};
