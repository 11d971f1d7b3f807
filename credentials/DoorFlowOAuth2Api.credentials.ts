import type { ICredentialType, INodeProperties } from 'n8n-workflow';

import { DEFAULT_SCOPES, PERMISSIONS } from '../nodes/shared/permissions';

/**
 * The checks of checkBaseUrl once more, as an expression: n8n works out the OAuth addresses of a credential from
 * expressions alone, before any code of this package runs. Whatever is not plainly allowed becomes an address with
 * a scheme that no program can open and that n8n repeats in its message when one presses Connect, so that neither
 * the client secret nor a code leaves n8n, and the user reads what is wrong.
 */
const ALLOWED_BASE_URL =
	'/^\\s*https:\\/\\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\\d{1,5})?\\/?\\s*$|^\\s*http:\\/\\/(localhost|127(\\.\\d{1,3}){3}|\\[::1\\])(:\\d{1,5})?\\/?\\s*$/i';
const REFUSED = 'api-base-url-must-start-with-https-and-end-after-the-host-name://refused';
const API_ORIGIN = `(${ALLOWED_BASE_URL}.test($self["baseUrl"]) ? $self["baseUrl"].trim().replace(/\\/$/, "") : "${REFUSED}")`;

export class DoorFlowOAuth2Api implements ICredentialType {
	name = 'doorFlowOAuth2Api';

	extends = ['oAuth2Api'];

	displayName = 'DoorFlow OAuth2 API';

	documentationUrl = 'https://developer.doorflow.com/guides';

	icon = {
		light: 'file:../nodes/DoorFlow/doorflow.svg',
		dark: 'file:../nodes/DoorFlow/doorflow.dark.svg',
	} as const;

	properties: INodeProperties[] = [
		{
			displayName:
				'At <a href="https://developer.doorflow.com" target="_blank">DoorFlow\'s developer portal</a>, create an application, paste the OAuth Redirect URL from above into it, and copy its client ID and secret to here. Then scroll to the top and press Connect: the button appears once both are filled in.',
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
				'Leave as it is, unless DoorFlow gave you another address. It must start with https:// and have nothing after the host name.',
		},
		{
			displayName: 'Authorization URL',
			name: 'authUrl',
			type: 'hidden',
			default: `={{ ${API_ORIGIN}.replace(/^https:\\/\\/api\\.doorflow\\.com$/i, "https://admin.doorflow.com") + "/oauth/authorize" }}`,
		},
		{
			displayName: 'Access Token URL',
			name: 'accessTokenUrl',
			type: 'hidden',
			default: `={{ ${API_ORIGIN} + "/oauth/token" }}`,
		},
		{
			displayName: 'Permissions',
			name: 'permissions',
			type: 'multiOptions',
			options: PERMISSIONS.map(({ name, scope, description }) => ({ name, value: scope, description })),
			default: [...DEFAULT_SCOPES],
			description:
				'What n8n may do in your DoorFlow account. None chosen means what a visitor flow with events needs: people and their credentials, bookings of groups and doors, door events and sync. After a change, save and connect again.',
		},
		{
			displayName: 'Scope',
			name: 'scope',
			type: 'hidden',
			// n8n's editor shows and stores a multi-select of a new credential as empty, whatever its default is.
			default: `={{ ($self["permissions"].length > 0 ? $self["permissions"] : ${JSON.stringify(DEFAULT_SCOPES)}).join(" ") }}`,
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
				'Only for the DoorFlow Trigger, and only if the developer portal shows a webhook secret of its own. Empty means that the client secret signs. If both are set, either is accepted, so that a secret can be changed without losing events.',
		},
		{
			displayName: 'Allowed HTTP Request Domains',
			name: 'allowedHttpRequestDomains',
			type: 'options',
			options: [
				{
					name: 'All',
					value: 'all',
					description: 'Any HTTP Request node may send this token anywhere. Not recommended: it opens doors.',
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
