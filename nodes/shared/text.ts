/**
 * A text as it is compared when somebody searches: without case, accents, invisible characters and surplus blanks.
 * `Zoë` is found as `zoe`, whether its accent is a character of its own (as macOS writes it) or not.
 *
 * @param text as it is shown, or as it was typed
 */
export function searchable(text: string): string {
	return (
		text
			.normalize('NFKD')
			.replace(/[\p{M}\p{Cf}]/gu, '')
			.replace(/[‘’ʼ]/g, "'")
			// Upper case folds what lower case keeps apart: ß and ss, the two small sigmas.
			.toUpperCase()
			.replace(/\s+/g, ' ')
			.trim()
	);
}

/**
 * Whether a text has all the words that are searched for, in any order: "okafor ada" finds Ada Okafor.
 *
 * @param text as it is shown
 * @param wanted as it was typed; nothing finds everything
 */
export function hasWords(text: string, wanted: string): boolean {
	const all = searchable(text);
	return searchable(wanted)
		.split(' ')
		.every((word) => all.includes(word));
}

/** Blanks of every kind, and what a copied text has at its ends unseen: zero-width and bidi marks, BOM, soft hyphen. */
const UNSEEN = /[\s\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

/**
 * An e-mail address, or another text that says who is meant, without blanks and invisible characters at its ends. What
 * stands inside it is left alone.
 *
 * @param value as it was typed, or as an expression gave it
 */
export function withoutUnseenEnds(value: string): string {
	// Not one expression with `+$`: that takes quadratic time for a long row of blanks.
	let start = 0;
	let end = value.length;
	while (start < end && UNSEEN.test(value.charAt(start))) start++;
	while (end > start && UNSEEN.test(value.charAt(end - 1))) end--;
	return value.slice(start, end);
}

/**
 * A number with what it counts, such as `1 person` or `2 people`.
 *
 * @param one what is counted, if it is one
 * @param many the same in the plural
 */
export const counted = (count: number, one: string, many: string): string =>
	`${count} ${count === 1 ? one : many}`;
