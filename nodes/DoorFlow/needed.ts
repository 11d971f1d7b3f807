import type { Parameters } from '../shared/parameters';
import type { Needed } from '../shared/permissions';
import type { Operation } from './actions/operation';
import type { Names } from './names';
import { optionsOf, syncAfter } from './options';

/**
 * All permissions that an operation needs with the parameters of an item. What they don't say, because they can't be
 * read, is left out.
 *
 * @param names the names that were looked up for this run
 */
export function neededFor(
	operation: Operation,
	parameters: Parameters,
	names: Pick<Names, 'permissions'>,
): Needed[] {
	const isSo = (when: (parameters: Parameters) => boolean): boolean => {
		try {
			return when(parameters);
		} catch {
			return false;
		}
	};
	const syncs =
		operation.writes === true && isSo((given) => given.settingIn(optionsOf(operation), syncAfter(operation)));
	return [
		...(operation.permission === undefined ? [] : [operation.permission]),
		...(operation.alsoNeeds ?? [])
			.filter(({ when }) => when === undefined || isSo(when))
			.map(({ permission }) => permission),
		...names.permissions,
		...(syncs ? (['account.sync'] as const) : []),
	];
}
