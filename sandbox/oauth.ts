import { createHash, randomBytes } from 'node:crypto';
import OAuth2Server, { type Client, type Token } from '@node-oauth/oauth2-server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Store } from './store';

export const CLIENT = { id: 'sandbox-client', secret: 'sandbox-secret' };

const LOOPBACK_REDIRECT = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?\//;
const CODE_SECONDS = 600;

interface Grant {
	id: string;
	scope: string[];
	revoked: boolean;
}

interface AccessToken {
	grant: Grant;
	createdAt: number;
	expiresAt: number;
}

interface Code {
	grant: Grant;
	redirectUri: string;
	expiresAt: Date;
	codeChallenge?: string;
	codeChallengeMethod?: string;
}

/** Who may do what. Tokens live here only, and no route gives them out again. */
export class Authority {
	readonly counts = { issued: 0, refreshed: 0, refused: 0 };

	private access = new Map<string, AccessToken>();

	private refresh = new Map<string, { grant: Grant; dead: boolean; replacedBy?: string }>();

	private codes = new Map<string, Code>();

	constructor(private readonly store: Store) {}

	check(header: string | undefined): AccessToken | undefined {
		const token = /^Bearer (.+)$/.exec(header ?? '')?.[1];
		const found = token === undefined ? undefined : this.access.get(token);
		if (!found || found.grant.revoked || found.expiresAt <= Date.now()) return undefined;
		// Doorkeeper's lenient way: the old refresh token dies when the new access token is first used.
		for (const [old, entry] of this.refresh) if (entry.replacedBy === token) this.refresh.set(old, { ...entry, dead: true });
		return found;
	}

	expireAccessTokens(): void {
		for (const token of this.access.values()) token.expiresAt = 0;
	}

	revokeAll(): void {
		for (const { grant } of this.refresh.values()) grant.revoked = true;
		for (const { grant } of this.access.values()) grant.revoked = true;
	}

	allTokens(): string[] {
		return [...this.access.keys(), ...this.refresh.keys()];
	}

	/** DoorFlow: webhooks need an active refresh token. */
	connected(): boolean {
		return [...this.refresh.values()].some(({ grant, dead }) => !dead && !grant.revoked);
	}

	revokeToken(token: string): void {
		const grant = this.refresh.get(token)?.grant;
		if (grant) grant.revoked = true;
		this.access.delete(token);
	}

	/** The parts that the OAuth library asks for. */
	model(): OAuth2Server.AuthorizationCodeModel & OAuth2Server.RefreshTokenModel {
		const client: Client = { id: CLIENT.id, grants: ['authorization_code', 'refresh_token'], redirectUris: ['http://localhost/'] };
		return {
			getClient: (id, secret) => Promise.resolve(id === CLIENT.id && (secret === null || secret === undefined || secret === CLIENT.secret) ? client : null),
			validateRedirectUri: (uri) => Promise.resolve(LOOPBACK_REDIRECT.test(uri)),
			validateScope: (_user, _client, scope) => Promise.resolve(scope ?? []),
			saveAuthorizationCode: (code) => {
				this.codes.set(code.authorizationCode, {
					grant: { id: randomBytes(8).toString('hex'), scope: code.scope ?? [], revoked: false },
					redirectUri: code.redirectUri,
					expiresAt: code.expiresAt,
					...(code.codeChallenge ? { codeChallenge: code.codeChallenge, codeChallengeMethod: code.codeChallengeMethod ?? 'plain' } : {}),
				});
				return Promise.resolve({ ...code, client, user: {} });
			},
			getAuthorizationCode: (authorizationCode) => {
				const code = this.codes.get(authorizationCode);
				return Promise.resolve(code ? { authorizationCode, ...code, scope: code.grant.scope, client, user: { grant: code.grant } } : null);
			},
			revokeAuthorizationCode: (code) => Promise.resolve(this.codes.delete(code.authorizationCode)),
			getRefreshToken: (refreshToken) => {
				const found = this.refresh.get(refreshToken);
				if (found?.dead && this.store.config.rotation === 'reuse-detection') found.grant.revoked = true;
				if (!found || found.dead || found.grant.revoked) {
					this.counts.refused++;
					return Promise.resolve(null);
				}
				return Promise.resolve({ refreshToken, scope: found.grant.scope, client, user: { grant: found.grant, old: refreshToken } });
			},
			revokeToken: (token) => {
				const found = this.refresh.get(token.refreshToken);
				if (found && this.store.config.rotation !== 'lenient') found.dead = true;
				return Promise.resolve(true);
			},
			saveToken: (token, _client, user) => {
				const { grant, old } = user as { grant: Grant; old?: string };
				const createdAt = Date.now();
				this.access.set(token.accessToken, { grant, createdAt, expiresAt: createdAt + this.store.config.accessTokenSeconds * 1000 });
				this.refresh.set(token.refreshToken ?? '', { grant, dead: false });
				if (old !== undefined) {
					this.counts.refreshed++;
					const entry = this.refresh.get(old);
					if (entry) entry.replacedBy = token.accessToken;
				}
				this.counts.issued++;
				return Promise.resolve({ ...token, scope: grant.scope, client, user: {} } as Token);
			},
			getAccessToken: () => Promise.resolve(null),
		};
	}
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

type Fields = Record<string, string | undefined>;

/** OAuth as DoorFlow offers it: authorization code (with PKCE if wanted), rotating refresh tokens, revoke, token info. */
export function registerOAuth(app: FastifyInstance, store: Store, authority: Authority): void {
	const server = new OAuth2Server({
		model: authority.model(),
		authorizationCodeLifetime: CODE_SECONDS,
		alwaysIssueNewRefreshToken: true,
		requireClientAuthentication: { authorization_code: true, refresh_token: true },
	});

	const approve = async (fields: Fields, reply: FastifyReply): Promise<FastifyReply> => {
		const request = new OAuth2Server.Request({ method: 'GET', query: { ...fields, response_type: 'code' }, headers: {}, body: {} });
		const response = new OAuth2Server.Response({ headers: {} });
		try {
			await server.authorize(request, response, { authenticateHandler: { handle: () => ({ name: 'user' }) }, allowEmptyState: true });
			return reply.redirect(response.headers?.location ?? '/', 302);
		} catch (error) {
			const { code, name, message } = error as { code?: number; name?: string; message?: string };
			return reply.code(code ?? 400).send({ error: name ?? 'invalid_request', error_description: message ?? '' });
		}
	};

	app.get('/oauth/authorize', async (request: FastifyRequest, reply) => {
		const query = request.query as Fields;
		if (query.client_id !== CLIENT.id) return reply.code(401).send({ error: 'invalid_client', error_description: 'This application is not known.' });
		if (!LOOPBACK_REDIRECT.test(query.redirect_uri ?? '')) {
			return reply.code(400).send({ error: 'invalid_request', error_description: 'The redirect URI is not registered for this application.' });
		}
		if (query.consent === 'auto') return await approve(query, reply);
		const inputs = ['client_id', 'redirect_uri', 'scope', 'state', 'code_challenge', 'code_challenge_method']
			.filter((name) => query[name] !== undefined)
			.map((name) => `<input type="hidden" name="${name}" value="${escapeHtml(query[name] ?? '')}">`)
			.join('');
		const scopes = (query.scope ?? '').split(' ').filter(Boolean).map((scope) => `<li>${escapeHtml(scope)}</li>`).join('');
		return reply
			.type('text/html; charset=utf-8')
			.header('Content-Security-Policy', "default-src 'none'; style-src 'self'")
			.send(
				`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Allow access – DoorFlow sandbox</title><link rel="stylesheet" href="/page/style.css"><main class="consent"><h1>Allow access to Harbour House?</h1><p>An application wants to:</p><ul>${scopes}</ul><form method="post" action="/oauth/authorize">${inputs}<button name="decision" value="allow">Allow</button> <button name="decision" value="deny" class="quiet">Deny</button></form></main></html>`,
			);
	});

	app.post('/oauth/authorize', async (request, reply) => {
		const { decision, ...fields } = request.body as Fields;
		if (decision === 'allow') return await approve(fields, reply);
		const back = new URL(fields.redirect_uri ?? 'http://localhost/');
		if (!LOOPBACK_REDIRECT.test(back.href)) return reply.code(400).send({ error: 'invalid_request' });
		back.searchParams.set('error', 'access_denied');
		if (fields.state) back.searchParams.set('state', fields.state);
		return reply.redirect(back.href, 302);
	});

	app.post('/oauth/token', async (request, reply) => {
		const body = (request.body ?? {}) as Fields;
		const wire = new OAuth2Server.Request({
			method: 'POST',
			query: {},
			headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '1' },
			body,
		});
		try {
			const token = await server.token(wire, new OAuth2Server.Response({ headers: {} }), {
				accessTokenLifetime: store.config.accessTokenSeconds,
			});
			return {
				access_token: token.accessToken,
				token_type: 'Bearer',
				expires_in: store.config.accessTokenSeconds,
				refresh_token: token.refreshToken,
				scope: (token.scope ?? []).join(' '),
				created_at: Math.floor(Date.now() / 1000),
			};
		} catch (error) {
			const { code, name, message } = error as { code?: number; name?: string; message?: string };
			const status = name === 'invalid_client' ? 401 : code !== undefined && code < 500 ? 400 : 500;
			return reply.code(status).send({ error: name ?? 'invalid_request', error_description: message ?? '' });
		}
	});

	app.post('/oauth/revoke', async (request, reply) => {
		const header = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
		// URL-safe and plain Base64 are both read by Node.
		if (Buffer.from(header, 'base64').toString() !== `${CLIENT.id}:${CLIENT.secret}`) {
			return reply.code(403).send({ error: 'unauthorized_client', error_description: 'You are not authorized to revoke this token' });
		}
		authority.revokeToken(((request.body ?? {}) as Fields).token ?? '');
		return {};
	});

	app.get('/oauth/token/info', async (request, reply) => {
		const token = authority.check(request.headers.authorization);
		if (!token) return reply.code(401).send({ error: 'invalid_token', error_description: 'The access token is invalid or has expired' });
		return {
			resource_owner_id: 77,
			account_id: store.account.id,
			scope: token.grant.scope,
			expires_in: Math.max(0, Math.round((token.expiresAt - Date.now()) / 1000)),
			application: { uid: createHash('sha256').update(CLIENT.id).digest('hex').slice(0, 12) },
			created_at: Math.floor(token.createdAt / 1000),
		};
	});
}
