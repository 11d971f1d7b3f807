/**
 * An expression that gives the words the panel has for a value, or the value itself where it has none.
 *
 * @param list names as workflows store them, with their words
 * @param value the expression for the value
 */
export function inWords(
	list: ReadonlyArray<{ readonly name: string; readonly displayName: string }>,
	value: string,
): string {
	const words = Object.fromEntries(list.map(({ name, displayName }) => [name, displayName]));
	return `((${JSON.stringify(words)})[${value}] || ${value})`;
}
