import type { Resource } from '../operation';
import { checkIn } from './checkIn.operation';
import { checkOut } from './checkOut.operation';

export const visitor: Resource = {
	name: 'visitor',
	displayName: 'Visitor',
	description: 'Whole visits: register, grant access, hand out a PIN – and end it',
	operations: [checkIn, checkOut],
};
