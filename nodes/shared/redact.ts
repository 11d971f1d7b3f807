const BEARER = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+/gi;
const NAMED =
	/((?:access_token|refresh_token|client_secret|ack_token|code|token|authorization)["']?\s*[=:]\s*["']?)[^\s"'&,;}]+/gi;

/**
 * Takes out of a text what must never be shown: tokens and secrets by their names, and the values given. Used on
 * every text of DoorFlow's that goes into an error, because nothing promises that it doesn't repeat what was sent.
 *
 * @param text any text
 * @param secrets values to hide, such as the PIN of a request
 */
export function redact(text: string, secrets: readonly string[] = []): string {
	let clean = text.replace(BEARER, '$1 •••').replace(NAMED, '$1•••');
	for (const secret of secrets) {
		if (secret.length >= 3) clean = clean.split(secret).join('•••');
	}
	return clean;
}
