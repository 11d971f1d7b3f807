/** Where DoorFlow is reached, worked out from the credential's API Base URL. */
export interface DoorFlowHosts {
	/** Scheme, host and port of the API, without a trailing slash. The only place the token may go. */
	readonly api: string;
	/** Scheme, host and port where people log in and give consent. */
	readonly authorize: string;
}

export type BaseUrlCheck = { ok: true; hosts: DoorFlowHosts } | { ok: false; reason: string };

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Checks the API Base URL of a credential.
 *
 * DoorFlow: HTTPS only. Plain http is accepted for loopback alone, where nothing leaves the machine. A path, query,
 * fragment or user info is refused because all of them change where a token ends up without being seen at a glance.
 *
 * @param text what the user typed
 * @returns the hosts, or a reason in words that can be shown to the user. Never throws.
 */
export function checkBaseUrl(text: unknown): BaseUrlCheck {
	const refuse = (reason: string): BaseUrlCheck => ({ ok: false, reason });
	if (typeof text !== 'string' || text.trim() === '') {
		return refuse(
			'The API Base URL of the DoorFlow credential is empty. Set it to https://api.doorflow.com.',
		);
	}
	const typed = text.trim();
	if (!URL.canParse(typed)) {
		return refuse(
			'The API Base URL of the DoorFlow credential is not a web address. Set it to https://api.doorflow.com.',
		);
	}
	const url = new URL(typed);
	if (url.username !== '' || url.password !== '' || typed.includes('@')) {
		return refuse(
			'The API Base URL of the DoorFlow credential contains a user name or password. Remove everything before the host name.',
		);
	}
	if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname))) {
		return refuse(
			'The API Base URL of the DoorFlow credential does not start with https://. DoorFlow allows encrypted connections only (http is accepted for this same machine, to try things out).',
		);
	}
	// Read from the text as well: `https://host/?` and `https://host/#` leave no trace in the parsed URL.
	if (url.pathname !== '/' || /[?#\\]/.test(typed) || /^[^:]*:\/\/[^/]*\/./.test(typed)) {
		return refuse(
			'The API Base URL of the DoorFlow credential has something after the host name. Leave only the scheme and host, such as https://api.doorflow.com.',
		);
	}
	if (url.hostname.endsWith('.')) {
		return refuse('The host name of the API Base URL ends in a dot. Remove the dot.');
	}
	const authorizeHost = url.host === 'api.doorflow.com' ? 'admin.doorflow.com' : url.host;
	return { ok: true, hosts: { api: url.origin, authorize: `${url.protocol}//${authorizeHost}` } };
}

/**
 * Tells whether a URL that somebody else sent (a webhook, a workflow) may be asked with the credential's token.
 * Only the credential's own API origin may; anything that could be read in two ways is refused.
 *
 * @param candidate the URL as it came in
 * @param apiOrigin the credential's API origin, as in {@link DoorFlowHosts.api}
 */
export function isApiUrl(candidate: string, apiOrigin: string): boolean {
	if (!/^[\x21-\x7e]+$/.test(candidate) || candidate.includes('\\') || !URL.canParse(candidate)) return false;
	const url = new URL(candidate);
	return (
		url.origin === apiOrigin &&
		url.username === '' &&
		url.password === '' &&
		url.pathname.startsWith('/api/3/') &&
		!/%2e|%2f|%5c|\/\//i.test(url.pathname) &&
		candidate.toLowerCase().startsWith(`${apiOrigin}/`.toLowerCase())
	);
}
