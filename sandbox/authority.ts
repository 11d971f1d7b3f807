import { randomBytes } from 'node:crypto';
import OAuth2Server, { type Client, type Token } from '@node-oauth/oauth2-server';

import type { Shared, Store } from './store';

/** The one application that is registered here. */
export const CLIENT = { id: 'sandbox-client', secret: 'sandbox-secret' };

/** Every loopback redirect URI is registered, whatever its port. */
export const LOOPBACK_REDIRECT = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?\//;

/** DoorFlow approves this one by hand. */
export const RESTRICTED_SCOPE = 'account.channel.admit';

export const SCOPES: readonly string[] = [
	'account.person',
	'account.person.readonly',
	'account.credential_type.readonly',
	'account.channel.readonly',
	'account.channel.admit.person',
	RESTRICTED_SCOPE,
	'account.event.access.readonly',
	'account.group.readonly',
	'account.role.readonly',
	'account.site.readonly',
	'account.shift.readonly',
	'account.reservation',
	'account.reservation.readonly',
	'account.group_reservation',
	'account.group_reservation.readonly',
	'account.notification_rule',
	'account.notification_rule.readonly',
	'account.sync',
];

/** What one user allowed the application, once. All tokens that come of it live and die with it. */
export interface Grant {
	readonly scope: string[];
	readonly accountId: string;
	readonly store: Store;
	revoked: boolean;
	/** Its refresh token that still works, if any. */
	alive?: string | undefined;
}

export interface AccessToken {
	readonly grant: Grant;
	readonly createdAt: number;
	expiresAt: number;
	/** Doorkeeper's lenient way: this refresh token dies when the access token is first used. */
	replaces?: string | undefined;
}

interface Code {
	readonly grant: Grant;
	readonly redirectUri: string;
	readonly expiresAt: Date;
	readonly codeChallenge?: string;
	readonly codeChallengeMethod?: string;
}

const token = (): string => randomBytes(32).toString('base64url');

/** Who may do what. Tokens live here only, and no route gives them out again. */
export class Authority {
	readonly counts = { issued: 0, refreshed: 0, refused: 0 };

	private readonly access = new Map<string, AccessToken>();

	private readonly refresh = new Map<string, { grant: Grant; dead: boolean }>();

	private readonly grants = new Set<Grant>();

	private readonly codes = new Map<string, Code>();

	constructor(
		private readonly shared: Shared,
		private readonly stores: readonly Store[],
	) {}

	/** The token of an Authorization header, if it is worth something. */
	check(header: string | undefined): AccessToken | undefined {
		const value = /^Bearer (.+)$/i.exec(header ?? '')?.[1];
		const found = value === undefined ? undefined : this.access.get(value);
		if (!found || found.grant.revoked || found.expiresAt <= Date.now()) return undefined;
		if (found.replaces !== undefined) {
			const old = this.refresh.get(found.replaces);
			if (old) old.dead = true;
			found.replaces = undefined;
		}
		return found;
	}

	expireAccessTokens(): void {
		for (const one of this.access.values()) one.expiresAt = 0;
		this.tell();
	}

	/** What the customer does in DoorFlow's own settings: nothing of the application works any more, at once. */
	revokeAll(): void {
		for (const grant of this.grants) this.revokeGrant(grant);
		this.tell();
	}

	allTokens(): string[] {
		return [...this.access.keys(), ...this.refresh.keys()];
	}

	/** How many access tokens would be accepted now. */
	live(): number {
		const at = Date.now();
		let count = 0;
		for (const { grant, expiresAt } of this.access.values()) if (!grant.revoked && expiresAt > at) count++;
		return count;
	}

	/** When the last of an account's access tokens runs out, in milliseconds; undefined when none is accepted now. */
	liveUntil(accountId: string): number | undefined {
		let last = Date.now();
		let found = false;
		for (const { grant, expiresAt } of this.access.values()) {
			if (grant.revoked || grant.accountId !== accountId || expiresAt <= last) continue;
			[last, found] = [expiresAt, true];
		}
		return found ? last : undefined;
	}

	/** The permissions of an account's last authorization that stands; none when nobody is connected. */
	granted(accountId: string): readonly string[] {
		const standing = [...this.grants].filter(
			(grant) => !grant.revoked && grant.alive !== undefined && grant.accountId === accountId,
		);
		return standing.at(-1)?.scope ?? [];
	}

	/**
	 * Whether a user's authorization stands, with an active refresh token.
	 *
	 * @param accountId of this account; of any by default
	 * @param scopes with one of these permissions; with any by default
	 */
	connected(accountId?: string, scopes?: readonly string[]): boolean {
		for (const grant of this.grants) {
			if (grant.revoked || grant.alive === undefined) continue;
			if (accountId !== undefined && grant.accountId !== accountId) continue;
			if (!scopes || scopes.some((scope) => grant.scope.includes(scope))) return true;
		}
		return false;
	}

	/** DoorFlow: revoking the refresh token ends all access tokens of the grant. */
	revokeToken(value: string): void {
		const grant = this.refresh.get(value)?.grant;
		if (grant) this.revokeGrant(grant);
		this.access.delete(value);
		this.tell();
	}

	/** The parts that the OAuth library asks for. */
	model(): OAuth2Server.AuthorizationCodeModel & OAuth2Server.RefreshTokenModel {
		const client: Client = {
			id: CLIENT.id,
			grants: ['authorization_code', 'refresh_token'],
			redirectUris: ['http://localhost/'],
		};
		return {
			generateAccessToken: () => Promise.resolve(token()),
			generateRefreshToken: () => Promise.resolve(token()),
			getClient: (id, secret) =>
				Promise.resolve(
					id === CLIENT.id && (secret === null || secret === undefined || secret === CLIENT.secret)
						? client
						: null,
				),
			validateRedirectUri: (uri) => Promise.resolve(LOOPBACK_REDIRECT.test(uri)),
			validateScope: (_user, _client, scope) => {
				const wished = scope ?? [];
				const known = wished.every(
					(one) =>
						SCOPES.includes(one) && (one !== RESTRICTED_SCOPE || this.shared.config.restrictedApproved),
				);
				return Promise.resolve(wished.length > 0 && known ? wished : false);
			},
			saveAuthorizationCode: (code, _client, user) => {
				const store =
					this.stores.find(({ account }) => account.id === (user as { accountId?: string }).accountId) ??
					(this.stores[0] as Store);
				this.codes.set(code.authorizationCode, {
					grant: { scope: code.scope ?? [], accountId: store.account.id, store, revoked: false },
					redirectUri: code.redirectUri,
					expiresAt: code.expiresAt,
					...(code.codeChallenge
						? { codeChallenge: code.codeChallenge, codeChallengeMethod: code.codeChallengeMethod ?? 'S256' }
						: {}),
				});
				return Promise.resolve({ ...code, client, user: {} });
			},
			getAuthorizationCode: (authorizationCode) => {
				const code = this.codes.get(authorizationCode);
				return Promise.resolve(
					code
						? { authorizationCode, ...code, scope: code.grant.scope, client, user: { grant: code.grant } }
						: null,
				);
			},
			revokeAuthorizationCode: (code) => Promise.resolve(this.codes.delete(code.authorizationCode)),
			getRefreshToken: (refreshToken) => {
				const found = this.refresh.get(refreshToken);
				if (found?.dead && this.shared.config.rotation === 'reuse-detection') this.revokeGrant(found.grant);
				if (!found || found.dead || found.grant.revoked) {
					this.counts.refused++;
					this.tell();
					return Promise.resolve(null);
				}
				return Promise.resolve({
					refreshToken,
					scope: found.grant.scope,
					client,
					user: { grant: found.grant, old: refreshToken },
				});
			},
			revokeToken: ({ refreshToken }) => {
				const found = this.refresh.get(refreshToken);
				// The library asks in two steps (read, then revoke), with other requests in between: only the first one
				// of two that hold the same token may go on. It refuses the other one when told "not revoked".
				if (!found || found.dead) {
					if (found && this.shared.config.rotation === 'reuse-detection') this.revokeGrant(found.grant);
					this.counts.refused++;
					return Promise.resolve(false);
				}
				if (this.shared.config.rotation !== 'lenient') found.dead = true;
				return Promise.resolve(true);
			},
			saveToken: (issued, _client, user) => {
				const { grant, old } = user as { grant: Grant; old?: string };
				const createdAt = Date.now();
				this.access.set(issued.accessToken, {
					grant,
					createdAt,
					expiresAt: createdAt + this.shared.config.accessTokenSeconds * 1000,
					...(old !== undefined && this.shared.config.rotation === 'lenient' ? { replaces: old } : {}),
				});
				this.refresh.set(issued.refreshToken ?? '', { grant, dead: false });
				this.grants.add(grant);
				grant.alive = issued.refreshToken;
				if (old !== undefined) this.counts.refreshed++;
				this.counts.issued++;
				this.tell();
				return Promise.resolve({ ...issued, scope: grant.scope, client, user: {} } as Token);
			},
			getAccessToken: () => Promise.resolve(null),
		};
	}

	private revokeGrant(grant: Grant): void {
		grant.revoked = true;
		grant.alive = undefined;
	}

	private tell(): void {
		this.shared.news.emit('tokens');
	}
}
