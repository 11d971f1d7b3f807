import type { Field } from '../../shared/field';
import type { List } from '../../shared/lists';
import type { Scope } from '../../shared/permissions';
import type { Operation } from './operation';

interface Deletion {
	/** The list that what is deleted stands in. */
	readonly list: List;
	/** What is deleted, as in "delete the group reservation". */
	readonly thing: string;
	/** The field that picks it. */
	readonly picker: Field<string>;
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
		prepare(call) {
			const id = call.need(picker);
			return {
				keys: [id],
				send: async () => {
					await call.request({
						method: 'DELETE',
						path: `${list.path}/${id}`,
						about: { doing: `delete the ${thing}`, target: { thing, id } },
					});
					return { deleted: true, id: Number(id) };
				},
			};
		},
	};
}
