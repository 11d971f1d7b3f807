import type { ICredentialType, INodeProperties } from 'n8n-workflow';

import { ALLOWED_BASE_URL, LONGEST_BASE_URL } from '../nodes/shared/baseUrl';
import { DEFAULT_SCOPES, PERMISSIONS, permissionNames } from '../nodes/shared/permissions';

/**
 * checkBaseUrl once more, as an expression: n8n works out the OAuth addresses of a credential from expressions alone,
 * before any code of this package runs. Whatever is not plainly allowed becomes an address with a scheme that no
 * program can open and that n8n repeats in its message when one presses Connect, so that neither the client secret
 * nor a code leaves n8n, and the user reads what is wrong.
 */
const REFUSED = 'api-base-url-must-be-an-https-address-of-doorflow.com://refused';
/** Asking for nothing in particular would leave it to DoorFlow what n8n may do. */
const NOTHING_TICKED = 'tick-at-least-one-permission-and-save://refused';
const SCOPES = `[...new Set([...($self["permissionSet"] === "only" ? [] : ${JSON.stringify(DEFAULT_SCOPES)}), ...($self["permissions"] || [])])]`;
// Read once: n8n works out a field that is an expression at each access, and it may come out differently.
const API_ORIGIN = `[$self["baseUrl"]].map((typed) => typeof typed === "string" && typed.length <= ${LONGEST_BASE_URL} && ${String(ALLOWED_BASE_URL)}.test(typed) ? typed.trim().replace(/\\/$/, "") : "${REFUSED}")[0]`;

export class DoorFlowOAuth2Api implements ICredentialType {
	name = 'doorFlowOAuth2Api';

	extends = ['oAuth2Api'];

	displayName = 'DoorFlow OAuth2 API';

	documentationUrl = 'https://github.com/n8n-nodes-doorflow/n8n-nodes-doorflow/blob/main/docs/setup.md';

	icon = {
		light: 'file:../nodes/DoorFlow/doorflow.svg',
		dark: 'file:../nodes/DoorFlow/doorflow.dark.svg',
	} as const;

	properties: INodeProperties[] = [
		{
			displayName:
				'At <a href="https://developer.doorflow.com" target="_blank">DoorFlow\'s developer portal</a>, create an application, paste the OAuth Redirect URL from above into it, and copy its client ID and secret here. Once both are filled in, a Connect button appears at the top of this window (n8n 1: at the bottom).',
			name: 'setupNotice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'Grant Type',
			name: 'grantType',
			type: 'hidden',
			default: 'authorizationCode',
		},
		{
			displayName: 'API Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.doorflow.com',
			required: true,
			placeholder: 'e.g. https://api.doorflow.com',
			description:
				'Leave it unchanged, unless DoorFlow gave you another address. It must start with https://, end in .doorflow.com and have nothing after that. A sandbox on this machine may be used too.',
		},
		{
			displayName: 'Authorization URL',
			name: 'authUrl',
			type: 'hidden',
			default: `={{ (${SCOPES}.length > 0 ? ${API_ORIGIN}.replace(/^https:\\/\\/api\\.doorflow\\.com$/i, "https://admin.doorflow.com") : "${NOTHING_TICKED}") + "/oauth/authorize" }}`,
		},
		{
			displayName: 'Access Token URL',
			name: 'accessTokenUrl',
			type: 'hidden',
			default: `={{ ${API_ORIGIN} + "/oauth/token" }}`,
		},
		{
			displayName: 'Permissions',
			name: 'permissionSet',
			type: 'options',
			options: [
				{
					name: 'What Flows Need, Plus Selected',
					value: 'flows',
					description: 'What a visitor flow with events needs, plus anything you select below',
				},
				{
					name: 'Only Selected',
					value: 'only',
					description: 'Only what you select below',
				},
			],
			default: 'flows',
			description:
				'What n8n may do in your DoorFlow account. After a change, save and press Connect again (or Switch account): saving alone changes nothing at DoorFlow.',
		},
		{
			displayName: `n8n will request from DoorFlow: ${permissionNames(DEFAULT_SCOPES).join(', ')}. Whatever you select below is added to these.`,
			name: 'permissionsNotice',
			type: 'notice',
			default: '',
			displayOptions: { show: { permissionSet: ['flows'] } },
		},
		{
			// Declared once for both choices: of several fields of one name in a credential, n8n shows the last one alone.
			displayName: 'Selected Permissions',
			name: 'permissions',
			type: 'multiOptions',
			options: PERMISSIONS.map(({ name, scope, description }) => ({ name, value: scope, description })),
			default: [],
			description:
				'What n8n requests in addition to what flows need. With Only Selected, n8n requests nothing else: select at least one then, otherwise connecting fails.',
		},
		{
			displayName: 'Scope',
			name: 'scope',
			type: 'hidden',
			default: `={{ ${SCOPES}.join(" ") }}`,
		},
		{
			displayName: 'Auth URI Query Parameters',
			name: 'authQueryParameters',
			type: 'hidden',
			default: '',
		},
		{
			displayName: 'Authentication',
			name: 'authentication',
			type: 'hidden',
			default: 'body',
		},
		{
			// The base credential offers to skip the check of the server's certificate. DoorFlow: HTTPS only.
			displayName: 'Ignore SSL Issues (Insecure)',
			name: 'ignoreSSLIssues',
			type: 'hidden',
			default: false,
		},
		{
			displayName: 'Webhook Signing Secret',
			name: 'webhookSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description:
				'Only for the DoorFlow Trigger, and only if the developer portal shows a separate webhook secret. Leave it empty if DoorFlow signs with the client secret. If both are set, the trigger accepts either, so you can change a secret without losing events.',
		},
		{
			displayName: 'Allowed HTTP Request Domains',
			name: 'allowedHttpRequestDomains',
			type: 'options',
			options: [
				{
					name: 'All',
					value: 'all',
					description:
						'Any HTTP Request node may send this token anywhere. Not recommended: the token opens doors.',
				},
				{
					name: 'None',
					value: 'none',
					description: 'Only the DoorFlow nodes may use this credential',
				},
				{
					name: 'Specific Domains',
					value: 'domains',
					description: 'Only the domains below',
				},
			],
			default: 'domains',
			description: 'Where other nodes, such as HTTP Request, may send the token of this credential',
		},
		{
			displayName: 'Allowed Domains',
			name: 'allowedDomains',
			type: 'string',
			default: 'api.doorflow.com',
			required: true,
			placeholder: 'e.g. api.doorflow.com',
			description: 'Host names, separated by commas',
			displayOptions: { show: { allowedHttpRequestDomains: ['domains'] } },
		},
	];
}
