/**
 * Whether DoorFlow's record holds a value already.
 *
 * @param name DoorFlow's name of the field
 * @param has what the record holds
 * @param wanted what is to be written
 */
export function isSame(name: string, has: unknown, wanted: unknown): boolean {
	if (has === wanted) return true;
	const one = has === '' ? null : (has ?? null);
	const other = wanted === '' ? null : (wanted ?? null);
	if (one === null || other === null) return one === other;
	if (name === 'valid_from' || name === 'valid_to')
		return Date.parse(String(one)) === Date.parse(String(other));
	// DoorFlow: an address is the same whatever the case.
	return name === 'email'
		? String(one).toLowerCase() === String(other).toLowerCase()
		: String(one) === String(other);
}
