import { inWords } from '../shared/inWords';
import type { Resource } from './actions/operation';

/**
 * The expression for what stands under the node's name on the canvas, such as "Create: Person".
 *
 * @param resources whose names are shown; an operation of the same name has the same words in all of them
 */
export function subtitleOf(resources: readonly Resource[]): string {
	const operations = resources.flatMap(({ operations: own }) => own);
	return `={{ ${inWords(operations, '$parameter["operation"]')} + ": " + ${inWords(resources, '$parameter["resource"]')} }}`;
}
