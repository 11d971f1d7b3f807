/** What n8n keeps of a connected credential, as the nodes get it. */
export type Connected = Record<string, unknown> & {
	readonly oauthTokenData: { readonly access_token: string; readonly refresh_token: string };
};

/**
 * Goes through the authorization code flow with the sandbox, as n8n does when one presses Connect.
 *
 * @param url of the sandbox
 * @param scopes what is asked for
 * @returns the data of the credential
 */
export async function connectTo(url: string, scopes: readonly string[]): Promise<Connected> {
	const redirectUri = 'http://localhost:5678/rest/oauth2-credential/callback';
	const query = new URLSearchParams({
		client_id: 'sandbox-client',
		redirect_uri: redirectUri,
		response_type: 'code',
		state: 's',
		scope: scopes.join(' '),
		consent: 'auto',
	});
	const consent = await fetch(`${url}/oauth/authorize?${query}`, { redirect: 'manual' });
	const code = new URL(consent.headers.get('location') ?? '').searchParams.get('code') ?? '';
	const token = await fetch(`${url}/oauth/token`, {
		method: 'POST',
		body: new URLSearchParams({
			grant_type: 'authorization_code',
			code,
			redirect_uri: redirectUri,
			client_id: 'sandbox-client',
			client_secret: 'sandbox-secret',
		}),
	});
	return {
		baseUrl: url,
		permissions: [...scopes],
		clientId: 'sandbox-client',
		clientSecret: 'sandbox-secret',
		webhookSecret: '',
		grantType: 'authorizationCode',
		authUrl: `${url}/oauth/authorize`,
		accessTokenUrl: `${url}/oauth/token`,
		scope: scopes.join(' '),
		authentication: 'body',
		oauthTokenData: (await token.json()) as Connected['oauthTokenData'],
	};
}
