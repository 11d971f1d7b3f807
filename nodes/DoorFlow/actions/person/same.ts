import { textOf } from '../../../shared/lists';
import { withoutUnseenEnds } from '../../../shared/text';

/** Fields that belong to one person of the account only, by DoorFlow's names. */
export type Unique = 'email' | 'system_id';

/**
 * A unique value as it is compared, so that what looks the same is the same: without blanks and invisible characters at
 * its ends, with its accents written in one way.
 *
 * @returns empty for none
 */
export function uniqueOf(field: Unique, value: unknown): string {
	const text = withoutUnseenEnds(textOf(value)).normalize();
	// DoorFlow: an address is the same whatever the case.
	return field === 'email' ? text.toLowerCase() : text;
}

/**
 * Whether DoorFlow's record holds a value already. An accent is the same whether it is a character of its own, as macOS
 * writes it, or not.
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
	const [text, otherText] = [String(one).normalize(), String(other).normalize()];
	// DoorFlow: an address is the same whatever the case.
	return name === 'email' ? text.toLowerCase() === otherText.toLowerCase() : text === otherText;
}
