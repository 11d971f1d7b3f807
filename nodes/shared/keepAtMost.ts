/**
 * Puts an entry at the end of a map, and takes the oldest off when there are too many.
 *
 * @param most how many entries are kept
 */
export function keepAtMost<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
	map.delete(key);
	map.set(key, value);
	if (map.size > most) map.delete(map.keys().next().value as K);
}
