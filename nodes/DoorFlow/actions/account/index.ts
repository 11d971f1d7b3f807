import type { Resource } from '../operation';
import { disconnect } from './disconnect.operation';
import { get } from './get.operation';
import { getTokenInfo } from './getTokenInfo.operation';

export const account: Resource = {
	name: 'account',
	displayName: 'Account',
	description: 'The connected account and the connection itself',
	operations: [get, getTokenInfo, disconnect],
};
