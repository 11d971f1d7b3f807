import type { Resource } from '../operation';
import { checkIn } from './checkIn.operation';
import { checkOut } from './checkOut.operation';

export const visitor: Resource = {
	name: 'visitor',
	displayName: 'Visitor',
	description: 'Whole visits: register a visitor, grant access, issue a PIN, and end the visit',
	operations: [checkIn, checkOut],
};
