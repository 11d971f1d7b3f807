import { createHash } from 'node:crypto';
import OAuth2Server from '@node-oauth/oauth2-server';
import type { FastifyInstance, FastifyReply } from 'fastify';

import { CLIENT, LOOPBACK_REDIRECT, RESTRICTED_SCOPE, type Authority } from './authority';
import type { Shared, Store } from './store';

export { Authority, CLIENT } from './authority';

/** DoorFlow: a code lives 10 minutes. */
const CODE_SECONDS = 600;

type Fields = Record<string, string | undefined>;

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** What each permission means for somebody who never read an API's documentation. */
const MEANING: ReadonlyMap<string, string> = new Map(
	Object.entries({
		'account.person': 'Create, change and delete people, their PINs, cards and mobile credentials',
		'account.person.readonly': 'See people and their credentials',
		'account.credential_type.readonly': 'See which kinds of credentials this account offers',
		'account.channel.readonly': 'See doors and their status',
		'account.channel.admit.person': 'Open a door once for a named person who has access to it',
		[RESTRICTED_SCOPE]: 'Open, unlock and lock down any door remotely',
		'account.event.access.readonly': 'See who came through which door, and get these events at once',
		'account.group.readonly': 'See groups',
		'account.role.readonly': 'See roles',
		'account.site.readonly': 'See sites',
		'account.shift.readonly': 'See shifts, the hours in which roles apply',
		'account.reservation': 'Create and delete door reservations',
		'account.reservation.readonly': 'See door reservations',
		'account.group_reservation': 'Create and delete group reservations',
		'account.group_reservation.readonly': 'See group reservations',
		'account.notification_rule': 'Create and delete notification rules',
		'account.notification_rule.readonly': 'See notification rules',
		'account.sync': 'Send changes to the doors at once',
	}),
);

const page = (title: string, content: string): string =>
	`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${title}</title><link rel="icon" href="/page/icon.svg"><link rel="stylesheet" href="/page/style.css"></head><body><main class="consent"><p class="brand"><img src="/page/icon.svg" alt="" width="28" height="28">DoorFlow sandbox</p>${content}</main></body></html>`;

const html = (reply: FastifyReply, status: number, text: string): FastifyReply =>
	reply
		.code(status)
		.type('text/html; charset=utf-8')
		.header(
			'Content-Security-Policy',
			"default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'",
		)
		.send(text);

/** Nobody can be sent back to an application that is not known, so the user is told. */
function refusalPage(reply: FastifyReply, why: string): FastifyReply {
	return html(
		reply,
		400,
		page(
			'Cannot connect – DoorFlow sandbox',
			`<h1>This application can't be connected</h1><p>${escapeHtml(why)}</p>`,
		),
	);
}

function consentPage(reply: FastifyReply, query: Fields, stores: readonly Store[]): FastifyReply {
	const inputs = [
		'client_id',
		'redirect_uri',
		'response_type',
		'scope',
		'state',
		'code_challenge',
		'code_challenge_method',
	]
		.filter((name) => query[name] !== undefined)
		.map((name) => `<input type="hidden" name="${name}" value="${escapeHtml(query[name] ?? '')}">`)
		.join('');
	const scopes = [...new Set((query.scope ?? '').split(' ').filter(Boolean))]
		.map((scope) => {
			const restricted = scope === RESTRICTED_SCOPE;
			const known = MEANING.get(scope);
			const meaning = known ?? 'A permission that does not exist here: if you allow it, connecting fails';
			return `<li${restricted || !known ? ' class="restricted"' : ''}>${meaning}${restricted ? ' (restricted)' : ''}<code>${escapeHtml(scope)}</code></li>`;
		})
		.join('');
	const accounts = stores
		.map(
			({ account }, index) =>
				`<label class="account"><input type="radio" name="account" id="account-${index}" value="${account.id}"${index === 0 ? ' checked' : ''}>${escapeHtml(account.name)}</label>`,
		)
		.join('');
	// The style sheet shows the name of the account that is chosen, without a script.
	const names = stores
		.map(({ account }, index) => `<span class="named named-${index}">${escapeHtml(account.name)}?</span>`)
		.join('');
	const application = `<strong>${escapeHtml(query.client_id ?? '')}</strong>`;
	const back = escapeHtml(new URL(query.redirect_uri ?? '').host);
	return html(
		reply,
		200,
		page(
			'Allow access – DoorFlow sandbox',
			`<h1>Allow access to ${names}</h1><p>The application ${application} asks for permission. Nothing real is opened: this DoorFlow runs on your own machine.</p><form method="post" action="/oauth/authorize">${inputs}<fieldset><legend>Which account it may use</legend>${accounts}</fieldset><div><h2>What it may do there</h2><ul class="scopes">${scopes || '<li>Nothing: it requested no permissions</li>'}</ul></div><div class="decide"><button name="decision" value="deny" class="quiet">Deny</button><button name="decision" value="allow">Allow</button></div></form><p class="hint">Either way you are sent back to ${back}. To end what you allow here, revoke the application on <a href="/">the sandbox’s page</a>.</p>`,
		),
	);
}

/** What speaks against showing the consent page at all. */
function faultOfRequest({ client_id: clientId, redirect_uri: redirectUri }: Fields): string | undefined {
	if (clientId !== CLIENT.id)
		return `There is no application "${clientId ?? ''}" here. The one to use is ${CLIENT.id}.`;
	if (!LOOPBACK_REDIRECT.test(redirectUri ?? '') || !URL.canParse(redirectUri ?? ''))
		return 'The redirect URI is not registered for this application. The sandbox accepts those that begin with http://localhost or http://127.0.0.1.';
	return undefined;
}

/** OAuth as DoorFlow offers it: authorization code (with PKCE if wanted), rotating refresh tokens, revoke, token info. */
export function registerOAuth(
	app: FastifyInstance,
	shared: Shared,
	authority: Authority,
	stores: readonly Store[],
): void {
	const server = new OAuth2Server({
		model: authority.model(),
		authorizationCodeLifetime: CODE_SECONDS,
		alwaysIssueNewRefreshToken: true,
		requireClientAuthentication: { authorization_code: true, refresh_token: true },
	});

	const approve = async (fields: Fields, reply: FastifyReply): Promise<FastifyReply> => {
		const { account, ...rest } = fields;
		const query = Object.fromEntries(
			Object.entries(rest).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
		);
		const request = new OAuth2Server.Request({ method: 'GET', query, headers: {}, body: {} });
		const response = new OAuth2Server.Response({ headers: {} });
		const authenticateHandler = { handle: () => ({ accountId: account ?? stores[0]?.account.id }) };
		try {
			await server.authorize(request, response, { authenticateHandler, allowEmptyState: true });
		} catch (error) {
			// The library puts what is wrong with scope, response type or PKCE into the redirect, as the standard wants.
			if (response.headers?.location === undefined)
				return refusalPage(reply, error instanceof Error ? error.message : 'The request could not be read.');
		}
		return reply.redirect(response.headers?.location ?? '/', 302);
	};

	app.get('/oauth/authorize', async (request, reply) => {
		const query = request.query as Fields;
		const fault = faultOfRequest(query);
		if (fault) return refusalPage(reply, fault);
		const { consent, ...fields } = query;
		return consent === 'auto' ? await approve(fields, reply) : consentPage(reply, query, stores);
	});

	app.post('/oauth/authorize', async (request, reply) => {
		const { decision, ...fields } = (request.body ?? {}) as Fields;
		const fault = faultOfRequest(fields);
		if (fault) return refusalPage(reply, fault);
		if (decision === 'allow') return await approve(fields, reply);
		const back = new URL(fields.redirect_uri ?? '');
		back.searchParams.set('error', 'access_denied');
		back.searchParams.set(
			'error_description',
			'The resource owner or authorization server denied the request.',
		);
		if (fields.state) back.searchParams.set('state', fields.state);
		return reply.redirect(back.href, 302);
	});

	app.post('/oauth/token', async (request, reply) => {
		const wire = new OAuth2Server.Request({
			method: 'POST',
			query: {},
			// DoorFlow takes id and secret in the body, so the library shall see no Authorization header.
			headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '1' },
			body: (request.body ?? {}) as Fields,
		});
		void reply.headers({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
		try {
			const token = await server.token(wire, new OAuth2Server.Response({ headers: {} }), {
				accessTokenLifetime: shared.config.accessTokenSeconds,
			});
			return {
				access_token: token.accessToken,
				token_type: 'Bearer',
				expires_in: shared.config.accessTokenSeconds,
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

	// The library has no revocation endpoint.
	app.post('/oauth/revoke', async (request, reply) => {
		const header = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
		// URL-safe and plain Base64 are both read by Node.
		if (Buffer.from(header, 'base64').toString() !== `${CLIENT.id}:${CLIENT.secret}`) {
			return reply.code(403).send({
				error: 'unauthorized_client',
				error_description: 'You are not authorized to revoke this token',
			});
		}
		authority.revokeToken(((request.body ?? {}) as Fields).token ?? '');
		return {};
	});

	// Neither has it this one, which is Doorkeeper's.
	app.get('/oauth/token/info', async (request, reply) => {
		const token = authority.check(request.headers.authorization);
		if (!token)
			return reply
				.code(401)
				.send({ error: 'invalid_token', error_description: 'The access token is invalid or has expired' });
		return {
			resource_owner_id: token.grant.store.blueprint.user.id,
			account_id: token.grant.accountId,
			scope: token.grant.scope,
			expires_in: Math.max(0, Math.round((token.expiresAt - Date.now()) / 1000)),
			application: { uid: createHash('sha256').update(CLIENT.id).digest('hex').slice(0, 12) },
			created_at: Math.floor(token.createdAt / 1000),
		};
	});
}
