import { LISTS } from '../../../shared/lists';
import { personId } from '../../fields';
import { deleteOperation } from '../deleteOperation';

export const remove = deleteOperation({
	list: LISTS.people,
	thing: 'person',
	picker: personId,
	action: 'Delete a person',
	description: 'Delete a person and all their credentials. DoorFlow keeps the record of past events.',
	permission: 'account.person',
});
