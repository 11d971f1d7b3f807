/** Where DoorFlow is reached, worked out from the credential's API Base URL. */
export interface DoorFlowHosts {
	/** Scheme, host and port of the API, without a trailing slash. The only place the token may go. */
	readonly api: string;
	/** Scheme, host and port where people log in and give consent. */
	readonly authorize: string;
}

/** A person consents at DoorFlow in both. DoorFlow allows no other grant, such as `clientCredentials` or `password`. */
const GRANTS: ReadonlySet<unknown> = new Set(['authorizationCode', 'pkce']);

export type BaseUrlCheck = { ok: true; hosts: DoorFlowHosts } | { ok: false; reason: string };

/**
 * The whole grammar of an allowed API Base URL: a host below doorflow.com with https, or this same machine with
 * either scheme. Whoever may edit a credential without seeing its secrets must not be able to have them sent
 * elsewhere, and DoorFlow has no other hosts. The credential's expressions use this same pattern.
 */
export const ALLOWED_BASE_URL =
	/^\s*(https:\/\/([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.){1,4}doorflow\.com|https?:\/\/(localhost|127(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}|\[::1\])(:([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]))?)\/?\s*$/i;

/** Longer than any address that is allowed, so that no pattern has to look at more. */
export const LONGEST_BASE_URL = 200;

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
	if (typeof text !== 'string' || text.length > LONGEST_BASE_URL || !ALLOWED_BASE_URL.test(text))
		return refusal(typeof text === 'string' ? text.trim() : '');
	const url = new URL(text.trim());
	const authorizeHost = url.host === 'api.doorflow.com' ? 'admin.doorflow.com' : url.host;
	return { ok: true, hosts: { api: url.origin, authorize: `${url.protocol}//${authorizeHost}` } };
}

/**
 * Checks where a credential has its token and its secrets sent, and how n8n gets a token with it. Besides the API Base
 * URL, that is decided by hidden fields. The editor does not show them, but older versions of n8n take them from whoever
 * writes a credential through n8n's API.
 *
 * @param credential as n8n hands it out, expressions worked out
 * @returns as {@link checkBaseUrl} does. Never throws.
 */
export function checkCredential(credential: Readonly<Record<string, unknown>>): BaseUrlCheck {
	const refuse = (reason: string): BaseUrlCheck => ({ ok: false, reason });
	const check = checkBaseUrl(credential.baseUrl);
	if (!check.ok) return check;
	const { accessTokenUrl, grantType, ignoreSSLIssues } = credential;
	// What is no text may become an address where n8n makes it one, as a list of one does.
	const tokenUrl = accessTokenUrl ?? '';
	const isOwn =
		typeof tokenUrl === 'string' &&
		(!URL.canParse(tokenUrl) || new URL(tokenUrl).href === `${check.hosts.api}/oauth/token`);
	if (!isOwn) {
		return refuse(
			"Somebody saved the DoorFlow credential with another address for its tokens, which the editor doesn't offer. Create a new credential and delete this one.",
		);
	}
	// A field that was never saved is filled in by n8n with the only grant that the credential knows.
	if (!GRANTS.has(grantType ?? 'authorizationCode')) {
		return refuse(
			"Somebody saved the DoorFlow credential with a grant type that DoorFlow doesn't allow and the editor doesn't offer. Create a new credential and delete this one.",
		);
	}
	// As n8n takes it: a text counts, whatever it says.
	if (ignoreSSLIssues) {
		return refuse(
			"Somebody saved the DoorFlow credential so that n8n doesn't check the server's certificate, which the editor doesn't offer. Create a new credential and delete this one.",
		);
	}
	return check;
}

function refusal(typed: string): BaseUrlCheck {
	const refuse = (reason: string): BaseUrlCheck => ({ ok: false, reason });
	if (typed === '') {
		return refuse(
			'The API Base URL of the DoorFlow credential is empty. Set it to https://api.doorflow.com.',
		);
	}
	if (!URL.canParse(typed)) {
		return refuse(
			'The API Base URL of the DoorFlow credential is not a web address. Set it to https://api.doorflow.com.',
		);
	}
	const url = new URL(typed);
	if (typed.includes('@')) {
		return refuse(
			'The API Base URL of the DoorFlow credential contains a user name or password. Remove everything before the host name.',
		);
	}
	const host = url.hostname;
	if (url.protocol !== 'https:' && (host === 'doorflow.com' || host.endsWith('.doorflow.com'))) {
		return refuse(
			'The API Base URL of the DoorFlow credential does not start with https://. DoorFlow allows encrypted connections only.',
		);
	}
	// Read from the text as well: `https://host/?` and `https://host/#` leave no trace in the parsed URL.
	if (url.pathname !== '/' || /[?#\\]/.test(typed)) {
		return refuse(
			'The API Base URL of the DoorFlow credential has something after the host name. Leave only the scheme and host, such as https://api.doorflow.com.',
		);
	}
	return refuse(
		'The API Base URL of the DoorFlow credential is not an address of DoorFlow. Only https:// addresses that end in .doorflow.com are allowed, without a port. To try things out, you can also use localhost.',
	);
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
		url.pathname.startsWith('/api/3/') &&
		!/%2e|%2f|%5c|\/\//i.test(url.pathname) &&
		// Nothing stands between the scheme and the host, and no port behind it that could be left out.
		candidate.toLowerCase().startsWith(`${apiOrigin}/`.toLowerCase())
	);
}
