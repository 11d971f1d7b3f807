import { LISTS } from '../../../shared/lists';
import { siteFilter } from '../../fields';
import { filters, listOperation } from '../listOperation';
import { DOOR } from './channel';

const narrowing = filters([siteFilter]);

export const getAll = listOperation({
	list: LISTS.doors,
	action: 'Get many doors',
	description: 'List the doors of the account or of one site, with their IDs and their status',
	fields: [narrowing],
	query: (call) => ({ site_id: call.readIn(narrowing, siteFilter) }),
	answer: DOOR,
});
