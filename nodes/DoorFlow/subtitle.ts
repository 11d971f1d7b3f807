import type { Resource } from './actions/operation';

/**
 * The expression for what stands under the node's name on the canvas, such as "Create: Person".
 *
 * @param resources whose names are shown; an operation of the same name has the same words in all of them
 */
export function subtitleOf(resources: readonly Resource[]): string {
	const shown = (parameter: string, names: ReadonlyArray<{ name: string; displayName: string }>): string => {
		const words = Object.fromEntries(names.map(({ name, displayName }) => [name, displayName]));
		return `((${JSON.stringify(words)})[$parameter["${parameter}"]] || $parameter["${parameter}"])`;
	};
	return `={{ ${shown('operation', resources.flatMap(({ operations }) => operations))} + ": " + ${shown('resource', resources)} }}`;
}
