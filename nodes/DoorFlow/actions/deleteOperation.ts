import type { INodeProperties } from 'n8n-workflow';

import type { List } from '../../shared/lists';
import type { Scope } from '../../shared/permissions';
import type { Operation } from './operation';

interface Deletion {
	/** The list that what is deleted stands in. */
	readonly list: List;
	/** What is deleted, as in "delete the group reservation". */
	readonly thing: string;
	/** The field that picks it. */
	readonly picker: INodeProperties;
	/** As it reads in the nodes panel. */
	readonly action: string;
	readonly description: string;
	readonly permission: Scope;
}

/**
 * A Delete of one thing by its id.
 *
 * @param deletion what is deleted, and the wording
 */
export function deleteOperation({
	list,
	thing,
	picker,
	action,
	description,
	permission,
}: Deletion): Operation {
	return {
		name: 'delete',
		displayName: 'Delete',
		action,
		description,
		permission,
		fields: [picker],
		writes: true,
		dangerous: true,
		sequentialBy: picker.name,
		async run(call) {
			const id = call.id(picker.name, picker.displayName);
			await call.request({
				method: 'DELETE',
				path: `${list.path}/${id}`,
				about: { doing: `delete the ${thing}`, target: { thing, id } },
			});
			return { deleted: true, id: Number(id) };
		},
	};
}
