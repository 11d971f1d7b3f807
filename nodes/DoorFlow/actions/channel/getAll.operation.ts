import { LISTS } from '../../../shared/lists';
import { asId, hasId } from '../../call';
import { simplify, siteFilter } from '../../fields';
import { filters, listOperation } from '../listOperation';
import { doorOutput } from './channel';

export const getAll = listOperation({
	list: LISTS.doors,
	action: 'Get many doors',
	description: 'List the doors of the account or of one site, with their IDs and how they stand',
	fields: [simplify, filters([siteFilter])],
	query(call) {
		const { siteId } = call.collection('filters');
		return { site_id: hasId(siteId) ? asId(siteId, 'Site', 'number') : undefined };
	},
	output: doorOutput,
});
