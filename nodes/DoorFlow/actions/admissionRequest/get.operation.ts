import { idField } from '../../../shared/field';
import type { Operation } from '../operation';

const admissionRequestId = idField(
	{
		displayName: 'Admission Request ID',
		name: 'admissionRequestId',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 123456789',
		description: 'The admission_request_id that Admit or Admit Person returned',
	},
	'admission request',
);

export const get: Operation = {
	name: 'get',
	displayName: 'Get',
	action: 'Look up an admission request',
	description: 'See the result of a request to open a door',
	permission: ['account.channel.admit', 'account.channel.admit.person'],
	fields: [admissionRequestId],
	prepare(call) {
		const id = call.need(admissionRequestId);
		return async () => {
			const answer = await call.request({
				method: 'GET',
				path: `/api/3/admission_requests/${id}`,
				about: { doing: 'read the admission request', target: { thing: 'admission request', id } },
			});
			return answer.body;
		};
	},
};
