import type { Edit } from './mutated';

/** A claim of docs/security.md, how it is broken, and the test that has to notice. */
export interface Claim {
	/** What is demanded, as it stands in the first column of the page's tables. */
	readonly demand: string;
	/** What is broken, in words. */
	readonly what: string;
	readonly edits: readonly Edit[];
	/** Below `test/`, without `.test.ts`. */
	readonly file: string;
	/** As it stands in the code of the test, with its `%s`. */
	readonly test: string;
}

const API = 'nodes/shared/api.ts';
const BASE_URL = 'nodes/shared/baseUrl.ts';
const CONNECTION = 'nodes/DoorFlowTrigger/connection.ts';
const CREDENTIAL = 'credentials/DoorFlowOAuth2Api.credentials.ts';
const DELIVERY = 'nodes/DoorFlowTrigger/delivery.ts';
const ISSUE = 'nodes/DoorFlow/actions/visitor/issue.ts';
const RECEIVE = 'nodes/DoorFlowTrigger/receive.ts';
const REDACT = 'nodes/shared/redact.ts';
const RUN = 'nodes/DoorFlow/run.ts';
const SIGNATURE = 'nodes/DoorFlowTrigger/signature.ts';

const edit = (file: string, now: string, then: string): readonly Edit[] => [{ file, now, then }];

/** The road follows redirects. */
const FOLLOWS = edit(
	API,
	'disableFollowRedirect: true,\n\t\t\t// Read here',
	'disableFollowRedirect: false,\n\t\t\t// Read here',
);
/** The items of both triggers have all that DoorFlow gives. */
const UNMASKED = edit(
	'nodes/shared/item.ts',
	'withSecrets ? data : withoutSecrets(data)',
	'data ?? withoutSecrets(data)',
);
/** The road sends the token anywhere. */
const ANYWHERE: Edit = {
	file: API,
	now: "if (!request.path.startsWith('/') && !isApiUrl(full, hosts.api)) {",
	then: "if (full === '') {",
};
const NO_ADDRESS_CHECK: Edit = {
	file: 'nodes/DoorFlowTrigger/acknowledge.ts',
	now: 'if (!isApiUrl(notification.resource, origin))',
	then: "if (origin === '' || isApiUrl === undefined)",
};

const EDITOR_GETS_NO_SECRET =
	'nothing that n8n sends to its editor holds a token, the client secret or the signing key';
const BROWSER_RECEIVES_NO_SECRET =
	'receives no token, secret or signing key, and no PIN that nobody asked for, neither over HTTP nor by push';
/** Whatever is asked, the token stands in the answer, and so in what the nodes put out. */
const TOKEN_IN_ANSWERS = edit(
	API,
	'headers: result.headers,\n\t\t\t\tbody: result.body,',
	'headers: result.headers,\n\t\t\t\tbody: Array.isArray(result.body) ? result.body : { ...(result.body as object), askedWith: facts.accessToken },',
);

/** Each is one way in which a sentence of the page stops being true. In the order of the page. */
export const CLAIMS: readonly Claim[] = [
	{
		demand: 'OAuth with the authorization code only',
		what: 'the credential uses client credentials',
		edits: edit(CREDENTIAL, "default: 'authorizationCode',", "default: 'clientCredentials',"),
		file: 'unit/interface',
		test: 'the credential knows the authorization code only',
	},
	{
		demand: 'OAuth with the authorization code only',
		what: 'the credential shows the grant type',
		edits: edit(
			CREDENTIAL,
			"name: 'grantType',\n\t\t\ttype: 'hidden',",
			"name: 'grantType',\n\t\t\ttype: 'string',",
		),
		file: 'unit/interface',
		test: 'the credential knows the authorization code only',
	},
	{
		demand: 'No API keys, no client credentials, no user name and password',
		what: 'the credential has a field for an API key',
		edits: edit(
			CREDENTIAL,
			'properties: INodeProperties[] = [\n',
			"properties: INodeProperties[] = [\n{ displayName: 'API Key', name: 'apiKey', type: 'string', default: '' },\n",
		),
		file: 'unit/interface',
		test: 'the credential knows the authorization code only',
	},
	{
		demand: 'No API keys, no client credentials, no user name and password',
		what: 'a credential that somebody saved with another grant type is used',
		edits: edit(
			BASE_URL,
			"if (!GRANTS.has(grantType ?? 'authorizationCode')) {",
			"if (!GRANTS.has(grantType ?? 'authorizationCode') && grantType === 1) {",
		),
		file: 'engine/trigger',
		test: '%j is refused by all nodes, and nothing is asked',
	},
	{
		demand: 'The fewest permissions',
		what: 'the permission to control doors is requested by default',
		edits: edit(
			'nodes/shared/permissions.ts',
			"'account.event.access.readonly',\n\t'account.sync',\n]",
			"'account.event.access.readonly',\n\t'account.sync',\n\t'account.channel.admit',\n]",
		),
		file: 'unit/interface',
		test: 'only what a visitor flow needs is asked for by default',
	},
	{
		demand: 'Several accounts',
		what: 'events from other accounts start the workflow',
		edits: edit(DELIVERY, "account.kind === 'inRun' || accountId === account.id;", "accountId !== '';"),
		file: 'engine/trigger',
		test: 'another account is left out, which the log says once',
	},
	{
		demand: 'Disconnecting revokes access',
		what: 'Disconnect revokes nothing',
		edits: edit(
			API,
			'body: new URLSearchParams({ token: refreshToken,',
			"body: new URLSearchParams({ token: '',",
		),
		file: 'engine/operations',
		test: 'Disconnect revokes at DoorFlow: the next request asks to reconnect',
	},
	{
		demand: 'Stored encrypted',
		what: 'the token is written to the log',
		edits: edit(
			CONNECTION,
			'\tif (keys.length === 0) {',
			'\tcontext.logger.info(JSON.stringify(data.oauthTokenData));\n\tif (keys.length === 0) {',
		),
		file: 'e2e/flow',
		test: 'no token, secret or PIN in logs, errors or records where it does not belong',
	},
	{
		demand: 'Stored encrypted',
		what: 'the trigger keeps the credential in memory for a day',
		edits: edit(CONNECTION, 'const KEEP_MS = 30_000;', 'const KEEP_MS = 86_400_000;'),
		file: 'engine/webhooks',
		test: 'a secret that was replaced signs nothing any more after half a minute',
	},
	{
		demand: 'On a 401, the token is refreshed and the request repeated',
		what: 'several requests refresh the token at the same time',
		edits: edit('nodes/shared/tokenGate.ts', 'if (running) return await running;', 'void running;'),
		file: 'unit/tokenGate',
		test: 'of many that ask at the same time one renews, and all get what it got',
	},
	{
		demand: 'On a 401, the token is refreshed and the request repeated',
		what: "a 401 doesn't refresh the token",
		edits: edit(
			API,
			"if (result.kind === 'answer' && result.status === 401) {",
			"if (result.kind === 'answer' && result.status === 499) {",
		),
		file: 'engine/trigger',
		test: 'an expired token is refreshed on the way',
	},
	{
		demand: "Refreshing at the same time doesn't lose the rotating refresh token",
		what: "after a failed refresh, the token that another process stored isn't used",
		edits: edit(
			API,
			'if (now.fingerprint !== refused.fingerprint) return undefined;\n\t\t\tif (temporary) break;',
			'void now;\n\t\t\tif (temporary) break;',
		),
		file: 'engine/renewal',
		test: 'a lost race takes up the token that another process stored',
	},
	{
		demand: 'After a failed refresh, the user is asked to connect again',
		what: 'a dead token is tried again and again',
		edits: [
			{ file: API, now: 'gate.markDead(this.credentialId(), refused.fingerprint, Date.now());', then: '' },
		],
		file: 'engine/road',
		test: 'and that is answered %i %s, it is over: it is not tried for a minute',
	},
	{
		demand: 'After a failed refresh, the user is asked to connect again',
		what: 'each poll reports the lost connection, not only the first',
		edits: edit(
			'nodes/DoorFlowPollingTrigger/poll.ts',
			'if (stored.lostSince !== undefined) return null;',
			'',
		),
		file: 'engine/polling',
		test: 'a revoked connection is told once, and once more when it works again; the events in between come then',
	},
	{
		demand: 'Never logged or shown',
		what: "tokens stay in DoorFlow's messages",
		edits: edit(REDACT, ".replace(BEARER, '$1 •••').replace(NAMED, '$1•••')", ''),
		file: 'unit/problem',
		test: 'texts of DoorFlow never carry what was secret',
	},
	{
		demand: 'Never logged or shown',
		what: "the PIN that was sent stays in DoorFlow's messages",
		edits: edit(REDACT, 'for (const secret of secrets) {', 'for (const secret of secrets.slice(0, 0)) {'),
		file: 'unit/problem',
		test: 'texts of DoorFlow never carry what was secret',
	},
	{
		demand: 'Never logged or shown',
		what: 'a token that DoorFlow repeats in a sentence stays in the error',
		edits: edit(
			API,
			'const secrets = [...(about.secrets ?? []), ...facts.secrets];',
			'const secrets = [...(about.secrets ?? [])];',
		),
		file: 'engine/hostileServer',
		test: '%i to %s: neither an error nor an item repeats it',
	},
	{
		demand: 'Never logged or shown',
		what: 'the trigger does not know what to look for in such a sentence',
		edits: edit(CONNECTION, 'secrets: secretsOf(token.accessToken, ...keys)', 'secrets: secretsOf(...keys)'),
		file: 'engine/hostileServer',
		test: '%i to the triggers: neither their errors nor the log repeats it, nor does it begin a line of the log',
	},
	{
		demand: 'Never logged or shown',
		what: 'a message of DoorFlow begins a new line in the log',
		edits: edit(REDACT, "return clean.replace(CONTROLS, ' ');", 'return clean;'),
		file: 'engine/hostileServer',
		test: '%i to the triggers: neither their errors nor the log repeats it, nor does it begin a line of the log',
	},
	{
		demand: 'Never logged or shown',
		what: "errors contain the node's parameters with the PIN that somebody typed",
		edits: edit(RUN, 'withoutTyped(given.parameters)', 'given.parameters'),
		file: 'engine/credentials',
		test: 'a PIN never shows in an error',
	},
	{
		demand: 'Never logged or shown',
		what: 'the same, but only for the number with which somebody is checked out',
		edits: edit(
			'nodes/DoorFlow/typedSecrets.ts',
			'SECRETS.has(name)',
			"name === 'value' && SECRETS.has(name)",
		),
		file: 'engine/credentials',
		test: 'nor does what somebody typed into %s/%s as %s',
	},
	{
		demand: 'Never sent to a browser',
		what: "the credential doesn't mark the signing secret as a password",
		edits: edit(CREDENTIAL, 'typeOptions: { password: true },\n', ''),
		file: 'e2e/stored',
		test: EDITOR_GETS_NO_SECRET,
	},
	{
		demand: 'Never sent to a browser',
		what: 'the trigger puts its token into each item',
		edits: TOKEN_IN_ANSWERS,
		file: 'e2e/stored',
		test: EDITOR_GETS_NO_SECRET,
	},
	{
		demand: 'Never sent to a browser',
		what: 'the same, seen by a browser in whose editor workflows run',
		edits: TOKEN_IN_ANSWERS,
		file: 'e2e/stored',
		test: BROWSER_RECEIVES_NO_SECRET,
	},
	{
		demand: 'Sent to DoorFlow only',
		what: 'the address check before the acknowledgement is removed',
		edits: [NO_ADDRESS_CHECK],
		file: 'unit/acknowledge',
		test: 'an event at %s is not acknowledged',
	},
	{
		demand: 'Sent to DoorFlow only',
		what: 'the same, and the check in the code that sends the token is removed',
		edits: [NO_ADDRESS_CHECK, ANYWHERE],
		file: 'engine/trigger',
		test: 'a run that somebody gave a foreign address acknowledges nothing there',
	},
	{
		demand: 'Sent to DoorFlow only',
		what: 'only the check in the code that sends the token is removed',
		edits: [ANYWHERE],
		file: 'engine/trigger',
		test: 'acknowledge asks no other host',
	},
	{
		demand: 'Sent to DoorFlow only',
		what: 'all checks of the address that a webhook names are removed',
		edits: [
			{
				file: RECEIVE,
				now: 'if (notifications.every(({ resource }) => !isApiUrl(resource, api))) return foreign();',
				then: "if (api === '' || isApiUrl === undefined) return foreign();",
			},
			{
				file: DELIVERY,
				now: "if (!isApiUrl(notification.resource, (await this.api.hosts()).api)) return { kind: 'refused' };",
				then: 'void isApiUrl;',
			},
			{
				file: 'nodes/DoorFlowTrigger/look.ts',
				now: "if (!isApiUrl(notification.resource, origin)) return { kind: 'refused' };",
				then: 'void isApiUrl;',
			},
			ANYWHERE,
		],
		file: 'engine/trigger',
		test: 'the token never goes to another host',
	},
	{
		demand: 'Sent to DoorFlow only',
		what: 'the token is sent to paths outside the API',
		edits: edit(BASE_URL, "url.pathname.startsWith('/api/3/') &&", ''),
		file: 'unit/baseUrl',
		test: 'only plain addresses of the API itself may be asked with the token',
	},
	{
		demand: 'Sent to DoorFlow only',
		what: "any host is allowed in the credential's expressions",
		edits: edit(CREDENTIAL, '${String(ALLOWED_BASE_URL)}.test(typed)', '/^https:/.test(typed)'),
		file: 'engine/credential',
		test: '%j is refused, in the code as in the expressions',
	},
	{
		demand: 'Sent to DoorFlow only',
		what: "the credential's expressions read the address twice",
		edits: edit(CREDENTIAL, 'typed.trim()', '$self["baseUrl"].trim()'),
		file: 'engine/credential',
		test: 'an expression that comes out differently each time sends nothing elsewhere',
	},
	{
		demand: 'Sent to DoorFlow only',
		what: "the credential's expressions check only the part before an @",
		edits: edit(
			CREDENTIAL,
			'${String(ALLOWED_BASE_URL)}.test(typed)',
			'${String(ALLOWED_BASE_URL)}.test(typed.split("@")[0])',
		),
		file: 'engine/credential',
		test: 'code and expressions never disagree, in whatever pieces an address is put together',
	},
	{
		demand: 'Sent to DoorFlow only',
		what: "a token address in a hidden field isn't checked",
		edits: edit(BASE_URL, 'if (!isOwn) {', 'if (!isOwn && accessTokenUrl === undefined) {'),
		file: 'engine/api',
		test: 'a hidden field %s that somebody set to %s is refused before anything is sent',
	},
	{
		demand: 'Sent to DoorFlow only',
		what: 'the action node follows redirects',
		edits: FOLLOWS,
		file: 'engine/hostileServer',
		test: '%i to %s: nothing goes there',
	},
	{
		demand: 'Sent to DoorFlow only',
		what: 'Disconnect follows redirects',
		edits: edit(
			API,
			"disableFollowRedirect: true,\n\t\t\tencoding: 'stream',\n\t\t\ttimeout,",
			"disableFollowRedirect: false,\n\t\t\tencoding: 'stream',\n\t\t\ttimeout,",
		),
		file: 'engine/hostileServer',
		test: '%i to %s: nothing goes there',
	},
	{
		demand: 'Sent to DoorFlow only',
		what: 'the trigger follows redirects when it fetches an event',
		edits: FOLLOWS,
		file: 'engine/hostileServer',
		test: '%i to the trigger (but not to %s): nothing goes there, and no event begins',
	},
	{
		demand: 'Sent to DoorFlow only',
		what: 'the trigger follows redirects when it acknowledges',
		edits: FOLLOWS,
		file: 'engine/hostileServer',
		test: 'the trigger acknowledges at no other host',
	},
	{
		demand: 'Sent to DoorFlow only',
		what: 'other nodes may send the token anywhere, unless somebody forbids it',
		edits: edit(CREDENTIAL, "default: 'domains',", "default: 'all',"),
		file: 'e2e/stored',
		test: 'another node sends the token to api.doorflow.com only, until somebody who may edit the credential allows more',
	},
	{
		demand: 'HTTPS for all requests',
		what: 'http is allowed in the code',
		edits: [
			{
				file: BASE_URL,
				now: "if (typeof text !== 'string' || text.length > LONGEST_BASE_URL || !ALLOWED_BASE_URL.test(text))",
				then: "if (typeof text !== 'string' || text.length > LONGEST_BASE_URL || !ALLOWED_BASE_URL.test(text.replace('http:', 'https:')))",
			},
		],
		file: 'unit/baseUrl',
		test: '%j is refused because it %s',
	},
	{
		demand: 'HTTPS for all requests',
		what: "http is allowed in the credential's expressions",
		edits: edit(
			CREDENTIAL,
			'${String(ALLOWED_BASE_URL)}.test(typed)',
			'${String(ALLOWED_BASE_URL)}.test(typed.replace("http:", "https:"))',
		),
		file: 'engine/credential',
		test: '%j is refused, in the code as in the expressions',
	},
	{
		demand: 'HTTPS for all requests',
		what: 'certificate checks can be switched off',
		edits: edit(BASE_URL, 'if (ignoreSSLIssues) {', "if (ignoreSSLIssues === 'never') {"),
		file: 'engine/api',
		test: 'a hidden field %s that somebody set to %s is refused before anything is sent',
	},
	{
		demand: 'Only this machine can reach what `npm start` and `npm run sandbox` start',
		what: 'the n8n of npm start answers to any host name',
		edits: edit('harness/loopbackOnly.js', 'const LOOPBACK_HOST = /^(', 'const LOOPBACK_HOST = /^.*(|'),
		file: 'unit/loopback',
		test: '%s gets through if it was meant for this machine, and not otherwise',
	},
	{
		demand: 'Only this machine can reach what `npm start` and `npm run sandbox` start',
		what: 'the n8n of npm start has a published password',
		edits: edit(
			'harness/n8n.ts',
			"password: `N8n-${randomBytes(12).toString('base64url')}`,",
			'password: `N8n-${randomBytes.name}-0123456789`,',
		),
		file: 'unit/loopback',
		test: 'the n8n of npm start gets a long password, another one in each program',
	},
	{
		demand: 'Only this machine can reach what `npm start` and `npm run sandbox` start',
		what: 'the sandbox answers to any host name',
		edits: edit('sandbox/server.ts', 'if (isLoopbackHost(host) ||', "if (host !== '' ||"),
		file: 'unit/loopback',
		test: 'refuses each request that a page under another name could make, whatever it asks for',
	},
	{
		demand: 'No response can hold up n8n',
		what: 'the time limit no longer covers the whole response',
		edits: edit(
			API,
			'const limit = limitMs === undefined ? undefined : AbortSignal.timeout(limitMs);',
			'const limit = limitMs === undefined ? undefined : AbortSignal.timeout(2 ** 31 - 1);',
		),
		file: 'engine/road',
		test: 'comes %s: the time of a request counts from its beginning',
	},
	{
		demand: 'No response can hold up n8n',
		what: 'responses of any size are read to their end',
		edits: edit(
			'nodes/shared/readBody.ts',
			"if (bytes > maxBytes) return { kind: 'tooLarge' };",
			'if (bytes > maxBytes) continue;',
		),
		file: 'engine/road',
		test: 'is endless, %s: it is read up to 10 MB',
	},
	{
		demand: "An error page from a proxy doesn't end the connection",
		what: 'temporary errors of a refresh end the connection',
		edits: edit(
			API,
			'const temporary = !FINAL.has(failure.kind);',
			'const temporary = FINAL.has(failure.kind);',
		),
		file: 'engine/road',
		test: 'and that is answered %i with %s, it may pass: it is tried again at once',
	},
	{
		demand: 'Every signature is verified',
		what: 'the signature is not compared',
		edits: edit(
			SIGNATURE,
			'if (timingSafeEqual(given, expected)) valid = true;',
			'valid = timingSafeEqual(given, given) && expected.length > 0;',
		),
		file: 'unit/signature',
		test: 'what was signed with one of the keys is accepted, and nothing else',
	},
	{
		demand: 'Every signature is verified',
		what: 'the signature is compared with ===, not in constant time',
		edits: edit(
			SIGNATURE,
			'if (timingSafeEqual(given, expected)) valid = true;',
			"if (signature === expected.toString('hex')) valid = true;",
		),
		file: 'unit/signature',
		test: 'each key is compared in constant time, whichever fits',
	},
	{
		demand: 'Every signature is verified',
		what: 'the body is read before the signature is checked',
		edits: edit(
			RECEIVE,
			'const checked = await verified(context, body, panel.toleranceSeconds);',
			"if (!parseNotifications(body.toString('utf8')).ok) return answer(400, 'No notifications.');\n\tconst checked = await verified(context, body, panel.toleranceSeconds);",
		),
		file: 'engine/fuzz',
		test: 'made-up requests without the right signature: each is answered with a refusal, none gets in',
	},
	{
		demand: 'Requests without a valid signature are rejected',
		what: 'unsigned requests are accepted',
		edits: edit(SIGNATURE, "return 'missing';", "return 'ok';"),
		file: 'engine/trigger',
		test: 'an unsigned request is refused',
	},
	{
		demand: 'Requests without a valid signature are rejected',
		what: 'each request reads an unusable credential again',
		edits: edit(CONNECTION, '(this.last.check.ok ? keepMs : REREAD_MS)', '(this.last.check.ok ? keepMs : 0)'),
		file: 'engine/webhooks',
		test: 'a credential that can not be used is read, and said in the log, once in five seconds',
	},
	{
		demand: 'Requests without a valid signature are rejected',
		what: 'bodies of any size are read',
		edits: edit(RECEIVE, 'if (body.length > MAX_BODY_BYTES)', 'if (body.length > 2 ** 40 + MAX_BODY_BYTES)'),
		file: 'engine/hostileServer',
		test: 'of a webhook with %i bytes, the answer is %i',
	},
	{
		demand: 'No secret, no trust',
		what: 'an empty secret counts as a secret',
		edits: [
			{
				file: CONNECTION,
				now: "typeof key === 'string' && key !== '',",
				then: "typeof key === 'string',",
			},
			{ file: SIGNATURE, now: "if (!keys.some((key) => key !== '')) return 'noKey';", then: '' },
			{ file: SIGNATURE, now: "if (key === '') continue;", then: '' },
		],
		file: 'engine/trigger',
		test: 'without any secret everything is refused',
	},
	{
		demand: 'No secret, no trust',
		what: 'an empty key among several is accepted',
		edits: edit(SIGNATURE, "if (key === '') continue;", ''),
		file: 'unit/signature',
		test: 'an empty key among several signs nothing',
	},
	{
		demand: 'No secret, no trust',
		what: 'signatures are checked even if there is no key',
		edits: edit(SIGNATURE, "if (!keys.some((key) => key !== '')) return 'noKey';", ''),
		file: 'unit/signature',
		test: 'without a key nothing passes, not even what an empty key signed',
	},
	{
		demand: "Old requests can't be replayed",
		what: "the timestamp isn't checked",
		edits: edit(
			SIGNATURE,
			"if (Math.abs(nowSeconds - Number(timestamp)) > toleranceSeconds) return 'stale';",
			'',
		),
		file: 'engine/trigger',
		test: '%s is refused',
	},
	{
		demand: "Old requests can't be replayed",
		what: 'timestamps in the future are accepted',
		edits: edit(SIGNATURE, 'Math.abs(nowSeconds - Number(timestamp))', '(nowSeconds - Number(timestamp))'),
		file: 'engine/trigger',
		test: '%s is refused',
	},
	{
		demand: "Old requests can't be replayed",
		what: 'a redelivery counts as new',
		edits: edit(
			'nodes/shared/lives.ts',
			"if (state === 'seen' || (wanted ? !deduplicate : life.node !== this.node)) return 'look';",
			"if (state !== 'dropped') return 'look';",
		),
		file: 'engine/trigger',
		test: 'a redelivery starts no second execution: while n8n has it, it is not confirmed; then it is confirmed once',
	},
	{
		demand: "Old requests can't be replayed",
		what: 'unwanted events are fetched again with each delivery',
		edits: edit(DELIVERY, "if (!this.byHand) this.lives.come(notification, 'dropped');", ''),
		file: 'engine/webhooks',
		test: 'a captured request with 100 unwanted notifications, replayed, makes no requests',
	},
	{
		demand: "Old requests can't be replayed",
		what: 'Confirm Within may be shorter than the tolerance',
		edits: edit(
			'nodes/DoorFlowTrigger/panel.ts',
			'Math.max(parameters.settingIn(options, confirmWithinSeconds), toleranceS)',
			'parameters.settingIn(options, confirmWithinSeconds)',
		),
		file: 'engine/webhooks',
		test: 'the time to confirm is at least the tolerance: a captured request can not be used to start it again',
	},
	{
		demand: 'A secret can be changed without losing events',
		what: 'only one of the two secrets is accepted',
		edits: edit(
			CONNECTION,
			'[data.webhookSecret, data.clientSecret].filter(',
			'[data.webhookSecret].filter(',
		),
		file: 'engine/trigger',
		test: 'both secrets are accepted when both are set',
	},
	{
		demand: 'A secret can be changed without losing events',
		what: 'a new secret works only once the old one is no longer in memory',
		edits: edit(
			'nodes/DoorFlowTrigger/verified.ts',
			"for (const fresh of [undefined, 'fresh'] as const) {",
			'for (const fresh of [undefined] as const) {',
		),
		file: 'engine/webhooks',
		test: 'a new secret works five seconds after the old one was read',
	},
	{
		demand: 'A webhook is a hint, not data',
		what: "the trigger makes up the data of events that DoorFlow doesn't have",
		edits: edit(
			'nodes/DoorFlowTrigger/look.ts',
			"const data = fetched.kind === 'data' ? fetched.data : null;",
			"const data = fetched.kind === 'data' ? fetched.data : { id: notification.resourceId };",
		),
		file: 'engine/fuzz',
		test: 'rightly signed requests with made-up bodies: each is answered, no event that does not exist gets in',
	},
	{
		demand: 'Silence is noticed',
		what: "missing webhooks aren't noticed",
		edits: edit(
			'nodes/DoorFlowPollingTrigger/watchWebhooks.ts',
			'const unseen = due.some((event) => !hasArrived(id, event));',
			'const unseen = due.some((event) => hasArrived(id, event));',
		),
		file: 'engine/polling',
		test: 'nothing while all arrive; one report and the missed events when not; again only after webhooks came back',
	},
	{
		demand: 'One person, one record',
		what: 'the search for existing people never finds anybody',
		edits: edit(
			'nodes/DoorFlow/actions/person/findPerson.ts',
			'return found[0];',
			'return found[found.length];',
		),
		file: 'engine/people',
		test: 'upsert looks first: twice the same visitor is one record',
	},
	{
		demand: 'Nothing is done twice',
		what: 'a POST is sent again when its response was lost',
		edits: edit(
			'nodes/shared/retryPolicy.ts',
			"if (!budget.repeatable && !surelyNotDone) return { step: 'giveUp', because: 'fateUnknown' };",
			'void surelyNotDone;',
		),
		file: 'engine/api',
		test: 'a POST whose fate is unknown is not sent twice',
	},
	{
		demand: 'Nothing is done twice',
		what: 'a broken connection counts as one that was never made',
		edits: edit(
			'nodes/shared/retryPolicy.ts',
			"const surelyNotDone = outcome.kind === 'lost' && outcome.sent === 'no';",
			"const surelyNotDone = outcome.kind === 'lost';",
		),
		file: 'unit/retryPolicy',
		test: 'a POST is repeated only when it surely was not carried out',
	},
	{
		demand: 'No half-finished visits',
		what: "a failed check-in doesn't undo anything",
		edits: edit(
			'nodes/DoorFlow/actions/visitor/undo.ts',
			'of [...this.done].reverse()',
			'of this.done.slice(0, 0)',
		),
		file: 'engine/visitor',
		test: 'a visitor gets back what it was when a later step fails',
	},
	{
		demand: 'No half-finished visits',
		what: "the error doesn't name what couldn't be undone",
		edits: edit('nodes/DoorFlow/actions/visitor/undo.ts', 'left.push(what);', ''),
		file: 'engine/visitor',
		test: 'what can not be taken back is named with its id',
	},
	{
		demand: "A visitor never gets an employee's access",
		what: 'everybody counts as a visitor',
		edits: edit(
			'nodes/DoorFlow/actions/visitor/rules.ts',
			'if (groups === undefined || roles === undefined) return false;',
			'return true;',
		),
		file: 'engine/visitor',
		test: '%s is refused, and nothing is changed',
	},
	{
		demand: "A visitor never gets an employee's access",
		what: 'anyone with the mark counts as a visitor, whatever access they have',
		edits: edit(
			'nodes/DoorFlow/actions/visitor/rules.ts',
			'if (!who.hasMark) return false;',
			'return who.hasMark;',
		),
		file: 'unit/visitRules',
		test: 'a visitor has the mark and only booked access, or an empty record',
	},
	{
		demand: 'One sync after a batch',
		what: 'each item starts its own sync',
		edits: edit(
			RUN,
			'const result = await attempt(all[index] as Work, names, prepare);',
			'const result = await attempt(all[index] as Work, names, prepare);\n\t\tif (operation.writes) await bringToDoors(api, settings, []);',
		),
		file: 'engine/operations',
		test: 'a batch starts one sync, and a limited one is a hint, not a failure',
	},
	{
		demand: 'One sync after a batch',
		what: "executions don't share syncs",
		edits: edit(
			'nodes/shared/sharedSync.ts',
			'const known = syncs.get(connection) ?? new SharedSync();',
			'const known = new SharedSync();',
		),
		file: 'engine/doors',
		test: '30 executions at once are all synced, with at most two syncs',
	},
	{
		demand:
			'An AI agent controls no doors, takes no access away, replaces no PIN, sends no data out and deletes nothing, unless a person allows it',
		what: 'an agent may do everything',
		edits: edit(
			'nodes/DoorFlow/agents.ts',
			'node.parameters[ALLOW] !== true',
			'node.parameters[ALLOW] === 1',
		),
		file: 'engine/agent',
		test: '%s/%s is refused to an agent with words, and nothing is sent',
	},
	{
		demand:
			'An AI agent controls no doors, takes no access away, replaces no PIN, sends no data out and deletes nothing, unless a person allows it',
		what: "harmful fields aren't refused",
		edits: edit(
			RUN,
			'const refused = heldBack ? refusalOfFields(operation.displayName, effects) : undefined;',
			'const refused = heldBack ? refusalOfFields(operation.displayName, effects.slice(0, 0)) : undefined;',
		),
		file: 'engine/agent',
		test: '%s/%s with %s is refused in words, and nothing is sent',
	},
	{
		demand:
			'An AI agent controls no doors, takes no access away, replaces no PIN, sends no data out and deletes nothing, unless a person allows it',
		what: 'operations that nobody classified are allowed',
		edits: edit(
			'nodes/DoorFlow/effects.ts',
			"CLASSES[resource]?.[operation] ?? 'undecided'",
			'CLASSES[resource]?.[operation] ?? HARMLESS',
		),
		file: 'engine/agent',
		test: 'an operation that nobody decided on is refused',
	},
	{
		demand:
			'An AI agent controls no doors, takes no access away, replaces no PIN, sends no data out and deletes nothing, unless a person allows it',
		what: 'checking somebody out is classified as harmless',
		edits: edit('nodes/DoorFlow/effects.ts', "checkOut: 'takesAccess',", 'checkOut: HARMLESS,'),
		file: 'engine/agent',
		test: 'each operation is decided on',
	},
	{
		demand:
			'An AI agent controls no doors, takes no access away, replaces no PIN, sends no data out and deletes nothing, unless a person allows it',
		what: 'a tool offers all operations',
		edits: edit(
			'nodes/DoorFlow/describe.ts',
			'operationsOf(name, harmless, { show:',
			'operationsOf(name, operations, { show:',
		),
		file: 'unit/interface',
		test: 'to an agent, nothing dangerous is offered while the switch is off',
	},
	{
		demand: 'An AI agent reads no PINs',
		what: 'an agent may ask for secrets',
		edits: edit(RUN, "...(reads ? (['readsSecrets'] as const) : [])", ''),
		file: 'engine/secrets',
		test: 'an agent gets none, and may ask for them only where a person allowed it',
	},
	{
		demand: 'An AI agent reads no PINs',
		what: 'an agent gets the PIN that the visitor already has',
		edits: edit(
			ISSUE,
			'wanted.keepsSecrets ? withoutSecrets(withoutLink(existing)) : withoutLink(existing)',
			'withoutSecrets === undefined ? existing : withoutLink(existing)',
		),
		file: 'engine/secrets',
		test: 'tells an agent the PIN that it drew, and not the one that the visitor has',
	},
	{
		demand: 'An AI agent reads no PINs',
		what: 'an agent replaces a card while a visit is open',
		edits: edit(ISSUE, "if (wanted.keepsSecrets && what === 'card' && holder.hadVisit) {", 'if (!what) {'),
		file: 'engine/secrets',
		test: 'replaces no card for an agent while a visit is open, and takes back what it did',
	},
	{
		demand: 'An AI agent reads no PINs',
		what: 'an agent that guesses a number is told whose it is',
		edits: edit(ISSUE, 'if (wanted.keepsSecrets) call.fail(inUse);', ''),
		file: 'engine/secrets',
		test: '%s: the agent is not told whose it is',
	},
	{
		demand: 'Reading leaves no PIN in n8n',
		what: 'the action node masks nothing',
		edits: edit(
			RUN,
			'prepared.masks ? withoutSecrets(given) : given',
			'given as ReturnType<typeof withoutSecrets>',
		),
		file: 'engine/secrets',
		test: 'neither into the output nor into what n8n keeps of the execution',
	},
	{
		demand: 'Reading leaves no PIN in n8n',
		what: 'the triggers mask nothing',
		edits: UNMASKED,
		file: 'engine/secrets',
		test: 'with %j: a webhook gives a PIN as %s, a link as %s',
	},
	{
		demand: 'Reading leaves no PIN in n8n',
		what: 'the same, seen in the database of a real n8n',
		edits: UNMASKED,
		file: 'e2e/stored',
		test: 'no PIN, card number, link, token, client secret or signing key is where docs/security.md does not say',
	},
	{
		demand: 'Reading leaves no PIN in n8n',
		what: 'the same, seen by a browser in whose editor a trigger runs',
		edits: UNMASKED,
		file: 'e2e/stored',
		test: BROWSER_RECEIVES_NO_SECRET,
	},
	{
		demand: 'Reading leaves no PIN in n8n',
		what: "the number that was used at a door isn't masked",
		edits: edit('nodes/shared/mask.ts', "if (name === 'credentials_number') return true;", ''),
		file: 'engine/secrets',
		test: 'with %j: a poll gives the number that was used as %s',
	},
	{
		demand: 'Photos of people',
		what: 'the photo is written to the log as well',
		edits: edit(
			'nodes/DoorFlow/actions/person/photo.ts',
			'const bytes = await read();\n',
			"const bytes = await read();\n\tcall.context.logger.info(bytes.toString('base64'));\n",
		),
		file: 'e2e/stored',
		test: 'an execution takes along its data and the photos in it',
	},
	{
		demand: 'What the triggers remember',
		what: 'the Polling Trigger remembers the names of those it saw',
		edits: edit(
			'nodes/DoorFlowPollingTrigger/poll.ts',
			'stored.position = position;',
			'stored.position = position;\n\t\t\tif (fresh.length > 0) Object.assign(stored, { names: fresh.map(({ data }) => data.person_name) });',
		),
		file: 'e2e/stored',
		test: 'a workflow takes along what its trigger remembers, which holds no names',
	},
];
