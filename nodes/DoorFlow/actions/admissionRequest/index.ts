import type { Resource } from '../operation';
import { get } from './get.operation';

export const admissionRequest: Resource = {
	name: 'admissionRequest',
	displayName: 'Admission Request',
	description: 'The result of a request to open a door',
	operations: [get],
};
