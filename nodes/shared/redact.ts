const BEARER = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+/gi;
const NAMED =
	/((?:access_token|refresh_token|client_secret|ack_token|code|token|authorization)["']?\s*[=:]\s*["']?)[^\s"'&,;}]+/gi;

/** What would begin a new line, such as one of a log that nobody wrote. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;

/** More than any text that is shown to somebody; a server may send as much as it likes. */
const LONGEST_TEXT = 10_000;

/**
 * Takes out of a text what must never be shown: tokens and secrets by their names, and the values given. Used on
 * every text of DoorFlow's that goes into an error, because nothing promises that it doesn't repeat what was sent. The
 * text becomes one line.
 *
 * @param text any text; only its first 10,000 characters are looked at and given back
 * @param secrets values to hide, such as the PIN of a request
 */
export function redact(text: string, secrets: readonly string[] = []): string {
	let clean = text.slice(0, LONGEST_TEXT).replace(BEARER, '$1 •••').replace(NAMED, '$1•••');
	for (const secret of secrets) {
		if (secret.length >= 3) clean = clean.split(secret).join('•••');
	}
	return clean.replace(CONTROLS, ' ');
}
