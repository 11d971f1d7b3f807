import type { Operation } from '../operation';

export const get: Operation = {
	name: 'get',
	displayName: 'Get',
	action: 'Get an admission request',
	description: 'See what became of a request to open a door',
	permission: ['account.channel.admit', 'account.channel.admit.person'],
	fields: [
		{
			displayName: 'Admission Request ID',
			name: 'admissionRequestId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 123456789',
			description: 'The admission_request_id that Admit or Admit Person gave',
		},
	],
	async run(call) {
		const id = call.id('admissionRequestId', 'Admission Request');
		const answer = await call.request({
			method: 'GET',
			path: `/api/3/admission_requests/${id}`,
			about: { doing: 'read the admission request', target: { thing: 'admission request', id } },
		});
		return answer.body;
	},
};
