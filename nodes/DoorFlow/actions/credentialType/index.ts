import type { Resource } from '../operation';
import { getAll } from './getAll.operation';

export const credentialType: Resource = {
	name: 'credentialType',
	displayName: 'Credential Type',
	description: 'The kinds of credentials the account offers',
	operations: [getAll],
};
